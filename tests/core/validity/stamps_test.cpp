// Stamps: what each kind hides, how they are merged, and what becomes of the oldest when there are too many.
#include "base/hash.hpp"
#include "support/catch.hpp"
#include "validity/stamps.hpp"

#include <aurelis/base/glob.hpp>

using namespace aurelis;
using namespace aurelis::core;

namespace {

constexpr const char* kRoot = "aurelis:";

aurelis_key key_of(std::string_view text) {
    return {text.data(), text.size(), hash_bytes(text.data(), text.size()), nullptr};
}

std::string tagged(std::initializer_list<std::string_view> tags) {
    std::string attrs;
    for (const std::string_view tag : tags) append_attr(attrs, AURELIS_ATTR_TAG, tag);
    return attrs;
}

Hiding find(const Stamps& stamps, std::string_view key, int64_t created, const std::string& attrs = {},
            uint64_t size = 10) {
    return stamps.find(key_of(key), {created, bytes(attrs), size});
}

Stamp hard(Stamp stamp, int64_t time) {
    stamp.hard = time;
    return stamp;
}
Stamp soft(Stamp stamp, int64_t time) {
    stamp.soft = time;
    return stamp;
}

Ban ban_of(Stamp of, const std::string& pattern, uint64_t larger_than = 0) {
    Ban ban;
    ban.of = of;
    ban.larger_than = larger_than;
    ban.pattern = pattern;
    ban.matches = [pattern](std::string_view key, std::string_view) { return glob_fits(pattern, key); };
    return ban;
}

// What another process would read of all that is kept.
void merge_all(const Stamps& from, Stamps& to) {
    for (size_t bucket = 0; bucket < Stamps::kBuckets; ++bucket) {
        int64_t newest = 0;
        Stamps::Buckets changed;
        REQUIRE(to.merge(from.text_of_bucket(bucket), newest, changed));
    }
}

}  // namespace

TEST_CASE("stamps: each hides what was created before it, by category, identifier and tag") {
    Stamps stamps(kRoot);
    CHECK(stamps.newest() == 0);
    stamps.raise(hard(Stamp::of_category("users"), 100));
    stamps.raise(hard(Stamp::of_identifier("pages", "home"), 200));
    stamps.raise(hard(Stamp::of_tag("red"), 300));
    CHECK(stamps.newest() == 300);
    CHECK(stamps.kept() == 3);
    const auto in_category = find(stamps, "aurelis:v1:users:1", 99);
    CHECK(in_category.stamp == 100);
    CHECK(in_category.kind == StampKind::Category);
    CHECK(find(stamps, "aurelis:v1:users:1", 100).stamp == 0);
    CHECK(find(stamps, "aurelis:v2:users:1", 99).stamp == 100);  // Of any version.
    CHECK(find(stamps, "aurelis:v1:users2:1", 99).stamp == 0);
    CHECK(find(stamps, "other:v1:users:1", 99).stamp == 0);
    CHECK(find(stamps, "aurelis:v1:pages:home", 199).kind == StampKind::Identifier);
    CHECK(find(stamps, "aurelis:v1:pages:home:5d41402abc4b2a76b9719d911017c592", 199).stamp == 200);
    CHECK(find(stamps, "aurelis:v1:pages:home2", 199).stamp == 0);
    CHECK(find(stamps, "aurelis:v1:pages:home:2", 199).stamp == 0);
    const std::string attrs = tagged({"blue", "red"});
    const auto with_tag = find(stamps, "aurelis:v1:other:1", 299, attrs);
    CHECK(with_tag.stamp == 300);
    CHECK(with_tag.tag == "red");
    CHECK(find(stamps, "aurelis:v1:other:1", 299, tagged({"blue"})).stamp == 0);
    stamps.raise_everything(400);
    CHECK(find(stamps, "other", 399).kind == StampKind::Everything);
    CHECK(stamps.everything() == 400);
}

TEST_CASE("stamps: what an identity says counts, not how the key reads") {
    Stamps stamps(kRoot);
    stamps.raise(hard(Stamp::of_identifier("pages", "home"), 200));
    std::string attrs;
    append_attr(attrs, AURELIS_ATTR_IDENTITY, std::string("aurelis:v1:pages:home\x1f{\"x\":1}"));
    CHECK(find(stamps, "aurelis:v1:a_short_key", 199, attrs).stamp == 200);
    attrs.clear();
    append_attr(attrs, AURELIS_ATTR_IDENTITY, std::string("aurelis:v1:pages:other"));
    CHECK(find(stamps, "aurelis:v1:pages:home", 199, attrs).stamp == 0);
}

TEST_CASE("stamps: a hard one counts more than a soft one, whichever is later") {
    Stamps stamps(kRoot);
    const std::string attrs = tagged({"red"});
    stamps.raise(soft(Stamp::of_tag("red"), 300));
    CHECK(find(stamps, "aurelis:v1:users:1", 99, attrs).soft);
    stamps.raise(hard(Stamp::of_category("users"), 100));
    CHECK_FALSE(find(stamps, "aurelis:v1:users:1", 99, attrs).soft);
    CHECK(find(stamps, "aurelis:v1:users:1", 150, attrs).soft);
    stamps.raise(hard(Stamp::of_tag("red"), 200));
    CHECK_FALSE(find(stamps, "aurelis:v1:users:1", 150, attrs).soft);
    CHECK(find(stamps, "aurelis:v1:users:1", 250, attrs).soft);
}

TEST_CASE("stamps: they only rise, and say which buckets have changed") {
    Stamps stamps(kRoot);
    const Stamp users = Stamp::of_category("users");
    CHECK(stamps.raise(hard(users, 100)).count() == 1);
    CHECK(stamps.raise(hard(users, 100)).none());
    CHECK(stamps.raise(hard(users, 50)).none());
    CHECK(find(stamps, "aurelis:v1:users:1", 99).stamp == 100);
    CHECK(stamps.raise(soft(users, 20))[Stamps::bucket_of(users.name)]);
    CHECK(stamps.kept() == 1);
}

TEST_CASE("stamps: an entry that passed is hidden by a later stamp and by a later ban") {
    Stamps stamps(kRoot);
    stamps.raise(hard(Stamp::of_category("others"), 100));
    for (int i = 0; i < 3; ++i) CHECK(find(stamps, "aurelis:v1:users:1", 50).stamp == 0);
    Ban ban = ban_of(Stamp::of_everything(), "*:users:[12]");
    ban.of.hard = 110;
    stamps.raise(ban);
    const auto banned = find(stamps, "aurelis:v1:users:1", 50);
    CHECK(banned.ban);
    CHECK(banned.pattern == "*:users:[12]");
    for (int i = 0; i < 3; ++i) CHECK(find(stamps, "aurelis:v1:users:3", 50).stamp == 0);
    stamps.raise(hard(Stamp::of_category("users"), 120));
    CHECK(find(stamps, "aurelis:v1:users:3", 50).stamp == 120);
}

TEST_CASE("stamps: a ban hides what meets all of its conditions") {
    Stamps stamps(kRoot);
    Ban ban = ban_of(Stamp::of_tag("red"), "*:1", 100);
    ban.of.hard = 200;
    stamps.raise(ban);
    const std::string red = tagged({"red"});
    CHECK(find(stamps, "aurelis:v1:users:1", 199, red, 101).stamp == 200);
    CHECK(find(stamps, "aurelis:v1:users:1", 199, red, 100).stamp == 0);
    CHECK(find(stamps, "aurelis:v1:users:2", 199, red, 101).stamp == 0);
    CHECK(find(stamps, "aurelis:v1:users:1", 199, tagged({"blue"}), 101).stamp == 0);
    CHECK(find(stamps, "aurelis:v1:users:1", 200, red, 101).stamp == 0);
    CHECK(stamps.bans() == 1);
    ban.of.hard = 300;
    stamps.raise(ban);
    CHECK(stamps.bans() == 1);
    CHECK(find(stamps, "aurelis:v1:users:1", 250, red, 101).stamp == 300);
}

TEST_CASE("stamps: a ban by format hides what that format has encoded, and what does not tell") {
    Stamps stamps(kRoot);
    Ban ban = ban_of(Stamp::of_category("users"), "*");
    ban.of.hard = 200;
    ban.format_id = 9;
    stamps.raise(ban);
    const auto with = [&](const Stamps& in, std::string_view formats) {
        return in.find(key_of("aurelis:v1:users:1"), {100, {}, 10, formats}).stamp;
    };
    Stamps two(kRoot);
    merge_all(stamps, two);
    for (const Stamps* in : {&stamps, &two}) {
        for (int i = 0; i < 2; ++i) {
            CHECK(with(*in, std::string_view("\x04\x05", 2)) == 0);
            CHECK(with(*in, std::string_view("", 0)) == 0);
            CHECK(with(*in, std::string_view("\x04\x09", 2)) == 200);
            CHECK(with(*in, {}) == 200);
        }
    }
    // Another format is another ban.
    ban.format_id = 4;
    ban.of.hard = 300;
    stamps.raise(ban);
    CHECK(stamps.bans() == 2);
    CHECK(with(stamps, std::string_view("\x04", 1)) == 300);
}

TEST_CASE("stamps: another process that reads them hides the same") {
    Stamps one(kRoot);
    one.raise(hard(Stamp::of_category("users"), 100));
    one.raise(soft(Stamp::of_tag("red"), 150));
    Ban ban = ban_of(Stamp::of_everything(), std::string("*:a\n\xff*"), 7);
    ban.of.hard = 200;
    one.raise(ban);
    Stamps two(kRoot, [](std::string_view pattern) -> PatternMatch {
        return [kept = std::string(pattern)](std::string_view key, std::string_view) { return glob_fits(kept, key); };
    });
    two.raise(hard(Stamp::of_category("users"), 120));
    merge_all(one, two);
    CHECK(two.newest() == 200);
    CHECK(find(two, "aurelis:v1:users:1", 110).stamp == 120);
    CHECK(find(two, "aurelis:v1:x:1", 110, tagged({"red"})).soft);
    CHECK(find(two, "aurelis:v1:x:a\n\xff" "b", 199).stamp == 200);
    CHECK(find(two, "aurelis:v1:x:a\n\xff" "b", 199, {}, 7).stamp == 0);
    merge_all(two, one);
    for (size_t bucket = 0; bucket < Stamps::kBuckets; ++bucket)
        CHECK(one.text_of_bucket(bucket) == two.text_of_bucket(bucket));
    CHECK(Stamps(kRoot).text_of_bucket(77) == Stamps::text_of_none());
}

TEST_CASE("stamps: a ban whose pattern cannot be read hides all that meets the rest of it") {
    Stamps one(kRoot);
    Ban ban = ban_of(Stamp::of_category("users"), "?");
    ban.of.hard = 200;
    one.raise(ban);
    Stamps two(kRoot, [](std::string_view) { return PatternMatch(); });
    merge_all(one, two);
    CHECK(find(two, "aurelis:v1:users:1", 199).stamp == 200);
    CHECK(find(two, "aurelis:v1:pages:1", 199).stamp == 0);
}

TEST_CASE("stamps: a text that is damaged anywhere is refused whole") {
    Stamps one(kRoot);
    one.raise(hard(Stamp::of_category("users"), 100));
    Ban ban = ban_of(Stamp::of_category("users"), "ab*", 12);
    ban.of.soft = 90;
    one.raise(ban);
    for (const size_t bucket : {Stamps::bucket_of(Stamp::of_category("users").name), Stamps::bucket_of(ban.id())}) {
        const std::string good = one.text_of_bucket(bucket);
        Stamps two(kRoot);
        int64_t newest = 0;
        Stamps::Buckets changed;
        for (size_t i = 0; i < good.size(); ++i) {
            std::string bad = good;
            bad[i] = static_cast<char>(bad[i] ^ 1);
            CHECK_FALSE(two.merge(bad, newest, changed));
            CHECK_FALSE(two.merge(good.substr(0, i), newest, changed));
        }
        CHECK_FALSE(two.merge(good + "\n", newest, changed));
        CHECK(changed.none());
        CHECK(two.kept() + two.bans() == 0);
        REQUIRE(two.merge(good, newest, changed));
        CHECK(changed.any());
    }
}

TEST_CASE("stamps: of too many in a bucket the oldest become wider ones, and no entry that was hidden comes back") {
    Stamps stamps(kRoot);
    std::vector<std::string> ids;
    const size_t bucket = Stamps::bucket_of(Stamp::of_identifier("c", "0").name);
    for (int i = 0; ids.size() <= Stamps::kPerBucketMax; ++i)
        if (Stamps::bucket_of(Stamp::of_identifier("c", std::to_string(i)).name) == bucket)
            ids.push_back(std::to_string(i));
    int64_t time = 1000;
    for (const std::string& id : ids) stamps.raise(hard(Stamp::of_identifier("c", id), ++time));
    CHECK(stamps.widened() == Stamps::kPerBucketMax / 4);
    CHECK(stamps.kept() == ids.size() - stamps.widened() + 1);
    time = 1000;
    for (const std::string& id : ids) CHECK(find(stamps, "aurelis:v1:c:" + id, time++).stamp != 0);
    CHECK(find(stamps, "aurelis:v1:c:another", 1000).kind == StampKind::Category);
    CHECK(find(stamps, "aurelis:v1:d:another", 1000).stamp == 0);
    CHECK(find(stamps, "aurelis:v1:c:" + ids.back(), time).stamp == 0);  // Created when it was invalidated, or later.
    // The wider ones are among what others read.
    Stamps two(kRoot);
    merge_all(stamps, two);
    CHECK(find(two, "aurelis:v1:c:another", 1000).stamp != 0);
}

TEST_CASE("stamps: of too many bans the oldest become stamps of their category") {
    Stamps stamps(kRoot);
    for (size_t i = 0; i <= Stamps::kBansMax; ++i) {
        Ban ban = ban_of(Stamp::of_category("c"), "*:never_" + std::to_string(i));
        ban.of.hard = 1000 + static_cast<int64_t>(i);
        stamps.raise(ban);
    }
    CHECK(stamps.widened() == Stamps::kBansMax / 4);
    CHECK(stamps.bans() == Stamps::kBansMax + 1 - stamps.widened());
    CHECK(find(stamps, "aurelis:v1:c:1", 999).kind == StampKind::Category);
    CHECK(find(stamps, "aurelis:v1:d:1", 999).stamp == 0);
    CHECK(find(stamps, "aurelis:v1:c:never_4096", 5000).ban);
}

TEST_CASE("stamps: what passed is remembered for many entries, and only until something is raised") {
    Stamps stamps(kRoot);
    constexpr int kEntries = 100'000;
    size_t compared = 0;
    Ban ban = ban_of(Stamp::of_category("users"), "*-never");
    ban.matches = [&compared](std::string_view, std::string_view) { return ++compared == 0; };
    ban.of.hard = 100;
    stamps.raise(ban);
    const auto found = [&] {
        int hidden = 0;
        for (int i = 0; i < kEntries; ++i) {
            const std::string key = "aurelis:v1:users:" + std::to_string(i);
            hidden += stamps.has_passed(key_of(key), {99, {}, 10}) || find(stamps, key, 99).stamp == 0 ? 0 : 1;
        }
        return hidden;
    };
    for (int round = 0; round < 20; ++round) CHECK(found() == 0);  // The table grows with them.
    compared = 0;
    CHECK(found() == 0);
    CHECK(compared < kEntries / 100);
    // Each of the others differs in one thing from an entry that passed.
    const std::string key = "aurelis:v1:users:1";
    const std::string red = tagged({"red"});
    CHECK(stamps.has_passed(key_of(key), {99, {}, 10}));
    CHECK_FALSE(stamps.has_passed(key_of(key), {98, {}, 10}));
    CHECK_FALSE(stamps.has_passed(key_of(key), {99, {}, 11}));
    CHECK_FALSE(stamps.has_passed(key_of(key), {99, bytes(red), 10}));
    stamps.raise(hard(Stamp::of_category("users"), 100));
    CHECK_FALSE(stamps.has_passed(key_of(key), {99, {}, 10}));
    CHECK(found() == kEntries);
}

TEST_CASE("stamps: bans of everything, a category, an identifier and a tag each find their entries") {
    Stamps stamps(kRoot);
    const std::string key = "aurelis:v1:users:1", attrs = tagged({"blue", "red"});
    int64_t time = 100;
    for (Stamp of : {Stamp::of_tag("red"), Stamp::of_identifier("users", "1"), Stamp::of_category("users"),
                     Stamp::of_everything()}) {
        of.hard = time += 100;
        stamps.raise(ban_of(of, "*:1"));
        CHECK(find(stamps, key, time - 1, attrs).stamp == time);
        CHECK(find(stamps, key, time - 1, attrs).kind == of.kind);
        CHECK(find(stamps, key, time, attrs).stamp == 0);
        CHECK(find(stamps, "aurelis:v1:users:2", time - 1, attrs).stamp == 0);
        CHECK(find(stamps, "aurelis:v1:pages:1", time - 1).stamp == (of.kind == StampKind::Everything ? time : 0));
    }
}
