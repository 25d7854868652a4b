// Several bytes of a JSON string at once: which of them end a plain run, and which are beyond ASCII. Uses SSE2 where
// available, else arithmetic on 64-bit words (each byte is judged by itself: no carry leaves its byte). Both return one
// bit per byte, the first byte lowest.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace aurelis::text {

class WordBlock {
public:
    static constexpr size_t kSize = 8;

    explicit WordBlock(const char* bytes) noexcept { std::memcpy(&word_, bytes, kSize); }
    void store(char* out) const noexcept { std::memcpy(out, &word_, kSize); }

    // Quotes, backslashes and controls.
    uint32_t specials() const noexcept { return gathered(~(plain() | word_) & kHighs); }
    uint32_t beyond_ascii() const noexcept { return gathered(word_ & kHighs); }
    // Either of them.
    uint32_t stops() const noexcept { return gathered((~plain() | word_) & kHighs); }
    // These and DEL: everything that writers of ASCII escape.
    uint32_t ascii_stops() const noexcept { return gathered((~(plain() & not_equal('\x7f')) | word_) & kHighs); }

private:
    static constexpr uint64_t kOnes = 0x0101010101010101u;
    static constexpr uint64_t kHighs = kOnes * 0x80;

    // The high bit of each byte whose lower seven bits are those of a plain character.
    uint64_t plain() const noexcept {
        return ((word_ & ~kHighs) + kOnes * 0x60) & not_equal('"') & not_equal('\\');
    }
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
// Uses the vector types that GCC and Clang have as a language extension; a comparison gives bytes of all ones or all
// zeros.
class SseBlock {
public:
    static constexpr size_t kSize = 16;

    explicit SseBlock(const char* bytes) noexcept { std::memcpy(&bytes_, bytes, kSize); }
    void store(char* out) const noexcept { std::memcpy(out, &bytes_, kSize); }

    uint32_t specials() const noexcept { return mask(delimiters() | (bytes_ < 0x20)); }
    uint32_t beyond_ascii() const noexcept { return mask(bytes_); }
    // As signed bytes, those beyond ASCII are below 0x20, too.
    uint32_t stops() const noexcept { return mask(delimiters() | (reinterpret_cast<Signed>(bytes_) < 0x20)); }
    // These and DEL: everything that writers of ASCII escape.
    uint32_t ascii_stops() const noexcept {
        return mask(delimiters() | (reinterpret_cast<Signed>(bytes_) < 0x20) | (bytes_ == 0x7f));
    }

private:
    typedef unsigned char Unsigned __attribute__((vector_size(16)));
    typedef signed char Signed __attribute__((vector_size(16)));
    typedef char Plain __attribute__((vector_size(16)));

    Signed delimiters() const noexcept { return (bytes_ == '"') | (bytes_ == '\\'); }
    // The highest bit of each byte.
    template <typename Bytes>
    static uint32_t mask(Bytes bytes) noexcept {
        return static_cast<uint32_t>(__builtin_ia32_pmovmskb128(reinterpret_cast<Plain>(bytes)));
    }

    Unsigned bytes_;
};
using Block = SseBlock;
#else
using Block = WordBlock;
#endif

}  // namespace aurelis::text
