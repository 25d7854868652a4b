// What is wrong with the options that a component declares. Leaves to others: values for them (config_tree).
#pragma once

#include <aurelis/abi.h>

#include <set>
#include <string>
#include <vector>

namespace aurelis::conformance {

// One line each, naming the option. `taken`: names that are the host's own.
std::vector<std::string> declaration_faults(const aurelis_component& component, std::set<std::string> taken);

}  // namespace aurelis::conformance
