// What a step of the wall clock may cost a cache over real backends: only the entries that the step itself expires.
#pragma once

#include "scenarios/scenario.hpp"

#include <functional>
#include <string>

namespace aurelis::testing {

// yaml: of a cache whose lowest layer outlives it; await: waits until it has settled. Each step is made by a fresh
// cache, and checked by another one whose clock was always right.
inline void expect_clock_steps_cost_only_what_they_expire(
    const std::function<std::string()>& yaml, const std::function<void(Opened&)>& await = [](Opened&) {}) {
    constexpr int64_t kDay = 86'400 * kSecond;
    const int64_t to_1970 = -ManualClock::kStart, to_2100 = int64_t{4'102'444'800} * kSecond - ManualClock::kStart;
    for (const int64_t step : {kSecond, -kSecond, 600 * kSecond, -600 * kSecond, kDay, -kDay, to_1970, to_2100}) {
        INFO("step of " << step / kSecond << " s");
        const std::string configured = yaml();
        ManualClock stepping, right;
        Opened cache(configured, stepping.table());
        REQUIRE(cache.status == AURELIS_OK);
        await(cache);
        const WriteOptions hour{.ttl = std::chrono::hours(1)}, endless{.ttl = never};
        REQUIRE(cache.set("before", "1", endless) == AURELIS_OK);
        REQUIRE(cache.set("hour", "1", hour) == AURELIS_OK);
        stepping.step_wall(step);
        CHECK(cache.get("before") == "1");
        CHECK(cache.get("hour") == (step >= 3600 * kSecond ? "-" : "1"));
        REQUIRE(cache.set("after", "2", endless) == AURELIS_OK);
        CHECK(cache.get("after") == "2");
        stepping.step_wall(-step);
        CHECK(cache.get("before") == "1");
        CHECK(cache.get("after") == "2");
        REQUIRE(cache.set("back", "3", hour) == AURELIS_OK);
        CHECK(cache.get("back") == "3");
        {
            Opened other(configured, right.table());
            CHECK(other.get("before") == "1");
            CHECK(other.get("back") == "3");
            // Not believed if it seems to come from the future, which is logged.
            CHECK(other.get("after") == (step > kSecond ? "-" : "2"));
            bool told = false;
            for (const std::string& line : other.lines()) told |= line.find("s from now") != std::string::npos;
            CHECK(told == (step > kSecond));
        }
        uint64_t removed = 0;
        REQUIRE(aurelis_clear(cache.cache, nullptr, &removed, nullptr) == AURELIS_OK);
        CHECK(removed >= 3);
        for (const int64_t later : {int64_t{0}, step, 2 * kDay}) {
            stepping.step_wall(later > 0 ? later : 0);
            for (const char* id : {"before", "after", "back"}) CHECK(cache.get(id) == "-");
            REQUIRE(cache.set("new", "4") == AURELIS_OK);
            CHECK(cache.get("new") == "4");
        }
    }
}

}  // namespace aurelis::testing
