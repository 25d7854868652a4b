// Shard: one lock, one table, one eviction order, and an equal part of both bounds. Room is made before an entry comes
// in, so neither bound is exceeded even for a moment; nodes are made before the lock is taken and freed after it is
// released. Leaves to others: which shard a key belongs to, checks of arguments, what a page of a scan shows.
//
// Versions: each write takes the next number of the shard. Absent keys have versions, too: the shard keeps kStripes
// generations, each shared by many keys, and whenever an entry goes, for whatever reason, its stripe moves to a number
// that no look-up has seen before. 0: no key of the stripe has ever gone.
#pragma once

#include "node.hpp"
#include "s3_fifo.hpp"
#include "spin_lock.hpp"
#include "table.hpp"

#include <array>
#include <cstdint>
#include <mutex>
#include <string_view>
#include <vector>

namespace aurelis::memory {

struct Key {
    uint64_t hash;
    std::string_view text;
};

// The parameters of one look-up: its time, and whether it counts as a use.
struct Glance {
    int64_t now;
    bool peek;
    bool expired_too;
};

struct ShardLimits {
    uint64_t entries;  // UINT64_MAX: no bound.
    uint64_t bytes;
};

struct ShardCounts {
    uint64_t entries = 0, bytes = 0, evictions = 0, expirations = 0, admissions = 0, overwrites = 0,
             rejections = 0, promotions = 0, ghost_hits = 0;
};

// A node as a scan saw it, held by a reference of its own, with the expiry time that it had then.
struct Seen {
    aurelis_buf value;
    int64_t expires_wall;
    Node* node() const noexcept { return static_cast<Node*>(value.owner); }
};

class alignas(64) Shard {
public:
    Shard() = default;
    ~Shard();
    Shard(const Shard&) = delete;
    Shard& operator=(const Shard&) = delete;

    // [control] Call it first; false if there is no memory.
    bool open(const ShardLimits& limits) noexcept;
    bool can_ever_hold(uint64_t charge) const noexcept { return charge <= limits_.bytes - least_bytes(); }
    static uint64_t least_bytes() noexcept;

    // All below are [data]. now: the instant by which expiry is judged.
    void prefetch(const Key& key) const noexcept { table_.prefetch(tag_of(key.hash)); }
    aurelis_status get(const Key& key, const Glance& glance, aurelis_entry* out) noexcept;
    // Several look-ups under one lock; out[order[i]] and keys[order[i]] belong together.
    void get_many(const Key* keys, const uint32_t* order, size_t n, const Glance& glance,
                  aurelis_entry* out) noexcept;
    // Takes over the node, whatever the outcome.
    aurelis_status set(Node* fresh, const aurelis_write& write, int64_t now, uint64_t* new_version) noexcept;
    // For a write that can never fit: if its conditions hold, the old entry of the key is removed.
    aurelis_status refuse(const Key& key, const aurelis_write& write, int64_t now) noexcept;
    aurelis_status remove(const Key& key, const uint64_t* if_version, int64_t now) noexcept;
    aurelis_status touch(const Key& key, int64_t expires_wall, int64_t now) noexcept;

    // Adds about `room` live nodes with tags from `from` on to seen, whole tags only and not sorted. Returns
    // the tag to continue with; kPageEnd: there are no more.
    uint64_t page(uint64_t from, size_t room, int64_t now, std::vector<Seen>& seen);
    static constexpr uint64_t kPageEnd = uint64_t{1} << 32;
    // Removes the node if it is still the one under its key.
    bool remove_exactly(const Node* node) noexcept;
    // Changes the versions of all absent keys.
    void renew_generations() noexcept;

    // Reclaims what has expired among the next slots; `at` is carried from call to call. True after the last slot.
    bool sweep(size_t& at, int64_t now) noexcept;
    ShardCounts counts() const noexcept;

private:
    static constexpr size_t kStripes = 64;
    static constexpr size_t kPageSlots = 4096;
    static constexpr size_t kSweepSlots = 1024;
    static constexpr size_t kSweepNodes = 64;

    uint64_t& generation(uint32_t tag) noexcept { return generations_[tag % kStripes]; }
    aurelis_status get_locked(const Key& key, const Glance& glance, aurelis_entry* out,
                              Dropped& dropped) noexcept;
    // The slot of a live entry; an expired one is reclaimed on the way.
    Slot* find_live(uint32_t tag, std::string_view key, int64_t now, Dropped& dropped) noexcept;
    bool conditions_hold(const Slot* slot, uint32_t tag, const aurelis_write& write) noexcept;
    void overwrite(Slot* slot, Node* fresh, int64_t now, Dropped& dropped) noexcept;
    void insert(Node* fresh, Home home, int64_t now, Dropped& dropped) noexcept;
    void make_room(uint64_t bytes, uint64_t entries, int64_t now, Dropped& dropped) noexcept;
    bool past_bounds(uint64_t bytes, uint64_t entries) const noexcept;
    bool evict_one(int64_t now, bool by_bytes, Dropped& dropped) noexcept;
    void grow(uint64_t charge, int64_t now, Dropped& dropped) noexcept;
    bool resize(uint32_t bits) noexcept;
    void shrink() noexcept;
    // Removes an entry; its version remains as that of the absent key.
    void take_out(Slot* slot, Dropped& dropped) noexcept;
    void expire(Slot* slot, Dropped& dropped) noexcept;
    static uint64_t index_bytes(uint32_t bits) noexcept {
        return Table::bytes_for(bits) + Ghost::bytes_for(bits);
    }

    mutable SpinLock lock_;  // Guards everything below but limits_ and what table_.prefetch() reads.
    Table table_;
    uint64_t version_ = 0;
    uint64_t bytes_ = 0;
    S3Fifo order_;
    ShardLimits limits_{};
    ShardCounts tally_;
    std::array<uint64_t, kStripes> generations_{};
};

}  // namespace aurelis::memory
