// The stamp clocks of several processes on one machine.
#include "base/clock.hpp"

#include "support/catch.hpp"

using namespace aurelis::core;

TEST_CASE("clock: a stamp is later than what another process wrote after a stamp of its own, in the same tick too") {
    for (const int64_t margin : {int64_t{0}, int64_t{10'000'000}, kClockSkewNs}) {
        Clock one, other;
        size_t hidden = 0;
        constexpr size_t kTimes = 1000;
        for (size_t i = 0; i < kTimes; ++i) {
            one.next_stamp(margin);
            const int64_t created = one.stamp();
            hidden += other.next_stamp(margin) > created ? 1 : 0;
        }
        CHECK(hidden == kTimes);
    }
}

TEST_CASE("clock: a stamp is later than what was written before it, and not than what is written after it") {
    Clock clock;
    for (size_t i = 0; i < 1000; ++i) {
        const int64_t before = clock.stamp();
        const int64_t stamp = clock.next_stamp();
        REQUIRE(stamp > before);
        REQUIRE(clock.stamp() >= stamp);
    }
}
