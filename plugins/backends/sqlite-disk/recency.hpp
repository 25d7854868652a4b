// Recency: which entries were read lately, in memory, so that a read writes nothing. An eviction asks it
// before it believes what the file says; upkeep writes it down now and then, so that a restart knows roughly.
// Bounded: what finds no room is forgotten, which costs that entry its second chance and nothing else.
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
    // A point in time that rises with every call: microseconds of the wall clock, but never behind a tick that was
    // seen. After a step forward and back the ticks go on in front, for every process that has looked into the file.
    int64_t tick(int64_t now_wall) noexcept;
    // Ticks go on from there: what a file says was used then is not newer than what is used from now on.
    void go_on_from(int64_t tick) noexcept;
    // The entry was read at that tick.
    void note(int64_t id, int64_t tick);
    // Takes the note of an entry out, if there is one.
    std::optional<int64_t> take(int64_t id);
    // Takes out up to so many notes of which the file does not know.
    std::vector<std::pair<int64_t, int64_t>> take_some(size_t at_most);
    // Forgets all: the ids of another file mean other entries.
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
