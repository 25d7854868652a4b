// Strings in both directions. The spellings that come back from MessagePack: \" \\ \b \f \n \r \t, other control
// characters as \u00 and two lower-case digits, and everything else as it is, in UTF-8; in the style "ascii" DEL and
// everything beyond ASCII as \u and four lower-case digits, too, beyond U+FFFF as two surrogates. Leaves to others:
// what is around them.
#pragma once

#include "format.hpp"
#include "place.hpp"

#include "../shared/text_block.hpp"

namespace aurelis::msgpack {

using text::Block;

// The lowest `count` bits; fewer than 32.
inline uint32_t low_bits(size_t count) noexcept { return (uint32_t{1} << count) - 1; }

// How the strings of a text have spelt DEL and characters beyond ASCII so far. Never both.
struct Spellings {
    bool raw = false;
    bool escaped = false;
};

// From after the opening quote to after the closing one; refused if the spelling is not one of ours or differs from the
// one before. May write past the encoded string, but less than a block.
Place encode_any_string(Place at, const char* end, Spellings& spellings) noexcept;
// The same for short strings of plain ASCII, which have one spelling; all others are refused.
inline Place encode_short_string(Place at, const char* end) noexcept {
    if (static_cast<size_t>(end - at.in) < Block::kSize) return kRefused;
    const Block block(at.in);
    const uint32_t stops = block.ascii_stops();
    if (stops == 0) return kRefused;
    const auto size = static_cast<size_t>(std::countr_zero(stops));
    if (at.in[size] != '"') return kRefused;
    *at.out = static_cast<char>(first_byte::kFixString | size);
    block.store(at.out + 1);
    return {at.in + size + 1, at.out + size + 1};
}

// `size` bytes at at.in, all before `end`, as JSON with its quotes.
Place decode_any_string(Place at, size_t size, const char* end, const char* room_end) noexcept;
// In the style "ascii". `escaped` becomes true if that made a difference.
Place decode_as_ascii(Place at, size_t size, const char* end, const char* room_end, bool& escaped) noexcept;
// The same for short strings of plain ASCII in ample room; all others are refused.
inline Place decode_short_string(Place at, size_t size, const char* end, const char* room_end) noexcept {
    const bool fits = size <= Block::kSize && static_cast<size_t>(end - at.in) >= Block::kSize &&
                      static_cast<size_t>(room_end - at.out) >= Block::kSize + 2;
    if (!fits) return kRefused;
    const Block block(at.in);
    if ((block.ascii_stops() & low_bits(size)) != 0) return kRefused;
    *at.out = '"';
    block.store(at.out + 1);
    at.out[size + 1] = '"';
    return {at.in + size, at.out + size + 2};
}

}  // namespace aurelis::msgpack
