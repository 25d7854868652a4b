// Loads that go on behind the call: stale values while they are refreshed, time-outs, early refreshes, closing.
// Covers: core/api/name_load.cpp, core/flow/load_terms.cpp
#include "sdk/host/host_rig.hpp"

#include <atomic>
#include <future>
#include <memory>
#include <thread>

using namespace aurelis;
using namespace aurelis::testing;
using namespace std::chrono_literals;

namespace {

// A computation that can be held up, and counts.
struct Slow {
    struct Shared {
        std::atomic<int> begun{0}, ended{0};
        std::promise<void> go;
        std::shared_future<void> gone = go.get_future().share();
        std::atomic<bool> cancelled{false};
        std::atomic<std::thread::id> thread{};
    };
    std::shared_ptr<Shared> shared = std::make_shared<Shared>();

    Result<Computed<std::string>> operator()(Context& context) const {
        shared->thread = std::this_thread::get_id();
        ++shared->begun;
        shared->gone.wait();
        shared->cancelled = context.cancelled();
        ++shared->ended;
        return Computed<std::string>{.value = "new"};
    }
    void let_go() const { shared->go.set_value(); }
    int begun() const { return shared->begun; }
};

template <typename Condition>
void until(Condition&& condition) {
    for (int i = 0; i < 600'000 && !condition(); ++i) std::this_thread::sleep_for(100us);
    REQUIRE(condition());
}

struct BehindRig : HostRig {
    Category lasting = category("lasting");  // ttl 10 s, stale 1 m, failure_pause 5 s.
    void make_stale(const char* id) {
        REQUIRE(lasting.set(id, "old"));
        clock.advance(11 * kSecond);
    }
    uint64_t counted(const char* name) { return stats()[name].get<uint64_t>(); }
    // Two seconds, once the load runs and a caller waits for it.
    void pass_while_waited_for(const Slow& slow) {
        until([&] { return slow.begun() == 1 && counted("loads_joined") == 1; });
        clock.advance(2 * kSecond);
    }
    std::string value(const char* id) { return lasting.get<std::string>(id).value().value_or("-"); }
};

}  // namespace

TEST_CASE("behind: a stale value is given at once and refreshed once, however many ask") {
    BehindRig rig;
    rig.make_stale("k");
    const Slow slow;
    for (int i = 0; i < 20; ++i) {
        const auto answer = rig.lasting.lookup_or_compute<std::string>("k", behind(slow));
        REQUIRE(answer);
        CHECK(answer->stale());
        CHECK(answer->bytes() == "old");
    }
    slow.let_go();
    until([&] { return rig.value("k") == "new"; });
    CHECK(slow.begun() == 1);
    CHECK(slow.shared->thread.load() != std::this_thread::get_id());
    CHECK(rig.counted("loads_behind") == 1);
    CHECK(rig.lasting.lookup_or_compute<std::string>("k", behind(slow))->bytes() == "new");
}

TEST_CASE("behind: without a stale value the caller waits, and with a hard time-out no longer than that") {
    BehindRig rig;
    const Slow slow;
    std::thread other([&] { rig.pass_while_waited_for(slow); });
    const auto left = rig.lasting.get_or_compute<std::string>("k", behind(slow), {}, {}, {.hard_timeout = 1s});
    other.join();
    REQUIRE_FALSE(left);
    CHECK(left.error().status == AURELIS_E_TIMEOUT);
    CHECK(left.error().message.find("hard_timeout") != std::string::npos);
    CHECK(rig.counted("loads_left") == 1);
    // Its result is kept.
    slow.let_go();
    until([&] { return rig.value("k") == "new"; });
    CHECK(slow.begun() == 1);
    // A load in time is the answer.
    const Slow quick;
    quick.let_go();
    CHECK(rig.lasting.get_or_compute<std::string>("q", behind(quick), {}, {}, {.hard_timeout = 1s}).value() == "new");
}

TEST_CASE("behind: after a hard time-out a default value is the answer") {
    BehindRig rig;
    const Slow slow;
    std::thread other([&] { rig.pass_while_waited_for(slow); });
    const auto answer = rig.lasting.lookup_or_compute<std::string>(
        "k", behind(slow), {}, {}, {.default_value = "default", .hard_timeout = 1s});
    other.join();
    slow.let_go();
    REQUIRE(answer);
    CHECK(answer->bytes() == "default");
}

TEST_CASE("behind: with a soft time-out the fresh value is awaited for so long") {
    BehindRig rig;
    SECTION("and comes in time") {
        rig.make_stale("k");
        const Slow quick;
        quick.let_go();
        const auto answer =
            rig.lasting.lookup_or_compute<std::string>("k", behind(quick), {}, {}, {.soft_timeout = 10s});
        CHECK(answer->bytes() == "new");
        CHECK_FALSE(answer->stale());
    }
    SECTION("or later") {
        rig.make_stale("k");
        const Slow slow;
        std::thread other([&] { rig.pass_while_waited_for(slow); });
        const auto answer = rig.lasting.lookup_or_compute<std::string>("k", behind(slow), {}, {}, {.soft_timeout = 1s});
        other.join();
        CHECK(answer->stale());
        CHECK(rig.counted("loads_left") == 1);
        CHECK(rig.counted("loads_failed_over") == 0);
        slow.let_go();
        until([&] { return rig.value("k") == "new"; });
    }
}

TEST_CASE("behind: a fresh value is refreshed early, from a share of its ttl on, and once") {
    BehindRig rig;
    REQUIRE(rig.lasting.set("k", "old"));
    const Slow slow;
    const LoadOptions early{.refresh_at = 0.8};
    rig.clock.advance(7 * kSecond);
    CHECK(rig.lasting.get_or_compute<std::string>("k", behind(slow), {}, {}, early).value() == "old");
    CHECK(rig.counted("loads_behind") == 0);
    rig.clock.advance(2 * kSecond);
    for (int i = 0; i < 10; ++i)
        CHECK(rig.lasting.get_or_compute<std::string>("k", behind(slow), {}, {}, early).value() == "old");
    CHECK_FALSE(rig.lasting.lookup_or_compute<std::string>("k", behind(slow), {}, {}, early)->stale());
    CHECK(rig.counted("loads_behind") == 1);
    slow.let_go();
    until([&] { return rig.value("k") == "new"; });
    CHECK(rig.lasting.get_or_compute<std::string>("k", behind(slow), {}, {}, early).value() == "new");
    CHECK(slow.begun() == 1);
}

TEST_CASE("behind: a probabilistic refresh comes the earlier the more the value costs") {
    BehindRig rig;
    const LoadOptions early{.refresh_probabilistic = true};
    const auto refreshed_of_200 = [&](const std::string& prefix, uint32_t cost_us) {
        const Slow quick;
        quick.let_go();
        for (int i = 0; i < 200; ++i)
            REQUIRE(rig.lasting.set(prefix + std::to_string(i), "old", {.cost = cost_us}));
        rig.clock.advance(9 * kSecond);  // A second is left.
        const auto before = rig.counted("loads_behind");
        for (int i = 0; i < 200; ++i)
            REQUIRE(rig.lasting.get_or_compute<std::string>(prefix + std::to_string(i), behind(quick), {}, {}, early));
        return rig.counted("loads_behind") - before;
    };
    CHECK(refreshed_of_200("cheap", 100) == 0);       // 0.1 ms: e^-10000.
    const auto some = refreshed_of_200("dear", 1'000'000);  // 1 s: e^-1 of them, 74.
    CHECK(some > 20);
    CHECK(some < 150);
    CHECK(refreshed_of_200("dearest", 4'000'000'000) > 190);
}

TEST_CASE("behind: a load that was begun before a removal or an invalidation is not stored") {
    for (const bool by_tag : {false, true}) {
        BehindRig rig;
        REQUIRE(rig.lasting.set("k", "old", {.tags = {"t"}}));
        rig.clock.advance(11 * kSecond);
        const Slow slow;
        CHECK(rig.lasting.lookup_or_compute<std::string>("k", behind(slow), {.tags = {"t"}})->stale());
        until([&] { return slow.begun() == 1; });
        if (by_tag)
            REQUIRE(rig.cache.invalidate({.tag = "t"}));
        else
            REQUIRE(rig.lasting.remove("k"));
        // Who asks now loads anew, and does not wait for the old load.
        const Slow quick;
        quick.let_go();
        if (!by_tag) {
            CHECK(rig.lasting.get_or_compute<std::string>("k", behind(quick)).value() == "new");
            REQUIRE(rig.lasting.remove("k"));
        }
        slow.let_go();
        until([&] { return slow.shared->ended == 1 && rig.counted("loads_revoked") == 1; });
        CHECK(rig.value("k") == "-");
    }
}

TEST_CASE("behind: a load that fails is told, and the origin is left alone for a while") {
    BehindRig rig;
    rig.make_stale("k");
    std::atomic<int> asked{0};
    const auto failing = behind([&asked]() -> Result<std::string> {
        ++asked;
        return fail(AURELIS_E_UNAVAILABLE, "the origin is away");
    });
    CHECK(rig.lasting.lookup_or_compute<std::string>("k", failing)->stale());
    until([&] { return rig.lines_with("the origin is away") == 1; });
    for (int i = 0; i < 5; ++i) CHECK(rig.lasting.lookup_or_compute<std::string>("k", failing)->stale());
    CHECK(asked == 1);
    rig.clock.advance(6 * kSecond);
    CHECK(rig.lasting.lookup_or_compute<std::string>("k", failing)->stale());
    until([&] { return asked == 2; });
}

TEST_CASE("behind: the origin of a category goes on behind without further ado, with the stale value's etag") {
    BehindRig rig;
    std::mutex mutex;
    std::vector<std::string> seen;
    REQUIRE(rig.cache.register_origin("numbers", [&](NameView name, Context& context) -> Computed<std::string> {
        std::scoped_lock lock(mutex);
        seen.push_back(std::string(name.part(0)) + ":" + std::string(context.etag()));
        if (context.has_stale()) return Computed<std::string>::unchanged();
        return {.value = "1", .ttl = Life(10s), .stale = 60s, .etag = "e1"};
    }));
    const Category loaded = rig.category("loaded");
    REQUIRE(loaded.get_or_load<std::string>("k").value() == "1");
    rig.clock.advance(11 * kSecond);
    const auto stale = loaded.lookup_or_load("k", {}, {.allow_stale = true});
    REQUIRE(stale);
    CHECK(stale->stale());
    until([&] { return rig.counted("loads_behind") == 1 && loaded.lookup("k")->found(); });
    CHECK(seen == std::vector<std::string>{"k:", "k:e1"});
    CHECK(loaded.lookup("k")->etag() == "e1");
}

TEST_CASE("behind: closing the cache tells the loads to give up, and waits for them") {
    auto rig = std::make_unique<BehindRig>();
    rig->make_stale("k");
    const Slow slow;
    CHECK(rig->lasting.lookup_or_compute<std::string>("k", behind(slow))->stale());
    until([&] { return slow.begun() == 1; });
    std::thread closing([&] { CHECK(rig->cache.close()); });
    std::this_thread::yield();
    slow.let_go();
    closing.join();
    CHECK(slow.shared->ended == 1);
    rig.reset();
    CHECK(slow.shared.use_count() == 1);  // The copy has been released.
}

TEST_CASE("behind: loads that wait for one another in a ring are refused") {
    BehindRig rig;
    rig.make_stale("a");
    const Category users = rig.lasting;
    Result<std::string> inner = fail(AURELIS_E_INTERNAL, "not asked");
    std::promise<void> asked;
    const auto answer = rig.lasting.lookup_or_compute<std::string>("a", behind([&, users] {
        inner = users.get_or_compute<std::string>("b", [users] {
            return users.get_or_compute<std::string>("a", [] { return std::string("never"); }, {}, {},
                                                     {.fresh_only = true});
        });
        asked.set_value();
        return std::string("new");
    }));
    CHECK(answer->stale());
    asked.get_future().wait();
    REQUIRE_FALSE(inner);
    CHECK(inner.error().message.find("in a ring") != std::string::npos);
    until([&] { return rig.value("a") == "new"; });
}

TEST_CASE("behind: a category says when, and a call may say otherwise") {
    BehindRig rig;
    const Category early = rig.category("early"), by_chance = rig.category("by_chance");
    const Slow quick;
    quick.let_go();
    REQUIRE(early.set("k", "old"));
    REQUIRE(by_chance.set("k", "old", {.cost = 4'000'000'000}));
    rig.clock.advance(6 * kSecond);
    REQUIRE(early.get_or_compute<std::string>("k", behind(quick), {}, {}, {.refresh_at = 0.0}));
    CHECK(rig.counted("loads_behind") == 0);
    REQUIRE(early.get_or_compute<std::string>("k", behind(quick)));
    CHECK(rig.counted("loads_behind") == 1);
    REQUIRE(by_chance.get_or_compute<std::string>("k", behind(quick)));
    CHECK(rig.counted("loads_behind") == 2);
    until([&] { return quick.shared->ended == 2; });
    // What runs on its caller's thread alone is not refreshed early, and has no time-out.
    REQUIRE(early.set("plain", "old"));
    rig.clock.advance(6 * kSecond);
    int computed = 0;
    const auto plain = [&] { return ++computed, std::string("new"); };
    CHECK(early.get_or_compute<std::string>("plain", plain).value() == "old");
    CHECK(early.get_or_compute<std::string>("other", plain).value() == "new");
    CHECK(computed == 1);
    CHECK(rig.counted("loads_behind") == 2);
}

TEST_CASE("behind: wrong times and half of a pair are refused") {
    BehindRig rig;
    const auto refusal = [&](const LoadOptions& loading) {
        const auto refused =
            rig.lasting.get_or_compute<std::string>("k", [] { return std::string(); }, {}, {}, loading);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().status == AURELIS_E_INVALID);
        return refused.error().message;
    };
    CHECK(refusal({.soft_timeout = -1s}).find("below 0") != std::string::npos);
    CHECK(refusal({.hard_timeout = -1s}).find("below 0") != std::string::npos);
    CHECK(refusal({.refresh_at = 1.0}).find("below 1") != std::string::npos);
    CHECK(refusal({.refresh_at = 0.5, .refresh_probabilistic = true}).find("give one of them") != std::string::npos);
    aurelis_computation half{};
    half.struct_size = sizeof half;
    half.run = [](void*, const aurelis_name*, aurelis_computed*) noexcept { return aurelis_status{AURELIS_NOT_FOUND}; };
    half.keep = [](void* user) noexcept { return user; };
    const aurelis_bytes part = bytes(std::string_view("k"));
    const aurelis_name name = aurelis_name_of(rig.lasting.raw(), &part);
    aurelis_answer answer{};
    aurelis_error* error = nullptr;
    CHECK(aurelis_get_or_load(rig.cache.raw(), &name, &half, nullptr, nullptr, &answer, &error) == AURELIS_E_INVALID);
    CHECK(std::string(aurelis_error_message(error)).find("only one is given") != std::string::npos);
    aurelis_error_free(error);
}
