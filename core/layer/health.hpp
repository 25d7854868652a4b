// Health: whether a store or a function seems to be down, by the outcome of its calls or by a probe.
// Leaves to others: how often that is asked, and what follows from it (gate, flow/origin_door). Threads: any.
#pragma once

#include "plugin/store_handle.hpp"

#include <aurelis/abi.h>

namespace aurelis::core {

// Whether a failure with this status suggests that the callee as a whole is down, rather than that it merely refused
// this call.
bool is_outage(aurelis_status status) noexcept;

// A failure with a status of abi.h; any other is E_FAILED.
aurelis_status known_failure(aurelis_status status) noexcept;

// A probe: asks the store's health extension if it has one, else gets a key that does not exist. time_out_ns: how long
// it may take; 0: the default.
bool is_alive(StoreHandle& store, const Clock& clock, int64_t time_out_ns);

}  // namespace aurelis::core
