#include "config/suggest.hpp"
#include "support/catch.hpp"

using namespace aurelis::core;

TEST_CASE("edit distance counts insertions, deletions, changes and swaps, up to its bound") {
    CHECK(edit_distance("", "", 3) == 0);
    CHECK(edit_distance("abc", "abc", 3) == 0);
    CHECK(edit_distance("abc", "abd", 3) == 1);
    CHECK(edit_distance("abc", "ab", 3) == 1);
    CHECK(edit_distance("abc", "xabc", 3) == 1);
    CHECK(edit_distance("abcd", "abdc", 3) == 1);
    CHECK(edit_distance("ca", "abc", 3) == 3);
    CHECK(edit_distance("kitten", "sitting", 3) == 3);
    CHECK(edit_distance("kitten", "sitting", 2) == 3);
    CHECK(edit_distance("a", "abcdefgh", 3) == 4);
    CHECK(edit_distance("abcdefgh", "a", 3) == 4);
}

TEST_CASE("nearest name: typing mistakes are found, other words are not") {
    const std::vector<std::string> known{"namespace", "version", "ttl", "max_bytes", "max_entries", "path"};
    CHECK(nearest_name("namspace", known) == "namespace");
    CHECK(nearest_name("verison", known) == "version");
    CHECK(nearest_name("tll", known) == "ttl");
    CHECK(nearest_name("TTL", known) == "ttl");
    CHECK(nearest_name("max-bytes", known) == "max_bytes");
    CHECK(nearest_name("maxbytes", known) == "max_bytes");
    CHECK(nearest_name("max_entires", known) == "max_entries");
    CHECK(nearest_name("pth", known) == "path");
    CHECK(nearest_name("serializers", known).empty());
    CHECK(nearest_name("x", known).empty());
    CHECK(nearest_name("", known).empty());
    CHECK(nearest_name(std::string(65, 'a'), {std::string(65, 'a')}).empty());
    CHECK(nearest_name("b", {"a"}).empty());
    CHECK(nearest_name("aab", {"aac", "aad"}) == "aac");
}

TEST_CASE("suggestion: the nearest, else what is known, at most two dozen") {
    CHECK(suggestion("tll", {"ttl"}) == "; did you mean 'ttl'?");
    CHECK(suggestion("zzzz", {"ttl", "name"}) == "; known here: ttl, name");
    CHECK(suggestion("zzzz", {}) == "; none is known here");
    const std::string many = suggestion("zzzz", std::vector<std::string>(30, "name"));
    CHECK(many.size() == std::string("; known here: ").size() + 24 * 4 + 23 * 2 + std::string(", ...").size());
}
