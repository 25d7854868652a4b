// FailurePauses: for which keys the origin is left alone, since it has just failed for them. Bounded: if there are too
// many, the pause that ends first is forgotten, so that its origin is asked earlier.
// Leaves to others: who may ask nevertheless (api), what counts as a failure (loader).
// Threads: any.
#pragma once

#include "base/locks.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <vector>

namespace aurelis::core {

class FailurePauses {
public:
    static constexpr size_t kShards = 16, kPausesMax = 256;  // Of one shard.

    // Until when (mono) the origin is left alone. A later call for the same key replaces the end.
    void begin(uint64_t hash, int64_t now_mono, int64_t until_mono);
    // The origin has answered.
    void end(uint64_t hash) noexcept;
    // Costs one load while there is no pause.
    bool holds(uint64_t hash, int64_t now_mono) const noexcept {
        return count_.load(std::memory_order_relaxed) != 0 && holds_one(hash, now_mono);
    }

private:
    struct Pause {
        uint64_t hash;
        int64_t until;
    };
    struct alignas(64) Shard {
        mutable Mutex mutex;
        std::vector<Pause> pauses AURELIS_GUARDED_BY(mutex);
    };
    Shard& shard(uint64_t hash) noexcept { return shards_[hash >> 60]; }
    const Shard& shard(uint64_t hash) const noexcept { return shards_[hash >> 60]; }
    bool holds_one(uint64_t hash, int64_t now_mono) const noexcept;

    std::array<Shard, kShards> shards_;
    std::atomic<size_t> count_{0};
};

}  // namespace aurelis::core
