// Glob: one pass with one point to go back to, the last star: no pattern costs more than pattern times text.
#include "glob.hpp"

#include <cstddef>

namespace aurelis::plugin {

namespace {

// Where the set that opens at `at` ends (its ']'), or npos: then the bracket stands for itself.
size_t end_of_set(std::string_view pattern, size_t at) noexcept {
    size_t i = at + 1;
    if (i < pattern.size() && (pattern[i] == '!' || pattern[i] == '^')) ++i;
    if (i < pattern.size() && pattern[i] == ']') ++i;  // First in the set it is a member.
    for (; i < pattern.size(); ++i) {
        if (pattern[i] == '\\')
            ++i;
        else if (pattern[i] == ']')
            return i;
    }
    return std::string_view::npos;
}

bool in_set(std::string_view set, unsigned char letter) noexcept {
    const bool negated = !set.empty() && (set[0] == '!' || set[0] == '^');
    bool found = false;
    size_t i = negated ? 1 : 0;
    const auto member = [&]() -> unsigned char {
        if (set[i] == '\\' && i + 1 < set.size()) ++i;
        return static_cast<unsigned char>(set[i++]);
    };
    while (i < set.size()) {
        const unsigned char low = member();
        unsigned char high = low;
        if (i + 1 < set.size() && set[i] == '-') {
            ++i;
            high = member();
        }
        found = found || (low <= letter && letter <= high);
    }
    return found != negated;
}

// Whether one letter fits what stands at `at`, which is then moved behind it.
bool one_fits(std::string_view pattern, size_t& at, unsigned char letter) noexcept {
    const char token = pattern[at];
    if (token == '[') {
        const size_t end = end_of_set(pattern, at);
        if (end != std::string_view::npos) {
            const std::string_view set = pattern.substr(at + 1, end - at - 1);
            at = end + 1;
            return in_set(set, letter);
        }
    }
    if (token == '\\' && at + 1 < pattern.size()) ++at;
    const char literal = pattern[at++];
    return token == '?' || static_cast<unsigned char>(literal) == letter;
}

}  // namespace

bool glob_matches(std::string_view pattern, std::string_view text) noexcept {
    constexpr size_t kNone = std::string_view::npos;
    size_t at = 0;
    size_t read = 0;
    size_t star = kNone;
    size_t star_read = 0;
    while (read < text.size()) {
        if (at < pattern.size() && pattern[at] == '*') {
            star = ++at;
            star_read = read;
            continue;
        }
        if (at < pattern.size() && one_fits(pattern, at, static_cast<unsigned char>(text[read]))) {
            ++read;
            continue;
        }
        if (star == kNone) return false;
        at = star;
        read = ++star_read;
    }
    while (at < pattern.size() && pattern[at] == '*') ++at;
    return at == pattern.size();
}

std::string_view glob_literal_prefix(std::string_view pattern) noexcept {
    return pattern.substr(0, pattern.find_first_of("*?[\\"));
}

}  // namespace aurelis::plugin
