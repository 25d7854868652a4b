#include "api/name_batch.hpp"

namespace aurelis::core {

NameBatch::NameBatch(const Names& all, const aurelis_name* names, size_t n) : key_of_(n, kNoKey) {
    std::unordered_map<std::string_view, size_t> place_of;  // Of the bytes of a key in keys_.
    Error error;
    for (size_t i = 0; i < n; ++i) {
        Named& named = named_.emplace_back();
        if (all.resolve(names[i], named, error) != AURELIS_OK) {
            refused_.put(i, error.message);
            continue;
        }
        const auto [place, fresh] = place_of.emplace(named.built.key, keys_.size());
        if (!fresh && of_key(place->second).identity() != named.identity()) {
            others_.push_back(i);
            continue;
        }
        key_of_[i] = place->second;
        if (!fresh) continue;
        keys_.push_back(named.key);
        item_of_.push_back(i);
    }
}

}  // namespace aurelis::core
