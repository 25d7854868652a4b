// The checks of a YAML text that come before any parsing: bytes that yaml-cpp would accept silently, and tabs, which
// cannot be seen. Knows nothing of yaml-cpp.
#pragma once

#include "config/problems.hpp"

#include <cstddef>
#include <string_view>

namespace aurelis::core {

inline constexpr size_t kYamlBytesMax = size_t{1} << 20;

// Reports text above kYamlBytesMax, invalid UTF-8, NUL and other control characters, lone carriage returns, and tabs
// in the indentation of a line. False if anything was reported.
bool check_yaml_text(std::string_view text, Problems& problems);

}  // namespace aurelis::core
