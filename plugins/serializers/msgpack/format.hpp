// What this stage writes: one value of MessagePack, after https://github.com/msgpack/msgpack/blob/master/spec.md, for a
// text in the plain style; for one in another style preceded by two bytes, 0xc1 and the style (style.hpp):
//
//   bits 0-1  0 compact, 1 a space after each comma and colon, 2 indented by two, 3 by four
//   bit 2     DEL and all characters beyond ASCII are escaped, in lower-case digits, beyond U+FFFF as two surrogates
//   bit 3     a line feed after the value
//   the rest  0, and never all of them 0
//
// A bit is set only if the text shows it: "[1]" is compact, whatever writer it came from. Together with the rule that a
// value always has its shortest form, this gives each text exactly one encoding. This file has the first bytes of
// values, big-endian numbers, and the bounds that apply in both directions.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace aurelis::msgpack {

// The depth of nested arrays and objects. Deeper text is declined, deeper MessagePack is corrupt.
inline constexpr size_t kDepthMax = 512;
// Longer text is declined, so that positions in it and in its encoding fit 32-bit numbers.
inline constexpr size_t kSourceBytesMax = size_t{1} << 30;

namespace first_byte {
inline constexpr uint8_t kFixMap = 0x80, kFixArray = 0x90, kFixString = 0xa0;
inline constexpr uint8_t kNil = 0xc0, kFalse = 0xc2, kTrue = 0xc3;
inline constexpr uint8_t kFloat32 = 0xca, kFloat64 = 0xcb;
inline constexpr uint8_t kUint8 = 0xcc, kUint16 = 0xcd, kUint32 = 0xce, kUint64 = 0xcf;
inline constexpr uint8_t kInt8 = 0xd0, kInt16 = 0xd1, kInt32 = 0xd2, kInt64 = 0xd3;
inline constexpr uint8_t kString8 = 0xd9, kString16 = 0xda, kString32 = 0xdb;
inline constexpr uint8_t kArray16 = 0xdc, kArray32 = 0xdd, kMap16 = 0xde, kMap32 = 0xdf;
inline constexpr uint8_t kNegativeFixInt = 0xe0;
}  // namespace first_byte

template <typename Unsigned>
Unsigned big_endian(Unsigned number) noexcept {
    if constexpr (std::endian::native == std::endian::big || sizeof(Unsigned) == 1)
        return number;
    else if constexpr (sizeof(Unsigned) == 2)
        return __builtin_bswap16(number);
    else if constexpr (sizeof(Unsigned) == 4)
        return __builtin_bswap32(number);
    else
        return __builtin_bswap64(number);
}

template <typename Unsigned>
char* store(char* out, Unsigned number) noexcept {
    number = big_endian(number);
    std::memcpy(out, &number, sizeof number);
    return out + sizeof number;
}

template <typename Unsigned>
char* store(char* out, uint8_t first, Unsigned number) noexcept {
    *out = static_cast<char>(first);
    return store(out + 1, number);
}

template <typename Unsigned>
Unsigned load(const char* in) noexcept {
    Unsigned number;
    std::memcpy(&number, in, sizeof number);
    return big_endian(number);
}

}  // namespace aurelis::msgpack
