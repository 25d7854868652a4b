// Several caches, and several processes, over one Redis: what one writes or removes is dropped from the copies of the
// others.
#include "scenarios/redis/other_process.hpp"
#include "scenarios/redis/redis_scenario.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <thread>

using namespace aurelis;
using namespace aurelis::testing;
using namespace aurelis::rig;

namespace {

// A load that returns "old" while another process changes what it loads.
struct SlowLoad {
    std::function<void()> meanwhile;

    static aurelis_status load(void* self, const aurelis_name*, aurelis_computed* out) noexcept {
        static_cast<SlowLoad*>(self)->meanwhile();
        out->value = borrowed("old");
        return AURELIS_OK;
    }
    void expect_old_for(Opened& asking, const std::string& id) {
        const aurelis_bytes part = bytes(id);
        const aurelis_name name = aurelis_name_of(asking.category(), &part);
        aurelis_answer answer{};
        REQUIRE(aurelis_get_or_compute(asking.cache, &name, &SlowLoad::load, this, nullptr, nullptr, &answer,
                                       nullptr) == AURELIS_OK);
        CHECK(view(answer.value) == "old");  // It is the answer for its caller.
        aurelis_answer_release(&answer);
    }
};

}  // namespace

TEST_CASE("redis coherence: what one cache sets or removes, another's memory lets go") {
    RedisServer server;
    Opened one(Layers{}.over(server.port())), two(Layers{}.over(server.port()));
    await_live(one);
    await_live(two);
    REQUIRE(one.set("user123", "first") == AURELIS_OK);
    CHECK(two.get("user123") == "first");
    REQUIRE(two.set("user123", "second") == AURELIS_OK);
    require_soon(
        "the change", [&] { return one.get("user123") == "second"; }, Milliseconds(30'000));
    REQUIRE(one.remove("user123") == AURELIS_OK);
    require_soon(
        "the removal", [&] { return two.get("user123") == "-"; }, Milliseconds(30'000));
}

TEST_CASE("redis coherence: own messages are ignored, so what was just set stays in memory") {
    for (const std::string coherence : {"pubsub", "tracking"}) {
        INFO(coherence);
        RedisServer server;
        Layers layers;
        layers.redis_options = ", coherence: " + coherence;
        Opened one(layers.over(server.port())), two(layers.over(server.port()));
        await_live(one);
        await_live(two);
        REQUIRE(one.set("fence", "old") == AURELIS_OK);
        REQUIRE(one.set("mine", "v") == AURELIS_OK);
        // Later writes by the other are reported later: once this one arrives, so have the earlier ones.
        REQUIRE(two.set("fence", "new") == AURELIS_OK);
        require_soon(
            "the fence", [&] { return one.get("fence") == "new"; }, Milliseconds(30'000));
        CHECK(get_from(one, "mine", 1, 2) == "v");
        CHECK(two.get("mine") == "v");
    }
}

TEST_CASE("redis coherence: a clear in one process empties the memory of others, and their own disks") {
    for (const std::string coherence : {"pubsub", "tracking"}) {
        INFO(coherence);
        RedisServer server;
        Folder folder;
        Layers on_this_machine, on_another;
        on_this_machine.redis_options = on_another.redis_options = ", coherence: " + coherence;
        on_another.disk = folder / "cache.db";
        Opened one(on_this_machine.over(server.port())), two(on_another.over(server.port()));
        await_live(one);
        await_live(two);
        for (int i = 0; i < 20; ++i) {
            const std::string id = "user" + std::to_string(i);
            REQUIRE(two.set(id, "old") == AURELIS_OK);
            CHECK(one.get(id) == "old");
        }
        REQUIRE(aurelis_clear(one.cache, nullptr, nullptr, nullptr) == AURELIS_OK);
        require_soon(
            "the clear", [&] { return get_from(two, "user7", 1, 3) == "-" && get_from(two, "user7", 3, 3) == "-"; },
            Milliseconds(30'000));
        for (int i = 0; i < 20; ++i) {
            CHECK(two.get("user" + std::to_string(i)) == "-");
            CHECK(one.get("user" + std::to_string(i)) == "-");  // Nothing was promoted back.
        }
        REQUIRE(two.set("user7", "new") == AURELIS_OK);
        require_soon(
            "the new value", [&] { return one.get("user7") == "new"; }, Milliseconds(30'000));
    }
}

TEST_CASE("redis coherence: what Redis gives up to make room stays on the disk below, by tracking") {
    RedisOptions options;
    options.settings = {{"maxmemory-policy", "allkeys-random"}};
    RedisServer server(options);
    Folder folder;
    Layers layers;
    layers.has_memory = false;
    layers.redis_options = ", coherence: tracking";
    layers.disk = folder / "cache.db";
    Opened opened(layers.over(server.port()));
    await_live(opened);
    const auto id = [](int i) { return "user" + std::to_string(i); };
    constexpr int kEntries = 150;
    for (int i = 0; i < kEntries; ++i) REQUIRE(opened.set(id(i), "John") == AURELIS_OK);
    server.must({"CONFIG", "SET", "maxmemory", "1"});
    const auto heard = [&] { return layer_stats(opened, "L2_redis")["backend_stats"]["keys_heard"].get<int>(); };
    require_soon(
        "events of all that is gone", [&] { return heard() >= kEntries; }, Milliseconds(60'000));
    REQUIRE(server.must({"DBSIZE"}).integer == 0);
    server.must({"CONFIG", "SET", "maxmemory", "0"});
    int found = 0;
    for (int i = 0; i < kEntries; ++i) found += opened.get(id(i)) == "John" ? 1 : 0;
    CHECK(found == kEntries);
}

TEST_CASE("redis coherence: the time from a removal in one process to a miss in another") {
    RedisServer server;
    OtherProcess other(Layers{}.over(server.port()));
    Opened mine(Layers{}.over(server.port()));
    await_live(mine);
    std::vector<double> took;
    for (int round = 0; round < 200; ++round) {
        const std::string id = "k" + std::to_string(round);
        REQUIRE(mine.set(id, "v") == AURELIS_OK);
        CHECK(mine.get(id) == "v");
        std::atomic<int64_t> missed{0};
        std::thread looking([&] {
            const Deadline deadline(Milliseconds(30'000));
            while (get_from(mine, id, 1, 2) != "-" && !deadline.passed()) {
            }
            missed = mono_ns();
        });
        const int64_t removed = other.remove(id);
        looking.join();
        took.push_back(static_cast<double>(missed.load() - removed) / 1000);
        CHECK(mine.get(id) == "-");
    }
    std::sort(took.begin(), took.end());
    WARN("from remove() in one process to a miss in memory in another: median "
         << took[took.size() / 2] << " us, p99 " << took[took.size() * 99 / 100] << " us, slowest " << took.back()
         << " us");
    CHECK(took[took.size() / 2] < 20'000);
}

TEST_CASE("redis coherence: a removal in another process wins over a load in flight") {
    RedisServer server;
    OtherProcess other(Layers{}.over(server.port()));
    Folder folder;
    Layers layers;
    layers.disk = folder / "cache.db";
    Opened mine(layers.over(server.port()));
    await_live(mine);
    SlowLoad load{[&] { other.remove("user123"); }};
    for (int round = 0; round < 20; ++round) {
        load.expect_old_for(mine, "user123");
        for (uint32_t layer = 1; layer <= 3; ++layer)
            CHECK(get_from(mine, "user123", layer, 3) == "-");
        CHECK(other.get("user123") == "-");
    }
}

TEST_CASE("redis coherence: a set in another process wins over a load in flight, too") {
    RedisServer server;
    OtherProcess other(Layers{}.over(server.port()));
    Opened mine(Layers{}.over(server.port()));
    await_live(mine);
    SlowLoad load{[&] { other.set("user123", "new"); }};
    load.expect_old_for(mine, "user123");
    CHECK(mine.get("user123") == "new");
    CHECK(other.get("user123") == "new");
}

TEST_CASE("redis coherence: copies serve on while events are lost, and are given up or believed when they flow again") {
    for (const bool believes : {false, true}) {
        INFO((believes ? "believe" : "strict"));
        RedisServer server;
        FaultProxy proxy(server.endpoint());
        Layers layers;
        if (believes) layers.redis += ", after_gap: believe";
        Opened mine(layers.over(proxy.port())), another(Layers{}.over(server.port()));
        await_live(mine);
        REQUIRE(mine.set("user123", "John") == AURELIS_OK);
        const auto gaps = layer_stats(mine, "L2_redis")["following"]["gaps"].get<int>();
        proxy.door(Door::Closed);
        proxy.reset_all();
        require_soon(
            "a gap", [&] { return layer_stats(mine, "L2_redis")["following"]["state"] == "suspect"; },
            Milliseconds(30'000));
        CHECK(layer_stats(mine, "L2_redis")["following"]["gaps"].get<int>() > gaps);
        CHECK(mine.get("user123") == "John");
        CHECK(mine.layer == 1);
        REQUIRE(another.set("user123", "Jane") == AURELIS_OK);
        proxy.calm();
        await_live(mine);
        if (believes) {
            CHECK(mine.get("user123") == "John");
        } else {
            require_soon(
                "the new value", [&] { return mine.get("user123") == "Jane"; }, Milliseconds(30'000));
        }
    }
}

TEST_CASE("redis coherence: a thousand misses of one key at once are one computation") {
    RedisServer server;
    Opened opened(Layers{}.over(server.port()));
    const aurelis_category* users = opened.category();
    for (int round = 0; round < 5; ++round) {
        const std::string id = "asked" + std::to_string(round);
        std::atomic<int> computed{0}, answered{0};
        std::mutex mutex;
        std::condition_variable go;
        bool started = false;
        std::vector<std::thread> askers;
        struct Counted {
            static aurelis_status compute(void* self, const aurelis_name*, aurelis_computed* out) noexcept {
                ++*static_cast<std::atomic<int>*>(self);
                out->value = borrowed("answer");
                return AURELIS_OK;
            }
        };
        for (int i = 0; i < 1000; ++i)
            askers.emplace_back([&] {
                {
                    std::unique_lock lock(mutex);
                    go.wait(lock, [&] { return started; });
                }
                const aurelis_bytes part = bytes(id);
                const aurelis_name name = aurelis_name_of(users, &part);
                aurelis_answer answer{};
                if (aurelis_get_or_compute(opened.cache, &name, &Counted::compute, &computed, nullptr, nullptr, &answer,
                                           nullptr) == AURELIS_OK) {
                    answered += view(answer.value) == "answer" ? 1 : 0;
                    aurelis_answer_release(&answer);
                }
            });
        {
            std::scoped_lock lock(mutex);
            started = true;
        }
        go.notify_all();
        for (std::thread& asker : askers) asker.join();
        CHECK(computed.load() == 1);
        CHECK(answered.load() == 1000);
    }
}
