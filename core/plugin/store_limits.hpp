// StoreLimits: the limits that one running store has declared, and how often they mattered. LimitedTable
// (limited_table.hpp) keeps every call within them, so that no caller has to check: batches are split, lives shortened,
// and what is too large is refused before the store sees it. Layers shorten keys that are too long
// (layer/stored_key.hpp); if one arrives here nevertheless, the store holds nothing under it: a get misses, a removal
// finds nothing.
// Threads: any; learn() before the first data call.
#pragma once

#include "stats/counter_list.hpp"

#include <aurelis/abi.h>

#include <atomic>
#include <cstdint>

namespace aurelis::core {

#define AURELIS_LIMIT_COUNTERS(X)                                                                    \
    X(kKeysRefused, "keys_refused", "Writes whose key is too long for the store and has no digest.") \
    X(kKeysDigested, "keys_digested", "Writes under a digest, since the key is too long.")           \
    X(kValuesRefused, "values_refused", "Values that are larger than the store takes.")              \
    X(kLivesShortened, "lives_shortened", "Entries whose life was cut to what it takes.")            \
    X(kBatchesCut, "batches_cut", "Batches that were cut into parts.")

AURELIS_DEFINE_COUNTERS(LimitCounter, kLimitCounters, kLimitCounterRows, AURELIS_LIMIT_COUNTERS);

class StoreLimits {
public:
    // Asks the store for its limits. False: it has none.
    bool learn(aurelis_store* store);

    const aurelis_limits& said() const noexcept { return said_; }
    uint64_t counted(LimitCounter counter) const noexcept { return counts_[counter].load(std::memory_order_relaxed); }
    Snapshot snapshot() const {
        return snapshot_of(kLimitCounterRows, [&](size_t i) { return counted(static_cast<LimitCounter>(i)); });
    }
    void count(LimitCounter counter) noexcept { counts_[counter].fetch_add(1, std::memory_order_relaxed); }

    // The longest key that the store takes; SIZE_MAX: any.
    size_t key_max() const noexcept { return key_max_; }
    bool takes_key(const aurelis_key& key) const noexcept { return key.size <= key_max_; }
    bool takes_value(size_t bytes) const noexcept { return said_.value_max == 0 || bytes <= said_.value_max; }
    bool takes_batch(size_t items) const noexcept { return said_.batch_max == 0 || items <= said_.batch_max; }
    // The end of a life that begins now, reduced to the limit.
    int64_t end_of_life(int64_t now_wall, int64_t expires_wall) noexcept;

private:
    aurelis_limits said_{};
    size_t key_max_ = SIZE_MAX;
    std::atomic<uint64_t> counts_[kLimitCounters]{};
};

}  // namespace aurelis::core
