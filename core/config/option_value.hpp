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

// A scalar that has been checked, with its text as create() will read it. An error says what is wrong with the value;
// the caller adds place and name. `warning` is filled when the value is usable but stored unsafely.
Result<Node> checked_scalar(const aurelis_option& option, const Node& node, const OptionContext& context,
                            std::string& warning);

}  // namespace aurelis::core
