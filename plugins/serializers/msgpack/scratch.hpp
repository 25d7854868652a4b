// Scratch: the memory that a walk over JSON text needs besides its output. Reused by later walks, so that most allocate
// nothing.
#pragma once

#include "containers.hpp"
#include "object_keys.hpp"

namespace aurelis::msgpack {

struct Scratch {
    ObjectKeys keys;
    WideHeaders headers;

    void clear() noexcept {
        keys.clear();
        headers.clear();
    }
    // Frees what only an unusual value needed.
    void trim() {
        keys.trim();
        headers.trim();
    }
};

}  // namespace aurelis::msgpack
