// Result<T>: a value or an Error, for code that does not throw. Used on both sides of the ABI, in the core and in
// plugins alike. Leaves to others: turning an Error into a status and a text where C begins (plugin/boundary.hpp,
// core/api/host_api.cpp).
#pragma once

#include <aurelis/types.h>

#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace aurelis {

// Why something failed: a status below zero and one line that names place, thing and way out.
struct Error {
    aurelis_status status = AURELIS_E_FAILED;
    std::string message;
};

// Shorthand for `return fail(AURELIS_E_CONFIG, "...")` in a function that returns any Result.
inline Error fail(aurelis_status status, std::string message) { return Error{status, std::move(message)}; }

template <typename T>
class [[nodiscard]] Result {
public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

    bool has_value() const noexcept { return state_.index() == 0; }
    explicit operator bool() const noexcept { return has_value(); }
    T& value() & noexcept { return *std::get_if<0>(&state_); }
    const T& value() const& noexcept { return *std::get_if<0>(&state_); }
    T&& value() && noexcept { return std::move(*std::get_if<0>(&state_)); }
    T* operator->() noexcept { return std::get_if<0>(&state_); }
    const T* operator->() const noexcept { return std::get_if<0>(&state_); }
    T& operator*() & noexcept { return value(); }
    const T& operator*() const& noexcept { return value(); }
    const Error& error() const& noexcept { return *std::get_if<1>(&state_); }
    Error&& error() && noexcept { return std::move(*std::get_if<1>(&state_)); }

private:
    std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
public:
    Result() = default;
    Result(Error error) : error_(std::move(error)) {}

    bool has_value() const noexcept { return !error_.has_value(); }
    explicit operator bool() const noexcept { return has_value(); }
    const Error& error() const& noexcept { return *error_; }
    Error&& error() && noexcept { return std::move(*error_); }

private:
    std::optional<Error> error_;
};

}  // namespace aurelis

#define AURELIS_CONCAT_(a, b) a##b
#define AURELIS_CONCAT(a, b) AURELIS_CONCAT_(a, b)

// AURELIS_TRY(name, expression): declares `name` with the value, or returns the error from this function.
#define AURELIS_TRY(name, ...)                                                       \
    auto AURELIS_CONCAT(aurelis_try_, __LINE__) = (__VA_ARGS__);                     \
    if (!AURELIS_CONCAT(aurelis_try_, __LINE__).has_value())                         \
        return std::move(AURELIS_CONCAT(aurelis_try_, __LINE__)).error();            \
    auto name = std::move(AURELIS_CONCAT(aurelis_try_, __LINE__)).value()

// AURELIS_TRY_VOID(expression): the same where there is no value.
#define AURELIS_TRY_VOID(...)                                                        \
    do {                                                                             \
        auto aurelis_tried = (__VA_ARGS__);                                          \
        if (!aurelis_tried.has_value()) return std::move(aurelis_tried).error();     \
    } while (false)
