#include <aurelis/plugin/match.hpp>

#include "support/catch.hpp"

#include <cstddef>
#include <string>

using aurelis::bytes;
using aurelis::plugin::Match;

namespace {

template <typename Change>
Match match_of(Change change) {
    aurelis_match match{};
    match.struct_size = sizeof match;
    change(match);
    return Match::read(&match).value();
}

}  // namespace

TEST_CASE("match: nothing given is everything") {
    CHECK(Match::read(nullptr).value().is_everything());
    const Match empty = match_of([](aurelis_match&) {});
    CHECK(empty.is_everything());
    CHECK(empty.fits_key("anything"));
    CHECK(empty.fits_created(5));
    CHECK(empty.fits_size(0));
    CHECK(empty.fits_tags({}));
}

TEST_CASE("match: keys by prefix and by pattern") {
    const Match both = match_of([](aurelis_match& m) {
        m.prefix = bytes("user:");
        m.pattern = bytes("*7");
    });
    CHECK(both.needs_key_only());
    CHECK_FALSE(both.is_everything());
    CHECK(both.fits_key("user:17"));
    CHECK_FALSE(both.fits_key("user:18"));
    CHECK_FALSE(both.fits_key("order:7"));
    CHECK(both.literal_prefix() == "user:");
    CHECK(match_of([](aurelis_match& m) {
              m.prefix = bytes("u");
              m.pattern = bytes("user:*");
          }).literal_prefix() == "user:");
}

TEST_CASE("match: times, sizes and tags are beyond the key") {
    const Match old = match_of([](aurelis_match& m) {
        m.created_before = 100;
        m.created_beyond = 200;
    });
    CHECK_FALSE(old.needs_key_only());
    CHECK(old.fits_created(99));
    CHECK_FALSE(old.fits_created(100));
    CHECK_FALSE(old.fits_created(200));
    CHECK(old.fits_created(201));
    const Match large = match_of([](aurelis_match& m) { m.larger_than = 10; });
    CHECK_FALSE(large.fits_size(10));
    CHECK(large.fits_size(11));
    const Match red = match_of([](aurelis_match& m) { m.tag = bytes("red"); });
    std::string attrs(64, '\0');
    size_t used = aurelis_attr_put(attrs.data(), attrs.size(), AURELIS_ATTR_ETAG, bytes("red"));
    CHECK_FALSE(red.fits_tags({attrs.data(), used}));
    used += aurelis_attr_put(attrs.data() + used, attrs.size() - used, AURELIS_ATTR_TAG, bytes("red"));
    CHECK(red.fits_tags({attrs.data(), used}));
}

TEST_CASE("match: of another version, as far as it is known") {
    struct Later {
        aurelis_match known{};
        uint64_t more = 0;
    } later;
    later.known.struct_size = sizeof later;
    CHECK(Match::read(&later.known).value().is_everything());
    later.more = 1;
    const auto refused = Match::read(&later.known);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().status == AURELIS_E_UNSUPPORTED);
    aurelis_match older{};
    older.struct_size = offsetof(aurelis_match, created_beyond);
    older.created_before = 100;
    older.created_beyond = 200;  // Beyond what its writer knew: not read.
    CHECK_FALSE(Match::read(&older).value().fits_created(201));
}
