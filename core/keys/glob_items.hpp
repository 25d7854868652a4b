// The items of a glob (aurelis/base/glob.hpp), each with the only byte that it matches, if there is only one: a byte,
// an escaped byte, or a set of one. Leaves to others: matching (glob_fits), and what the bytes mean (pattern_reader).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aurelis::core {

struct GlobItem {
    static constexpr int kMany = -1;  // Any of several bytes.
    static constexpr int kStar = -2;
    static constexpr int kNone = -3;  // A set that no byte is in.

    std::string_view text;  // Within the pattern.
    int byte;

    bool is(char wanted) const noexcept { return byte == static_cast<unsigned char>(wanted); }
    bool is_literal() const noexcept { return byte >= 0; }
    bool is_star() const noexcept { return byte == kStar; }
    bool is_empty_set() const noexcept { return byte == kNone; }
};
using GlobItems = std::span<const GlobItem>;

std::vector<GlobItem> items_of(std::string_view glob);
std::string glob_of(GlobItems items);

// The bytes with which every matching text begins.
std::string literal_prefix(GlobItems items);
bool starts_with(GlobItems items, std::string_view text) noexcept;
// Whether it matches one text only, which is then its literal prefix.
bool is_exact(GlobItems items) noexcept;
// Whether it matches every text; no items match only the empty one.
bool is_anything(GlobItems items) noexcept;
// Its place; the number of items if there is none.
size_t find_byte(GlobItems items, char wanted) noexcept;
size_t find_star(GlobItems items) noexcept;

}  // namespace aurelis::core
