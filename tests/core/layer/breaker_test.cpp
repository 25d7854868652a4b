#include "layer/breaker.hpp"

#include "support/catch.hpp"

using namespace aurelis::core;

namespace {

constexpr int64_t kMs = 1'000'000;

}  // namespace

TEST_CASE("breaker: opens at the fifth failure in a row, and at none before") {
    Breaker breaker{BreakerConfig{}};
    for (int i = 0; i < 4; ++i) CHECK_FALSE(breaker.failed(10 * kMs, 11 * kMs));
    CHECK(breaker.closed());
    breaker.succeeded();
    for (int i = 0; i < 4; ++i) CHECK_FALSE(breaker.failed(20 * kMs, 21 * kMs));
    CHECK(breaker.failed(20 * kMs, 21 * kMs));
    CHECK_FALSE(breaker.closed());
    CHECK(breaker.open_since() == 21 * kMs);
    CHECK_FALSE(breaker.failed(20 * kMs, 22 * kMs));  // It opens once.
    CHECK(breaker.opened() == 1);
}

TEST_CASE("breaker: opens when failures have lasted the window, however few") {
    Breaker breaker{BreakerConfig{}};
    CHECK_FALSE(breaker.failed(1 * kMs, 500 * kMs));
    CHECK_FALSE(breaker.failed(500 * kMs, 1000 * kMs));
    CHECK(breaker.failed(501 * kMs, 1001 * kMs));
    Breaker slow{BreakerConfig{}};
    CHECK(slow.failed(1 * kMs, 1001 * kMs));  // One call that took that long.
}

TEST_CASE("breaker: one call can be enough to open it, if it is no news from before its recovery") {
    Breaker breaker{BreakerConfig{}};
    CHECK(breaker.trip(10, 20));
    CHECK_FALSE(breaker.closed());
    CHECK(breaker.open_since() == 20);
    CHECK_FALSE(breaker.trip(11, 21));  // It opens once.
    breaker.close(100);
    CHECK_FALSE(breaker.trip(99, 120));
    CHECK(breaker.closed());
    BreakerConfig none;
    none.on = false;
    Breaker off{none};
    CHECK_FALSE(off.trip(10, 20));
    CHECK(off.closed());
}

TEST_CASE("breaker: calls from before its recovery say nothing") {
    BreakerConfig rules;
    rules.failures = 1;
    Breaker breaker{rules};
    REQUIRE(breaker.failed(10, 20));
    breaker.close(100);
    CHECK(breaker.closed());
    CHECK(breaker.open_since() == 0);
    CHECK_FALSE(breaker.failed(99, 120));
    CHECK(breaker.failed(100, 120));
    CHECK(breaker.opened() == 2);
}

TEST_CASE("breaker: probes come ever more seldom, up to a second, with jitter") {
    BreakerConfig rules;
    rules.failures = 1;
    Breaker breaker{rules};
    breaker.failed(1, 2);
    int64_t expected = 100 * kMs;
    for (int i = 0; i < 8; ++i) {
        const int64_t wait = breaker.next_probe_in(static_cast<uint64_t>(i) * 7919 * 104729);
        CHECK(wait >= expected * 8 / 10);
        CHECK(wait <= expected * 12 / 10);
        expected = std::min<int64_t>(expected * 2, 1000 * kMs);
    }
    breaker.close(10);
    breaker.failed(11, 12);
    CHECK(breaker.next_probe_in(0) == 80 * kMs);  // The next outage starts over.
}

TEST_CASE("breaker: there may be none") {
    BreakerConfig rules;
    rules.on = false;
    Breaker breaker{rules};
    for (int i = 0; i < 100; ++i) CHECK_FALSE(breaker.failed(0, 100'000 * kMs));
    CHECK(breaker.closed());
}
