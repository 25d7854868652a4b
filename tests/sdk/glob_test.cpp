#include <aurelis/base/glob.hpp>

#include "support/catch.hpp"

#include <string>

using aurelis::glob_fits;
using aurelis::glob_literal_prefix;
using aurelis::glob_literals;

namespace {

struct Case {
    std::string_view pattern, text;
    bool fits;
};

}  // namespace

TEST_CASE("glob: one table for plugins and the core") {
    using namespace std::string_view_literals;
    const Case cases[] = {
        {"", "", true}, {"", "a", false}, {"*", "", true}, {"*", "anything", true}, {"**", "a", true},
        {"a*", "abc", true}, {"a*", "bc", false}, {"*c", "abc", true}, {"a*c", "abbbc", true}, {"a*c", "abbb", false},
        {"*a*b*", "xxaxxbxx", true}, {"*a*b*", "xxbxxaxx", false}, {"*ab", "aab", true}, {"a*ab*b", "aabab", true},
        {"?", "a", true}, {"?", "", false}, {"?", "ab", false}, {"a?c", "abc", true}, {"?*", "", false},
        {"[abc]", "b", true}, {"[abc]", "d", false}, {"[a-c]x", "bx", true}, {"[a-c]", "d", false},
        {"[!abc]", "d", true}, {"[!abc]", "a", false}, {"[^abc]", "d", true}, {"[^a-c]", "b", false},
        {"[]]", "]", true}, {"[]a]", "a", true}, {"[!]]", "]", false}, {"[!]]", "a", true},
        {"[a-]", "-", true}, {"[a-]", "a", true}, {"[a-]", "b", false}, {"[-a]", "-", true},
        // An escape in a set, also as its upper bound.
        {"[\\]]", "]", true}, {"[a\\]b]", "b", true}, {"[a-\\z]", "m", true}, {"[a-\\z]", "\\", false},
        {"[\\a-z]", "m", true}, {"[\\!a]", "!", true}, {"[\\!a]", "b", false}, {"[+-\\]]", "A", true},
        // A set that is never closed matches itself.
        {"[abc", "[abc", true}, {"[abc", "a", false}, {"[", "[", true}, {"[!", "[!", true}, {"a[", "a[", true},
        {"[\\]", "[]", true},
        {"\\*", "*", true}, {"\\*", "a", false}, {"a\\?", "a?", true}, {"a\\?", "ab", false}, {"\\a", "a", true},
        {"\\", "\\", true}, {"a\\", "a\\", true}, {"\\\\", "\\", true}, {"\\[a]", "[a]", true},
        // Bytes, NULs and those above ASCII among them.
        {"a?b"sv, "a\0b"sv, true}, {"\0*"sv, "\0x"sv, true}, {"[\x80-\xff]", "\xc3", true}, {"[\x80-\xff]", "a", false},
    };
    for (const Case& one : cases) {
        INFO(one.pattern << " on " << one.text);
        CHECK(glob_fits(one.pattern, one.text) == one.fits);
    }
    static_assert(glob_fits("user:*", "user:1"));
}

TEST_CASE("glob: a pattern takes no more steps than pattern times text") {
    std::string pattern;
    for (int i = 0; i < 200; ++i) pattern += "*a";
    CHECK_FALSE(glob_fits(pattern + "b", std::string(20'000, 'a')));
    CHECK(glob_fits(pattern, std::string(20'000, 'a')));
}

TEST_CASE("glob: how many bytes of a text a pattern fixes") {
    CHECK(glob_literals("") == 0);
    CHECK(glob_literals("*?*") == 0);
    CHECK(glob_literals("user_*") == 5);
    CHECK(glob_literals("[abc]d[!\\]]e?") == 2);
    CHECK(glob_literals("a\\*b") == 3);
    CHECK(glob_literals("a[b") == 3);
    CHECK(glob_literals("a\\") == 2);
}

TEST_CASE("glob: what every text begins with") {
    CHECK(glob_literal_prefix("abc*d") == "abc");
    CHECK(glob_literal_prefix("abc") == "abc");
    CHECK(glob_literal_prefix("a[b]") == "a");
    CHECK(glob_literal_prefix("a\\*b") == "a");
    CHECK(glob_literal_prefix("?a").empty());
}

TEST_CASE("glob: items are single bytes, whole sets, escaped bytes, ? and *") {
    const std::string_view pattern = "a*?[b]c][!]x]\\*\\\\[y\\";
    std::string cut;
    for (size_t at = 0; at < pattern.size();) {
        const size_t size = aurelis::glob_item_size(pattern, at);
        cut += std::string(pattern.substr(at, size)) + ' ';
        at += size;
    }
    CHECK(cut == "a * ? [b] c ] [!]x] \\* \\\\ [ y \\ ");
}
