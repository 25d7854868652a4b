// Place: the position of a walk in its input and in its output. The functions of both walks take one and return the
// next; two pointers fit into registers.
#pragma once

namespace aurelis::msgpack {

struct Place {
    const char* in;
    char* out;

    bool failed() const noexcept { return in == nullptr; }
};

// The input is not what this walk accepts; or, while decoding, the room is too small for the output.
inline constexpr Place kRefused{nullptr, nullptr};
inline Place no_room(char* out) noexcept { return {nullptr, out}; }

}  // namespace aurelis::msgpack
