// What is wrong with a target of a rule that counts as a full key, since it begins with no kind, and what was probably
// meant: most often a pattern or a category without its kind. Leaves to others: everything that a pattern for the key
// refuses as well (keys/key_pattern.hpp).
#pragma once

#include "keys/key_builder.hpp"

#include <string>
#include <string_view>

namespace aurelis::core {

// text: as it is written, with its {variables}. Empty: nothing is wrong.
std::string mistake_in_full_key(std::string_view text, const KeyBuilder& keys);

}  // namespace aurelis::core
