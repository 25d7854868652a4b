// The counters of a layer.
#pragma once

#include "stats/counter_list.hpp"

namespace aurelis::core {

#define AURELIS_LAYER_COUNTERS(X)                                                                                  \
    X(kHits, "hits", "Gets that the layer answered with a fresh entry.")                                           \
    X(kMisses, "misses", "Gets for which it had nothing valid, including the counters below up to `collisions`.")  \
    X(kStaleFound, "stale", "Gets that found a stale entry.")                                                      \
    X(kExpiredFound, "expired", "Entries found whose life had ended.")                                             \
    X(kInvalidatedFound, "invalidated", "Entries found that a clear, a gap or a missed write hides.")              \
    X(kFromFuture, "from_future", "Entries found that were created further in the future than clocks may differ.") \
    X(kCorrupt, "corrupt", "Entries found that are damaged.")                                                      \
    X(kOversized, "oversized", "Entries found whose declared size exceeds `max_value_bytes`.")                     \
    X(kNoSerializer, "serializer_missing", "Entries found that need a serializer which is missing.")               \
    X(kNoDictionary, "dictionary_missing", "Entries found that need a dictionary which is missing.")               \
    X(kCollisions, "collisions", "Entries found under the key that belong to another identity.")                   \
    X(kErrors, "errors", "Calls of the backend that failed.")                                                      \
    X(kUnreachable, "unreachable", "Calls that were not made, since the backend was unavailable.")                 \
    X(kNotRead, "not_read", "Gets that were not made, since a write of the key had not reached the layer.")        \
    X(kSets, "sets", "Values that were written.")                                                                  \
    X(kRemoves, "removes", "Removals that were made, including those of values that were not admitted.")           \
    X(kFills, "fills", "Copies that were written: promotions and what was loaded.")                                \
    X(kPromotions, "promotions", "Copies that were written of entries found in a lower layer.")                    \
    X(kNotAdmitted, "not_admitted", "Values that the layer declined to store, without failing.")                   \
    X(kTooLarge, "too_large", "Values above `max_value_bytes` of the layer.")                                      \
    X(kConflicts, "conflicts", "Conditional writes whose condition did not hold.")

AURELIS_DEFINE_COUNTERS(LayerCounter, kLayerCounters, kLayerCounterRows, AURELIS_LAYER_COUNTERS);

}  // namespace aurelis::core
