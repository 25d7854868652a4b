// The other half of the shard: how it makes room, pages through its entries and reclaims what has expired.
#include "shard.hpp"

#include <algorithm>

namespace aurelis::memory {

void Shard::insert(Node* fresh, Home home, int64_t now, Dropped& dropped) noexcept {
    const uint64_t charge = charge_of(fresh);
    make_room(charge, 1, now, dropped);
    if (table_.wants_to_grow()) grow(charge, now, dropped);
    table_.insert(fresh);
    order_.admit(fresh, home);
    bytes_ += charge;
}

bool Shard::past_bounds(uint64_t bytes, uint64_t entries) const noexcept {
    return bytes_ + bytes > limits_.bytes || table_.count() + entries > limits_.entries;
}

void Shard::make_room(uint64_t bytes, uint64_t entries, int64_t now, Dropped& dropped) noexcept {
    while (past_bounds(bytes, entries)) {
        const bool by_bytes = table_.count() + entries <= limits_.entries;
        if (evict_one(now, by_bytes, dropped)) continue;
        // No entry is left: the table itself has become too large.
        if (table_.bits() > Table::kBitsMin) resize(Table::kBitsMin);
        return;
    }
}

bool Shard::evict_one(int64_t now, bool by_bytes, Dropped& dropped) noexcept {
    Node* victim = order_.victim(now, by_bytes);
    if (victim == nullptr) return false;
    ++(victim->expired(now) ? tally_.expirations : tally_.evictions);
    take_out(table_.find(victim), dropped);
    return true;
}

// The old and the new table exist side by side for a moment, and both count. The table grows only if all entries still
// fit beside the new one, so that it does not evict more entries than it makes slots for; otherwise one entry is
// evicted.
void Shard::grow(uint64_t charge, int64_t now, Dropped& dropped) noexcept {
    const uint32_t bits = table_.bits() + 1;
    const uint64_t added = index_bytes(bits) - index_bytes(bits - 1);
    const uint64_t both = sizeof(Shard) + index_bytes(bits) + index_bytes(bits - 1);
    if (!past_bounds(charge + added, 1) && both <= limits_.bytes && charge <= limits_.bytes - both) {
        make_room(charge + index_bytes(bits), 1, now, dropped);
        if (resize(bits)) return;
    }
    if (table_.wants_to_grow()) evict_one(now, true, dropped);
}

bool Shard::resize(uint32_t bits) noexcept {
    const uint64_t before = index_bytes(table_.bits());
    if (!order_.resize(bits)) return false;
    if (!table_.resize(bits)) {
        order_.resize(table_.bits());
        return false;
    }
    bytes_ = bytes_ - before + index_bytes(bits);
    return true;
}

void Shard::shrink() noexcept {
    const uint32_t bits = table_.bits();
    if (bits == Table::kBitsMin || table_.count() * 8 > table_.slots()) return;
    if (!past_bounds(index_bytes(bits - 1), 0)) resize(bits - 1);
}

void Shard::take_out(Slot* slot, Dropped& dropped) noexcept {
    Node* node = slot->node;
    uint64_t& left_behind = generation(slot->tag);
    left_behind = std::max(left_behind, node->meta.version);
    table_.erase(slot);
    order_.forget(node);
    bytes_ -= charge_of(node);
    dropped.add(node);
}

void Shard::expire(Slot* slot, Dropped& dropped) noexcept {
    ++tally_.expirations;
    take_out(slot, dropped);
}

uint64_t Shard::page(uint64_t from, size_t room, int64_t now, std::vector<Seen>& seen) {
    std::scoped_lock guard(lock_);
    const size_t first = table_.home(static_cast<uint32_t>(from));
    const size_t wanted = seen.size() + room;
    // An empty slot ends the search: no entry is behind an empty slot if its home is before it. Behind the last slot
    // are the entries that did not fit before it.
    for (size_t i = first;; ++i) {
        const Slot& slot = table_.at(i);
        if (slot.node == nullptr) {
            if (i >= table_.slots()) return kPageEnd;
            if (seen.size() >= wanted || i - first >= kPageSlots)
                return (i + uint64_t{1}) << (32 - table_.bits());
            continue;
        }
        const size_t home = table_.home(slot.tag);
        const bool wrapped = home > (i & (table_.slots() - 1));
        if (slot.tag < from || wrapped != (i >= table_.slots()) || slot.node->expired(now)) continue;
        seen.push_back(Seen{aurelis_buf{}, slot.node->meta.expires_wall});
        seen.back().value = pin(slot.node);
    }
}

bool Shard::remove_exactly(const Node* node) noexcept {
    Dropped dropped;
    std::scoped_lock guard(lock_);
    Slot* slot = table_.find(tag_of(node->hash), node->key());
    if (slot == nullptr || slot->node != node) return false;
    take_out(slot, dropped);
    generation(tag_of(node->hash)) = ++version_;
    return true;
}

void Shard::renew_generations() noexcept {
    std::scoped_lock guard(lock_);
    ++version_;
    generations_.fill(version_);
}

bool Shard::sweep(size_t& at, int64_t now) noexcept {
    const int64_t second = now / kSecondNs;
    Dropped dropped;
    size_t reclaimed = 0;
    std::scoped_lock guard(lock_);
    const size_t end = std::min(table_.slots(), at + kSweepSlots);
    while (at < end && reclaimed < kSweepNodes) {
        Slot& slot = table_.at(at);
        // Removing one may move another to this slot, so it is checked again.
        if (slot.node != nullptr && slot.end_second <= second && slot.node->expired(now)) {
            expire(&slot, dropped);
            ++reclaimed;
        } else {
            ++at;
        }
    }
    if (at < table_.slots()) return false;
    shrink();
    return true;
}

ShardCounts Shard::counts() const noexcept {
    std::scoped_lock guard(lock_);
    ShardCounts counts = tally_;
    counts.entries = table_.count();
    counts.bytes = bytes_;
    counts.promotions = order_.promotions();
    counts.ghost_hits = order_.ghost_hits();
    return counts;
}

}  // namespace aurelis::memory
