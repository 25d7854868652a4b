// Several bytes of a string at once: which of them JSON escapes or ends with, and which are beyond ASCII. SSE2 where
// there is SSE2, else arithmetic on 64-bit words (every byte judged by itself: no carry leaves its byte). Both say it
// as one bit per byte, the first byte lowest.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace aurelis::msgpack {

class WordBlock {
public:
    static constexpr size_t kSize = 8;

    explicit WordBlock(const char* bytes) noexcept { std::memcpy(&word_, bytes, kSize); }
    void store(char* out) const noexcept { std::memcpy(out, &word_, kSize); }

    // Quotes, backslashes and controls.
    uint32_t specials() const noexcept {
        const uint64_t low_bits = word_ & ~kHighs;
        const uint64_t plain = (low_bits + kOnes * 0x60) & not_equal('"') & not_equal('\\');
        return gathered(~(plain | word_) & kHighs);
    }
    uint32_t beyond_ascii() const noexcept { return gathered(word_ & kHighs); }

private:
    static constexpr uint64_t kOnes = 0x0101010101010101u;
    static constexpr uint64_t kHighs = kOnes * 0x80;

    // The high bit of each byte whose lower seven bits differ from those of c.
    uint64_t not_equal(char c) const noexcept {
        return ((word_ ^ (kOnes * static_cast<uint8_t>(c))) & ~kHighs) + kOnes * 0x7f;
    }
    static uint32_t gathered(uint64_t highs) noexcept {
        if constexpr (std::endian::native == std::endian::big) highs = __builtin_bswap64(highs);
        return static_cast<uint32_t>(((highs >> 7) * 0x0102040810204080u) >> 56);
    }

    uint64_t word_;
};

#if defined(__SSE2__)
class SseBlock {
public:
    static constexpr size_t kSize = 16;

    explicit SseBlock(const char* bytes) noexcept { std::memcpy(&bytes_, bytes, kSize); }
    void store(char* out) const noexcept { std::memcpy(out, &bytes_, kSize); }

    uint32_t specials() const noexcept {
        const __m128i quotes = _mm_cmpeq_epi8(bytes_, _mm_set1_epi8('"'));
        const __m128i backslashes = _mm_cmpeq_epi8(bytes_, _mm_set1_epi8('\\'));
        const __m128i controls = _mm_cmpeq_epi8(_mm_min_epu8(bytes_, _mm_set1_epi8(0x1f)), bytes_);
        return static_cast<uint32_t>(_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quotes, backslashes), controls)));
    }
    uint32_t beyond_ascii() const noexcept { return static_cast<uint32_t>(_mm_movemask_epi8(bytes_)); }

private:
    __m128i bytes_;
};
using Block = SseBlock;
#else
using Block = WordBlock;
#endif

}  // namespace aurelis::msgpack
