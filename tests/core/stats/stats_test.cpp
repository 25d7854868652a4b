// Covers: core/stats/striped.cpp
#include "base/clock.hpp"
#include "flow/loader.hpp"
#include "stats/histogram.hpp"
#include "stats/origin_counters.hpp"
#include "stats/striped.hpp"

#include "support/catch.hpp"
#include "support/manual_clock.hpp"

#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

using namespace aurelis::core;
using aurelis::testing::kSecond;
using aurelis::testing::ManualClock;

TEST_CASE("striped counters lose nothing, with more threads than stripes and threads that end") {
    Striped<2> counters;
    for (int wave = 0; wave < 3; ++wave) {
        std::vector<std::thread> threads;
        for (int t = 0; t < 60; ++t)
            threads.emplace_back([&] {
                for (int i = 0; i < 1000; ++i) counters.add(0);
                counters.add(1, 5);
            });
        for (std::thread& thread : threads) thread.join();
    }
    CHECK(counters.sum(0) == 180'000);
    CHECK(counters.sum(1) == 900);
}

TEST_CASE("histogram quantiles lie within a fifth of the truth") {
    Histogram histogram;
    for (int64_t ns = 1; ns <= 100'000; ++ns) histogram.record(ns);
    CHECK(histogram.count() == 100'000);
    CHECK(histogram.quantile(0.5) >= 50'000);
    CHECK(histogram.quantile(0.5) <= 62'500);
    CHECK(histogram.quantile(0.99) >= 99'000);
    CHECK(histogram.quantile(0.99) <= 123'750);
    histogram.record(-5);
    histogram.record(INT64_MAX);
    CHECK(histogram.quantile(0.0) <= 1);
}

TEST_CASE("stamp clock follows the wall, but never falls below the newest stamp") {
    ManualClock manual;
    Clock clock(manual.table());
    const int64_t first = clock.stamp();
    manual.step_wall(-600 * kSecond);
    CHECK(clock.stamp() == manual.now());
    CHECK(clock.latest() == first);
    const int64_t stamp = clock.next_stamp();
    CHECK(stamp == manual.now() + 1);
    CHECK(clock.stamp() == stamp);
    CHECK(clock.next_stamp() == stamp + 1);
    CHECK(clock.next_stamp(kSecond) == manual.now() + kSecond + 1);
    manual.step_wall(5 * kSecond);
    CHECK(clock.stamp() == manual.now());
    clock.learn(manual.now() + 7);
    clock.learn(manual.now() + 3);
    CHECK(clock.stamp() == manual.now() + 7);
    CHECK(clock.next_stamp() == manual.now() + 8);
}

TEST_CASE("times that are added rest at the end of time") {
    CHECK(saturating_add(INT64_MAX - 1, 5) == INT64_MAX);
    CHECK(saturating_add(1, 2) == 3);
}

TEST_CASE("stats: the page of the command line has every counter, in the words of its list") {
    std::ifstream file(AURELIS_STATS_PAGE);
    const std::string page{std::istreambuf_iterator<char>(file), {}};
    REQUIRE(page.size() > 1000);
    const auto are_there = [&](const auto& rows) {
        for (const CounterRow& row : rows) {
            INFO(row.name);
            CHECK(page.find(std::string("\n| `") + row.name + "` | " + row.sentence + " |\n") != std::string::npos);
        }
    };
    are_there(kLayerCounterRows);
    are_there(kStageCounterRows);
    are_there(kLimitCounterRows);
    are_there(kLoaderCounterRows);
    are_there(kSweepCounterRows);
    are_there(kOriginCounterRows);
}
