// A batch over categories, divided among their chains: most have none of their own, so most batches are one part.
#pragma once

#include "chain/chain.hpp"

#include <vector>

namespace aurelis::core {

// Calls work(chain, items) for each chain that items 0..n-1 go through, chain_of(i) being that of item i.
template <typename ChainOf, typename Work>
void for_each_chain(size_t n, ChainOf&& chain_of, Work&& work) {
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
        work(*chain, items);
    }
}

template <typename Things>
Things picked(const Things& all, const std::vector<size_t>& items) {
    Things some;
    some.reserve(items.size());
    for (const size_t i : items) some.push_back(all[i]);
    return some;
}

}  // namespace aurelis::core
