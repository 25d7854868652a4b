// Strings in both directions. The one spelling that comes back from MessagePack: \" \\ \b \f \n \r \t, other controls
// as \u00 and two lower-case digits, and everything else as it is, in UTF-8. Leaves to others: what stands around them.
#pragma once

#include "format.hpp"
#include "place.hpp"

#include <aurelis/base/text_block.hpp>

namespace aurelis::msgpack {

using text::Block;

// The lowest `count` bits, of fewer than 32.
inline uint32_t low_bits(size_t count) noexcept { return (uint32_t{1} << count) - 1; }

Place encode_any_string(Place at, const char* end) noexcept;
Place decode_any_string(Place at, size_t size, const char* end, const char* room_end) noexcept;

// From behind the opening quote to behind the closing one; refused if it is spelt otherwise. Writes past the encoded
// string, but less than a block.
inline Place encode_string(Place at, const char* end) noexcept {
    if (static_cast<size_t>(end - at.in) < Block::kSize) return encode_any_string(at, end);
    const Block block(at.in);
    const uint32_t specials = block.specials();
    if (specials == 0) return encode_any_string(at, end);
    const auto size = static_cast<size_t>(std::countr_zero(specials));
    if (at.in[size] != '"' || (block.beyond_ascii() & low_bits(size)) != 0) return encode_any_string(at, end);
    *at.out = static_cast<char>(first_byte::kFixString | size);
    block.store(at.out + 1);
    return {at.in + size + 1, at.out + size + 1};
}

// `size` bytes at at.in, all before `end`, as JSON with its quotes.
inline Place decode_string(Place at, size_t size, const char* end, const char* room_end) noexcept {
    const bool fits = size <= Block::kSize && static_cast<size_t>(end - at.in) >= Block::kSize &&
                      static_cast<size_t>(room_end - at.out) >= Block::kSize + 2;
    if (!fits) return decode_any_string(at, size, end, room_end);
    const Block block(at.in);
    if (((block.specials() | block.beyond_ascii()) & low_bits(size)) != 0)
        return decode_any_string(at, size, end, room_end);
    *at.out = '"';
    block.store(at.out + 1);
    at.out[size + 1] = '"';
    return {at.in + size, at.out + size + 2};
}

}  // namespace aurelis::msgpack
