// Sliding: how an entry that ends when it is not used (AURELIS_ENTRY_SLIDING) says so, and what a layer stores of it.
// Above the layers, the end of its life is the one that no use can pass. What a backend is given is the nearer end, now
// plus the idle time, which touch moves; the other one is in the frame or, without a frame, in ATTR_LIFE_END, the last
// of the attributes.
// Leaves to others: when its end is moved (stack/slides).
#pragma once

#include "base/clock.hpp"

#include <aurelis/abi.h>
#include <aurelis/base/bytes.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace aurelis::core {

inline bool is_sliding(const aurelis_meta& meta) noexcept { return (meta.flags & AURELIS_ENTRY_SLIDING) != 0; }

// A time as the bytes of an attribute: int64, little endian.
std::string time_attr(int64_t ns);
// The idle time of an entry; 0: it says none.
int64_t idle_of(aurelis_bytes attrs) noexcept;

// The end that a backend is to be given: the nearer of now + idle and `end` (0: never).
inline int64_t sliding_end(int64_t now_wall, int64_t idle_ns, int64_t end) noexcept {
    const int64_t idle_end = saturating_add(now_wall, idle_ns);
    return end == 0 || idle_end < end ? idle_end : end;
}

// The attributes as they are stored without a frame: with the end that touch cannot pass.
std::string with_life_end(std::string_view attrs, int64_t end);
// Takes that out of them; `end` stays as it is if there is none.
void take_life_end(aurelis_bytes& attrs, int64_t& end) noexcept;

}  // namespace aurelis::core
