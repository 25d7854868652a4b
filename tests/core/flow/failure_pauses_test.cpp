#include "flow/failure_pauses.hpp"

#include "support/catch.hpp"

using namespace aurelis::core;

TEST_CASE("failure pauses: a key is left alone until its pause ends") {
    FailurePauses pauses;
    CHECK_FALSE(pauses.holds(1, 0));
    pauses.begin(1, 0, 10);
    CHECK(pauses.holds(1, 9));
    CHECK_FALSE(pauses.holds(2, 9));
    CHECK_FALSE(pauses.holds(1, 10));
    pauses.begin(1, 10, 30);
    CHECK(pauses.holds(1, 29));
    pauses.end(1);
    pauses.end(1);
    CHECK_FALSE(pauses.holds(1, 11));
}

TEST_CASE("failure pauses: there is a bound, and the one that ends first is forgotten") {
    FailurePauses pauses;
    const auto most = static_cast<int64_t>(FailurePauses::kPausesMax);
    for (int64_t i = 0; i < most; ++i) pauses.begin(static_cast<uint64_t>(i), 0, 1000 - i);
    CHECK(pauses.holds(static_cast<uint64_t>(most - 1), 0));
    pauses.begin(12345, 0, 2000);
    CHECK_FALSE(pauses.holds(static_cast<uint64_t>(most - 1), 0));
    CHECK(pauses.holds(12345, 0));
    CHECK(pauses.holds(0, 0));
    for (int64_t i = 0; i < most; ++i) pauses.end(static_cast<uint64_t>(i));
    pauses.end(12345);
    CHECK_FALSE(pauses.holds(12345, 0));
}
