// The slower half of escaping: fields in which something must be escaped, and unescaping.
#include "keys/escape.hpp"

#include "keys/plain_copy.hpp"

namespace aurelis::core {
namespace {

constexpr std::string_view kUpperHex = "0123456789ABCDEF";
constexpr size_t kShownBytes = 64;

// Whether none of these eight bytes must be escaped.
bool is_plain_word(std::string_view word) noexcept {
    if (word.size() != sizeof(uint64_t)) return false;
    uint64_t bytes;
    std::memcpy(&bytes, word.data(), sizeof bytes);
    return any_must_escape(bytes) == 0;
}

}  // namespace

size_t escaped_size(std::string_view field) noexcept {
    size_t size = field.size();
    while (!field.empty()) {
        const std::string_view word = field.substr(0, sizeof(uint64_t));
        if (!is_plain_word(word)) {
            for (const char byte : word) size += must_escape(static_cast<unsigned char>(byte)) ? 2 : 0;
        }
        field.remove_prefix(word.size());
    }
    return size;
}

char* write_escaped_byte(unsigned char byte, char* to) noexcept {
    to[0] = '%';
    to[1] = kUpperHex[byte >> 4];
    to[2] = kUpperHex[byte & 15];
    return to + 3;
}

char* write_escaped(std::string_view field, char* to) noexcept {
    while (!field.empty()) {
        if (is_plain_word(field.substr(0, sizeof(uint64_t)))) {
            std::memcpy(to, field.data(), sizeof(uint64_t));
            to += sizeof(uint64_t);
            field.remove_prefix(sizeof(uint64_t));
            continue;
        }
        const char character = field.front();
        field.remove_prefix(1);
        const auto byte = static_cast<unsigned char>(character);
        if (must_escape(byte)) {
            to = write_escaped_byte(byte, to);
        } else {
            *to++ = character;
        }
    }
    return to;
}

std::string escaped(std::string_view field) {
    std::string text(escaped_size(field), '\0');
    write_escaped(field, text.data());
    return text;
}

bool unescape(std::string_view text, std::string& field) {
    field.clear();
    for (size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '%') {
            if (must_escape(static_cast<unsigned char>(text[at]))) return false;
            field += text[at];
            continue;
        }
        if (text.size() - at < 3) return false;
        const size_t high = kUpperHex.find(text[at + 1]);
        const size_t low = kUpperHex.find(text[at + 2]);
        if (high == std::string_view::npos || low == std::string_view::npos) return false;
        const auto byte = static_cast<unsigned char>(high << 4 | low);
        if (!must_escape(byte)) return false;
        field += static_cast<char>(byte);
        at += 2;
    }
    return true;
}

std::string shown(std::string_view text) {
    if (text.size() <= kShownBytes) return escaped(text);
    return escaped(text.substr(0, kShownBytes)) + "...";
}

}  // namespace aurelis::core
