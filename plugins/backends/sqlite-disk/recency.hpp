// Recency: which entries were read recently, in memory, so that a read writes nothing. An eviction asks it before it
// relies on the file; upkeep writes it to the file now and then, so that it is roughly known after a restart. Bounded:
// what does not fit is forgotten, which costs that entry only its second chance.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace aurelis::sqlite_disk {

class Recency {
public:
    // A point in time that rises with every call: microseconds of the wall clock, but never below a tick that was seen.
    // After a step forward and back the ticks continue from the highest one, in every process that has read the file.
    int64_t tick(int64_t now_wall) noexcept;
    // Ticks continue from there, so that what is used from now on is newer than anything in the file.
    void go_on_from(int64_t tick) noexcept;
    // The entry was read at that tick.
    void note(int64_t id, int64_t tick);
    // Removes and returns the note of an entry, if there is one.
    std::optional<int64_t> take(int64_t id);
    // Removes and returns up to at_most notes that are not in the file yet.
    std::vector<std::pair<int64_t, int64_t>> take_some(size_t at_most);
    // Forgets everything: the ids of another file mean other entries.
    void clear();
    size_t size() const noexcept { return size_.load(std::memory_order_relaxed); }
    uint64_t forgotten() const noexcept { return forgotten_.load(std::memory_order_relaxed); }

private:
    static constexpr size_t kShards = 16;
    static constexpr size_t kNotesPerShard = 8192;
    struct alignas(64) Shard {
        std::mutex mutex;
        std::unordered_map<int64_t, int64_t> notes;  // Guarded by mutex.
    };
    Shard& shard_of(int64_t id) noexcept { return shards_[static_cast<uint64_t>(id) % kShards]; }

    std::array<Shard, kShards> shards_;
    std::atomic<int64_t> last_tick_{0};
    std::atomic<size_t> size_{0};
    std::atomic<uint64_t> forgotten_{0};
};

}  // namespace aurelis::sqlite_disk
