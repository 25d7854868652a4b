// Strings of any length and content. Encoding looks for the end or the first escape, and copies what is before it. From
// an escape on it copies as it goes, leaving room for the longest header, and moves the text up once the size of the
// header is known. Decoding copies and escapes in one pass.
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

constexpr std::array<int8_t, 256> lower_case_hex() {
    std::array<int8_t, 256> table{};
    table.fill(-1);
    for (int8_t i = 0; i < 16; ++i) table[static_cast<uint8_t>(kHexDigits[i])] = i;
    return table;
}
constexpr std::array<int8_t, 256> kHexValueOf = lower_case_hex();

// The unit of four lower-case hex digits; negative if they are not.
int unit_of(const char* digits) noexcept {
    const auto value = [digits](int i) { return int{kHexValueOf[static_cast<uint8_t>(digits[i])]}; };
    return value(0) << 12 | value(1) << 8 | value(2) << 4 | value(3);
}

char* write_unit(char* out, uint32_t unit) noexcept {
    const auto digit = [unit](int shift) { return kHexDigits[unit >> shift & 15]; };
    const char written[6] = {'\\', 'u', digit(12), digit(8), digit(4), digit(0)};
    std::memcpy(out, written, sizeof written);
    return out + sizeof written;
}

size_t write_escape(char c, char* out) noexcept {
    if (const char letter = short_escape(c)) {
        out[0] = '\\';
        out[1] = letter;
        return 2;
    }
    write_unit(out, static_cast<uint8_t>(c));
    return 6;
}

constexpr int kDelete = 0x7f, kHighSurrogate = 0xd800, kLowSurrogate = 0xdc00, kSurrogatesEnd = 0xe000;
constexpr uint32_t kBeyondUnits = 0x10000;  // Written as two surrogates from here on.

constexpr size_t kHeaderBytesMax = 5;

char* write_header(char* out, size_t size) noexcept {
    if (size < 32) return store(out, static_cast<uint8_t>(first_byte::kFixString | size));
    if (size <= UINT8_MAX) return store(out, first_byte::kString8, static_cast<uint8_t>(size));
    if (size <= UINT16_MAX) return store(out, first_byte::kString16, static_cast<uint16_t>(size));
    return store(out, first_byte::kString32, static_cast<uint32_t>(size));
}

char* write_utf8(char* out, uint32_t c) noexcept {
    const auto continuation = [c](int shift) { return static_cast<char>(0x80 | (c >> shift & 0x3f)); };
    if (c < 0x80) {
        *out++ = static_cast<char>(c);
    } else if (c < 0x800) {
        *out++ = static_cast<char>(0xc0 | c >> 6);
        *out++ = continuation(0);
    } else if (c < kBeyondUnits) {
        *out++ = static_cast<char>(0xe0 | c >> 12);
        *out++ = continuation(6);
        *out++ = continuation(0);
    } else {
        *out++ = static_cast<char>(0xf0 | c >> 18);
        *out++ = continuation(12);
        *out++ = continuation(6);
        *out++ = continuation(0);
    }
    return out;
}

bool is_control_unit(int unit) noexcept {
    return unit >= 0 && unit < 0x20 && short_escape(static_cast<char>(unit)) == 0;
}

// At a backslash that does not begin a short escape; refused if it begins no escape at all, or not the one spelling of
// its character.
Place unescape_unit(Place at, const char* end, Spellings& spellings) noexcept {
    if (end - at.in < 6 || at.in[1] != 'u') return kRefused;
    const int unit = unit_of(at.in + 2);
    if (unit < kDelete) {
        if (!is_control_unit(unit)) return kRefused;
        *at.out = static_cast<char>(unit);
        return {at.in + 6, at.out + 1};
    }
    spellings.escaped = true;
    if (unit < kHighSurrogate || unit >= kSurrogatesEnd)
        return {at.in + 6, write_utf8(at.out, static_cast<uint32_t>(unit))};
    if (unit >= kLowSurrogate || end - at.in < 12 || at.in[6] != '\\' || at.in[7] != 'u') return kRefused;
    const int low = unit_of(at.in + 8);
    if (low < kLowSurrogate || low >= kSurrogatesEnd) return kRefused;
    const auto c = static_cast<uint32_t>((unit - kHighSurrogate) << 10 | (low - kLowSurrogate)) + kBeyondUnits;
    return {at.in + 12, write_utf8(at.out, c)};
}

// At a backslash: past it and the escapes directly after it. Escapes often come in rows, and loading a block for each
// is expensive.
Place unescape(Place at, const char* end, Spellings& spellings) noexcept {
    do {
        if (end - at.in >= 2 && of_short_escape(at.in[1]) != 0) {
            *at.out = of_short_escape(at.in[1]);
            at = {at.in + 2, at.out + 1};
        } else {
            at = unescape_unit(at, end, spellings);
            if (at.failed()) return at;
        }
    } while (at.in != end && *at.in == '\\');
    return at;
}

// From the first backslash to the closing quote; refused if there is none, or if the spelling differs from ours.
Place copy_unescaped(Place at, const char* end, Spellings& spellings) noexcept {
    while (at.in != end) {
        if (*at.in == '\\') {
            at = unescape(at, end, spellings);
            if (at.failed()) return at;
        }
        if (static_cast<size_t>(end - at.in) >= Block::kSize) {
            const Block block(at.in);
            block.store(at.out);
            const uint32_t stops = spellings.raw ? block.specials() : block.ascii_stops();
            const size_t plain = stops == 0 ? Block::kSize : static_cast<size_t>(std::countr_zero(stops));
            at = {at.in + plain, at.out + plain};
            if (stops == 0) continue;
        }
        if (at.in == end || *at.in == '"') break;
        const auto c = static_cast<uint8_t>(*at.in);
        if (c < 0x20) return kRefused;
        if (c == '\\') continue;
        spellings.raw |= c >= kDelete;
        *at.out++ = *at.in++;
    }
    return at.in == end ? kRefused : at;
}

// The first quote, backslash or control, or else `end`; or the first byte from DEL on, too.
template <bool kRawToo>
const char* plain_end(const char* at, const char* end) noexcept {
    for (; static_cast<size_t>(end - at) >= Block::kSize; at += Block::kSize) {
        const Block block(at);
        const uint32_t stops = kRawToo ? block.specials() : block.ascii_stops();
        if (stops != 0) return at + std::countr_zero(stops);
    }
    for (; at != end; ++at) {
        const auto c = static_cast<uint8_t>(*at);
        if (c < 0x20 || c == '"' || c == '\\' || (!kRawToo && c >= kDelete)) break;
    }
    return at;
}

uint32_t code_point(const char* at, size_t bytes) noexcept {
    const auto low = [at](int i) { return static_cast<uint32_t>(static_cast<uint8_t>(at[i]) & 0x3f); };
    const auto first = static_cast<uint8_t>(at[0]);
    if (bytes == 1) return first;
    if (bytes == 2) return (first & 0x1fu) << 6 | low(1);
    if (bytes == 3) return (first & 0x0fu) << 12 | low(1) << 6 | low(2);
    return (first & 0x07u) << 18 | low(1) << 12 | low(2) << 6 | low(3);
}

// Writes a character from DEL on as ASCII; refused if it is not UTF-8.
Place escape_one(Place at, const char* last, const char* room_end) noexcept {
    const bool is_delete = static_cast<uint8_t>(*at.in) == kDelete;
    const char* const next = is_delete ? at.in + 1 : text::past_sequence(at.in, last);
    if (next == nullptr) return kRefused;
    const uint32_t c = code_point(at.in, static_cast<size_t>(next - at.in));
    if (room_end - at.out < (c < kBeyondUnits ? 6 : 12)) return no_room(at.out);
    if (c < kBeyondUnits) return {next, write_unit(at.out, c)};
    const uint32_t beyond = c - kBeyondUnits;
    char* const out = write_unit(at.out, kHighSurrogate + (beyond >> 10));
    return {next, write_unit(out, kLowSurrogate + (beyond & 0x3ff))};
}

// `beyond` becomes true for raw characters beyond ASCII, which still have to be checked; with kAscii, for those that
// were escaped and checked.
template <bool kAscii>
Place decode_string(Place at, size_t size, const char* end, const char* room_end, bool& beyond) noexcept {
    const char* const last = at.in + size;
    if (static_cast<size_t>(room_end - at.out) < size + 2) return no_room(at.out);
    *at.out++ = '"';
    while (at.in != last) {
        const auto left = std::min<size_t>(static_cast<size_t>(last - at.in), Block::kSize);
        const bool whole_block =
            static_cast<size_t>(end - at.in) >= Block::kSize && static_cast<size_t>(room_end - at.out) >= Block::kSize;
        if (whole_block) {
            const Block block(at.in);
            block.store(at.out);
            if (!kAscii) beyond |= (block.beyond_ascii() & low_bits(left)) != 0;
            const uint32_t stops = (kAscii ? block.ascii_stops() : block.specials()) & low_bits(left);
            const size_t plain = stops == 0 ? left : static_cast<size_t>(std::countr_zero(stops));
            at.in += plain;
            at.out += plain;
            if (stops == 0) continue;
        }
        const auto c = static_cast<uint8_t>(*at.in);
        if (kAscii && c >= kDelete) {
            beyond = true;
            do {
                at = escape_one(at, last, room_end);
                if (at.failed()) return at;
            } while (at.in != last && static_cast<uint8_t>(*at.in) >= kDelete);
            continue;
        }
        beyond |= c >= 0x80;
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
    return at;
}

}  // namespace

Place encode_any_string(Place at, const char* end, Spellings& spellings) noexcept {
    Spellings here;
    const char* stop = plain_end<false>(at.in, end);
    if (stop != end && static_cast<uint8_t>(*stop) >= kDelete) {
        here.raw = true;
        stop = plain_end<true>(stop, end);
    }
    if (stop == end || static_cast<uint8_t>(*stop) < 0x20) return kRefused;
    const auto plain = static_cast<size_t>(stop - at.in);
    Place last{stop, nullptr};
    if (*stop == '"') {
        char* const text = write_header(at.out, plain);
        std::memcpy(text, at.in, plain);
        last.out = text + plain;
    } else {
        // Leaves room for the longest header until the size is known.
        char* const text = at.out + kHeaderBytesMax;
        std::memcpy(text, at.in, plain);
        last = copy_unescaped({stop, text + plain}, end, here);
        if (last.failed()) return last;
        const auto size = static_cast<size_t>(last.out - text);
        char* const behind_header = write_header(at.out, size);
        std::memmove(behind_header, text, size);
        last.out = behind_header + size;
    }
    spellings.raw |= here.raw;
    spellings.escaped |= here.escaped;
    if (spellings.raw && spellings.escaped) return kRefused;
    if (here.raw && !is_utf8({at.in, static_cast<size_t>(last.in - at.in)})) return kRefused;
    return {last.in + 1, last.out};
}

Place decode_any_string(Place at, size_t size, const char* end, const char* room_end) noexcept {
    const std::string_view bytes(at.in, size);
    bool beyond_ascii = false;
    const Place next = decode_string<false>(at, size, end, room_end, beyond_ascii);
    return beyond_ascii && !next.failed() && !is_utf8(bytes) ? kRefused : next;
}

Place decode_as_ascii(Place at, size_t size, const char* end, const char* room_end, bool& escaped) noexcept {
    return decode_string<true>(at, size, end, room_end, escaped);
}

}  // namespace aurelis::msgpack
