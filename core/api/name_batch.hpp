// NameBatch: the names of one batch as distinct keys. A name that is given twice is asked for once; of two names that
// share a short key only one is in the batch, since a backend's batch contains each key only once.
// Leaves to others: what is done with the keys (cache).
#pragma once

#include "api/names.hpp"
#include "plugin/item_errors.hpp"

#include <deque>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace aurelis::core {

class NameBatch {
public:
    static constexpr size_t kNoKey = SIZE_MAX;

    // names: n of them; they outlive this.
    NameBatch(const Names& all, const aurelis_name* names, size_t n);

    // The distinct keys, and for each of them which item asked for it first.
    const std::vector<aurelis_key>& keys() const noexcept { return keys_; }
    size_t item_of(size_t key) const noexcept { return item_of_[key]; }
    const Named& named(size_t item) const noexcept { return named_[item]; }
    const Named& of_key(size_t key) const noexcept { return named_[item_of_[key]]; }
    // The key of an item; kNoKey: its name is refused, or is one of others().
    size_t key_of(size_t item) const noexcept { return key_of_[item]; }
    // Items whose key is already used for another name of this batch.
    const std::vector<size_t>& others() const noexcept { return others_; }
    // Why a name is refused (AURELIS_E_INVALID).
    const ItemErrors& refused() const noexcept { return refused_; }

private:
    std::deque<Named> named_;
    std::vector<aurelis_key> keys_;
    std::vector<size_t> item_of_;
    std::vector<size_t> key_of_;
    std::vector<size_t> others_;
    ItemErrors refused_;
};

}  // namespace aurelis::core
