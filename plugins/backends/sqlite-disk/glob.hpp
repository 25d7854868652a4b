// Glob: the pattern language of aurelis_match over whole keys: * ? [set] [!set] [a-z] and \escape. Bytes, not
// letters.
#pragma once

#include <string_view>

namespace aurelis::plugin {

bool glob_matches(std::string_view pattern, std::string_view text) noexcept;
// The bytes with which every match begins.
std::string_view glob_literal_prefix(std::string_view pattern) noexcept;

}  // namespace aurelis::plugin
