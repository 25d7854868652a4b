// Outages through the whole stack, with a real server that is stopped, killed, cut off and impersonated. The
// requirements: no call waits longer than it must, memory still serves, everything is normal again soon after, and no
// old value ever comes back.
#include "scenarios/redis/other_process.hpp"
#include "scenarios/redis/redis_scenario.hpp"
#include "support/redis/control_thread.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <functional>
#include <thread>

using namespace aurelis;
using namespace aurelis::testing;
using namespace aurelis::rig;

namespace {

using Nanoseconds = std::chrono::nanoseconds;

constexpr Milliseconds kPatience{60'000};  // For a busy machine; anything longer hangs.

const std::string kKeyOf = "aurelis:v1:user_data:";

std::string breaker_of(Opened& opened) { return layer_stats(opened, "L2_redis")["breaker"]["state"]; }

// A miss in memory asks Redis.
void ask_often(Opened& opened, int times) {
    for (int i = 0; i < times; ++i) opened.get("nobody" + std::to_string(i));
}

void require_open(Opened& opened) {
    require_soon(
        "an open breaker",
        [&] {
            ask_often(opened, 1);
            return breaker_of(opened) == "open";
        },
        kPatience);
}

void require_normal(Opened& opened) {
    require_soon(
        "normal service",
        [&] {
            const auto layer = layer_stats(opened, "L2_redis");
            return layer["breaker"]["state"] == "closed" && layer["missed_writes"]["waiting"] == 0;
        },
        kPatience);
}

}  // namespace

TEST_CASE("redis outage: an old value never comes back after a set or a removal in the outage") {
    RedisServer server;
    FaultProxy proxy(server.endpoint());
    Opened opened(Layers{}.over(proxy.port()));
    await_live(opened);
    REQUIRE(opened.set("changed", "old") == AURELIS_OK);
    REQUIRE(opened.set("removed", "old") == AURELIS_OK);
    proxy.door(Door::Closed);
    proxy.reset_all();
    CHECK(opened.set("changed", "new") == AURELIS_OK);  // Memory takes it.
    CHECK(opened.remove("removed") != AURELIS_NOT_FOUND);
    CHECK(opened.get("changed") == "new");
    require_open(opened);
    CHECK(layer_stats(opened, "L2_redis")["missed_writes"]["waiting"] == 2);
    CHECK(server.command({"EXISTS", kKeyOf + "changed", kKeyOf + "removed"}).integer == 2);

    proxy.calm();
    require_normal(opened);
    CHECK(get_from(opened, "changed", 2, 2) == "-");
    CHECK(get_from(opened, "removed", 2, 2) == "-");
    CHECK(opened.get("removed") == "-");
}

TEST_CASE("redis outage: who opens the cache after a crash in the outage does not read the old value either") {
    for (const bool written : {false, true}) {
        INFO((written ? "written in the outage" : "removed in the outage"));
        RedisServer server;
        FaultProxy proxy(server.endpoint());
        Folder folder;
        Layers layers;
        layers.disk = folder / "cache.db";
        {
            OtherProcess first(layers.over(proxy.port()));
            first.set("user123", "old");
            REQUIRE(server.command({"EXISTS", kKeyOf + "user123"}).integer == 1);
            proxy.door(Door::Closed);
            proxy.reset_all();
            if (written)
                first.set("user123", "new");
            else
                first.remove("user123");
            first.crash();
        }
        proxy.calm();
        REQUIRE(server.command({"EXISTS", kKeyOf + "user123"}).integer == 1);
        Opened second(layers.over(proxy.port()));
        // What is only on the disk is not believed once events flow: others may have changed it since.
        const std::string found = second.get("user123");
        CHECK((found == "-" || (written && found == "new")));
        require_normal(second);
        CHECK(get_from(second, "user123", 2, 3) == "-");
    }
}

TEST_CASE("redis outage: a write whose answer is lost is not trusted") {
    RedisServer server;
    FaultProxy proxy(server.endpoint());
    Opened opened(Layers{}.over(proxy.port()));
    await_live(opened);
    REQUIRE(opened.set("user123", "old") == AURELIS_OK);
    proxy.fault({"SET"}, ReplyFault::swallow());
    opened.set("user123", "new");
    CHECK(opened.get("user123") == "new");
    require_normal(opened);
    CHECK(get_from(opened, "user123", 2, 2) == "-");  // Removed, whatever became of the SET.
}

TEST_CASE("redis outage: stopped, cut off, dripping or lying, it costs its time-out a few times and then nothing") {
    RedisServer server;
    FaultProxy proxy(server.endpoint());
    const std::vector<std::pair<std::string, std::function<void()>>> outages{
        {"paused", [&] { server.pause(); }},
        {"black hole", [&] { proxy.black_hole(); }},
        {"dripping", [&] { proxy.drip(Direction::ToClient, 1, Milliseconds(60)); }},
        {"deaf", [&] { proxy.door(Door::Deaf), proxy.reset_all(); }},
        {"full queue", [&] { proxy.door(Door::Full), proxy.reset_all(); }},
        {"garbage", [&] { proxy.answer("", hostile::garbage(300, 7)); }},
        {"huge bulk", [&] { proxy.answer("", hostile::huge_bulk()); }},
        {"nested", [&] { proxy.answer("", hostile::nested_arrays(10'000)); }},
    };
    for (const auto& [name, begin] : outages) {
        INFO(name);
        Opened opened(Layers{}.over(proxy.port()));
        await_live(opened);
        REQUIRE(opened.set("user123", "John") == AURELIS_OK);
        begin();
        Clock::duration slowest{};
        for (int i = 0; i < 20; ++i) {
            const auto started = Clock::now();
            CHECK(opened.get("nobody" + std::to_string(i)) == "-");
            slowest = std::max(slowest, Clock::now() - started);
        }
        CHECK(slowest < Milliseconds(10 * 200));  // Ten of the layer's time-outs.
        CHECK(breaker_of(opened) == "open");
        CHECK(layer_stats(opened, "L2_redis")["errors"].get<int>() <= 5);
        CHECK(opened.get("user123") == "John");
        const auto started = Clock::now();
        ask_often(opened, 1000);
        CHECK(Clock::now() - started < Milliseconds(10 * 200));  // No call waited for the server.
        server.resume();
        proxy.calm();
        proxy.forget_answers();
        proxy.reset_all();
        require_normal(opened);
        REQUIRE(opened.set("after", "wards") == AURELIS_OK);
        CHECK(get_from(opened, "after", 2, 2) == "wards");
    }
}

TEST_CASE("redis outage: a server that is full or read-only refuses writes, and the other layers serve on") {
    RedisOptions options;
    options.settings = {{"maxmemory-policy", "noeviction"}};
    RedisServer server(options);
    Opened opened(Layers{}.over(server.port()));
    await_live(opened);
    REQUIRE(opened.set("user123", "old") == AURELIS_OK);
    server.must({"CONFIG", "SET", "maxmemory", "1"});
    CHECK(opened.set("user123", "new") == AURELIS_OK);
    CHECK(opened.get("user123") == "new");
    CHECK(get_from(opened, "user123", 2, 2) == "-");  // Noted, and not read there.
    CHECK(breaker_of(opened) == "closed");            // Reading is fine.
    server.must({"CONFIG", "SET", "maxmemory", "0"});
    require_normal(opened);
    CHECK(get_from(opened, "user123", 2, 2) == "-");

    REQUIRE(opened.set("user123", "old") == AURELIS_OK);
    server.must({"REPLICAOF", "127.0.0.1", "1"});
    CHECK(opened.set("user123", "new") == AURELIS_OK);
    server.must({"REPLICAOF", "NO", "ONE"});
    require_normal(opened);
    CHECK(opened.get("user123") == "new");
    CHECK(get_from(opened, "user123", 2, 2) == "-");
}

TEST_CASE("redis outage: a server that was killed and now loads its data is away until it has them") {
    RedisOptions options;
    options.settings = {{"rdbcompression", "no"},     // So that 50 keys are 25 KiB, and
                        {"key-load-delay", "20000"},  // 20 ms for each make a second.
                        {"loading-process-events-interval-bytes", "1024"}};
    RedisServer server(options);
    Opened opened(Layers{}.over(server.port()));
    await_live(opened);
    REQUIRE(opened.set("user123", "old") == AURELIS_OK);
    for (int i = 0; i < 50; ++i) REQUIRE(opened.set("user" + std::to_string(i), std::string(500, 'x')) == AURELIS_OK);
    server.must({"SAVE"});
    server.kill();
    server.restart(RedisServer::Ready::Answers);
    CHECK(opened.set("user123", "new") == AURELIS_OK);
    CHECK(opened.get("user123") == "new");
    CHECK(get_from(opened, "user1", 2, 2) == "-");
    REQUIRE(server.info("loading") == "1");
    server.await(RedisServer::Ready::Serves);
    require_normal(opened);
    CHECK(get_from(opened, "user123", 2, 2) == "-");  // The write that it refused while loading is not undone.
    CHECK(get_from(opened, "user1", 2, 2) == std::string(500, 'x'));
}

TEST_CASE("redis outage: memory serves at its usual rate while the server is stopped") {
    RedisServer server;
    Opened opened(Layers{}.over(server.port()));
    await_live(opened);
    std::vector<std::string> ids;
    for (int i = 0; i < 1000; ++i) ids.push_back("user" + std::to_string(i));
    for (const std::string& id : ids) REQUIRE(opened.set(id, "John") == AURELIS_OK);
    const aurelis_category* const users = opened.category();
    const auto misses = [&](size_t calls) {
        size_t missed = 0;
        for (size_t i = 0; i < calls; ++i) {
            const aurelis_bytes part = bytes(ids[i % ids.size()]);
            const aurelis_name name = aurelis_name_of(users, &part);
            aurelis_answer answer{};
            missed += aurelis_get(opened.cache, &name, nullptr, &answer, nullptr) != AURELIS_OK || answer.layer != 1;
            aurelis_answer_release(&answer);
        }
        return missed;
    };
    // Nothing but hits: whatever else is in the slice would hide what they lose.
    const auto slice = [&] {
        const auto started = Clock::now();
        REQUIRE(misses(kSanitized ? 10'000 : 100'000) == 0);
        return std::chrono::duration<double>(Clock::now() - started).count();
    };
    // After a stop so long that events may have been lost, the copies are fetched again.
    const auto warm = [&] {
        await_live(opened);
        require_soon(
            "hits in memory", [&] { return misses(ids.size()) == 0; }, kPatience);
    };
    // Other work on the machine can only make a slice slower.
    const auto best = [&] { return std::min({slice(), slice(), slice(), slice(), slice()}); };
    std::vector<double> ratios;
    for (int round = 0; round < 9; ++round) {
        warm();
        const double normal = best();
        server.pause();
        require_open(opened);
        const double stopped = best();
        server.resume();
        require_normal(opened);
        ratios.push_back(normal / stopped);
    }
    std::nth_element(ratios.begin(), ratios.begin() + 4, ratios.end());
    WARN("rate of hits in memory while the server is stopped: " << ratios[4] << " of normal (median of 9)");
    CHECK(ratios[4] > 0.5);  // aurelis-bench-redis holds it to 0.95; a hit that asked the server would be far below.
}

namespace {

// Lets callers make a number of calls in each phase; conditions change only between two phases.
class Phases {
public:
    Phases(int phases, int calls_each, int callers) : left_(phases), calls_each_(calls_each), callers_(callers) {}

    // For a caller: may it make another call? False: that was all.
    bool next() {
        std::unique_lock lock(mutex_);
        while (calls_ == 0 && left_ >= 0) {
            ++waiting_;
            changed_.notify_all();
            const int seen = phase_;
            changed_.wait(lock, [&] { return phase_ != seen || left_ < 0; });
            --waiting_;
        }
        if (left_ < 0) return false;
        --calls_;
        return true;
    }
    // For the thread that changes conditions: waits until all callers wait, then begins the next phase. False: there is
    // none.
    bool begin(const std::function<void(int)>& change) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return waiting_ == callers_ && calls_ == 0; });
        if (left_-- == 0) {
            changed_.notify_all();
            return false;
        }
        lock.unlock();
        change(phase_);
        lock.lock();
        calls_ = calls_each_;
        ++phase_;
        changed_.notify_all();
        return true;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    int left_, calls_each_, callers_;
    int calls_ = 0, phase_ = 0, waiting_ = 0;
};

}  // namespace

// 10^5 calls while outages come and go: none takes longer than ten time-outs, not counting stalls of the machine
// itself. On a quiet machine the slowest takes the time-out and a few milliseconds.
TEST_CASE("redis outage: the slowest of 100,000 calls in ten outages") {
    RedisServer server;
    FaultProxy proxy(server.endpoint());
    Layers layers;
    layers.redis = "timeout: 100ms";
    Opened opened(layers.over(proxy.port()));
    await_live(opened);
    ControlThread control;
    constexpr int kThreads = 4;
    constexpr auto kMost = Milliseconds(10 * 100);  // What is slower on a quiet machine is printed, not refused.
    Phases phases(20, 5000, kThreads);
    std::atomic<int> calls{0}, excused{0}, late{0};
    std::atomic<int64_t> slowest_ns{0};
    std::vector<std::thread> callers;
    const aurelis_category* users = opened.category();
    for (int t = 0; t < kThreads; ++t)
        callers.emplace_back([&, t] {
            uint64_t random = static_cast<uint64_t>(t) * 7919 + 1;
            while (phases.next()) {
                ++calls;
                random = random * 6364136223846793005u + 1442695040888963407u;
                const std::string id = "k" + std::to_string(t) + "_" + std::to_string((random >> 33) % 5000);
                const aurelis_bytes part = bytes(id);
                const aurelis_name name = aurelis_name_of(users, &part);
                const auto started = Clock::now();
                if ((random >> 20) % 4 == 0) {
                    aurelis_set(opened.cache, &name, bytes("value"), nullptr, nullptr, nullptr);
                } else {
                    aurelis_answer answer{};
                    if (aurelis_get(opened.cache, &name, nullptr, &answer, nullptr) == AURELIS_OK)
                        aurelis_answer_release(&answer);
                }
                const auto ended = Clock::now();
                const auto took = ended - started;
                int64_t seen = slowest_ns.load();
                const int64_t mine = std::chrono::duration_cast<Nanoseconds>(took).count();
                while (mine > seen && !slowest_ns.compare_exchange_weak(seen, mine)) {
                }
                if (took <= kMost) continue;
                if (took - control.stalled_between(started, ended) <= kMost)
                    ++excused;
                else
                    ++late;
            }
        });
    const auto change = [&](int phase) {
        if (phase % 2 == 0) {
            server.resume();
            proxy.calm();
            proxy.reset_all();
            require_normal(opened);
            return;
        }
        switch (phase / 2 % 5) {
            case 0: server.pause(); break;
            case 1: proxy.black_hole(); break;
            case 2: proxy.drip(Direction::ToClient, 1, Milliseconds(30)); break;
            case 3: proxy.door(Door::Full), proxy.reset_all(); break;
            default: proxy.partition(); break;
        }
    };
    std::exception_ptr trouble;
    try {
        while (phases.begin(change)) {
        }
    } catch (...) {
        trouble = std::current_exception();
        server.resume();
        proxy.calm();
        while (phases.begin([](int) {})) {
        }
    }
    for (std::thread& caller : callers) caller.join();
    if (trouble) std::rethrow_exception(trouble);
    const auto layer = layer_stats(opened, "L2_redis");
    WARN("slowest of " << calls.load() << " calls: " << static_cast<double>(slowest_ns.load()) / 1e6
                       << " ms (time-out 100 ms); excused by a stall of the machine: " << excused.load()
                       << "; breaker opened " << layer["breaker"]["opened"] << " times, "
                       << layer["missed_writes"]["noted"] << " writes noted");
    CHECK(calls.load() == 100'000);
    CHECK(late.load() == 0);
    CHECK(layer["breaker"]["opened"].get<int>() >= 10);
}
