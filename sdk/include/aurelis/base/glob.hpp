// The pattern language of keys, the same in every plugin and in the core: * any run of bytes, ? any byte, [abc] [a-z] a
// set, [!abc] or [^abc] all others, \x the byte x, in sets as well. A ] that comes first in a set belongs to it, a [
// without a closing ] is a plain [, and a \ at the end is itself. Bytes, not letters; a pattern matches the whole text.
#pragma once

#include <aurelis/base/language.hpp>

#include <cstddef>
#include <string_view>

namespace aurelis {

namespace glob_detail {

constexpr size_t kNone = std::string_view::npos;

// The byte at `at`, escaped or not; moves past it.
constexpr unsigned char take_byte(std::string_view pattern, size_t& at) noexcept {
    if (pattern[at] == '\\' && at + 1 < pattern.size()) ++at;
    return static_cast<unsigned char>(pattern[at++]);
}

// Whether `byte` is in the set whose [ is at `at`; `end` is past its ], or kNone if there is none.
constexpr bool set_holds(std::string_view pattern, size_t at, unsigned char byte, size_t& end) noexcept {
    size_t i = at + 1;
    const bool negated = i < pattern.size() && (pattern[i] == '!' || pattern[i] == '^');
    if (negated) ++i;
    bool holds = false;
    end = kNone;
    for (const size_t first = i; i < pattern.size();) {
        if (pattern[i] == ']' && i != first) {
            end = i + 1;
            break;
        }
        const unsigned char low = take_byte(pattern, i);
        unsigned char high = low;
        if (i + 1 < pattern.size() && pattern[i] == '-' && pattern[i + 1] != ']') high = take_byte(pattern, ++i);
        holds = holds || (low <= byte && byte <= high);
    }
    return holds != negated;
}

// Whether the item at `at`, which is not *, matches one byte; moves past the item.
constexpr bool item_fits(std::string_view pattern, size_t& at, unsigned char byte) noexcept {
    if (pattern[at] == '?') {
        ++at;
        return true;
    }
    if (pattern[at] == '[') {
        size_t end = kNone;
        const bool holds = set_holds(pattern, at, byte, end);
        if (end != kNone) {
            at = end;
            return holds;
        }
    }
    return take_byte(pattern, at) == byte;
}

}  // namespace glob_detail

// Backtracks to the last * only, so no pattern takes more steps than pattern times text.
constexpr bool glob_fits(std::string_view pattern, std::string_view text) noexcept {
    size_t at = 0, read = 0, star = glob_detail::kNone, star_read = 0;
    while (read < text.size()) {
        if (at < pattern.size() && pattern[at] == '*') {
            star = ++at;
            star_read = read;
        } else if (at < pattern.size() &&
                   glob_detail::item_fits(pattern, at, static_cast<unsigned char>(text[read]))) {
            ++read;
        } else if (star != glob_detail::kNone) {
            at = star;
            read = ++star_read;
        } else {
            return false;
        }
    }
    while (at < pattern.size() && pattern[at] == '*') ++at;
    return at == pattern.size();
}

// The size of the item that begins at `at`, within the pattern: a *, a ?, a whole set, or a byte with its escape. A
// pattern is a sequence of items, so its parts can be examined and joined without knowing the language.
constexpr size_t glob_item_size(std::string_view pattern, size_t at) noexcept {
    if (pattern[at] == '*') return 1;
    size_t end = at;
    glob_detail::item_fits(pattern, end, 0);
    return end - at;
}

// How many bytes of a matching text the pattern fixes: those that are neither matched by *, ? or a set.
constexpr size_t glob_literals(std::string_view pattern) noexcept {
    size_t count = 0;
    for (size_t at = 0; at < pattern.size();) {
        const size_t size = glob_item_size(pattern, at);
        const char first = pattern[at];
        if (first != '*' && first != '?' && (first != '[' || size == 1)) ++count;
        at += size;
    }
    return count;
}

// The bytes with which every matching text begins: the pattern up to its first special character.
constexpr std::string_view glob_literal_prefix(std::string_view pattern) noexcept {
    return pattern.substr(0, pattern.find_first_of("*?[\\"));
}

}  // namespace aurelis
