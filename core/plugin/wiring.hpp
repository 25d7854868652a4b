// Wiring: what an instance is connected to when it is made (aurelis_env) and for as long as it lives. Leaves to others:
// which store is next to which (chain, api).
#pragma once

#include <aurelis/abi.h>

#include <string>
#include <vector>

namespace aurelis::core {

struct Wiring {
    bool is_origin = false;  // The instance holds the originals, not copies.
    // Only for strategies. The stores and the objects outlive the instance.
    aurelis_store* next = nullptr;
    aurelis_store* origin = nullptr;
    std::vector<aurelis_ref> refs = {};
    std::string category = {};
    std::string key_prefix = {};
};

}  // namespace aurelis::core
