// How failures cross between C and C++: the library's error objects become Error, and so do exceptions of the host's
// own code, which must not reach C. Leaves to others: the calls themselves.
#pragma once

#include <aurelis/aurelis.h>
#include <aurelis/base/bytes.hpp>
#include <aurelis/base/result.hpp>

#include <cstddef>
#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace aurelis {

// The library's version, "0.1.0".
inline std::string_view version() noexcept { return aurelis_version(); }
// "OK", "NOT_FOUND", "E_TIMEOUT" ...
inline std::string_view status_name(aurelis_status status) noexcept { return aurelis_status_name(status); }

namespace detail {

// Runs code of the host, which returns a Result, and turns what it throws into an Error.
template <typename Work>
std::invoke_result_t<Work&> guarded(Work&& work) noexcept {
    try {
        return work();
    } catch (const std::bad_alloc&) {
        return Error{AURELIS_E_NOMEM, "out of memory"};
    } catch (const std::exception& caught) {
        try {
            return Error{AURELIS_E_FAILED, caught.what()};
        } catch (...) {
            return Error{AURELIS_E_NOMEM, "out of memory"};
        }
    } catch (...) {
        return Error{AURELIS_E_FAILED, "an exception that is not a std::exception"};
    }
}

// The place for the error object of one call, which it owns.
class Failure {
public:
    Failure() = default;
    Failure(const Failure&) = delete;
    Failure& operator=(const Failure&) = delete;
    ~Failure() { aurelis_error_free(error_); }

    aurelis_error** place() noexcept { return &error_; }
    bool has_text() const noexcept { return error_ != nullptr; }
    // The error of an item of a batch that failed.
    Error item(size_t index, aurelis_status status) const {
        const char* const why = has_text() ? aurelis_error_item(error_, index) : nullptr;
        return Error{status, why != nullptr ? why : aurelis_status_name(status)};
    }
    Error error(aurelis_status status) const {
        return Error{status, has_text() ? aurelis_error_message(error_) : aurelis_status_name(status)};
    }

private:
    aurelis_error* error_ = nullptr;
};

// What call(aurelis_buf*, aurelis_error**) writes into the buffer, as text.
template <typename Call>
Result<std::string> text_from(Call&& call) {
    Failure failure;
    aurelis_buf buf{};
    const aurelis_status status = call(&buf, failure.place());
    const Pinned text(buf);
    if (status < 0) return failure.error(status);
    return std::string(text.view());
}

}  // namespace detail
}  // namespace aurelis
