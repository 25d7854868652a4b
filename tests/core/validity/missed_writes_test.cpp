#include "validity/missed_writes.hpp"

#include "support/catch.hpp"

#include <set>

using namespace aurelis::core;

namespace {

const std::string kRoot = "a:";
const std::string kPrefix = "a:v1:c:";

std::string key(size_t i) { return kPrefix + std::to_string(i); }

}  // namespace

TEST_CASE("missed writes: a note holds its key until it is settled, and no other") {
    MissedWrites missed;
    CHECK_FALSE(missed.any());
    CHECK(missed.note(7, "a:v1:c:x", kPrefix, kRoot, 1));
    CHECK(missed.note(7, "a:v1:c:x", kPrefix, kRoot, 2));  // Newest per key: one note.
    CHECK(missed.note(7, "a:v1:c:y", kPrefix, kRoot, 3));  // The same hash, another key.
    CHECK(missed.waiting() == 2);
    CHECK(missed.holds(7, "a:v1:c:x"));
    CHECK_FALSE(missed.holds(7, "a:v1:c:z"));
    CHECK_FALSE(missed.holds(8, "a:v1:c:x"));
    CHECK(missed.settle(7, "a:v1:c:x"));
    CHECK_FALSE(missed.settle(7, "a:v1:c:x"));
    CHECK_FALSE(missed.holds(7, "a:v1:c:x"));
    CHECK(missed.holds(7, "a:v1:c:y"));
    CHECK(missed.settled() == 1);
}

TEST_CASE("missed writes: what does not fit becomes its category, which hides what is older") {
    MissedWrites missed;
    for (size_t i = 0; i < MissedWrites::kKeysMax; ++i) REQUIRE(missed.note(i, key(i), kPrefix, kRoot, 5));
    CHECK_FALSE(missed.note(1 << 20, "a:v1:other:k", "a:v1:other:", kRoot, 100));
    CHECK(missed.overflowed() == 1);
    CHECK(missed.hides("a:v1:other:anything", 99));
    CHECK_FALSE(missed.hides("a:v1:other:anything", 100));
    CHECK_FALSE(missed.hides("a:v1:c:anything", 1));
    CHECK_FALSE(missed.note(1 << 20, "a:v1:other:k", "a:v1:other:", kRoot, 200));
    CHECK(missed.hides("a:v1:other:anything", 199));
    missed.settle_prefix("a:v1:other:", 100);  // It was noted again since.
    CHECK(missed.hides("a:v1:other:anything", 150));
    missed.settle_prefix("a:v1:other:", 200);
    CHECK_FALSE(missed.hides("a:v1:other:anything", 150));
    CHECK_FALSE(missed.note(1 << 20, "foreign", "", kRoot, 300));
    CHECK(missed.lost() == 1);
}

TEST_CASE("missed writes: long keys are bounded by their bytes") {
    MissedWrites missed;
    const std::string tail(60'000, 'k');
    size_t fitted = 0;
    while (missed.note(fitted, key(fitted) + tail, kPrefix, kRoot, 1)) ++fitted;
    CHECK(fitted > 200);
    CHECK(fitted * tail.size() <= MissedWrites::kBytesMax);
}

TEST_CASE("missed writes: too many categories become the namespace") {
    MissedWrites missed;
    for (size_t i = 0; i <= MissedWrites::kPrefixesMax; ++i)
        missed.note_prefix("a:v1:c" + std::to_string(i) + ":", kRoot, static_cast<int64_t>(i));
    CHECK(missed.prefixes().size() == MissedWrites::kPrefixesMax + 1);
    CHECK(missed.hides("a:v9:whatever", 255));
    CHECK_FALSE(missed.hides("b:v1:c:k", 0));
}

TEST_CASE("missed writes: some() goes round until every note has had its turn") {
    MissedWrites missed;
    std::set<std::string> left;
    for (size_t i = 0; i < 1000; ++i) {
        missed.note(i * 7919, key(i), kPrefix, kRoot, 1);
        left.insert(key(i));
    }
    for (int round = 0; round < 100 && !left.empty(); ++round)
        for (const MissedWrites::Note& note : missed.some(64)) left.erase(note.key);
    CHECK(left.empty());
}

TEST_CASE("missed writes: doubts are bounded, and those that are over go first") {
    MissedWrites missed;
    missed.doubt(0, "over", 1, 10, 5);
    for (size_t i = 1; i < MissedWrites::kDoubtsMax; ++i) missed.doubt(i, key(i), 1, 0, 5);
    CHECK(missed.is_doubtful(0, "over", 1, false, 9));
    CHECK_FALSE(missed.is_doubtful(0, "over", 2, false, 9));
    CHECK_FALSE(missed.is_doubtful(0, "over", 1, false, 10));
    missed.doubt(0, "another", 1, 0, 20);
    CHECK(missed.doubts() == MissedWrites::kDoubtsMax);
    CHECK(missed.lost() == 0);
    CHECK(missed.is_doubtful(1, key(1), 1, false, 20));
    missed.doubt(0, "one more", 1, 0, 20);
    CHECK(missed.doubts() == MissedWrites::kDoubtsMax);
    CHECK(missed.lost() == 1);
    CHECK_FALSE(missed.is_doubtful(1, key(1), 1, false, 20));
    missed.has_come(0, "one more", 1);
    CHECK_FALSE(missed.is_doubtful(0, "one more", 1, false, 20));
}
