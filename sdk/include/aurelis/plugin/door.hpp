// The door of a plugin: the last thing before C. Turns results and exceptions of C++ into statuses and texts; nothing
// thrown gets past it. Leaves to others: what the functions do (store.hpp, backend.hpp).
#pragma once

#include <aurelis/abi.h>
#include <aurelis/base/result.hpp>

#include <exception>
#include <new>
#include <string_view>

namespace aurelis::plugin {

// Says why and returns the status, for `return report(call, AURELIS_E_INVALID, "...")`. call may be NULL.
inline aurelis_status report(aurelis_call* call, aurelis_status status, std::string_view why) noexcept {
    if (call != nullptr && call->set_error != nullptr) call->set_error(call, status, why.data(), why.size());
    return status;
}

inline aurelis_status report(aurelis_call* call, const Error& error) noexcept {
    return report(call, error.status, error.message);
}

// Runs work, which returns an aurelis_status, and lets no exception out.
template <typename Work>
aurelis_status at_the_door(aurelis_call* call, Work&& work) noexcept {
    try {
        return work();
    } catch (const std::bad_alloc&) {
        return report(call, AURELIS_E_NOMEM, "out of memory");
    } catch (const std::exception& caught) {
        return report(call, AURELIS_E_INTERNAL, caught.what());
    } catch (...) {
        return report(call, AURELIS_E_INTERNAL, "an exception of unknown type");
    }
}

}  // namespace aurelis::plugin
