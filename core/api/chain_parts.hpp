// A batch over categories, divided among their chains. Most categories have none of their own, so most batches are one
// part, which gets the batch's arrays as they are.
#pragma once

#include "chain/chain.hpp"

#include <vector>

namespace aurelis::core {

// The items of a batch that go through one chain.
class ChainPart {
public:
    // The whole batch.
    explicit ChainPart(size_t n) : size_(n) {}
    explicit ChainPart(std::vector<size_t> items) : items_(std::move(items)), size_(items_.size()) {}

    size_t size() const noexcept { return size_; }
    bool is_whole() const noexcept { return items_.empty(); }
    // Its j-th item, as the batch counts them.
    size_t item(size_t j) const noexcept { return is_whole() ? j : items_[j]; }

    // The arguments for its items: the array of the batch, or copies, which are put into `room`.
    template <typename Things>
    const Things& of(const Things& all, Things& room) const {
        if (is_whole()) return all;
        room.reserve(size_);
        for (const size_t i : items_) room.push_back(all[i]);
        return room;
    }
    // Where its answers go: the array of the batch, or `room`, from which give_back() copies them there.
    template <typename Things>
    Things& answers(Things& all, Things& room) const {
        if (is_whole()) return all;
        for (const size_t i : items_) room.push_back(all[i]);
        return room;
    }
    template <typename Things>
    void give_back(const Things& room, Things& all) const {
        for (size_t j = 0; j < items_.size(); ++j) all[items_[j]] = room[j];
    }

private:
    std::vector<size_t> items_;  // Empty: all.
    size_t size_;
};

// Calls work(chain, part) for each chain that items 0..n-1 go through, chain_of(i) being that of item i.
template <typename ChainOf, typename Work>
void for_each_chain(size_t n, ChainOf&& chain_of, Work&& work) {
    if (n == 0) return;
    size_t same = 1;
    while (same < n && chain_of(same) == chain_of(0)) ++same;
    if (same == n) return work(*chain_of(0), ChainPart(n));
    std::vector<bool> done(n);
    for (size_t i = 0; i < n; ++i) {
        if (done[i]) continue;
        Chain* const chain = chain_of(i);
        std::vector<size_t> items;
        for (size_t j = i; j < n; ++j) {
            if (done[j] || chain_of(j) != chain) continue;
            items.push_back(j);
            done[j] = true;
        }
        work(*chain, ChainPart(std::move(items)));
    }
}

}  // namespace aurelis::core
