// Covers: core/layer/health.cpp
#include "layer/call_time.hpp"

#include "layer/health.hpp"
#include "support/catch.hpp"
#include "support/stack_rig.hpp"

using namespace aurelis::core;
using namespace aurelis::testing;

namespace {

constexpr int64_t kMs = 1'000'000;

aurelis_call call_until(int64_t deadline_mono) {
    aurelis_call call{};
    call.deadline_mono = deadline_mono;
    return call;
}

}  // namespace

TEST_CASE("call time: the earlier of the caller's deadline and its own applies, and the caller's is restored") {
    const auto deadline = [](int64_t callers, int64_t most) {
        aurelis_call call = call_until(callers);
        int64_t during = 0;
        {
            CallTime time(call);
            time.begin(1000, most);
            during = call.deadline_mono;
        }
        CHECK(call.deadline_mono == callers);
        return during;
    };
    CHECK(deadline(0, 50) == 1050);
    CHECK(deadline(1040, 50) == 1040);
    CHECK(deadline(2000, 50) == 1050);
    CHECK(deadline(2000, 0) == 2000);
    CHECK(deadline(0, 0) == 0);
    CHECK(deadline(0, INT64_MAX) == INT64_MAX);
}

TEST_CASE("call time: a time-out counts unless it was the caller's own and short") {
    const auto shows = [](int64_t callers, int64_t most, int64_t took, aurelis_status status = AURELIS_E_TIMEOUT) {
        aurelis_call call = call_until(callers);
        CallTime time(call);
        time.begin(1000 * kMs, most);
        return time.shows_outage(status, 1000 * kMs + took);
    };
    CHECK(shows(0, 50 * kMs, 50 * kMs));                // Its own.
    CHECK(shows(0, 0, 1));                              // The caller had none.
    CHECK_FALSE(shows(1050 * kMs, 0, 50 * kMs));        // The caller's, which was short,
    CHECK_FALSE(shows(1050 * kMs, 200 * kMs, 50 * kMs));
    CHECK_FALSE(shows(1099 * kMs, 0, 99 * kMs));
    CHECK(shows(1100 * kMs, 0, 100 * kMs));             // and which was long enough.
    CHECK(shows(1050 * kMs, 0, 50 * kMs, AURELIS_E_UNAVAILABLE));
    CHECK_FALSE(shows(0, 0, 50 * kMs, AURELIS_E_CANCELLED));
}

TEST_CASE("call time: ten time-outs are an overrun") {
    aurelis_call call = call_until(0);
    CallTime time(call);
    CHECK_FALSE(time.has_begun());
    time.begin(1000, 50);
    CHECK(time.has_begun());
    CHECK_FALSE(time.overran(50, 1000 + 499));
    CHECK(time.overran(50, 1000 + 500));
    CHECK_FALSE(time.overran(0, INT64_MAX));
}

TEST_CASE("health: some failures are about the call, the others about who was called") {
    for (const aurelis_status status :
         {AURELIS_E_NOMEM, AURELIS_E_INVALID, AURELIS_E_UNSUPPORTED, AURELIS_E_CANCELLED, AURELIS_E_CORRUPT,
          AURELIS_E_TOO_LARGE, AURELIS_E_BUSY, AURELIS_E_CONFIG, AURELIS_E_SPACE, AURELIS_E_FULL})
        CHECK_FALSE(is_outage(status));
    for (const aurelis_status status :
         {AURELIS_E_FAILED, AURELIS_E_UNAVAILABLE, AURELIS_E_TIMEOUT, AURELIS_E_INTERNAL, AURELIS_E_CLOSED})
        CHECK(is_outage(status));
    CHECK(known_failure(AURELIS_E_TIMEOUT) == AURELIS_E_TIMEOUT);
    CHECK(known_failure(-1000) == AURELIS_E_FAILED);
}

TEST_CASE("health: a store without the extension is alive if it answers for a key that does not exist") {
    StackRig rig;
    World world;
    const auto started = StoreHandle::start(rig.runtime, test_component<kDiskCaps>(), "s", world_options(world));
    REQUIRE(started);
    StoreHandle& store = **started;
    const int64_t now = rig.runtime.clock.mono();
    CHECK(is_alive(store, rig.runtime.clock, 0));
    CHECK(world.deadline_mono == now + kSecond);
    CHECK(is_alive(store, rig.runtime.clock, 50 * kMs));
    CHECK(world.deadline_mono == now + 50 * kMs);
    world.fail_get = AURELIS_E_BUSY;
    CHECK(is_alive(store, rig.runtime.clock, 0));
    world.fail_get = AURELIS_E_UNAVAILABLE;
    CHECK_FALSE(is_alive(store, rig.runtime.clock, 0));
}
