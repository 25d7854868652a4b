// UTF-8 beyond ASCII, one sequence at a time, as in table 3-7 of the Unicode Standard: no overlong forms, no
// surrogates, nothing above U+10FFFF. For scanners that have found a byte of 0x80 or above.
#pragma once

#include <cstdint>

namespace aurelis::text {

// Past the sequence that begins at `at`, or NULL if it is not one; *at is 0x80 or above.
inline const char* past_sequence(const char* at, const char* end) noexcept {
    const auto byte = [at](int i) { return static_cast<uint8_t>(at[i]); };
    const auto continues = [&](int i) { return (byte(i) & 0xc0) == 0x80; };
    const uint8_t first = byte(0);
    if (first < 0xc2 || first > 0xf4) return nullptr;
    if (first < 0xe0) return end - at >= 2 && continues(1) ? at + 2 : nullptr;
    if (end - at < 3 || !continues(1) || !continues(2)) return nullptr;
    if (first < 0xf0) {
        const bool overlong = first == 0xe0 && byte(1) < 0xa0;
        const bool surrogate = first == 0xed && byte(1) >= 0xa0;
        return overlong || surrogate ? nullptr : at + 3;
    }
    const bool overlong = first == 0xf0 && byte(1) < 0x90;
    const bool beyond = first == 0xf4 && byte(1) >= 0x90;
    return end - at < 4 || !continues(3) || overlong || beyond ? nullptr : at + 4;
}

}  // namespace aurelis::text
