// JSON strings: strict UTF-8 and strict escapes in, Python's ASCII form out. A high and a low surrogate escape that
// follow one another are one character; a surrogate alone is kept, as Python keeps it.
#include "keys/json_lexer.hpp"

#include <array>

namespace aurelis::core {
namespace {

constexpr const char* kUtf8Expected = "valid UTF-8";

constexpr bool is_plain(unsigned char byte) noexcept {
    return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
}

constexpr std::array<bool, 256> kPlain = [] {
    std::array<bool, 256> table{};
    for (size_t byte = 0; byte < table.size(); ++byte)
        table[byte] = is_plain(static_cast<unsigned char>(byte));
    return table;
}();

constexpr bool is_high_surrogate(uint32_t code) noexcept { return code >= 0xd800 && code < 0xdc00; }
constexpr bool is_low_surrogate(uint32_t code) noexcept { return code >= 0xdc00 && code < 0xe000; }

void append_unit(uint32_t unit, std::string& out) {
    constexpr std::string_view kLowerHex = "0123456789abcdef";
    const char text[6] = {'\\',
                          'u',
                          kLowerHex[unit >> 12],
                          kLowerHex[unit >> 8 & 15],
                          kLowerHex[unit >> 4 & 15],
                          kLowerHex[unit & 15]};
    out.append(text, sizeof text);
}

void append_escaped(uint32_t code, std::string& out) {
    switch (code) {
        case '"':
            out += "\\\"";
            return;
        case '\\':
            out += "\\\\";
            return;
        case '\b':
            out += "\\b";
            return;
        case '\f':
            out += "\\f";
            return;
        case '\n':
            out += "\\n";
            return;
        case '\r':
            out += "\\r";
            return;
        case '\t':
            out += "\\t";
            return;
        default:
            break;
    }
    if (code < 0x80 && is_plain(static_cast<unsigned char>(code))) {
        out += static_cast<char>(code);
    } else if (code < 0x10000) {
        append_unit(code, out);
    } else {
        append_unit(0xd800 + ((code - 0x10000) >> 10), out);
        append_unit(0xdc00 + ((code - 0x10000) & 0x3ff), out);
    }
}

void append_bytes(uint32_t code, std::string& out) {
    const auto tail = [code](int shift) { return static_cast<char>(0x80 | (code >> shift & 0x3f)); };
    if (code < 0x80) {
        out += static_cast<char>(code);
    } else if (code < 0x800) {
        out += static_cast<char>(0xc0 | code >> 6);
        out += tail(0);
    } else if (code < 0x10000) {
        out += static_cast<char>(0xe0 | code >> 12);
        out += tail(6);
        out += tail(0);
    } else {
        out += static_cast<char>(0xf0 | code >> 18);
        out += tail(12);
        out += tail(6);
        out += tail(0);
    }
}

// The four hex digits of a \u escape whose backslash is at `at`.
bool peek_unit(const char* at, const char* end, uint32_t& unit) noexcept {
    if (end - at < 6 || at[0] != '\\' || at[1] != 'u') return false;
    unit = 0;
    for (int digit = 2; digit < 6; ++digit) {
        const char character = at[digit];
        uint32_t value = 0;
        if (character >= '0' && character <= '9') {
            value = static_cast<uint32_t>(character - '0');
        } else if (character >= 'a' && character <= 'f') {
            value = static_cast<uint32_t>(character - 'a' + 10);
        } else if (character >= 'A' && character <= 'F') {
            value = static_cast<uint32_t>(character - 'A' + 10);
        } else {
            return false;
        }
        unit = unit << 4 | value;
    }
    return true;
}

bool read_unit_escape(JsonCursor& in, uint32_t& code) noexcept {
    if (!peek_unit(in.at, in.end, code)) return in.expected("four hex digits after \\u", in.at + 2);
    in.at += 6;
    uint32_t low = 0;
    if (is_high_surrogate(code) && peek_unit(in.at, in.end, low) && is_low_surrogate(low)) {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        in.at += 6;
    }
    return true;
}

bool read_escape(JsonCursor& in, uint32_t& code) noexcept {
    const char kind = in.end - in.at > 1 ? in.at[1] : '\0';
    switch (kind) {
        case 'u':
            return read_unit_escape(in, code);
        case '"':
            code = '"';
            break;
        case '\\':
            code = '\\';
            break;
        case '/':
            code = '/';
            break;
        case 'b':
            code = '\b';
            break;
        case 'f':
            code = '\f';
            break;
        case 'n':
            code = '\n';
            break;
        case 'r':
            code = '\r';
            break;
        case 't':
            code = '\t';
            break;
        default:
            return in.expected("one of \" \\ / b f n r t u after the backslash", in.at + 1);
    }
    in.at += 2;
    return true;
}

bool read_utf8(JsonCursor& in, uint32_t& code) noexcept {
    const auto byte_at = [&in](int at) { return static_cast<unsigned char>(in.at[at]); };
    const unsigned char lead = byte_at(0);
    const int size = lead >= 0xc2 && lead < 0xe0   ? 2
                     : (lead & 0xf0) == 0xe0       ? 3
                     : lead >= 0xf0 && lead < 0xf5 ? 4
                                                   : 0;
    if (size == 0) return in.expected(kUtf8Expected);
    code = lead & (0x7fu >> size);
    for (int at = 1; at < size; ++at) {
        if (in.at + at == in.end || (byte_at(at) & 0xc0) != 0x80) return in.expected(kUtf8Expected);
        code = code << 6 | (byte_at(at) & 0x3f);
    }
    const bool too_long = (size == 3 && code < 0x800) || (size == 4 && code < 0x10000);
    if (too_long || code > 0x10ffff || is_high_surrogate(code) || is_low_surrogate(code))
        return in.expected(kUtf8Expected);
    in.at += size;
    return true;
}

bool read_code_point(JsonCursor& in, uint32_t& code) noexcept {
    const auto byte = static_cast<unsigned char>(*in.at);
    if (byte == '\\') return read_escape(in, code);
    if (byte < 0x20) return in.expected("an escape such as \\n in place of a raw control byte");
    if (byte >= 0x80) return read_utf8(in, code);
    code = byte;
    ++in.at;
    return true;
}

}  // namespace

bool read_json_string(JsonCursor& in, std::string& out, std::string* decoded) {
    ++in.at;
    out += '"';
    for (;;) {
        const char* const run = in.at;
        while (!in.done() && kPlain[static_cast<unsigned char>(*in.at)]) ++in.at;
        out.append(run, in.at);
        if (decoded != nullptr) decoded->append(run, in.at);
        if (in.done()) return in.expected("'\"' to end the string");
        if (*in.at == '"') break;
        uint32_t code = 0;
        if (!read_code_point(in, code)) return false;
        append_escaped(code, out);
        if (decoded != nullptr) append_bytes(code, *decoded);
    }
    ++in.at;
    out += '"';
    return true;
}

}  // namespace aurelis::core
