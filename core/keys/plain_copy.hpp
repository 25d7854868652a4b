// The fast path of a field into a key: copies it and checks, in the same pass, whether a byte of it must be escaped.
// Nearly every key takes this path, in a few nanoseconds. Leaves to others: what happens when one must (escape).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace aurelis::core {

constexpr bool must_escape(unsigned char byte) noexcept {
    return byte < 0x20 || byte == 0x7f || byte == ':' || byte == '%';
}

// Not 0 if one of the eight bytes must be escaped. A borrow can only mark a byte above one that was found, so
// the answer for all eight is exact.
constexpr uint64_t any_must_escape(uint64_t word) noexcept {
    constexpr uint64_t kOnes = 0x0101010101010101;
    const uint64_t colons = word ^ kOnes * ':';
    const uint64_t percents = word ^ kOnes * '%';
    const uint64_t deletes = word ^ kOnes * 0x7f;
    return (((word - kOnes * 0x20) & ~word) | ((colons - kOnes) & ~colons) |
            ((percents - kOnes) & ~percents) | ((deletes - kOnes) & ~deletes)) &
           kOnes * 0x80;
}

namespace detail {

template <typename Word>
inline uint64_t move_word(const char* from, char* to) noexcept {
    Word word;
    std::memcpy(&word, from, sizeof word);
    std::memcpy(to, &word, sizeof word);
    return word;
}

inline void copy_16(const char* from, char* to) noexcept {
    char piece[16];
    std::memcpy(piece, from, sizeof piece);
    std::memcpy(to, piece, sizeof piece);
}

#if defined(__SSE2__)
// Copies 16 bytes; a byte of the result is not 0 where one must be escaped.
inline __m128i move_vector(const char* from, char* to) noexcept {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), bytes);
    const __m128i controls = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
    const __m128i colons = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(':'));
    const __m128i percents = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('%'));
    const __m128i deletes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7f));
    return _mm_or_si128(_mm_or_si128(controls, colons), _mm_or_si128(percents, deletes));
}

// copy_plain for 16 bytes or more, where the processor has SSE2.
inline bool copy_plain_vectors(const char* from, size_t size, char* to) noexcept {
    __m128i found = move_vector(from + size - 16, to + size - 16);
    for (size_t at = 0; at + 16 < size; at += 16)
        found = _mm_or_si128(found, move_vector(from + at, to + at));
    return _mm_movemask_epi8(found) == 0;
}
#endif

// copy_plain for 8 bytes or more, everywhere.
inline bool copy_plain_words(const char* from, size_t size, char* to) noexcept {
    uint64_t found = any_must_escape(move_word<uint64_t>(from + size - 8, to + size - 8));
    for (size_t at = 0; at + 8 < size; at += 8)
        found |= any_must_escape(move_word<uint64_t>(from + at, to + at));
    return found == 0;
}

}  // namespace detail

// Copies `size` bytes that do not overlap. False if one of them must be escaped; the bytes at `to` are then useless.
// The last words overlap, so nothing outside the two ranges is accessed.
inline bool copy_plain(const char* from, size_t size, char* to) noexcept {
#if defined(__SSE2__)
    if (size >= 16) return detail::copy_plain_vectors(from, size, to);
#endif
    if (size >= 8) return detail::copy_plain_words(from, size, to);
    if (size >= 4) {
        const uint64_t low = detail::move_word<uint32_t>(from, to);
        const uint64_t high = detail::move_word<uint32_t>(from + size - 4, to + size - 4);
        return any_must_escape(low | high << 32) == 0;
    }
    bool plain = true;
    for (size_t at = 0; at < size; ++at) {
        to[at] = from[at];
        plain = plain && !must_escape(static_cast<unsigned char>(from[at]));
    }
    return plain;
}

// Copies 64 bytes register by register: for a memcpy of this size, and for a loop as well, g++ 12 emits `rep movs`,
// which takes 12 ns to start.
inline void copy_64(const char* from, char* to) noexcept {
    detail::copy_16(from, to);
    detail::copy_16(from + 16, to + 16);
    detail::copy_16(from + 32, to + 32);
    detail::copy_16(from + 48, to + 48);
}

}  // namespace aurelis::core
