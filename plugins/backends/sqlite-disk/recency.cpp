// Recency: sixteen small maps, so that readers rarely contend for one mutex.
#include "recency.hpp"

#include <algorithm>

namespace aurelis::sqlite_disk {

namespace {
constexpr int64_t kLastTick = INT64_MAX / 2;
}

int64_t Recency::tick(int64_t now_wall) noexcept {
    const int64_t now = now_wall / 1000;
    int64_t last = last_tick_.load(std::memory_order_relaxed);
    int64_t next = 0;
    do next = std::max(now, last + 1);
    while (!last_tick_.compare_exchange_weak(last, next, std::memory_order_relaxed));
    return next;
}

void Recency::go_on_from(int64_t tick) noexcept {
    if (tick > kLastTick) return;  // Not from a clock, but damage.
    int64_t last = last_tick_.load(std::memory_order_relaxed);
    while (last < tick && !last_tick_.compare_exchange_weak(last, tick, std::memory_order_relaxed)) {
    }
}

void Recency::note(int64_t id, int64_t tick) {
    Shard& shard = shard_of(id);
    std::scoped_lock lock(shard.mutex);
    const auto found = shard.notes.find(id);
    if (found != shard.notes.end()) {
        found->second = tick;
    } else if (shard.notes.size() < kNotesPerShard) {
        shard.notes.emplace(id, tick);
        size_.fetch_add(1, std::memory_order_relaxed);
    } else {
        forgotten_.fetch_add(1, std::memory_order_relaxed);
    }
}

std::optional<int64_t> Recency::take(int64_t id) {
    Shard& shard = shard_of(id);
    std::scoped_lock lock(shard.mutex);
    const auto found = shard.notes.find(id);
    if (found == shard.notes.end()) return std::nullopt;
    const int64_t tick = found->second;
    shard.notes.erase(found);
    size_.fetch_sub(1, std::memory_order_relaxed);
    return tick;
}

std::vector<std::pair<int64_t, int64_t>> Recency::take_some(size_t at_most) {
    std::vector<std::pair<int64_t, int64_t>> taken;
    for (Shard& shard : shards_) {
        std::scoped_lock lock(shard.mutex);
        while (!shard.notes.empty() && taken.size() < at_most) {
            taken.emplace_back(*shard.notes.begin());
            shard.notes.erase(shard.notes.begin());
            size_.fetch_sub(1, std::memory_order_relaxed);
        }
    }
    std::sort(taken.begin(), taken.end());  // In the order of the file.
    return taken;
}

void Recency::clear() {
    for (Shard& shard : shards_) {
        std::scoped_lock lock(shard.mutex);
        size_.fetch_sub(shard.notes.size(), std::memory_order_relaxed);
        shard.notes.clear();
    }
}

}  // namespace aurelis::sqlite_disk
