// Table: finds nodes by key. Open addressing with linear probing; a slot holds 32 bits of the hash, so that nodes that
// do not match are not accessed, and the second in which the entry expires, so that the sweep for expired entries
// accesses no nodes either. The home of a slot is the top of its tag: the table is nearly in the order of tags, and a
// scan can continue after a tag whatever has been inserted, removed or resized in between. Not thread-safe: its shard
// locks. Owns its slots, not the nodes.
#pragma once

#include "node.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace aurelis::memory {

struct Slot {
    Node* node;
    uint32_t tag;
    uint32_t end_second;  // Seconds since the epoch, rounded up; kNeverEnds.
};

inline constexpr uint32_t kNeverEnds = UINT32_MAX;
inline constexpr int64_t kSecondNs = 1'000'000'000;

inline uint32_t tag_of(uint64_t hash) noexcept { return static_cast<uint32_t>(hash); }
inline uint32_t end_second_of(int64_t expires_wall) noexcept {
    if (expires_wall == 0) return kNeverEnds;
    if (expires_wall < 0) return 0;
    const int64_t second = (expires_wall - 1) / kSecondNs + 1;
    return second < int64_t{kNeverEnds} ? static_cast<uint32_t>(second) : kNeverEnds;
}

class Table {
public:
    static constexpr uint32_t kBitsMin = 4;
    static constexpr uint32_t kBitsMax = 31;

    Table() = default;
    ~Table();
    Table(const Table&) = delete;
    Table& operator=(const Table&) = delete;

    // Allocates 2^bits slots and moves all nodes there; false if there is no memory, and then nothing has changed.
    bool resize(uint32_t bits) noexcept;
    uint32_t bits() const noexcept { return bits_; }
    size_t slots() const noexcept { return mask_ + size_t{1}; }
    size_t count() const noexcept { return count_; }
    bool wants_to_grow() const noexcept { return (count_ + 1) * 4 > slots() * 3 && bits_ < kBitsMax; }
    static uint64_t bytes_for(uint32_t bits) noexcept { return (uint64_t{1} << bits) * sizeof(Slot); }

    Slot* find(uint32_t tag, std::string_view key) const noexcept {
        for (size_t i = home(tag);; i = (i + 1) & mask_) {
            Slot& slot = slots_[i];
            if (slot.node == nullptr) return nullptr;
            if (slot.tag == tag && slot.node->key() == key) return &slot;
        }
    }
    Slot* find(const Node* node) const noexcept;
    // The key must be absent, and wants_to_grow() must have been respected.
    void insert(Node* node) noexcept;
    // Closes the gap, so slots behind it may move forward into it.
    void erase(Slot* slot) noexcept;

    Slot& at(size_t i) const noexcept { return slots_[i & mask_]; }
    size_t home(uint32_t tag) const noexcept { return tag >> (32 - bits_); }

    // [any] Prefetches the cache lines that find() will read; may be called without the lock, and may then fetch the
    // wrong ones.
    void prefetch(uint32_t tag) const noexcept {
        const auto start = reinterpret_cast<uintptr_t>(hint_.load(std::memory_order_relaxed));
        const uintptr_t offset = (tag >> hint_shift_.load(std::memory_order_relaxed)) * sizeof(Slot);
        __builtin_prefetch(reinterpret_cast<const void*>(start + offset));
    }
    void prefetch_node(uint32_t tag) const noexcept;

private:
    Slot* slots_ = nullptr;
    size_t mask_ = 0;
    size_t count_ = 0;
    uint32_t bits_ = 0;
    std::atomic<uint32_t> hint_shift_{31};
    std::atomic<Slot*> hint_{nullptr};
};

}  // namespace aurelis::memory
