#include "flow/failure_pauses.hpp"

#include <algorithm>

namespace aurelis::core {

void FailurePauses::begin(uint64_t hash, int64_t now_mono, int64_t until_mono) {
    Shard& place = shard(hash);
    MutexLock lock(place.mutex);
    const size_t before = place.pauses.size();
    std::erase_if(place.pauses, [&](const Pause& one) { return one.hash == hash || one.until <= now_mono; });
    if (place.pauses.size() >= kPausesMax)
        place.pauses.erase(std::min_element(place.pauses.begin(), place.pauses.end(),
                                            [](const Pause& a, const Pause& b) { return a.until < b.until; }));
    place.pauses.push_back({hash, until_mono});
    count_.fetch_add(place.pauses.size() - before, std::memory_order_relaxed);  // May wrap around, which subtracts.
}

void FailurePauses::end(uint64_t hash) noexcept {
    if (count_.load(std::memory_order_relaxed) == 0) return;
    Shard& place = shard(hash);
    MutexLock lock(place.mutex);
    const size_t ended = std::erase_if(place.pauses, [&](const Pause& one) { return one.hash == hash; });
    count_.fetch_sub(ended, std::memory_order_relaxed);
}

bool FailurePauses::holds_one(uint64_t hash, int64_t now_mono) const noexcept {
    const Shard& place = shard(hash);
    MutexLock lock(place.mutex);
    return std::any_of(place.pauses.begin(), place.pauses.end(),
                       [&](const Pause& one) { return one.hash == hash && one.until > now_mono; });
}

}  // namespace aurelis::core
