// Match: reading the conditions, and the glob, which goes back to its last star only, so its cost is bounded by pattern
// times text.
#include "match.hpp"

#include <aurelis/base/bytes.hpp>

#include <algorithm>
#include <cstring>

namespace aurelis::redis {

namespace {

constexpr size_t kNone = std::string_view::npos;

// Reads one member of a set, escaped or not, and moves behind it.
unsigned char member(std::string_view pattern, size_t& at) noexcept {
    if (pattern[at] == '\\' && at + 1 < pattern.size()) ++at;
    return static_cast<unsigned char>(pattern[at++]);
}

// Whether the letter is in the set that opens at `at`; moves behind its end. kNone in end: the set never closes.
bool in_set(std::string_view pattern, size_t at, unsigned char letter, size_t& end) noexcept {
    size_t i = at + 1;
    const bool negated = i < pattern.size() && (pattern[i] == '!' || pattern[i] == '^');
    if (negated) ++i;
    bool found = false;
    end = kNone;
    for (const size_t first = i; i < pattern.size();) {
        if (pattern[i] == ']' && i != first) {
            end = i + 1;
            break;
        }
        const unsigned char low = member(pattern, i);
        unsigned char high = low;
        if (i + 1 < pattern.size() && pattern[i] == '-' && pattern[i + 1] != ']') high = member(pattern, ++i);
        found = found || (low <= letter && letter <= high);
    }
    return found != negated;
}

// Whether the token at `at`, which is no star, fits the letter; moves behind the token.
bool token_fits(std::string_view pattern, size_t& at, unsigned char letter) noexcept {
    if (pattern[at] == '[') {
        size_t end = kNone;
        const bool inside = in_set(pattern, at, letter, end);
        if (end != kNone) {
            at = end;
            return inside;
        }
    }
    const bool any = pattern[at] == '?';
    return member(pattern, at) == letter || any;
}

}  // namespace

bool glob_fits(std::string_view pattern, std::string_view text) noexcept {
    size_t at = 0, read = 0, star = kNone, star_read = 0;
    while (read < text.size()) {
        if (at < pattern.size() && pattern[at] == '*') {
            star = ++at;
            star_read = read;
        } else if (at < pattern.size() && token_fits(pattern, at, static_cast<unsigned char>(text[read]))) {
            ++read;
        } else if (star != kNone) {
            at = star;
            read = ++star_read;
        } else {
            return false;
        }
    }
    while (at < pattern.size() && pattern[at] == '*') ++at;
    return at == pattern.size();
}

Result<Match> Match::read(const aurelis_match* match) {
    Match made;
    if (match == nullptr) return made;
    const char* raw = reinterpret_cast<const char*>(match);
    if (match->struct_size > sizeof *match &&
        std::any_of(raw + sizeof *match, raw + match->struct_size, [](char byte) { return byte != 0; }))
        return fail(AURELIS_E_UNSUPPORTED, "there is a condition that redis does not know; update the plugin");
    aurelis_match known{};
    std::memcpy(&known, match, std::min<size_t>(match->struct_size, sizeof known));
    if (known.tag.size != 0 || known.created_before != 0)
        return fail(AURELIS_E_UNSUPPORTED,
                    "Redis cannot look for tags or times of creation; they are inside of the values");
    made.prefix_ = view(known.prefix);
    made.pattern_ = view(known.pattern);
    made.larger_than_ = known.larger_than;
    return made;
}

bool Match::fits(std::string_view key) const noexcept {
    return key.substr(0, prefix_.size()) == prefix_ && (pattern_.empty() || glob_fits(pattern_, key));
}

std::string Match::pattern_for_server() const {
    const std::string literal = pattern_.substr(0, pattern_.find_first_of("*?[\\"));
    std::string made;
    for (const char c : literal.size() > prefix_.size() ? literal : prefix_) {
        if (std::string_view("*?[]\\^").find(c) != kNone) made += '\\';
        made += c;
    }
    return made + "*";
}

}  // namespace aurelis::redis
