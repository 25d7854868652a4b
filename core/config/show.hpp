// A tree of Nodes as text, secrets masked: for `config show`. What is shown as YAML is read back as the same tree,
// except for the secrets.
#pragma once

#include "config/node.hpp"

#include <string>
#include <string_view>

namespace aurelis::core {

// Masked as "****": nodes marked secret, values of keys whose name suggests a secret (references "file:PATH" are
// shown), and passwords within URLs. A value whose variable was not set is shown as it was written.
std::string show_yaml(const Node& root);

// The same as JSON, indented by two: plain numbers, true, false and null as such, everything else as text.
std::string show_json(const Node& root);

// The options of a component within the whole tree, to mark the secrets that its plugin declares
// (mark_declared_secrets); nullptr: it has none. For a strategy, everything beside `use`; index: its place in the list.
Node* layer_options(Node& root, std::string_view layer);
Node* origin_options(Node& root, std::string_view origin);
Node* embedder_options(Node& root, std::string_view embedder);
Node* strategy_options(Node& root, std::string_view category, size_t index);

}  // namespace aurelis::core
