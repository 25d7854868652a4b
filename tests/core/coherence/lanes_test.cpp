#include "coherence/lanes.hpp"

#include "support/catch.hpp"

#include <string>
#include <thread>
#include <vector>

using namespace aurelis::core;

namespace {

struct Held {
    Clock clock{nullptr};
    Lanes lanes{clock, int64_t{60} * 1'000'000'000};
};

}  // namespace

TEST_CASE("lanes: one holder per hash, and no key delays another, not even of the same bucket") {
    Held held;
    Lanes::Pass first, again, neighbour;
    REQUIRE(held.lanes.try_enter(1, first));
    CHECK_FALSE(held.lanes.try_enter(1, again));
    CHECK_FALSE(held.lanes.enter(1, held.clock.mono() + 1'000'000, again));
    CHECK(held.lanes.try_enter(2, neighbour));
    held.lanes.leave(first);
    CHECK_FALSE(first.held());
    CHECK(held.lanes.try_enter(1, again));
}

TEST_CASE("lanes: who waits enters when the holder leaves") {
    Held held;
    Lanes::Pass first;
    REQUIRE(held.lanes.enter(1, 0, first));
    std::thread other([&] {
        Lanes::Pass second;
        CHECK(held.lanes.enter(1, 0, second));
    });
    held.lanes.leave(first);
    other.join();
    CHECK(held.lanes.try_enter(1, first));
}

TEST_CASE("lanes: a removal is owed only where a holder can pay it, and keeps the holder from leaving") {
    Held held;
    CHECK_FALSE(held.lanes.owe_if_held(1, "key"));
    Lanes::Pass pass;
    REQUIRE(held.lanes.try_enter(1, pass));
    REQUIRE(held.lanes.owe_if_held(1, "key"));
    CHECK(held.lanes.is_owed(1, "key"));
    CHECK_FALSE(held.lanes.is_owed(1, "other"));
    CHECK_FALSE(held.lanes.leave_unless_owing(pass));
    CHECK(held.lanes.owed_in(pass) == std::vector<std::string>{"key"});
    held.lanes.pay(1, "key");
    CHECK_FALSE(held.lanes.is_owed(1, "key"));
    CHECK(held.lanes.leave_unless_owing(pass));
}

#ifndef NDEBUG
TEST_CASE("lanes: debug builds know the thread that holds a lane") {
    Held held;
    Lanes::Pass pass;
    CHECK_FALSE(held.lanes.is_held_here(1));
    REQUIRE(held.lanes.try_enter(1, pass));
    CHECK(held.lanes.is_held_here(1));
    CHECK_FALSE(held.lanes.is_held_here(2));
    bool elsewhere = true;
    std::thread([&] { elsewhere = held.lanes.is_held_here(1); }).join();
    CHECK_FALSE(elsewhere);
}
#endif
