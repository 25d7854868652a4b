// LoadTerms: how a value is loaded, as a category's policy and a call say together. The one place where the options of
// a load are checked. Leaves to others: the terms of the entry (entry_terms), loading (loader, api).
#pragma once

#include "flow/policy.hpp"

#include <aurelis/abi.h>
#include <aurelis/aurelis.h>

#include <cstdint>

namespace aurelis::core {

struct LoadTerms {
    bool stale_is_answer = false;
    int64_t failure_pause_ns = 0;
    bool may_go_on = false;         // Behind the call.
    int64_t soft_timeout_ns = 0;    // With a stale value; 0: it is the answer at once.
    int64_t hard_timeout_ns = 0;    // Without one; 0: no limit.
    EarlyRefresh refresh;
    const aurelis_bytes* default_value = nullptr;  // NULL: none.

    bool may_refresh_early() const noexcept { return may_go_on && refresh.is_wanted(); }
    // A sentence that says what is wrong and the way out; NULL: nothing. has_stale_time: the entry has one, by its
    // category or the call.
    const char* take(const Policy& policy, const aurelis_computation& said, bool allows_stale, bool has_stale_time);
};

// Whether a value that is fresh now is to be loaded anew: for a share, once that much of its ttl has passed; else by
// chance, as XFetch weighs it (Vattani, Chierichetti, Lowenstein: Optimal Probabilistic Cache Stampede Prevention,
// 2015, with beta = 1), by the entry's cost.
bool is_due(const EarlyRefresh& refresh, const aurelis_meta& meta, int64_t now_wall) noexcept;

}  // namespace aurelis::core
