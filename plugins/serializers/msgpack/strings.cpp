// Strings of any length and content. Encoding looks twice: first for the end, the size and the spelling, then it
// copies, so that the header can be the shortest. Decoding copies and escapes in one go.
#include "strings.hpp"

#include "utf8.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace aurelis::msgpack {

namespace {

constexpr char kHexDigits[] = "0123456789abcdef";

// The characters that have a short escape, and its letters.
constexpr std::string_view kShort = "\"\\\b\f\n\r\t", kLetters = "\"\\bfnrt";

constexpr std::array<char, 256> table_of(std::string_view from, std::string_view to) {
    std::array<char, 256> table{};
    for (size_t i = 0; i < from.size(); ++i) table[static_cast<uint8_t>(from[i])] = to[i];
    return table;
}
constexpr std::array<char, 256> kLetterOf = table_of(kShort, kLetters), kOfLetter = table_of(kLetters, kShort);

// The letter of the short escape of c, or 0; and back.
char short_escape(char c) noexcept { return kLetterOf[static_cast<uint8_t>(c)]; }
char of_short_escape(char letter) noexcept { return kOfLetter[static_cast<uint8_t>(letter)]; }

size_t write_escape(char c, char* out) noexcept {
    out[0] = '\\';
    if (const char letter = short_escape(c)) {
        out[1] = letter;
        return 2;
    }
    const auto number = static_cast<uint8_t>(c);
    std::memcpy(out + 1, "u00", 3);
    out[4] = kHexDigits[number >> 4];
    out[5] = kHexDigits[number & 15];
    return 6;
}

// The size of the escape at a backslash, or 0 if it is not the one spelling that write_escape knows.
size_t escape_size(const char* at, const char* end) noexcept {
    if (end - at < 2) return 0;
    if (of_short_escape(at[1]) != 0) return 2;
    if (end - at < 6 || at[1] != 'u' || (at[4] != '0' && at[4] != '1')) return 0;
    const auto* const digit = static_cast<const char*>(std::memchr(kHexDigits, at[5], 16));
    if (digit == nullptr) return 0;
    char written[6];
    const size_t size = write_escape(static_cast<char>((at[4] - '0') * 16 + (digit - kHexDigits)), written);
    return size == 6 && std::memcmp(at, written, 6) == 0 ? 6 : 0;
}

struct Spelling {
    const char* close = nullptr;  // The closing quote; NULL if there is none, or if it is spelt otherwise.
    size_t escaped_bytes = 0;     // By how much escapes make it longer.
    bool beyond_ascii = false;
};

Spelling spelling_of(const char* at, const char* end) noexcept {
    Spelling found;
    while (at != end) {
        if (static_cast<size_t>(end - at) >= Block::kSize) {
            const Block block(at);
            found.beyond_ascii |= block.beyond_ascii() != 0;
            const uint32_t specials = block.specials();
            at += specials == 0 ? Block::kSize : static_cast<size_t>(std::countr_zero(specials));
            if (specials == 0) continue;
        }
        const auto c = static_cast<uint8_t>(*at);
        if (c == '"') {
            found.close = at;
            return found;
        }
        const size_t size = c == '\\' ? escape_size(at, end) : c >= 0x20;
        if (size == 0) return {};
        found.escaped_bytes += size - 1;
        found.beyond_ascii |= c >= 0x80;
        at += size;
        // Escapes often come in pairs, and a block is dear for one.
        while (end - at >= 2 && *at == '\\' && of_short_escape(at[1]) != 0) {
            ++found.escaped_bytes;
            at += 2;
        }
    }
    return {};
}

char* write_header(char* out, size_t size) noexcept {
    if (size < 32) return store(out, static_cast<uint8_t>(first_byte::kFixString | size));
    if (size <= UINT8_MAX) return store(out, first_byte::kString8, static_cast<uint8_t>(size));
    if (size <= UINT16_MAX) return store(out, first_byte::kString16, static_cast<uint16_t>(size));
    return store(out, first_byte::kString32, static_cast<uint32_t>(size));
}

// The spelling was checked before.
void unescape(const char* in, const char* close, char* out) noexcept {
    while (in != close) {
        if (static_cast<size_t>(close - in) >= Block::kSize) {
            const Block block(in);
            block.store(out);
            const uint32_t specials = block.specials();
            const size_t plain = specials == 0 ? Block::kSize : static_cast<size_t>(std::countr_zero(specials));
            in += plain;
            out += plain;
            if (specials == 0) continue;
        }
        if (*in != '\\') {
            *out++ = *in++;
        } else if (in[1] != 'u') {
            do {
                *out++ = of_short_escape(in[1]);
                in += 2;
            } while (in != close && *in == '\\' && in[1] != 'u');
        } else {
            *out++ = static_cast<char>((in[4] - '0') * 16 + (in[5] <= '9' ? in[5] - '0' : in[5] - 'a' + 10));
            in += 6;
        }
    }
}

}  // namespace

Place encode_any_string(Place at, const char* end) noexcept {
    const Spelling found = spelling_of(at.in, end);
    if (found.close == nullptr) return kRefused;
    const auto spelt_bytes = static_cast<size_t>(found.close - at.in);
    if (found.beyond_ascii && !is_utf8({at.in, spelt_bytes})) return kRefused;
    const size_t size = spelt_bytes - found.escaped_bytes;
    char* const out = write_header(at.out, size);
    if (found.escaped_bytes == 0)
        std::memcpy(out, at.in, size);
    else
        unescape(at.in, found.close, out);
    return {found.close + 1, out + size};
}

Place decode_any_string(Place at, size_t size, const char* end, const char* room_end) noexcept {
    const std::string_view bytes(at.in, size);
    const char* const last = at.in + size;
    if (static_cast<size_t>(room_end - at.out) < size + 2) return no_room(at.out);
    *at.out++ = '"';
    bool beyond_ascii = false;
    while (at.in != last) {
        const auto left = std::min<size_t>(static_cast<size_t>(last - at.in), Block::kSize);
        const bool whole_block =
            static_cast<size_t>(end - at.in) >= Block::kSize && static_cast<size_t>(room_end - at.out) >= Block::kSize;
        if (whole_block) {
            const Block block(at.in);
            block.store(at.out);
            beyond_ascii |= (block.beyond_ascii() & low_bits(left)) != 0;
            const uint32_t specials = block.specials() & low_bits(left);
            const size_t plain = specials == 0 ? left : static_cast<size_t>(std::countr_zero(specials));
            at.in += plain;
            at.out += plain;
            if (specials == 0) continue;
        }
        const auto c = static_cast<uint8_t>(*at.in);
        beyond_ascii |= c >= 0x80;
        char written[6] = {*at.in};
        const size_t written_bytes = c < 0x20 || c == '"' || c == '\\' ? write_escape(*at.in, written) : 1;
        if (static_cast<size_t>(room_end - at.out) < written_bytes) return no_room(at.out);
        std::memcpy(at.out, written, written_bytes);
        at.out += written_bytes;
        ++at.in;
        while (at.in != last && room_end - at.out >= 2 && short_escape(*at.in) != 0) {
            *at.out++ = '\\';
            *at.out++ = short_escape(*at.in++);
        }
    }
    if (at.out == room_end) return no_room(at.out);
    *at.out++ = '"';
    return beyond_ascii && !is_utf8(bytes) ? kRefused : at;
}

}  // namespace aurelis::msgpack
