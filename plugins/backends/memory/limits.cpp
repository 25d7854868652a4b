// Reading the bounds. The core has checked types and ranges; what is left is how options combine.
#include "limits.hpp"

#include <algorithm>
#include <bit>
#include <thread>

namespace aurelis::memory {

namespace {

constexpr uint64_t kDefaultBytes = uint64_t{64} << 20;
// A shard below these sizes would make bounds and eviction visibly coarser.
constexpr uint64_t kShardEntriesMin = 4096;
constexpr uint64_t kShardBytesMin = uint64_t{8} << 20;
constexpr uint64_t kShardBytesLeast = uint64_t{4} << 10;
constexpr uint32_t kShardsPerProcessor = 4;
constexpr uint32_t kAutoShardsMax = 256;

}  // namespace

uint32_t Limits::choose_shards(uint64_t entries, uint64_t bytes, uint32_t asked_shards,
                               uint32_t processors) noexcept {
    if (asked_shards != 0) {
        const uint64_t most = std::max<uint64_t>(1, std::min(entries, bytes / kShardBytesLeast));
        return static_cast<uint32_t>(std::min<uint64_t>(std::bit_ceil(asked_shards), std::bit_floor(most)));
    }
    const uint64_t by_cores =
        std::min<uint64_t>(kAutoShardsMax, uint64_t{kShardsPerProcessor} * std::max(1u, processors));
    const uint64_t by_bounds = std::min(entries / kShardEntriesMin, bytes / kShardBytesMin);
    return static_cast<uint32_t>(std::bit_floor(std::max<uint64_t>(1, std::min(by_cores, by_bounds))));
}

Result<Limits> Limits::from(const plugin::Options& options) {
    const auto max_entries = options.integer("max_entries");
    const auto max_size = options.integer("max_size");
    const auto max_bytes = options.size_bytes("max_bytes");
    if (max_entries && max_size)
        return options.reject("max_size",
                              "is another name for 'max_entries', which is given too; remove one of them");
    Limits limits;
    if (max_entries) limits.entries = static_cast<uint64_t>(*max_entries);
    if (max_size) limits.entries = static_cast<uint64_t>(*max_size);
    if (max_bytes) limits.bytes = *max_bytes;
    if (!max_entries && !max_size && !max_bytes) limits.bytes = kDefaultBytes;
    limits.shards = choose_shards(limits.entries, limits.bytes,
                                  static_cast<uint32_t>(options[kShards]),
                                  std::thread::hardware_concurrency());
    return limits;
}

}  // namespace aurelis::memory
