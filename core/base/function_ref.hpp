// FunctionRef: a reference to a function object that the caller keeps alive: two pointers, nothing is copied or
// allocated.
#pragma once

#include <memory>
#include <utility>

namespace aurelis::core {

template <typename Signature>
class FunctionRef;

template <typename R, typename... Args>
class FunctionRef<R(Args...)> {
public:
    // Of a named function object, which outlives this.
    template <typename Function>
    FunctionRef(Function& function) noexcept
        : object_(const_cast<void*>(static_cast<const void*>(std::addressof(function)))),
          call_([](void* object, Args... args) -> R {
              return (*static_cast<Function*>(object))(std::forward<Args>(args)...);
          }) {}
    FunctionRef(const FunctionRef&) = default;
    FunctionRef& operator=(const FunctionRef&) = default;

    R operator()(Args... args) const { return call_(object_, std::forward<Args>(args)...); }

private:
    void* object_;
    R (*call_)(void*, Args...);
};

}  // namespace aurelis::core
