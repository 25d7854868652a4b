// Limits: the bounds from the options, and how many shards share them.
#pragma once

#include <aurelis/base/result.hpp>
#include <aurelis/plugin/options.hpp>

#include <array>
#include <cstdint>

namespace aurelis::memory {

struct Limits {
    static constexpr uint64_t kUnbounded = UINT64_MAX;
    uint64_t entries = kUnbounded;
    uint64_t bytes = kUnbounded;
    uint32_t shards = 1;  // A power of two.

    static Result<Limits> from(const plugin::Options& options);
    // For values that are already read; asked_shards 0: chosen by bounds and processors.
    static uint32_t choose_shards(uint64_t entries, uint64_t bytes, uint32_t asked_shards,
                                  uint32_t processors) noexcept;
};

inline constexpr auto kMaxEntries =
    plugin::Option(AURELIS_OPT_INT, "max_entries",
                   "The most entries it holds; without it only max_bytes bounds them.")
        .at_least("1")
        .in("entries");
inline constexpr auto kMaxSize =
    plugin::Option(AURELIS_OPT_INT, "max_size", "Another name for max_entries; give one of the two.")
        .at_least("1")
        .in("entries");
inline constexpr auto kMaxBytes =
    plugin::Option(AURELIS_OPT_BYTES, "max_bytes",
                   "The most memory it takes, keys and overhead included; 64MiB if no bound is given at all.")
        .at_least("4KiB")
        .in("bytes");
inline constexpr auto kShards =
    plugin::IntOption(
        "shards",
        "Parts with a lock each, rounded up to a power of two; 0: by bounds and processors. A value must "
        "fit into one part.")
        .or_else("0")
        .at_least("0")
        .at_most("1024");

}  // namespace aurelis::memory
