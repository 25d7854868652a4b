// One value against the declaration of its option. Used by option_check alone.
#pragma once

#include <aurelis/base/result.hpp>

#include "config/node.hpp"
#include "config/option_check.hpp"

#include <aurelis/abi.h>

#include <string>

namespace aurelis::core {

// As much of the declaration as its writer knew, the rest zero (E4).
aurelis_option copy_of(const aurelis_option& declared);

// A scalar that has been checked: its text as create() shall read it. An error says what is wrong with the value, for
// a caller who adds place and name. `warning` is filled when it is usable but not well kept.
Result<Node> checked_scalar(const aurelis_option& option, const Node& node, const OptionContext& context,
                            std::string& warning);

}  // namespace aurelis::core
