// The way back from a key of the default format to what it was made of. That it exists is the proof that no
// two different things share a key; people use it when they look at keys. Leaves to others: making keys
// (key_builder).
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

// Refuses whatever the builder would not have made to the byte: needless or lower-case escapes, raw control
// bytes, empty fields, too few or too many of them.
Result<KeyParts> parse_key(std::string_view key);

}  // namespace aurelis::core
