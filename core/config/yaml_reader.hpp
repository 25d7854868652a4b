// Reads YAML text into a tree of Nodes: the only file of the core that sees yaml-cpp. The tree is built from yaml-cpp's
// events rather than from its nodes, so that duplicate keys, cycles, aliases and bounds are ours to judge; an alias
// becomes a copy of what it names. Leaves to others: ${...} (expand), what the keys mean (config_reader).
#pragma once

#include "config/node.hpp"
#include "config/problems.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

namespace aurelis::core {

inline constexpr size_t kYamlNodesMax = 100'000;         // Keys and values, with aliases expanded.
inline constexpr size_t kYamlTextMax = size_t{8} << 20;  // Bytes of text, with aliases expanded.
inline constexpr size_t kYamlDepthMax = 64;

// Reports each mistake with its line. Nothing: no tree could be made. A tree may come with problems (a duplicate key, a
// number as a key), so that its content can be checked as well; it may be used only if there are none.
std::optional<Node> read_yaml(std::string_view text, Problems& problems);

}  // namespace aurelis::core
