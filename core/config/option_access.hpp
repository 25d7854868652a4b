// aurelis_config_api over Node: how a plugin reads its checked options. An aurelis_node is a Node.
#pragma once

#include "config/node.hpp"

#include <aurelis/abi.h>

namespace aurelis::core {

// Static; the same for all plugins.
const aurelis_config_api* config_api() noexcept;

// The tree that check_options made, as create() gets it; borrowed.
inline const aurelis_node* as_abi(const Node& node) noexcept { return reinterpret_cast<const aurelis_node*>(&node); }

}  // namespace aurelis::core
