#include "flow/origin_door.hpp"

#include "support/catch.hpp"
#include "support/stack_rig.hpp"

#include <functional>
#include <thread>

using namespace aurelis::core;
using namespace aurelis::testing;

namespace {

constexpr int64_t kMs = 1'000'000;

struct DoorRig : StackRig {
    World world;
    std::unique_ptr<OriginDoor> door;

    void open_store(DoorConfig config) {
        auto started = StoreHandle::start(runtime, test_component<kDiskCaps>(), "users", world_options(world));
        REQUIRE(started);
        door = std::make_unique<OriginDoor>(
            runtime, OriginSpec{"users", "test.yaml:1", config, test_component<kDiskCaps>()},
            std::move(started).value());
    }
    void open_function(DoorConfig config) {
        door = std::make_unique<OriginDoor>(runtime, OriginSpec{"host:users", "test.yaml:1", config, {}}, nullptr);
    }
    ~DoorRig() { door.reset(); }

    // A get of the store through the door; error: why not.
    aurelis_status load(int64_t patience = 0) {
        const std::string name = "k";
        const aurelis_key wanted = key(name);
        CallContext context;
        context.call.deadline_mono = patience == 0 ? 0 : runtime.clock.mono() + patience;
        aurelis_entry entry{};
        const auto get = [&](StoreHandle& store, aurelis_call& call) {
            return store.ops().get(store.store(), &call, &wanted, &entry);
        };
        const aurelis_status status = door->call_store(context, "get", get);
        if (status == AURELIS_OK) aurelis_buf_release(&entry.value);
        error = context.error;
        return status;
    }
    // A call of the function: what it returns, or why it was not made.
    aurelis_status run(aurelis_status returned, const std::function<void()>& meanwhile = nullptr,
                       int64_t patience = 0) {
        CallContext context;
        context.call.deadline_mono = patience == 0 ? 0 : runtime.clock.mono() + patience;
        OriginDoor::Visit visit(*door, context.call);
        const aurelis_status status = visit.enter(error);
        if (status != AURELIS_OK) return status;
        if (meanwhile) meanwhile();
        visit.end(returned, "the function says no");
        return returned;
    }
    aurelis_status run_elsewhere(aurelis_status returned) {
        aurelis_status status = AURELIS_OK;
        std::thread([&] { status = run(returned); }).join();
        return status;
    }
    bool is_open() const { return !door->breaker().closed(); }
    uint64_t count(OriginCounter counter) const { return door->counted(counter); }

    std::string error;
};

DoorConfig with_timeout(int64_t ns) {
    DoorConfig config;
    config.timeout_ns = ns;
    return config;
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("origin door: a call has the earlier of the origin's time-out and the caller's") {
    DoorRig rig;
    rig.open_store(with_timeout(50 * kMs));
    const int64_t now = rig.runtime.clock.mono();
    CHECK(rig.load() == AURELIS_NOT_FOUND);
    CHECK(rig.world.deadline_mono == now + 50 * kMs);
    rig.load(20 * kMs);
    CHECK(rig.world.deadline_mono == now + 20 * kMs);
    rig.load(kSecond);
    CHECK(rig.world.deadline_mono == now + 50 * kMs);
    CHECK(rig.count(kOriginCalls) == 3);
    CHECK(rig.count(kOriginNotFound) == 3);
    CHECK(rig.count(kOriginFailures) == 0);
    CHECK(rig.door->call_times().count() == 3);
    CallContext context;
    const int64_t until = now + kSecond;
    context.call.deadline_mono = until;
    int64_t seen = 0;
    const auto note = [&](StoreHandle&, aurelis_call& call) -> aurelis_status {
        seen = call.deadline_mono;
        return AURELIS_OK;
    };
    CHECK(rig.door->call_store(context, "get", note) == AURELIS_OK);
    CHECK(seen == now + 50 * kMs);
    CHECK(context.call.deadline_mono == until);
    CHECK(rig.door->flush(context) == AURELIS_OK);
    CHECK(rig.count(kOriginCalls) == 5);
    // What a flush does, which may take longer.
    OriginDoor::Visit visit(*rig.door, context.call);
    visit.flushes();
    REQUIRE(visit.enter(rig.error) == AURELIS_OK);
    CHECK(context.call.deadline_mono == until);
    rig.clock.advance(3600 * kSecond);
    visit.end(AURELIS_OK, "");
    CHECK_FALSE(rig.is_open());
}

TEST_CASE("origin door: the breaker of a backend opens after failures, and a probe closes it") {
    DoorRig rig;
    rig.open_store({});
    rig.world.fail_get = AURELIS_E_UNAVAILABLE;
    for (int i = 0; i < 5; ++i) {
        CHECK_FALSE(rig.is_open());
        CHECK(rig.load() == AURELIS_E_UNAVAILABLE);
        CHECK(rig.error == "origin users: get refused by the test");
    }
    CHECK(rig.is_open());
    const size_t asked = rig.world.count("get k");
    CHECK(rig.load() == AURELIS_E_UNAVAILABLE);
    CHECK(rig.error ==
          "origin users: it is not asked for now, since its breaker is open (get refused by the test)");
    CHECK(rig.world.count("get k") == asked);
    CHECK(rig.count(kOriginCalls) == 5);
    CHECK(rig.count(kOriginFailures) == 5);
    CHECK(rig.count(kOriginRefused) == 1);
    CHECK(rig.door->last_error() == "test.yaml:1: origin users (test): get refused by the test");
    rig.pass(130 * kMs);  // The probe fails as well.
    CHECK(rig.is_open());
    rig.world.fail_get = AURELIS_OK;
    CHECK(rig.load() == AURELIS_E_UNAVAILABLE);  // No call tries it.
    rig.pass(250 * kMs);
    CHECK_FALSE(rig.is_open());
    CHECK(rig.load() == AURELIS_NOT_FOUND);
    CHECK(rig.door->breaker().opened() == 1);
}

TEST_CASE("origin door: an answer, a refused call, a cancelled one and a short patience are no outage") {
    DoorRig rig;
    rig.open_function({});
    for (const aurelis_status status :
         {AURELIS_NOT_FOUND, AURELIS_E_CANCELLED, AURELIS_E_INVALID, AURELIS_E_TOO_LARGE})
        for (int i = 0; i < 10; ++i) CHECK(rig.run(status) == status);
    CHECK(rig.count(kOriginNotFound) == 10);
    CHECK(rig.count(kOriginCancelled) == 10);
    CHECK(rig.count(kOriginFailures) == 20);
    CHECK(rig.log.empty());
    const auto pass_by = [&] { rig.clock.advance(50 * kMs); };
    for (int i = 0; i < 10; ++i) CHECK(rig.run(AURELIS_E_TIMEOUT, pass_by, 50 * kMs) == AURELIS_E_TIMEOUT);
    CHECK(rig.count(kOriginTimeouts) == 10);
    CHECK(rig.count(kOriginFailures) == 30);
    CHECK_FALSE(rig.is_open());
    // Its own time-out counts.
    rig.open_function(with_timeout(40 * kMs));
    for (int i = 0; i < 5; ++i) rig.run(AURELIS_E_TIMEOUT, pass_by, kSecond);
    CHECK(rig.is_open());
}

TEST_CASE("origin door: an answer between failures begins the count anew") {
    DoorRig rig;
    rig.open_function({});
    for (int round = 0; round < 3; ++round) {
        for (int i = 0; i < 4; ++i) rig.run(AURELIS_E_FAILED);
        rig.run(round == 1 ? AURELIS_NOT_FOUND : AURELIS_OK);
    }
    CHECK_FALSE(rig.is_open());
}

TEST_CASE("origin door: of a function, one call at a time is let through to try it") {
    DoorRig rig;
    rig.open_function({});
    const auto fail = [&](int times) {
        for (int i = 0; i < times; ++i) rig.run(AURELIS_E_FAILED);
    };
    fail(5);
    REQUIRE(rig.is_open());
    CHECK(rig.run(AURELIS_OK) == AURELIS_E_UNAVAILABLE);
    CHECK(has(rig.error, "origin host:users: it is not asked for now"));
    CHECK(has(rig.error, "the function says no"));
    rig.pass(79 * kMs);  // A fifth of jitter.
    CHECK(rig.run(AURELIS_OK) == AURELIS_E_UNAVAILABLE);
    rig.pass(42 * kMs);
    // The others are refused while it runs; it fails.
    aurelis_status other = AURELIS_OK;
    CHECK(rig.run(AURELIS_E_FAILED, [&] { other = rig.run_elsewhere(AURELIS_OK); }) == AURELIS_E_FAILED);
    CHECK(other == AURELIS_E_UNAVAILABLE);
    CHECK(rig.run(AURELIS_OK) == AURELIS_E_UNAVAILABLE);
    rig.pass(121 * kMs);  // It now waits for twice as long.
    CHECK(rig.run(AURELIS_OK) == AURELIS_E_UNAVAILABLE);
    rig.pass(120 * kMs);
    // A trial that decides nothing leaves it to the next.
    CHECK(rig.run(AURELIS_E_CANCELLED) == AURELIS_E_CANCELLED);
    CHECK(rig.run(AURELIS_E_TIMEOUT, [&] { rig.clock.advance(kMs); }, kMs) == AURELIS_E_TIMEOUT);
    CHECK(rig.is_open());
    {
        CallContext context;
        OriginDoor::Visit thrown(*rig.door, context.call);
        CHECK(thrown.enter(rig.error) == AURELIS_OK);
    }
    CHECK(rig.door->under_way() == 0);
    CHECK(rig.is_open());
    CHECK(rig.run(AURELIS_OK) == AURELIS_OK);
    CHECK_FALSE(rig.is_open());
    CHECK(rig.run_elsewhere(AURELIS_OK) == AURELIS_OK);
    // It opens again as at first.
    fail(4);
    CHECK_FALSE(rig.is_open());
    fail(1);
    CHECK(rig.is_open());
    CHECK(rig.door->breaker().opened() == 2);
    rig.pass(121 * kMs);
    CHECK(rig.run(AURELIS_NOT_FOUND) == AURELIS_NOT_FOUND);
    CHECK_FALSE(rig.is_open());
}

TEST_CASE("origin door: a call of ten time-outs opens the breaker, whatever its outcome") {
    DoorRig rig;
    rig.open_function(with_timeout(10 * kMs));
    CHECK(rig.run(AURELIS_OK, [&] { rig.clock.advance(99 * kMs); }) == AURELIS_OK);
    CHECK_FALSE(rig.is_open());
    CHECK(rig.run(AURELIS_OK, [&] { rig.clock.advance(100 * kMs); }) == AURELIS_OK);
    CHECK(rig.is_open());
    CHECK(has(rig.door->last_error(), "one call took 100ms, the time-out is 10ms"));
    // It is no proof of recovery either.
    rig.pass(121 * kMs);
    CHECK(rig.run(AURELIS_OK, [&] { rig.clock.advance(100 * kMs); }) == AURELIS_OK);
    CHECK(rig.is_open());
}

TEST_CASE("origin door: without a breaker every call is made") {
    DoorRig rig;
    DoorConfig config;
    config.breaker.on = false;
    rig.open_function(config);
    for (int i = 0; i < 20; ++i) CHECK(rig.run(AURELIS_E_FAILED) == AURELIS_E_FAILED);
    CHECK(std::string(rig.door->breaker().state()) == "none");
    CHECK(rig.count(kOriginFailures) == 20);
}

TEST_CASE("origin door: a call waits for its place no longer than its caller, or the cache's time for waits") {
    DoorRig rig;
    DoorConfig config;
    config.max_parallel = 1;
    rig.open_function(config);
    rig.runtime.wait_ns = 5 * kSecond;
    CallContext context;
    OriginDoor::Visit inside(*rig.door, context.call);
    REQUIRE(inside.enter(rig.error) == AURELIS_OK);
    CHECK(rig.door->under_way() == 1);
    const auto waits_until = [&](int64_t patience, int64_t advance) {
        aurelis_status status = AURELIS_OK;
        const uint64_t waited = rig.count(kOriginWaitedForPlace);
        std::thread waiting([&] { status = rig.run(AURELIS_OK, nullptr, patience); });
        while (rig.count(kOriginWaitedForPlace) == waited) std::this_thread::yield();
        CHECK(rig.door->waiting() == 1);
        rig.clock.advance(advance);
        waiting.join();
        return status;
    };
    CHECK(waits_until(2 * kSecond, 2 * kSecond) == AURELIS_E_TIMEOUT);
    CHECK(has(rig.error, "origin host:users: as many calls as max_parallel allows (1) were under way"));
    CHECK(has(rig.error, "the call's time-out"));
    CHECK(waits_until(0, 5 * kSecond) == AURELIS_E_TIMEOUT);
    CHECK(has(rig.error, "cache.wait_timeout"));
    CHECK(rig.count(kOriginWaitTimeouts) == 2);
    CHECK(rig.count(kOriginFailures) == 0);  // The origin was not asked.
    CHECK(rig.count(kOriginCalls) == 1);
    inside.end(AURELIS_OK, "");
    CHECK(rig.door->waiting() == 0);
}

TEST_CASE("origin door: those that wait for a place are refused when the breaker opens") {
    DoorRig rig;
    DoorConfig config;
    config.max_parallel = 1;
    config.breaker.failures = 1;
    rig.open_function(config);
    aurelis_status status = AURELIS_OK;
    std::thread waiting;
    rig.run(AURELIS_E_FAILED, [&] {
        waiting = std::thread([&] { status = rig.run(AURELIS_OK); });
        while (rig.count(kOriginWaitedForPlace) == 0) std::this_thread::yield();
    });
    waiting.join();
    CHECK(status == AURELIS_E_UNAVAILABLE);
    CHECK(rig.count(kOriginRefused) == 1);
}

TEST_CASE("origin door: a call within a call takes no place, and is made while the outer one is a trial") {
    DoorRig rig;
    DoorConfig config;
    config.max_parallel = 1;
    config.breaker.failures = 1;
    rig.open_function(config);
    aurelis_status inner = AURELIS_E_FAILED;
    CHECK(rig.run(AURELIS_OK, [&] { inner = rig.run(AURELIS_OK); }) == AURELIS_OK);
    CHECK(inner == AURELIS_OK);
    CHECK(rig.count(kOriginWaitedForPlace) == 0);
    CHECK(rig.door->under_way() == 0);
    rig.run(AURELIS_E_FAILED);
    REQUIRE(rig.is_open());
    rig.pass(121 * kMs);
    inner = AURELIS_E_FAILED;
    CHECK(rig.run(AURELIS_OK, [&] { inner = rig.run(AURELIS_OK); }) == AURELIS_OK);
    CHECK(inner == AURELIS_OK);
    CHECK_FALSE(rig.is_open());
}

TEST_CASE("origin door: a call whose turn comes too late is refused at once, and says which rate") {
    DoorRig rig;
    DoorConfig config;
    config.rate = {10, 60 * kSecond};
    rig.open_function(config);
    CHECK(rig.run(AURELIS_OK) == AURELIS_OK);
    CHECK(rig.run(AURELIS_OK, nullptr, 5 * kSecond) == AURELIS_E_TIMEOUT);
    CHECK(has(rig.error, "origin host:users: the turn of the call under rate (10/m) comes after the call's time-out"));
    CHECK(rig.count(kOriginWaitTimeouts) == 1);
    CHECK(rig.count(kOriginWaitedForTurn) == 0);
    rig.clock.advance(6 * kSecond);
    CHECK(rig.run(AURELIS_OK) == AURELIS_OK);
    CHECK(rig.count(kOriginCalls) == 2);
    // A flush needs no turn, and takes none.
    {
        CallContext context;
        context.call.deadline_mono = rig.runtime.clock.mono() + 1;
        OriginDoor::Visit visit(*rig.door, context.call);
        visit.flushes();
        CHECK(visit.enter(rig.error) == AURELIS_OK);
        visit.end(AURELIS_OK, "");
    }
    rig.clock.advance(6 * kSecond);
    CHECK(rig.run(AURELIS_OK, nullptr, 1) == AURELIS_OK);
}
