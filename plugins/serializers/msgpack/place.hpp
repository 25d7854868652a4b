// Place: where a walk stands in what it reads and in what it writes. The functions of both walks take one and give the
// next; two pointers travel in registers.
#pragma once

namespace aurelis::msgpack {

struct Place {
    const char* in;
    char* out;

    bool failed() const noexcept { return in == nullptr; }
};

// The input is not what this walk can take; or, while decoding, the room is too small for what comes out.
inline constexpr Place kRefused{nullptr, nullptr};
inline Place no_room(char* out) noexcept { return {nullptr, out}; }

}  // namespace aurelis::msgpack
