// Node: one entry in one allocation (header, key, attributes, value), counted by references. The table holds one
// reference, and so does each pinned value, so bytes that were handed out outlive removal, eviction and the cache
// itself. Leaves to others: finding nodes (table.hpp), their order (s3_fifo.hpp), and locking (shard.hpp).
#pragma once

#include <aurelis/abi.h>

#include <atomic>
#include <cstdint>
#include <string_view>

namespace aurelis::memory {

// Counts what is no longer in the cache but still pinned by readers. Lives until its owner and the last such node are
// gone.
class PinLedger {
public:
    void retain() noexcept { owners_.fetch_add(1, std::memory_order_relaxed); }
    void release() noexcept {
        if (owners_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
    }
    void add(int64_t bytes) noexcept { bytes_.fetch_add(bytes, std::memory_order_relaxed); }
    int64_t bytes() const noexcept { return bytes_.load(std::memory_order_relaxed); }

private:
    ~PinLedger() = default;
    std::atomic<uint64_t> owners_{1};
    std::atomic<int64_t> bytes_{0};
};

enum class Home : uint8_t { None, Small, Main };

// Invariants: key, attributes and value never change once the node is in a table. newer, older, home, uses,
// meta.version and meta.expires_wall are guarded by the shard's lock. Made by make_node(), released by drop_node().
struct Node {
    Node* newer = nullptr;
    Node* older = nullptr;
    PinLedger* ledger = nullptr;
    uint64_t hash = 0;
    std::atomic<uint32_t> references{1};
    uint32_t key_size = 0;
    uint32_t attrs_size = 0;
    Home home = Home::None;
    uint8_t uses = 0;
    uint64_t value_size = 0;
    aurelis_meta meta{};

    const char* payload() const noexcept { return reinterpret_cast<const char*>(this + 1); }
    std::string_view key() const noexcept { return {payload(), key_size}; }
    aurelis_bytes attrs() const noexcept { return {payload() + key_size, attrs_size}; }
    const char* value() const noexcept { return payload() + value_offset(key_size, attrs_size); }
    // For readers without the lock: expires_wall is the only member of meta that can still change.
    aurelis_meta meta_at(int64_t expires_wall) const noexcept {
        return {meta.created_wall, meta.stale_wall, expires_wall, meta.version, meta.flags, meta.cost};
    }
    bool expired(int64_t now) const noexcept { return meta.expires_wall != 0 && meta.expires_wall <= now; }

    // Values begin at a multiple of 8, for readers that keep numbers in them.
    static uint64_t value_offset(uint64_t key_size, uint64_t attrs_size) noexcept {
        return (key_size + attrs_size + 7) & ~uint64_t{7};
    }
};

// One more reference, handed out as a value. Under the shard's lock, or while another reference is held.
aurelis_buf pin(Node* node) noexcept;

// A new node with one reference, the caller's; nullptr if there is no memory.
Node* make_node(uint64_t hash, std::string_view key, const aurelis_write& write, PinLedger* ledger) noexcept;

// What the node takes in memory, the allocator's header and rounding included.
uint64_t charge_of(const Node* node) noexcept;
// At least what such a node would take.
uint64_t least_charge(size_t key_size, const aurelis_write& write) noexcept;

// Gives up the table's reference of a node that nobody can find any more.
void drop_node(Node* node) noexcept;

// Nodes that left the table under a lock and are given up after it: declare it before the lock.
class Dropped {
public:
    Dropped() = default;
    Dropped(const Dropped&) = delete;
    Dropped& operator=(const Dropped&) = delete;
    ~Dropped() {
        while (first_ != nullptr) {
            Node* node = first_;
            first_ = node->older;
            drop_node(node);
        }
    }
    void add(Node* node) noexcept {
        node->older = first_;
        first_ = node;
    }

private:
    Node* first_ = nullptr;
};

}  // namespace aurelis::memory
