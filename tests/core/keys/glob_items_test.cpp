#include "keys/glob_items.hpp"

#include "support/catch.hpp"

namespace aurelis::core {
namespace {

TEST_CASE("glob items are the pattern cut into what matches one byte or any run") {
    const auto items = items_of("a\\*[b][bc]?*\\");
    REQUIRE(items.size() == 7);
    CHECK(items[0].is('a'));
    CHECK(items[1].is('*'));
    CHECK(items[1].text == "\\*");
    CHECK(items[2].is('b'));
    CHECK(items[2].text == "[b]");
    CHECK(items[3].byte == GlobItem::kMany);
    CHECK(items[4].byte == GlobItem::kMany);
    CHECK(items[5].is_star());
    CHECK(items[6].is('\\'));
    CHECK(glob_of(items) == "a\\*[b][bc]?*\\");
    CHECK(literal_prefix(items) == "a*b");
    CHECK(starts_with(items, "a*b"));
    CHECK_FALSE(starts_with(items, "a*bb"));
    CHECK(find_star(items) == 5);
    CHECK(find_byte(items, '*') == 1);
    CHECK(find_byte(items, 'x') == items.size());
}

TEST_CASE("glob items tell a set that no byte is in") {
    CHECK(items_of("[b-a]").front().is_empty_set());
    CHECK_FALSE(items_of("[!b-a]").front().is_empty_set());
    CHECK_FALSE(items_of("[a]").front().is_empty_set());
    CHECK_FALSE(items_of("[").front().is_empty_set());
}

TEST_CASE("glob items tell what is exact from what is anything") {
    CHECK(is_exact(items_of("a[b]\\*")));
    CHECK(is_exact(items_of("")));
    CHECK_FALSE(is_exact(items_of("a*")));
    CHECK_FALSE(is_exact(items_of("a[!b]")));
    CHECK(is_anything(items_of("**")));
    CHECK_FALSE(is_anything(items_of("*?")));
    CHECK_FALSE(is_anything(items_of("\\*")));
    CHECK_FALSE(is_anything(items_of("")));
}

TEST_CASE("glob items keep a set whole, and a set that is not closed is a byte") {
    const auto items = items_of("[a:*]:[x");
    REQUIRE(items.size() == 4);
    CHECK(items[0].text == "[a:*]");
    CHECK(find_byte(items, ':') == 1);
    CHECK(find_star(items) == items.size());
    CHECK(items[2].is('['));
}

}  // namespace
}  // namespace aurelis::core
