#include "stats/striped.hpp"

namespace aurelis::core {
namespace {

std::atomic<uint64_t> taken{0};  // Bit i: stripe i has an owner.
std::atomic<uint32_t> turn{0};
static_assert(kOwnedStripes <= 64);

// Gives the stripe back when its thread ends. The next owner continues from the same numbers: the release here and the
// acquire in claim() hand them over.
struct Claim {
    ThreadSlot slot;
    Claim() noexcept : slot(claim()) {}
    ~Claim() {
        if (slot.owned) taken.fetch_and(~(uint64_t{1} << slot.index), std::memory_order_release);
        slot = {kOwnedStripes, false, 0};
    }
    static ThreadSlot claim() noexcept {
        uint64_t seen = taken.load(std::memory_order_acquire);
        for (uint32_t i = 0; i < kOwnedStripes; ++i) {
            const uint64_t bit = uint64_t{1} << i;
            while ((seen & bit) == 0)
                if (taken.compare_exchange_weak(seen, seen | bit, std::memory_order_acq_rel)) return {i, true, 0};
        }
        const uint32_t shared = turn.fetch_add(1, std::memory_order_relaxed) % kSharedStripes;
        return {static_cast<uint32_t>(kOwnedStripes) + shared, false, 0};
    }
};

}  // namespace

ThreadSlot& thread_slot() noexcept {
    static thread_local Claim claim;
    return claim.slot;
}

}  // namespace aurelis::core
