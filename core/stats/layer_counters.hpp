// The counters of a layer: one list, from which the enumeration and the names in reports come.
#pragma once

#include <cstddef>

namespace aurelis::core {

// X(enumerator, name)
#define AURELIS_LAYER_COUNTERS(X)            \
    X(kHits, "hits")                         \
    X(kMisses, "misses")                     \
    X(kStaleFound, "stale")                  \
    X(kExpiredFound, "expired")              \
    X(kInvalidatedFound, "invalidated")      \
    X(kFromFuture, "from_future")            \
    X(kCorrupt, "corrupt")                   \
    X(kOversized, "oversized")               \
    X(kNoSerializer, "serializer_missing")   \
    X(kNoDictionary, "dictionary_missing")   \
    X(kCollisions, "collisions")             \
    X(kErrors, "errors")                     \
    X(kUnreachable, "unreachable")           \
    X(kNotRead, "not_read")                  \
    X(kSets, "sets")                         \
    X(kRemoves, "removes")                   \
    X(kFills, "fills")                       \
    X(kPromotions, "promotions")             \
    X(kNotAdmitted, "not_admitted")          \
    X(kTooLarge, "too_large")                \
    X(kConflicts, "conflicts")

enum LayerCounter : size_t {
#define X(counter, name) counter,
    AURELIS_LAYER_COUNTERS(X)
#undef X
        kLayerCounters
};

inline constexpr const char* kLayerCounterNames[kLayerCounters] = {
#define X(counter, name) name,
    AURELIS_LAYER_COUNTERS(X)
#undef X
};

}  // namespace aurelis::core
