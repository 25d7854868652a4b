// The conditions, the cheap ones first.
#include "match.hpp"

#include <aurelis/base/bytes.hpp>

#include <algorithm>
#include <cstring>
#include <optional>

namespace aurelis::memory {

namespace {

unsigned char byte_at(std::string_view text, size_t i) noexcept {
    return static_cast<unsigned char>(text[i]);
}

// Reads the set that begins behind '[' at `at`. Moves `at` behind it and says whether `c` is in it; nothing
// if the set is never closed.
std::optional<bool> in_set(std::string_view pattern, size_t& at, unsigned char c) noexcept {
    size_t i = at;
    const bool negated = i < pattern.size() && (pattern[i] == '!' || pattern[i] == '^');
    if (negated) ++i;
    bool found = false;
    for (size_t first = i; i < pattern.size(); ++i) {
        if (pattern[i] == ']' && i != first) {
            at = i + 1;
            return found != negated;
        }
        if (pattern[i] == '\\' && i + 1 < pattern.size()) ++i;
        unsigned char low = byte_at(pattern, i), high = low;
        if (i + 2 < pattern.size() && pattern[i + 1] == '-' && pattern[i + 2] != ']') {
            i += 2;
            if (pattern[i] == '\\' && i + 1 < pattern.size()) ++i;
            high = byte_at(pattern, i);
        }
        found = found || (low <= c && c <= high);
    }
    return std::nullopt;
}

// Matches one byte against the item at `at`, which is not '*', and moves behind the item.
bool one_matches(std::string_view pattern, size_t& at, unsigned char c) noexcept {
    const char item = pattern[at++];
    if (item == '?') return true;
    if (item == '[') {
        if (const auto inside = in_set(pattern, at, c)) return *inside;
    }
    if (item == '\\' && at < pattern.size()) return byte_at(pattern, at++) == c;
    return static_cast<unsigned char>(item) == c;
}

bool has_tag(const Node& node, std::string_view tag) noexcept {
    for (aurelis_attr attr{}; aurelis_attr_next(node.attrs(), &attr) != 0;) {
        if (attr.kind == AURELIS_ATTR_TAG && view(attr.value) == tag) return true;
    }
    return false;
}

}  // namespace

// Only the last star is ever tried again, so the time is bounded by the product of the lengths.
bool glob_matches(std::string_view pattern, std::string_view text) noexcept {
    size_t p = 0, t = 0;
    size_t star = std::string_view::npos, star_text = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = ++p;
            star_text = t;
            continue;
        }
        if (p < pattern.size() && one_matches(pattern, p, byte_at(text, t))) {
            ++t;
            continue;
        }
        if (star == std::string_view::npos) return false;
        p = star;
        t = ++star_text;
    }
    while (p < pattern.size() && pattern[p] == '*') ++p;
    return p == pattern.size();
}

Result<Match> Match::from(const aurelis_match* match) {
    Match made;
    if (match == nullptr) return made;
    aurelis_match known{};
    std::memcpy(&known, match, std::min<size_t>(match->struct_size, sizeof known));
    const auto* all = reinterpret_cast<const unsigned char*>(match);
    for (size_t i = sizeof known; i < match->struct_size; ++i) {
        if (all[i] != 0)
            return fail(AURELIS_E_UNSUPPORTED, "the match has conditions that this version does not know");
    }
    made.prefix_ = view(known.prefix);
    made.pattern_ = view(known.pattern);
    made.tag_ = view(known.tag);
    made.created_before_ = known.created_before;
    made.created_beyond_ = known.created_beyond;
    made.larger_than_ = known.larger_than;
    return made;
}

bool Match::accepts(const Node& node) const noexcept {
    if (created_before_ != 0 && node.meta.created_wall >= created_before_ &&
        (created_beyond_ == 0 || node.meta.created_wall <= created_beyond_))
        return false;
    if (larger_than_ != 0 && node.value_size <= larger_than_) return false;
    if (node.key().substr(0, prefix_.size()) != prefix_) return false;
    if (!tag_.empty() && !has_tag(node, tag_)) return false;
    return pattern_.empty() || glob_matches(pattern_, node.key());
}

}  // namespace aurelis::memory
