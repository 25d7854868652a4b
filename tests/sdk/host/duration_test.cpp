// host/duration.hpp: any duration of std::chrono, clamped instead of overflowing.
#include <aurelis/host/duration.hpp>

#include "support/catch.hpp"

#include <limits>

using namespace aurelis;
using namespace std::chrono_literals;

TEST_CASE("durations of any unit become nanoseconds") {
    CHECK(Duration(2s).ns() == 2'000'000'000);
    CHECK(Duration(-1ms).ns() == -1'000'000);
    CHECK(Duration(std::chrono::duration<double>(0.5)).ns() == 500'000'000);
    CHECK(Duration().ns() == 0);
    CHECK(Duration(std::chrono::hours(std::numeric_limits<int64_t>::max())).ns() == INT64_MAX);
    CHECK(Duration(std::chrono::hours(std::numeric_limits<int64_t>::min())).ns() == INT64_MIN);
    CHECK(Duration(std::chrono::duration<double>(std::numeric_limits<double>::quiet_NaN())).ns() == INT64_MIN);
}

TEST_CASE("a life is a duration or never") {
    CHECK(Life(never).is_never());
    CHECK_FALSE(Life(1h).is_never());
    CHECK(Life(Duration(1h)).ns() == 3600ll * 1'000'000'000);
}
