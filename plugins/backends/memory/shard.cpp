// The walks of get, set, remove and touch through one shard.
#include "shard.hpp"

#include <algorithm>

namespace aurelis::memory {

uint64_t Shard::least_bytes() noexcept { return sizeof(Shard) + index_bytes(Table::kBitsMin); }

Shard::~Shard() {
    if (table_.bits() == 0) return;
    for (size_t i = 0; i < table_.slots(); ++i) {
        if (table_.at(i).node != nullptr) drop_node(table_.at(i).node);
    }
}

bool Shard::open(const ShardLimits& limits) noexcept {
    limits_ = limits;
    bytes_ = least_bytes();
    return table_.resize(Table::kBitsMin) && order_.resize(Table::kBitsMin);
}

aurelis_status Shard::get(const Key& key, const Glance& glance, aurelis_entry* out) noexcept {
    prefetch(key);
    Dropped dropped;
    std::scoped_lock guard(lock_);
    return get_locked(key, glance, out, dropped);
}

void Shard::get_many(const Key* keys, const uint32_t* order, size_t n, const Glance& glance,
                     aurelis_entry* out) noexcept {
    Dropped dropped;
    std::scoped_lock guard(lock_);
    // All nodes are prefetched before the first is needed.
    for (size_t i = 0; i < n; ++i) table_.prefetch_node(tag_of(keys[order[i]].hash));
    for (size_t i = 0; i < n; ++i) {
        aurelis_entry* entry = out + order[i];
        entry->status = get_locked(keys[order[i]], glance, entry, dropped);
    }
}

aurelis_status Shard::get_locked(const Key& key, const Glance& glance, aurelis_entry* out,
                                 Dropped& dropped) noexcept {
    const uint32_t tag = tag_of(key.hash);
    Slot* slot = table_.find(tag, key.text);
    if (slot != nullptr && !glance.expired_too && slot->node->expired(glance.now)) {
        expire(slot, dropped);
        slot = nullptr;
    }
    if (slot == nullptr) {
        out->meta.version = generation(tag);
        return AURELIS_NOT_FOUND;
    }
    Node* node = slot->node;
    if (!glance.peek) S3Fifo::hit(*node);
    out->value = pin(node);
    out->meta = node->meta;
    out->attrs = node->attrs();
    out->status = AURELIS_OK;
    out->layer = 0;
    out->reserved0 = 0;
    out->reserved1[0] = 0;
    out->reserved1[1] = 0;
    return AURELIS_OK;
}

Slot* Shard::find_live(uint32_t tag, std::string_view key, int64_t now, Dropped& dropped) noexcept {
    Slot* slot = table_.find(tag, key);
    if (slot == nullptr || !slot->node->expired(now)) return slot;
    expire(slot, dropped);
    return nullptr;
}

bool Shard::conditions_hold(const Slot* slot, uint32_t tag, const aurelis_write& write) noexcept {
    if ((write.flags & AURELIS_SET_IF_ABSENT) != 0 && slot != nullptr) return false;
    if ((write.flags & AURELIS_SET_IF_PRESENT) != 0 && slot == nullptr) return false;
    if ((write.flags & AURELIS_SET_IF_VERSION) == 0) return true;
    return write.if_version == (slot != nullptr ? slot->node->meta.version : generation(tag));
}

aurelis_status Shard::set(Node* fresh, const aurelis_write& write, int64_t now,
                          uint64_t* new_version) noexcept {
    const uint32_t tag = tag_of(fresh->hash);
    table_.prefetch(tag);
    Dropped dropped;
    std::scoped_lock guard(lock_);
    Slot* slot = find_live(tag, fresh->key(), now, dropped);
    if (!conditions_hold(slot, tag, write)) {
        dropped.add(fresh);
        return AURELIS_CONFLICT;
    }
    fresh->meta.version = ++version_;
    if (new_version != nullptr) *new_version = fresh->meta.version;
    if (slot != nullptr) {
        ++tally_.overwrites;
        overwrite(slot, fresh, now, dropped);
    } else {
        ++tally_.admissions;
        insert(fresh, order_.home_for(*fresh), now, dropped);
    }
    return AURELIS_OK;
}

aurelis_status Shard::refuse(const Key& key, const aurelis_write& write, int64_t now) noexcept {
    const uint32_t tag = tag_of(key.hash);
    Dropped dropped;
    std::scoped_lock guard(lock_);
    Slot* slot = find_live(tag, key.text, now, dropped);
    if (!conditions_hold(slot, tag, write)) return AURELIS_CONFLICT;
    if (slot != nullptr) take_out(slot, dropped);
    generation(tag) = ++version_;
    ++tally_.rejections;
    return AURELIS_E_TOO_LARGE;
}

aurelis_status Shard::remove(const Key& key, const uint64_t* if_version, int64_t now) noexcept {
    const uint32_t tag = tag_of(key.hash);
    Dropped dropped;
    std::scoped_lock guard(lock_);
    Slot* slot = find_live(tag, key.text, now, dropped);
    if (if_version != nullptr &&
        *if_version != (slot != nullptr ? slot->node->meta.version : generation(tag)))
        return AURELIS_CONFLICT;
    if (slot != nullptr) take_out(slot, dropped);
    generation(tag) = ++version_;
    return slot != nullptr ? AURELIS_OK : AURELIS_NOT_FOUND;
}

aurelis_status Shard::touch(const Key& key, int64_t expires_wall, int64_t now) noexcept {
    Dropped dropped;
    std::scoped_lock guard(lock_);
    Slot* slot = find_live(tag_of(key.hash), key.text, now, dropped);
    if (slot == nullptr) return AURELIS_NOT_FOUND;
    slot->node->meta.expires_wall = expires_wall;
    slot->end_second = end_second_of(expires_wall);
    return AURELIS_OK;
}

// The key moves to the newest place and keeps its use count. Other entries are evicted only if the larger value does
// not fit, and never the key itself: it is taken out of the eviction order while room is made.
void Shard::overwrite(Slot* slot, Node* fresh, int64_t now, Dropped& dropped) noexcept {
    Node* old = slot->node;
    const Home home = old->home;
    const uint64_t bytes = bytes_ - charge_of(old) + charge_of(fresh);
    fresh->uses = old->uses;
    order_.forget(old);
    if (bytes <= limits_.bytes) {
        slot->node = fresh;
        slot->end_second = end_second_of(fresh->meta.expires_wall);
        bytes_ = bytes;
        order_.admit(fresh, home);
    } else {
        table_.erase(slot);
        bytes_ -= charge_of(old);
        insert(fresh, home, now, dropped);
    }
    dropped.add(old);
}

}  // namespace aurelis::memory
