// S3Fifo: which entry is evicted. A small queue (a tenth) holds new entries on trial, a main queue those that were used
// again, and a ghost remembers what the small queue evicted. A hit only raises a two-bit counter: no list changes. Not
// thread-safe: its shard locks. Owns nothing; links the nodes that it is given.
#pragma once

#include "ghost.hpp"
#include "node.hpp"

#include <cstddef>
#include <cstdint>

namespace aurelis::memory {

class S3Fifo {
public:
    bool resize(uint32_t table_bits) noexcept { return ghost_.resize(table_bits); }

    // Only writes when something changes, so that hits on hot keys leave the line clean.
    static void hit(Node& node) noexcept {
        if (node.uses < kUsesMax) ++node.uses;
    }
    // The queue in which a new key begins; asks the ghost, which then forgets the key. Call it before room is made for
    // the key.
    Home home_for(const Node& node) noexcept;
    void admit(Node* node, Home home) noexcept { link(node, home); }
    void forget(Node* node) noexcept { unlink(node); }
    // The entry to evict, still linked; nullptr if there is none. by_bytes says which bound is exceeded.
    Node* victim(int64_t now, bool by_bytes) noexcept;

    uint64_t promotions() const noexcept { return promotions_; }
    uint64_t ghost_hits() const noexcept { return ghost_hits_; }

private:
    static constexpr uint8_t kUsesMax = 3;
    static constexpr uint8_t kUsesToStay = 1;
    static constexpr int kSecondChancesMax = 256;
    static constexpr uint64_t kSmallShare = 10;

    struct Queue {
        Node* newest = nullptr;
        Node* oldest = nullptr;
        uint64_t count = 0;
        uint64_t bytes = 0;
    };
    Queue& queue_of(Home home) noexcept { return home == Home::Main ? main_ : small_; }
    void link(Node* node, Home home) noexcept;
    void unlink(Node* node) noexcept;
    bool small_is_over(bool by_bytes) const noexcept;

    Queue small_;
    Queue main_;
    Ghost ghost_;
    uint64_t promotions_ = 0;
    uint64_t ghost_hits_ = 0;
};

}  // namespace aurelis::memory
