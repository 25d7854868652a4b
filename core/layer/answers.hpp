// What a store may answer. A status above 0 that a function is not said to give means that nobody knows what came of
// the call; it is a failure, as abi.h has it (ERRORS). Leaves to others: statuses below 0, which the gate judges.
#pragma once

#include <aurelis/abi.h>

namespace aurelis::core {

// Of get, remove and touch.
constexpr aurelis_status answer_of_look(aurelis_status status) noexcept {
    return status > AURELIS_NOT_FOUND ? aurelis_status{AURELIS_E_FAILED} : status;
}
// Of set.
constexpr aurelis_status answer_of_set(aurelis_status status) noexcept {
    const bool known = status <= AURELIS_OK || status == AURELIS_NOT_STORED || status == AURELIS_CONFLICT;
    return known ? status : aurelis_status{AURELIS_E_FAILED};
}
// Of an item of multi_write with these flags; only a removal on a condition can conflict.
constexpr aurelis_status answer_of_write(aurelis_status status, uint32_t flags) noexcept {
    if ((flags & AURELIS_SET_REMOVE) == 0) return answer_of_set(status);
    const bool conflicts = status == AURELIS_CONFLICT && (flags & AURELIS_SET_IF_VERSION) != 0;
    return conflicts ? status : answer_of_look(status);
}

}  // namespace aurelis::core
