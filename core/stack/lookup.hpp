// Lookup: one look-up on its way through the layers, and the right to publish what it finds or loads.
#pragma once

#include "coherence/leases.hpp"

#include <aurelis/types.h>

#include <cstddef>
#include <cstdint>

namespace aurelis::core {

inline constexpr size_t kStackLayersMax = AURELIS_LAYERS_MAX;

// The lease, and the answers of the layers that had nothing fresh.
struct Lookup {
    Lease lease;
    uint32_t missed = 0;  // Bit i: layer i was asked and answered "not found", with versions[i].
    uint32_t held = 0;    // Bit i: it has an entry that a load is to replace, of versions[i].
    uint64_t versions[kStackLayersMax];

    Lookup() noexcept {}  // versions stay as they are: most look-ups end in the first layer.
};

}  // namespace aurelis::core
