// The rarer half of the table: growth, insertion, removal.
#include "table.hpp"

#include <aurelis/base/check.hpp>

#include <cstdlib>
#include <utility>

namespace aurelis::memory {

Table::~Table() { std::free(slots_); }

bool Table::resize(uint32_t bits) noexcept {
    auto* room = static_cast<Slot*>(std::calloc(size_t{1} << bits, sizeof(Slot)));
    if (room == nullptr) return false;
    Slot* old = std::exchange(slots_, room);
    const size_t old_slots = old != nullptr ? mask_ + 1 : 0;
    mask_ = (size_t{1} << bits) - 1;
    bits_ = bits;
    hint_.store(slots_, std::memory_order_relaxed);
    hint_shift_.store(32 - bits, std::memory_order_relaxed);
    for (size_t i = 0; i < old_slots; ++i) {
        if (old[i].node == nullptr) continue;
        size_t to = home(old[i].tag);
        while (slots_[to].node != nullptr) to = (to + 1) & mask_;
        slots_[to] = old[i];
    }
    std::free(old);
    return true;
}

Slot* Table::find(const Node* node) const noexcept {
    for (size_t i = home(tag_of(node->hash));; i = (i + 1) & mask_) {
        if (slots_[i].node == node) return &slots_[i];
        AURELIS_DEBUG_CHECK(slots_[i].node != nullptr);
    }
}

void Table::insert(Node* node) noexcept {
    const uint32_t tag = tag_of(node->hash);
    size_t i = home(tag);
    while (slots_[i].node != nullptr) i = (i + 1) & mask_;
    slots_[i] = Slot{node, tag, end_second_of(node->meta.expires_wall)};
    ++count_;
}

void Table::erase(Slot* slot) noexcept {
    auto gap = static_cast<size_t>(slot - slots_);
    for (size_t i = (gap + 1) & mask_; slots_[i].node != nullptr; i = (i + 1) & mask_) {
        // A slot may move into the gap only if the gap is between its home and its current place.
        if (((i - home(slots_[i].tag)) & mask_) < ((i - gap) & mask_)) continue;
        slots_[gap] = slots_[i];
        gap = i;
    }
    slots_[gap] = Slot{nullptr, 0, 0};
    --count_;
}

void Table::prefetch_node(uint32_t tag) const noexcept {
    for (size_t i = home(tag); slots_[i].node != nullptr; i = (i + 1) & mask_) {
        if (slots_[i].tag != tag) continue;
        const auto node = reinterpret_cast<uintptr_t>(slots_[i].node);
        __builtin_prefetch(reinterpret_cast<const void*>(node));
        __builtin_prefetch(reinterpret_cast<const void*>(node + 64));
        return;
    }
}

}  // namespace aurelis::memory
