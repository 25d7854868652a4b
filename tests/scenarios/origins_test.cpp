// Origins behind their doors, as a program sees them: limits, outages, statistics and messages.
// Covers: core/flow/origins.cpp
#include "scenarios/scenario.hpp"

#include <atomic>
#include <functional>
#include <thread>
#include <vector>

using namespace aurelis;
using namespace aurelis::testing;
using namespace std::chrono_literals;

namespace {

// A cache with a function of the host behind the origin host:users, and a file behind the origin file.
struct OriginRig {
    Folder folder;
    ManualClock clock;
    std::atomic<int> asked{0};
    std::function<Result<std::string>(NameView, Context&)> answer = [](NameView name, Context&) {
        return Result<std::string>(std::string(name.part(0)));
    };
    Cache cache;

    explicit OriginRig(const std::string& host_limits, const std::string& file_limits = "")
        : cache(open(host_limits, file_limits)) {
        const auto load = [this](NameView name, Context& context) {
            ++asked;
            return answer(name, context);
        };
        REQUIRE(cache.register_origin("users", load));
    }
    Cache open(const std::string& host_limits, const std::string& file_limits) {
        OpenOptions options;
        options.text = "layers: [{name: L1, backend: memory, priority: 1, max_entries: 1000}]\n"
                       "origins:\n"
                       "  \"host:users\": {" + host_limits + "}\n"
                       "  \"host:nobody\": {max_parallel: 1}\n"
                       "  file: {backend: sqlite-disk, " + file_limits + " options: {path: \"" + folder / "o.db" +
                       "\"}}\n"
                       "categories:\n"
                       "  users: {origin: \"host:users\", ttl: 10s, stale: 1h, soft_timeout: 5s, failure_pause: 0s}\n"
                       "  plain: {origin: \"host:plain\"}\n"
                       "  files: {origin: file}\n";
        options.clock = clock.table();
        auto opened = Cache::open(options);
        if (!opened) FAIL(opened.error().message);
        return std::move(opened).value();
    }
    // The value, after a "~" if it is stale; "-" for none, "!" and the reason for an error.
    std::string load(const std::string& category, const std::string& id, const ReadOptions& options = {}) {
        const auto found = cache.category(category)->lookup_or_load(id, {}, options);
        if (!found) return "!" + found.error().message;
        if (!found->found()) return "-";
        return (found->stale() ? "~" : "") + std::string(found->bytes());
    }
    nlohmann::json origin(const std::string& name) {
        const auto stats = nlohmann::json::parse(cache.stats_json().value());
        for (const auto& one : stats["origins"])
            if (one["name"] == name) return one;
        return nullptr;
    }
    uint64_t count(const char* counter) { return origin("host:users")[counter]; }
};

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("origins: a function sees the origin's time-out as its deadline, or its caller's earlier one") {
    OriginRig rig("timeout: 2s");
    int64_t left = 0;
    rig.answer = [&](NameView, Context& context) {
        left = context.deadline()->time_since_epoch() / 1ns - 1'000'000'000;
        return Result<std::string>("v");
    };
    CHECK(rig.load("users", "a") == "v");
    CHECK(left == 2 * kSecond);
    CHECK(rig.load("users", "b", {.timeout = 1s}) == "v");
    CHECK(left == kSecond);
    CHECK(rig.load("users", "c", {.timeout = 1h}) == "v");
    CHECK(left == 2 * kSecond);
}

TEST_CASE("origins: each has statistics of its own, whether it is configured, registered or both") {
    OriginRig rig("max_parallel: 8, rate: 100/s, timeout: 2s");
    REQUIRE(rig.cache.register_origin("plain", [] { return std::string("p"); }));
    CHECK(rig.load("users", "a") == "a");
    CHECK(rig.load("users", "a") == "a");  // A hit asks nobody.
    CHECK(rig.load("plain", "a") == "p");
    CHECK(rig.load("files", "a") == "-");
    const auto users = rig.origin("host:users"), file = rig.origin("file"), plain = rig.origin("host:plain");
    CHECK(users["calls"] == 1);
    CHECK(users["max_parallel"] == 8);
    CHECK(users["rate"] == "100/s");
    CHECK(users["timeout_ns"] == 2 * kSecond);
    CHECK(users["backend"].is_null());
    CHECK(users["state"] == "serving");
    CHECK(users["breaker"]["state"] == "closed");
    CHECK(file["calls"] == 1);
    CHECK(file["not_found"] == 1);
    CHECK(file["backend"] == "sqlite-disk");
    CHECK(file["plugin"].is_string());
    CHECK(file["max_parallel"].is_null());
    CHECK(file["breaker"]["state"] == "closed");
    CHECK(plain["calls"] == 1);
    CHECK(plain["breaker"]["state"] == "none");
    CHECK(rig.origin("host:nobody")["calls"] == 0);
}

TEST_CASE("origins: while the breaker is open callers get what is stale, or E_UNAVAILABLE, and the function rests") {
    OriginRig rig("breaker: {failures: 3, retry_after: 1s}");
    CHECK(rig.load("users", "kept") == "kept");
    rig.clock.advance(11 * kSecond);
    rig.answer = [](NameView, Context&) { return Result<std::string>(fail(AURELIS_E_FAILED, "the server is gone")); };
    for (int i = 0; i < 3; ++i) CHECK(rig.load("users", std::to_string(i)) == "!the server is gone");
    CHECK(rig.asked == 4);
    const auto refused = rig.cache.category("users")->lookup_or_load("4");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().status == AURELIS_E_UNAVAILABLE);
    CHECK(refused.error().message ==
          "origin host:users: it is not asked for now, since its breaker is open (the server is gone)");
    CHECK(rig.load("users", "kept") == "~kept");
    CHECK(rig.asked == 4);
    CHECK(rig.count("refused") == 2);
    CHECK(rig.count("failures") == 3);
    CHECK(rig.origin("host:users")["state"] == "unreachable");
    CHECK(rig.origin("host:users")["breaker"]["state"] == "open");
    CHECK(has(rig.origin("host:users")["last_error"], "origin host:users: the server is gone"));
    rig.answer = [](NameView, Context&) { return Result<std::string>("new"); };
    rig.clock.advance(2 * kSecond);
    CHECK(rig.load("users", "kept") == "new");
    CHECK(rig.origin("host:users")["breaker"]["state"] == "closed");
    CHECK(rig.origin("host:users")["breaker"]["opened"] == 1);
    CHECK(rig.load("users", "4") == "new");
}

TEST_CASE("origins: a function that is not configured is asked however often it fails") {
    OriginRig rig("");
    int times = 0;
    REQUIRE(rig.cache.register_origin("plain", [&]() -> Result<std::string> {
        ++times;
        return fail(AURELIS_E_UNAVAILABLE, "no");
    }));
    for (int i = 0; i < 20; ++i) CHECK(rig.load("plain", "k") == "!no");
    CHECK(times == 20);
}

TEST_CASE("origins: never more than max_parallel calls are under way, and all callers are served") {
    OriginRig rig("max_parallel: 2");
    std::atomic<int> inside{0}, most{0}, served{0};
    rig.answer = [&](NameView name, Context&) {
        const int now = ++inside;
        for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
        }
        while (rig.count("waited_for_place") < 14) std::this_thread::yield();
        --inside;
        return Result<std::string>(std::string(name.part(0)));
    };
    std::vector<std::thread> threads;
    for (int t = 0; t < 16; ++t)
        threads.emplace_back([&, id = std::to_string(t)] { served += rig.load("users", id) == id; });
    for (std::thread& thread : threads) thread.join();
    CHECK(most == 2);
    CHECK(served == 16);
    CHECK(rig.count("calls") == 16);
    CHECK(rig.count("waited_for_place") == 14);
    CHECK(rig.count("under_way") == 0);
    CHECK(rig.count("waiting") == 0);
}

TEST_CASE("origins: who waits for a place leaves at its time-out or when it is cancelled, and is told why") {
    OriginRig rig("max_parallel: 1");
    std::atomic<bool> go{false};
    rig.answer = [&](NameView, Context&) {
        while (!go) std::this_thread::yield();
        return Result<std::string>("v");
    };
    std::thread loads([&] { rig.load("users", "a"); });
    while (rig.asked == 0) std::this_thread::yield();
    const auto meanwhile = [&](const ReadOptions& options, const std::function<void()>& then) {
        std::string answer;
        const uint64_t waited = rig.count("waited_for_place");
        std::thread waits([&] { answer = rig.load("users", "b", options); });
        while (rig.count("waited_for_place") == waited) std::this_thread::yield();
        then();
        waits.join();
        return answer;
    };
    CHECK(has(meanwhile({.timeout = 3s}, [&] { rig.clock.advance(3 * kSecond); }),
              "origin host:users: as many calls as max_parallel allows (1) were under way"));
    std::atomic<uint32_t> cancel{0};
    CHECK(has(meanwhile({.cancel = &cancel}, [&] { cancel = 1; }), "origin host:users: the call was cancelled"));
    CHECK(rig.count("wait_timeouts") == 1);
    CHECK(rig.count("cancelled") == 1);
    go = true;
    loads.join();
    CHECK(rig.asked == 1);
    CHECK(rig.load("users", "b") == "v");
}

TEST_CASE("origins: a function may load from its own origin in the one place that there is") {
    OriginRig rig("max_parallel: 1");
    rig.answer = [&](NameView name, Context&) {
        if (name.part(0) == "inner") return Result<std::string>("i");
        return Result<std::string>("o" + rig.load("users", "inner", {.timeout = 5s}));
    };
    CHECK(rig.load("users", "outer") == "oi");
    CHECK(rig.count("calls") == 2);
}

TEST_CASE("origins: a rate is kept, and a call that would come too late says so at once") {
    OriginRig rig("rate: 10/m", "rate: 1/d,");
    CHECK(rig.load("users", "a") == "a");
    const std::string late = rig.load("users", "b", {.timeout = 5s});
    CHECK(has(late, "origin host:users: the turn of the call under rate (10/m) comes after the call's time-out"));
    CHECK(rig.asked == 1);
    std::string waited;
    std::thread waits([&] { waited = rig.load("users", "b", {.timeout = 7s}); });
    while (rig.count("waited_for_turn") == 0) std::this_thread::yield();
    rig.clock.advance(6 * kSecond);
    waits.join();
    CHECK(waited == "b");
    CHECK(rig.asked == 2);
    CHECK(rig.count("wait_timeouts") == 1);
    // A backend is behind the same door.
    CHECK(rig.load("files", "a") == "-");
    CHECK(has(rig.load("files", "b"), "origin file: the turn of the call under rate (1/d) comes after "
                                      "cache.wait_timeout"));
    // It can be closed all the same.
    CHECK(rig.cache.close());
}

TEST_CASE("origins: what cannot be meant of them is a mistake in the file") {
    const auto problem = [](const std::string& origin) {
        return checked("layers: [{name: L1, backend: memory, priority: 1}]\norigins:\n  " + origin + "\n")["problems"]
            .dump();
    };
    CHECK(problem("\"host:a\": {timeout: 1s, breaker: none, max_parallel: 1, rate: 1/s}") == "[]");
    CHECK(has(problem("\"host:a\": {max_paralel: 1}"), "did you mean 'max_parallel'?"));
    CHECK(has(problem("\"host:a\": {backend: memory}"), "'backend' means nothing here"));
    CHECK(has(problem("a: {backend: memory, rate: 10}"), "it lacks the time, as in 100/s"));
    CHECK(has(problem("a: {backend: memory, max_parallel: 0}"), "must be at least 1"));
    CHECK(has(problem("a: {rate: 1/s}"), "'backend' is missing"));
}
