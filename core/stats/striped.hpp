// Counters that many threads increment without contention: each thread has a stripe of its own, and a reader adds them
// up. The first kOwnedStripes threads own their stripe and write it without a locked instruction; later ones share the
// rest.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace aurelis::core {

inline constexpr size_t kOwnedStripes = 32;
inline constexpr size_t kSharedStripes = 8;
inline constexpr size_t kStripes = kOwnedStripes + kSharedStripes;

struct ThreadSlot {
    uint32_t index;
    bool owned;
    uint32_t ticks;  // For sampling: counts this thread's operations.
};
// This thread's slot; owned slots are given back when the thread ends.
ThreadSlot& thread_slot() noexcept;

// N counters per stripe, on cache lines of their own.
template <size_t N>
class Striped {
public:
    void add(size_t counter, uint64_t amount = 1) noexcept { add(thread_slot(), counter, amount); }
    void add(const ThreadSlot& slot, size_t counter, uint64_t amount = 1) noexcept {
        std::atomic<uint64_t>& cell = stripes_[slot.index].cells[counter];
        if (slot.owned)
            cell.store(cell.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
        else
            cell.fetch_add(amount, std::memory_order_relaxed);
    }
    uint64_t sum(size_t counter) const noexcept {
        uint64_t total = 0;
        for (const Stripe& stripe : stripes_) total += stripe.cells[counter].load(std::memory_order_relaxed);
        return total;
    }

private:
    struct alignas(64) Stripe {
        std::array<std::atomic<uint64_t>, N> cells{};
    };
    std::array<Stripe, kStripes> stripes_{};
};

}  // namespace aurelis::core
