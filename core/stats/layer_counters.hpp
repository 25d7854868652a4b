// The counters of a layer.
#pragma once

#include "stats/counter_list.hpp"

namespace aurelis::core {

#define AURELIS_LAYER_COUNTERS(X)                                                                                   \
    X(kHits, "hits", "Gets that the layer answered with a fresh entry.")                                            \
    X(kMisses, "misses", "Gets of which it had nothing that is believed, those below up to `collisions` included.") \
    X(kStaleFound, "stale", "Gets that found a stale entry.")                                                       \
    X(kExpiredFound, "expired", "Entries found whose life had ended.")                                              \
    X(kInvalidatedFound, "invalidated", "Entries found that a clear, a gap or a missed write hides.")               \
    X(kFromFuture, "from_future", "Entries found whose creation no right clock can have said yet.")                 \
    X(kCorrupt, "corrupt", "Entries found that are damaged.")                                                       \
    X(kOversized, "oversized", "Entries found that claim to be above `max_value_bytes`.")                           \
    X(kNoSerializer, "serializer_missing", "Entries found that need a serializer which is not there.")              \
    X(kNoDictionary, "dictionary_missing", "Entries found that need a dictionary which is not there.")              \
    X(kCollisions, "collisions", "Entries found under the key that are of something else.")                         \
    X(kErrors, "errors", "Calls of the backend that failed.")                                                       \
    X(kUnreachable, "unreachable", "Calls that were not made, since the backend was away.")                         \
    X(kNotRead, "not_read", "Gets that were not made, since a write of the key had not reached the layer.")         \
    X(kSets, "sets", "Values that were written.")                                                                   \
    X(kRemoves, "removes", "Removals that were made, those of values that were not admitted included.")             \
    X(kFills, "fills", "Copies that were written: promotions and what was loaded.")                                 \
    X(kPromotions, "promotions", "Copies of what was found below that were written.")                               \
    X(kNotAdmitted, "not_admitted", "Values that the layer did not take without failing.")                          \
    X(kTooLarge, "too_large", "Values above `max_value_bytes` of the layer.")                                       \
    X(kConflicts, "conflicts", "Writes on a condition that did not hold.")

AURELIS_DEFINE_COUNTERS(LayerCounter, kLayerCounters, kLayerCounterRows, AURELIS_LAYER_COUNTERS);

}  // namespace aurelis::core
