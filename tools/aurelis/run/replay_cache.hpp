// A cache with only the memory plugin, and a trace replayed against it: get, and set on a miss.
// Leaves to others: options and output (commands/replay.cpp).
#pragma once

#include "output/table.hpp"
#include "run/trace.hpp"

#include <aurelis/base/result.hpp>

#include <cstdint>

namespace aurelis::cli {

// One of the two bounds is above 0.
struct ReplayBounds {
    uint64_t entries = 0;
    uint64_t bytes = 0;
};

// requests, hits, hit_ratio, byte_hit_ratio, entries, bytes, policy, seconds, interrupted. entries and bytes
// are what the layer holds at the end, by its own count; null if it does not say. Requests of a trace without sizes
// have equal weight.
Result<Json> replay(const Trace& trace, const ReplayBounds& bounds);

}  // namespace aurelis::cli
