// From a key of the default format back to what it was made from. That this is possible proves that no two different
// names share a key; it is used to show keys to people. Leaves to others: making keys (key_builder).
#pragma once

#include <aurelis/base/result.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace aurelis::core {

struct KeyParts {
    std::string name_space;
    std::string version;
    std::string category;
    std::vector<std::string> parts;
    std::string params_digest;  // 32 hex digits; empty: without params.

    bool operator==(const KeyParts&) const = default;
};

// Refuses everything that the builder would not have written byte for byte: needless or lower-case escapes, raw control
// bytes, empty fields, too few or too many of them.
Result<KeyParts> parse_key(std::string_view key);

}  // namespace aurelis::core
