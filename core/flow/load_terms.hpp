// LoadTerms: how a value is loaded, as a category's policy and a call say together. The one place where the options of
// a load are checked. Leaves to others: the terms of the entry (entry_terms), loading (loader, api).
#pragma once

#include "flow/policy.hpp"

#include <aurelis/aurelis.h>

#include <cstdint>

namespace aurelis::core {

struct LoadTerms {
    bool stale_is_answer = false;
    int64_t failure_pause_ns = 0;
    const aurelis_bytes* default_value = nullptr;  // NULL: none.

    // A sentence that says what is wrong and the way out; NULL: nothing. has_stale_time: the entry has one, by its
    // category or the call.
    const char* take(const Policy& policy, const aurelis_computation& said, bool allows_stale, bool has_stale_time);
};

}  // namespace aurelis::core
