// KeyFamily: the keys of one category and identifier, with whatever params and with none, in the version of the cache.
// Leaves to others: patterns (key_pattern), finding and removing the keys.
#pragma once

#include "keys/key_builder.hpp"

#include <aurelis/base/result.hpp>

#include <string>
#include <string_view>

namespace aurelis::core {

// Immutable; safe from any thread.
class KeyFamily {
public:
    // Refuses what the builder refuses.
    static Result<KeyFamily> create(const KeyBuilder& keys, const CategoryKeys& category, Parts parts);

    // Identity: the one that is stored with the entry; empty: none. In the compat format a key without an identity
    // belongs if it reads as one of the family, which other names may as well: they share the key.
    bool contains(std::string_view key, std::string_view identity) const noexcept;

    // All keys of the family begin with it.
    const std::string& prefix() const noexcept { return prefix_; }

private:
    KeyFamily() = default;

    bool compat_ = false;
    std::string key_;            // Without params.
    std::string stem_;           // With params, up to the ':' before their digest.
    std::string identity_;       // Without params.
    std::string identity_stem_;  // With params, up to the separator before them.
    std::string prefix_;
};

}  // namespace aurelis::core
