// Which statuses a store may return. With a status above 0 that its function is not documented to return, the outcome
// of the call is unknown; it counts as a failure (abi.h, ERRORS). Leaves to others: statuses below 0, which the gate
// judges.
#pragma once

#include <aurelis/abi.h>

namespace aurelis::core {

// For get, remove and touch.
constexpr aurelis_status answer_of_look(aurelis_status status) noexcept {
    return status > AURELIS_NOT_FOUND ? aurelis_status{AURELIS_E_FAILED} : status;
}
// For set.
constexpr aurelis_status answer_of_set(aurelis_status status) noexcept {
    const bool known = status <= AURELIS_OK || status == AURELIS_NOT_STORED || status == AURELIS_CONFLICT;
    return known ? status : aurelis_status{AURELIS_E_FAILED};
}
// For an item of multi_write with these flags; a removal can conflict only if it has a condition.
constexpr aurelis_status answer_of_write(aurelis_status status, uint32_t flags) noexcept {
    if ((flags & AURELIS_SET_REMOVE) == 0) return answer_of_set(status);
    const bool conflicts = status == AURELIS_CONFLICT && (flags & AURELIS_SET_IF_VERSION) != 0;
    return conflicts ? status : answer_of_look(status);
}

}  // namespace aurelis::core
