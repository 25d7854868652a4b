// What a host is handed of an entry. Leaves to others: which entry (stack, loader).
#pragma once

#include <aurelis/aurelis.h>

namespace aurelis::core {

// Hands an entry, and its reference to the value, to the caller.
inline void give(const aurelis_entry& entry, aurelis_status status, aurelis_answer& out) noexcept {
    out.value = entry.value;
    out.created_wall = entry.meta.created_wall;
    out.stale_wall = entry.meta.stale_wall;
    out.expires_wall = entry.meta.expires_wall;
    out.version = entry.meta.version;
    out.flags = entry.meta.flags;
    out.cost = entry.meta.cost;
    out.attrs = entry.attrs;
    out.status = status;
    out.layer = entry.layer;
    out.reserved0 = 0;
    out.reserved1[0] = out.reserved1[1] = 0;
}

}  // namespace aurelis::core
