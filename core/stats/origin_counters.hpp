// The counters of an origin.
#pragma once

#include "stats/counter_list.hpp"

namespace aurelis::core {

#define AURELIS_ORIGIN_COUNTERS(X)                                                                                   \
    X(kOriginCalls, "calls", "Calls of the origin that were made: loads, writes, flushes; a batch is one.")          \
    X(kOriginNotFound, "not_found", "Those that found no value.")                                                    \
    X(kOriginFailures, "failures", "Those that failed.")                                                             \
    X(kOriginTimeouts, "timeouts", "Those that failed with a time-out.")                                             \
    X(kOriginCancelled, "cancelled", "Calls that their callers gave up, made or not.")                               \
    X(kOriginRefused, "refused", "Calls that were not made, since the breaker was open.")                            \
    X(kOriginWaitedForPlace, "waited_for_place", "Calls that waited, since `max_parallel` others were under way.")   \
    X(kOriginWaitedForTurn, "waited_for_turn", "Calls that waited for their turn under `rate`.")                     \
    X(kOriginWaitTimeouts, "wait_timeouts", "Calls that were not made, since their place or turn came too late.")

AURELIS_DEFINE_COUNTERS(OriginCounter, kOriginCounters, kOriginCounterRows, AURELIS_ORIGIN_COUNTERS);

}  // namespace aurelis::core
