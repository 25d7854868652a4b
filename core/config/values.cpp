// Reading single scalars. Errors have the form "expected ..., got ..."; the caller adds place and name.
#include "config/values.hpp"

#include "config/units.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace aurelis::core {
namespace {

constexpr size_t kShownMax = 60;

Error expected(std::string_view what, const Node& node) {
    return fail(AURELIS_E_CONFIG, "expected " + std::string(what) + ", got " + shown(node));
}

// The text of a scalar that may be a number or a boolean; else why it may not.
Result<std::string_view> unquoted(const Node& node, std::string_view what) {
    if (node.kind != Node::Kind::Scalar) return expected(what, node);
    if (node.quoted)
        return fail(AURELIS_E_CONFIG,
                    "expected " + std::string(what) + ", got the text " + shown(node) + "; remove the quotes");
    return std::string_view(node.text);
}

template <typename T>
bool whole_parse(std::string_view text, T& value) {
    const auto end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    return error == std::errc() && stop == end;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// The shape of the sequence that begins with this byte: how many follow, and the bounds of the first of them.
struct Sequence {
    size_t following;
    unsigned char low, high;
};
Sequence sequence_of(unsigned char lead) {
    if (lead < 0x80) return {0, 0, 0};
    if (lead >= 0xc2 && lead <= 0xdf) return {1, 0x80, 0xbf};
    if (lead == 0xe0) return {2, 0xa0, 0xbf};
    if (lead == 0xed) return {2, 0x80, 0x9f};
    if (lead >= 0xe1 && lead <= 0xef) return {2, 0x80, 0xbf};
    if (lead == 0xf0) return {3, 0x90, 0xbf};
    if (lead >= 0xf1 && lead <= 0xf3) return {3, 0x80, 0xbf};
    if (lead == 0xf4) return {3, 0x80, 0x8f};
    return {4, 0, 0};
}

}  // namespace

size_t valid_utf8_prefix(std::string_view text) {
    size_t at = 0;
    while (at < text.size()) {
        const Sequence shape = sequence_of(static_cast<unsigned char>(text[at]));
        if (shape.following > 3 || shape.following >= text.size() - at) return at;
        for (size_t i = 1; i <= shape.following; ++i) {
            const auto next = static_cast<unsigned char>(text[at + i]);
            const unsigned char low = i == 1 ? shape.low : 0x80;
            const unsigned char high = i == 1 ? shape.high : 0xbf;
            if (next < low || next > high) return at;
        }
        at += shape.following + 1;
    }
    return at;
}

std::string printable(std::string_view text) {
    std::string result(text.substr(0, kShownMax));
    const bool cut = text.size() > kShownMax;
    if (cut) result.resize(valid_utf8_prefix(result));
    for (char& c : result)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
    return cut ? result + "..." : result;
}

std::string shown(const Node& node) {
    switch (node.kind) {
        case Node::Kind::Null: return "nothing";
        case Node::Kind::List: return "a list";
        case Node::Kind::Map: return "a map";
        case Node::Kind::Scalar: break;
    }
    if (node.secret) return std::string(kMask);
    return "'" + printable(without_url_password(node.text)) + "'";
}

std::string without_url_password(std::string_view text) {
    const size_t scheme = text.find("://");
    if (scheme == std::string_view::npos) return std::string(text);
    const size_t start = scheme + 3;
    const size_t end = std::min(text.find(' ', start), text.size());
    // The last '@': a password that contains an unescaped '@' or '/' is masked completely, at the price of masking too
    // much.
    const size_t at = text.substr(0, end).rfind('@');
    if (at == std::string_view::npos || at < start) return std::string(text);
    const size_t colon = text.find(':', start);
    if (colon >= at) return std::string(text);
    return std::string(text.substr(0, colon + 1)) + std::string(kMask) + std::string(text.substr(at));
}

bool key_suggests_secret(std::string_view key) {
    static constexpr std::array<std::string_view, 11> kWords{"password", "passwd",     "passphrase",  "pass",
                                                             "secret",   "secrets",    "token",       "credential",
                                                             "key",      "credentials", "apikey"};
    std::string last(key.substr(key.find_last_of("_-. ") + 1));  // npos + 1 is 0: the whole key.
    for (char& c : last) c = lower(c);
    for (const std::string_view word : kWords)
        if (last == word) return true;
    return false;
}

Result<int64_t> to_int(const Node& node) {
    AURELIS_TRY(text, unquoted(node, "a whole number"));
    int64_t value = 0;
    const std::string_view digits = text.substr(text.empty() || text.front() != '-' ? 0 : 1);
    const bool leading_zero =
        digits.size() > 1 && digits.front() == '0';  // Octal for some readers, decimal for others.
    if (leading_zero || !whole_parse(text, value)) return expected("a whole number", node);
    return value;
}

Result<double> to_double(const Node& node) {
    AURELIS_TRY(text, unquoted(node, "a number"));
    double value = 0;
    if (!whole_parse(text, value) || !std::isfinite(value)) return expected("a number", node);
    return value;
}

Result<bool> to_bool(const Node& node) {
    AURELIS_TRY(text, unquoted(node, "true or false"));
    if (text == "true" || text == "True" || text == "TRUE") return true;
    if (text == "false" || text == "False" || text == "FALSE") return false;
    return expected("true or false", node);
}

Result<std::string> to_text(const Node& node) {
    if (node.kind != Node::Kind::Scalar) return expected("text", node);
    return node.text;
}

Result<int64_t> to_duration(const Node& node) {
    if (node.kind != Node::Kind::Scalar) return expected("a duration", node);
    auto value = parse_duration(node.text);
    if (!value && node.secret) return expected("a duration", node);
    return value;
}

Result<Ttl> to_ttl(const Node& node) {
    if (node.kind != Node::Kind::Scalar) return expected("a duration or the word never", node);
    auto value = parse_ttl(node.text);
    if (!value && node.secret) return expected("a duration or the word never", node);
    return value;
}

Result<double> to_share(const Node& node) {
    AURELIS_TRY(text, to_text(node));
    return parse_share(text);
}

Result<RateConfig> to_rate(const Node& node) {
    AURELIS_TRY(text, to_text(node));
    return parse_rate(text);
}

Result<uint64_t> to_size(const Node& node) {
    if (node.kind != Node::Kind::Scalar) return expected("a size", node);
    auto value = parse_size(node.text);
    if (!value && node.secret) return expected("a size", node);
    return value;
}

}  // namespace aurelis::core
