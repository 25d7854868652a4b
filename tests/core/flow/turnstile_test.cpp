#include "flow/turnstile.hpp"

#include "support/catch.hpp"
#include "support/manual_clock.hpp"

#include <atomic>
#include <thread>
#include <vector>

using namespace aurelis::core;
using namespace aurelis::testing;
using Refusal = Turnstile::Refusal;

namespace {

constexpr int64_t kMs = 1'000'000;
constexpr int64_t kLong = 3600 * kSecond;

struct TurnstileRig {
    ManualClock manual;
    Clock clock{manual.table()};
    Striped<kOriginCounters> counters;
    std::atomic<bool> shut{false};
    Turnstile turnstile;

    explicit TurnstileRig(int64_t max_parallel, RateConfig rate = {})
        : turnstile(clock, max_parallel, rate, counters) {}
    // Waits for at most this long.
    Refusal enter(int64_t patience, const uint32_t* cancel = nullptr, bool has_place = false) {
        const auto is_shut = [&] { return shut.load(); };
        return turnstile.enter({clock.mono() + patience, cancel, has_place}, is_shut);
    }
    void wait_for(OriginCounter counter, uint64_t value) {
        while (counters.sum(counter) < value) std::this_thread::yield();
    }
    // How many get through now, without waiting.
    int burst() {
        int passed = 0;
        while (passed < 1'000'000 && enter(0) == Refusal::None) ++passed;
        return passed;
    }
};

}  // namespace

TEST_CASE("turnstile: without limits everyone passes, and is counted while inside") {
    TurnstileRig rig(0);
    CHECK(rig.burst() == 1'000'000);
    CHECK(rig.turnstile.inside() == 1'000'000);
    rig.turnstile.leave(false);
    CHECK(rig.turnstile.inside() == 999'999);
    CHECK(rig.counters.sum(kOriginWaitedForPlace) == 0);
}

TEST_CASE("turnstile: never more than max_parallel are inside, and all are served") {
    TurnstileRig rig(3);
    std::atomic<int> inside{0}, most{0}, served{0};
    std::atomic<bool> go{false};
    std::vector<std::thread> threads;
    for (int t = 0; t < 16; ++t)
        threads.emplace_back([&] {
            for (int i = 0; i < 200; ++i) {
                if (rig.enter(kLong) != Refusal::None) continue;
                const int now = ++inside;
                for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
                }
                while (!go) std::this_thread::yield();
                --inside;
                ++served;
                rig.turnstile.leave(false);
            }
        });
    rig.wait_for(kOriginWaitedForPlace, 13);
    CHECK(rig.turnstile.inside() == 3);
    CHECK(rig.turnstile.waiting() == 13);
    go = true;
    for (std::thread& thread : threads) thread.join();
    CHECK(most == 3);
    CHECK(served == 16 * 200);
    CHECK(rig.turnstile.inside() == 0);
    CHECK(rig.turnstile.waiting() == 0);
}

TEST_CASE("turnstile: the first that waits is the first to pass") {
    TurnstileRig rig(1);
    REQUIRE(rig.enter(0) == Refusal::None);
    std::string order;
    std::vector<std::thread> threads;
    for (const char name : {'a', 'b', 'c', 'd'}) {
        threads.emplace_back([&, name] {
            if (rig.enter(kLong) == Refusal::None) order += name;  // Only one is inside.
            rig.turnstile.leave(false);
        });
        rig.wait_for(kOriginWaitedForPlace, threads.size());
    }
    rig.turnstile.leave(false);
    for (std::thread& thread : threads) thread.join();
    CHECK(order == "abcd");
}

TEST_CASE("turnstile: who waits for a place gives up at its deadline, when cancelled, and when it is shut") {
    TurnstileRig rig(1);
    REQUIRE(rig.enter(0) == Refusal::None);
    CHECK(rig.enter(0) == Refusal::NoPlace);
    uint32_t cancel = 0;
    Refusal late{}, cancelled{}, shut{};
    std::thread first([&] { late = rig.enter(50 * kMs); });
    rig.wait_for(kOriginWaitedForPlace, 1);
    rig.manual.advance(50 * kMs);
    first.join();
    CHECK(late == Refusal::NoPlace);
    std::thread second([&] { cancelled = rig.enter(kLong, &cancel); });
    rig.wait_for(kOriginWaitedForPlace, 2);
    __atomic_store_n(&cancel, 1, __ATOMIC_RELAXED);
    second.join();
    CHECK(cancelled == Refusal::Cancelled);
    std::thread third([&] { shut = rig.enter(kLong); });
    rig.wait_for(kOriginWaitedForPlace, 3);
    rig.shut = true;
    rig.turnstile.wake();
    third.join();
    CHECK(shut == Refusal::Shut);
    // None of them has left anything behind.
    rig.shut = false;
    CHECK(rig.turnstile.waiting() == 0);
    rig.turnstile.leave(false);
    CHECK(rig.enter(0) == Refusal::None);
}

TEST_CASE("turnstile: who has a place needs no other, and passes those that wait for it") {
    TurnstileRig rig(1);
    REQUIRE(rig.enter(0) == Refusal::None);
    Refusal outer{};
    std::thread waiting([&] { outer = rig.enter(kLong); });
    rig.wait_for(kOriginWaitedForPlace, 1);
    CHECK(rig.enter(0, nullptr, true) == Refusal::None);
    CHECK(rig.turnstile.inside() == 1);
    rig.turnstile.leave(true);
    CHECK(rig.turnstile.inside() == 1);
    rig.turnstile.leave(false);
    waiting.join();
    CHECK(outer == Refusal::None);
    CHECK(rig.turnstile.inside() == 1);
}

TEST_CASE("turnstile: a rate lets through so many in its time, and a tenth of them at once") {
    TurnstileRig slow(0, {10, 60 * kSecond});
    CHECK(slow.burst() == 1);
    slow.manual.advance(6 * kSecond - 1);
    CHECK(slow.burst() == 0);
    slow.manual.advance(1);
    CHECK(slow.burst() == 1);
    slow.manual.advance(kLong);  // It holds no more than it did at first.
    CHECK(slow.burst() == 1);
    TurnstileRig fast(0, {100, kSecond});
    CHECK(fast.burst() == 10);
    fast.manual.advance(10 * kMs);
    CHECK(fast.burst() == 1);
    fast.manual.advance(35 * kMs);
    CHECK(fast.burst() == 3);
    fast.manual.advance(5 * kMs);
    CHECK(fast.burst() == 1);
    int passed = 0;
    for (int ms = 0; ms < 10'000; ++ms) {
        fast.manual.advance(kMs);
        passed += fast.burst();
    }
    CHECK(passed == 1000);
    fast.manual.advance(kLong);
    CHECK(fast.burst() == 10);
    CHECK(fast.counters.sum(kOriginWaitedForTurn) == 0);
}

TEST_CASE("turnstile: by the system's clock too, the first call does not wait and the next one gets its turn") {
    const Clock clock;
    Striped<kOriginCounters> counters;
    const auto is_shut = [] { return false; };
    Turnstile slow(clock, 0, {1, 86'400 * kSecond}, counters);
    CHECK(slow.enter({clock.mono() + 60 * kSecond}, is_shut) == Refusal::None);
    CHECK(counters.sum(kOriginWaitedForTurn) == 0);
    CHECK(slow.enter({clock.mono() + 60 * kSecond}, is_shut) == Refusal::NoTurn);
    Turnstile fast(clock, 0, {9, kSecond}, counters);
    const int64_t begin = clock.mono();
    for (int i = 0; i < 3; ++i) CHECK(fast.enter({begin + 60 * kSecond}, is_shut) == Refusal::None);
    CHECK(clock.mono() - begin >= 2 * (kSecond / 9));
}

TEST_CASE("turnstile: who cannot have its turn in time is turned away at once, others wait for it") {
    TurnstileRig rig(0, {10, kSecond});
    REQUIRE(rig.enter(0) == Refusal::None);
    CHECK(rig.enter(99 * kMs) == Refusal::NoTurn);
    CHECK(rig.counters.sum(kOriginWaitedForTurn) == 0);
    Refusal first{}, second{};
    std::thread waits([&] { first = rig.enter(100 * kMs); });
    rig.wait_for(kOriginWaitedForTurn, 1);
    CHECK(rig.enter(199 * kMs) == Refusal::NoTurn);  // The turn at 100 ms is that of the one that waits.
    CHECK(rig.turnstile.waiting() == 1);
    std::thread waits_longer([&] { second = rig.enter(200 * kMs); });
    rig.wait_for(kOriginWaitedForTurn, 2);
    rig.manual.advance(100 * kMs);
    waits.join();
    CHECK(first == Refusal::None);
    CHECK(rig.turnstile.waiting() == 1);
    rig.manual.advance(100 * kMs);
    waits_longer.join();
    CHECK(second == Refusal::None);
    CHECK(rig.enter(0) == Refusal::NoTurn);
}

TEST_CASE("turnstile: who gives up leaves its turn to the next") {
    TurnstileRig rig(0, {10, kSecond});
    REQUIRE(rig.enter(0) == Refusal::None);
    uint32_t cancel = 0;
    Refusal cancelled{};
    std::thread gives_up([&] { cancelled = rig.enter(kLong, &cancel); });
    rig.wait_for(kOriginWaitedForTurn, 1);
    __atomic_store_n(&cancel, 1, __ATOMIC_RELAXED);
    gives_up.join();
    CHECK(cancelled == Refusal::Cancelled);
    rig.manual.advance(100 * kMs);
    CHECK(rig.burst() == 1);
}
