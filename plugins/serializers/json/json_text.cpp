// A scanner that walks from token to token: each function takes the place where its token begins and returns the place
// after it, or NULL if there is no such token. The only memory is the list of brackets that are open.
#include "json_text.hpp"

#include "../shared/text_block.hpp"
#include "../shared/utf8.hpp"

#include <cstdint>
#include <cstring>

namespace aurelis::json {

namespace {

bool is_digit(char c) noexcept { return static_cast<uint8_t>(c - '0') < 10; }
bool is_space(char c) noexcept { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
bool is_hex(char c) noexcept { return is_digit(c) || static_cast<uint8_t>((c | 0x20) - 'a') < 6; }

class Scanner {
public:
    explicit Scanner(const char* end) noexcept : end_(end) {}
    bool accepts(const char* at) noexcept;

private:
    const char* value(const char* at) noexcept;
    const char* open(const char* at) noexcept;
    const char* after_value(const char* at) noexcept;
    const char* key(const char* at) const noexcept;
    const char* string(const char* at) const noexcept;
    const char* past_stop(const char* at, bool& closed) const noexcept;
    const char* past_escape(const char* at) const noexcept;
    const char* number(const char* at) const noexcept;
    const char* fraction_and_exponent(const char* at) const noexcept;
    const char* digits(const char* at) const noexcept;
    const char* word(const char* at, std::string_view text) const noexcept;
    const char* spaces(const char* at) const noexcept {
        while (at != end_ && is_space(*at)) ++at;
        return at;
    }

    const char* end_;
    size_t depth_ = 0;
    bool value_expected_ = true;
    char closers_[kDepthMax];  // The first depth_ are set.
};

bool Scanner::accepts(const char* at) noexcept {
    while (at != nullptr) {
        at = spaces(at);
        if (!value_expected_ && depth_ == 0) return at == end_;
        if (at == end_) return false;
        at = value_expected_ ? value(at) : after_value(at);
    }
    return false;
}

const char* Scanner::value(const char* at) noexcept {
    value_expected_ = false;
    switch (*at) {
        case '"': return string(at + 1);
        case '{':
        case '[': return open(at);
        case 't': return word(at, "true");
        case 'f': return word(at, "false");
        case 'n': return word(at, "null");
        default: return number(at);
    }
}

const char* Scanner::open(const char* at) noexcept {
    const bool object = *at == '{';
    const char closer = object ? '}' : ']';
    at = spaces(at + 1);
    if (at == end_) return nullptr;
    if (depth_ == kDepthMax) return nullptr;
    if (*at == closer) return at + 1;
    closers_[depth_++] = closer;
    value_expected_ = true;
    return object ? key(at) : at;
}

const char* Scanner::after_value(const char* at) noexcept {
    const char closer = closers_[depth_ - 1];
    if (*at == ',') {
        value_expected_ = true;
        return closer == '}' ? key(spaces(at + 1)) : at + 1;
    }
    if (*at != closer) return nullptr;
    --depth_;
    return at + 1;
}

const char* Scanner::key(const char* at) const noexcept {
    if (at == end_ || *at != '"') return nullptr;
    at = string(at + 1);
    if (at == nullptr) return nullptr;
    at = spaces(at);
    return at != end_ && *at == ':' ? at + 1 : nullptr;
}

// From after the opening quote to after the closing one.
const char* Scanner::string(const char* at) const noexcept {
    for (bool closed = false; at != nullptr && !closed;) {
        if (static_cast<size_t>(end_ - at) >= text::Block::kSize) {
            const uint32_t stops = text::Block(at).stops();
            if (stops == 0) {
                at += text::Block::kSize;
                continue;
            }
            at += std::countr_zero(stops);
        }
        at = past_stop(at, closed);
    }
    return at;
}

// Near the end of the text every byte is handled here, so plain ones are, too.
const char* Scanner::past_stop(const char* at, bool& closed) const noexcept {
    if (at == end_) return nullptr;
    const auto c = static_cast<uint8_t>(*at);
    if (c == '"') {
        closed = true;
        return at + 1;
    }
    if (c == '\\') {
        do {
            at = past_escape(at + 1);
        } while (at != nullptr && at != end_ && *at == '\\');
        return at;
    }
    if (c < 0x20) return nullptr;
    if (c < 0x80) return at + 1;
    do {
        at = text::past_sequence(at, end_);
    } while (at != nullptr && at != end_ && static_cast<uint8_t>(*at) >= 0x80);
    return at;
}

const char* Scanner::past_escape(const char* at) const noexcept {
    if (at == end_) return nullptr;
    switch (*at) {
        case '"':
        case '\\':
        case '/':
        case 'b':
        case 'f':
        case 'n':
        case 'r':
        case 't': return at + 1;
        case 'u': break;
        default: return nullptr;
    }
    if (end_ - at < 5) return nullptr;
    return is_hex(at[1]) && is_hex(at[2]) && is_hex(at[3]) && is_hex(at[4]) ? at + 5 : nullptr;
}

const char* Scanner::number(const char* at) const noexcept {
    if (*at == '-') ++at;
    if (at == end_ || !is_digit(*at)) return nullptr;
    at = *at == '0' ? at + 1 : digits(at);
    const bool whole = at == end_ || (*at != '.' && *at != 'e' && *at != 'E');
    return whole ? at : fraction_and_exponent(at);
}

const char* Scanner::fraction_and_exponent(const char* at) const noexcept {
    if (*at == '.') at = digits(at + 1);
    if (at == nullptr || at == end_ || (*at != 'e' && *at != 'E')) return at;
    ++at;
    if (at != end_ && (*at == '+' || *at == '-')) ++at;
    return digits(at);
}

// At least one.
const char* Scanner::digits(const char* at) const noexcept {
    const char* const first = at;
    while (at != end_ && is_digit(*at)) ++at;
    return at == first ? nullptr : at;
}

const char* Scanner::word(const char* at, std::string_view text) const noexcept {
    const bool there = static_cast<size_t>(end_ - at) >= text.size() && std::memcmp(at, text.data(), text.size()) == 0;
    return there ? at + text.size() : nullptr;
}

}  // namespace

bool is_json_text(std::string_view bytes) noexcept {
    return !bytes.empty() && Scanner(bytes.data() + bytes.size()).accepts(bytes.data());
}

}  // namespace aurelis::json
