// Wiring: what stands around an instance when it is made (aurelis_env), and for as long as it lives. Leaves to others:
// who stands next to whom (chain, api).
#pragma once

#include <aurelis/abi.h>

#include <string>
#include <vector>

namespace aurelis::core {

struct Wiring {
    bool is_origin = false;  // What the instance holds is the truth.
    // Of strategies alone. The stores and the objects outlive the instance.
    aurelis_store* next = nullptr;
    aurelis_store* origin = nullptr;
    std::vector<aurelis_ref> refs = {};
    std::string category = {};
    std::string key_prefix = {};
};

}  // namespace aurelis::core
