// Histogram of latencies: four buckets per power of two (error below 20 %), 1 ns to 2^40 ns, lock-free and bounded.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace aurelis::core {

class Histogram {
public:
    void record(int64_t ns) noexcept {
        buckets_[bucket_of(ns < 0 ? 0 : static_cast<uint64_t>(ns))].fetch_add(1, std::memory_order_relaxed);
    }
    uint64_t count() const noexcept {
        uint64_t total = 0;
        for (const auto& bucket : buckets_) total += bucket.load(std::memory_order_relaxed);
        return total;
    }
    // The upper end of the bucket in which the quantile (0..1) lies; 0 if nothing was recorded.
    uint64_t quantile(double share) const noexcept {
        const uint64_t total = count();
        if (total == 0) return 0;
        const auto wanted = static_cast<uint64_t>(share * static_cast<double>(total - 1)) + 1;
        uint64_t seen = 0;
        for (size_t i = 0; i < kBuckets; ++i) {
            seen += buckets_[i].load(std::memory_order_relaxed);
            if (seen >= wanted) return upper_end(i);
        }
        return upper_end(kBuckets - 1);
    }

private:
    static constexpr size_t kBuckets = 160;
    static size_t bucket_of(uint64_t ns) noexcept {
        if (ns < 4) return static_cast<size_t>(ns);
        const auto power = static_cast<size_t>(std::bit_width(ns)) - 1;
        const size_t index = (power - 1) * 4 + static_cast<size_t>((ns >> (power - 2)) & 3);
        return index < kBuckets ? index : kBuckets - 1;
    }
    static uint64_t upper_end(size_t bucket) noexcept {
        if (bucket < 4) return bucket;
        const size_t power = bucket / 4 + 1;
        return ((uint64_t{4} + bucket % 4 + 1) << (power - 2)) - 1;
    }

    std::array<std::atomic<uint64_t>, kBuckets> buckets_{};
};

}  // namespace aurelis::core
