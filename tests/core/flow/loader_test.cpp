// Covers: core/flow/flights.cpp, core/flow/waits.cpp
#include "flow/loader.hpp"

#include "support/catch.hpp"
#include "support/stack_rig.hpp"

#include "base/buffer.hpp"

#include <future>
#include <thread>

using namespace aurelis;
using namespace aurelis::core;
using namespace aurelis::testing;

namespace {

struct LoaderRig : StackRig {
    World world;
    std::unique_ptr<Loader> loader;
    std::unique_ptr<Chain> chain;

    LoaderRig() {
        open({test_layer("L1", world, test_component<kMemoryCaps>())});
        loader = std::make_unique<Loader>(runtime);
        chain = std::make_unique<Chain>(*stack);
    }
    ~LoaderRig() { chain.reset(); }
    // get, else load: the value, "-" if there is none, "!text" on an error.
    std::string ask(const std::string& name, std::function<aurelis_status(Loaded&)> load, int64_t deadline = 0) {
        CallContext context;
        prime(context);
        context.call.deadline_mono = deadline;
        Lookup lookup;
        aurelis_entry entry{};
        const aurelis_key k = key(name);
        const uint64_t landings = loader->landings(k.hash);
        aurelis_status status = stack->get(context, k, lookup, entry);
        if (status == AURELIS_NOT_FOUND) {
            const auto describe = [&](const Loaded&, int64_t created, aurelis_meta& meta, std::string&) {
                meta.created_wall = created;
            };
            LoadRequest request{k, name, *chain, lookup, landings, load, describe};
            status = loader->load(context, request, entry);
        }
        if (status == AURELIS_NOT_FOUND) return "-";
        if (status < 0) return "!" + context.error;
        const Pinned value(entry.value);
        return std::string(value.view());
    }
};

aurelis_status give(Loaded& loaded, std::string_view value) {
    loaded.value = copy_buffer(value);
    return AURELIS_OK;
}

}  // namespace

TEST_CASE("loader computes once for a thousand callers, in every round") {
    for (int round = 0; round < 20; ++round) {
        LoaderRig rig;
        std::atomic<int> computed{0}, right{0};
        std::vector<std::thread> callers;
        for (int t = 0; t < 50; ++t)
            callers.emplace_back([&] {
                for (int i = 0; i < 20; ++i)
                    if (rig.ask("k", [&](Loaded& loaded) {
                            ++computed;
                            std::this_thread::yield();
                            return give(loaded, "v");
                        }) == "v")
                        ++right;
            });
        for (std::thread& caller : callers) caller.join();
        REQUIRE(computed == 1);
        REQUIRE(right == 1000);
    }
}

TEST_CASE("loader does not delay other keys") {
    LoaderRig rig;
    std::promise<void> inside, go;
    std::thread slow([&] {
        rig.ask("slow", [&](Loaded& loaded) {
            inside.set_value();
            go.get_future().wait();
            return give(loaded, "v");
        });
    });
    inside.get_future().wait();
    CHECK(rig.ask("fast", [](Loaded& loaded) { return give(loaded, "w"); }) == "w");
    go.set_value();
    slow.join();
}

TEST_CASE("loader: who asks after a removal loads anew, and the revoked load is not kept") {
    LoaderRig rig;
    std::promise<void> inside, go;
    std::string first, second;
    std::thread slow([&] {
        first = rig.ask("k", [&](Loaded& loaded) {
            inside.set_value();
            go.get_future().wait();
            return give(loaded, "before the removal");
        });
    });
    inside.get_future().wait();
    rig.remove("k");
    second = rig.ask("k", [](Loaded& loaded) { return give(loaded, "after the removal"); });
    go.set_value();
    slow.join();
    CHECK(first == "before the removal");
    CHECK(second == "after the removal");
    CHECK(rig.get("k") == "after the removal");
    CHECK(rig.loader->counted(core::kLoadsRevoked) == 1);
}

TEST_CASE("loader hands a failure to the whole wave and keeps nothing") {
    LoaderRig rig;
    int tried = 0;
    const auto failing = [&](Loaded& loaded) -> aurelis_status {
        ++tried;
        loaded.error = "the service is down";
        return AURELIS_E_UNAVAILABLE;
    };
    CHECK(rig.ask("k", failing) == "!the service is down");
    CHECK(rig.ask("k", failing) == "!the service is down");
    CHECK(tried == 2);
    CHECK_FALSE(rig.world.has("k"));
    CHECK(rig.ask("k", [](Loaded&) -> aurelis_status { return AURELIS_NOT_FOUND; }) == "-");
}

TEST_CASE("loader: a waiter gives up at its deadline, the load goes on") {
    LoaderRig rig;
    std::promise<void> inside, go;
    std::thread slow([&] {
        rig.ask("k", [&](Loaded& loaded) {
            inside.set_value();
            go.get_future().wait();
            return give(loaded, "v");
        });
    });
    inside.get_future().wait();
    const std::string waited = rig.ask("k", [](Loaded& loaded) { return give(loaded, "never"); }, 1);
    CHECK(waited.rfind("!the time-out passed while another caller", 0) == 0);
    go.set_value();
    slow.join();
    CHECK(rig.get("k") == "v");
}

TEST_CASE("loader refuses a computation that asks for its own key") {
    LoaderRig rig;
    std::string inner;
    CHECK(rig.ask("k", [&](Loaded& loaded) {
              inner = rig.ask("k", [](Loaded& again) { return give(again, "x"); });
              return give(loaded, "v");
          }) == "v");
    CHECK(inner.rfind("!computations wait for one another in a ring: k -> k; ", 0) == 0);
}

// Each thread computes its own key and asks for the next one's once all are computing: the last to ask is refused, with
// the ring, and all others get their answers.
TEST_CASE("loader finds a ring over threads at once, and only the one that closes it is refused") {
    for (const size_t n : {2, 3, 7}) {
        LoaderRig rig;
        std::atomic<size_t> computing{0};
        std::vector<std::string> inner(n), outer(n);
        std::vector<std::thread> threads;
        const auto name = [](size_t i) { return std::string(1, static_cast<char>('a' + i)); };
        for (size_t i = 0; i < n; ++i)
            threads.emplace_back([&, i] {
                outer[i] = rig.ask(name(i), [&](Loaded& loaded) {
                    for (++computing; computing != n;) std::this_thread::yield();
                    inner[i] = rig.ask(name((i + 1) % n), [&](Loaded& again) { return give(again, "anew"); });
                    return give(loaded, "v" + name(i));
                });
            });
        for (std::thread& thread : threads) thread.join();
        size_t refused = 0;
        for (size_t i = 0; i < n; ++i) {
            CHECK(outer[i] == "v" + name(i));
            if (inner[i] == "v" + name((i + 1) % n)) continue;
            ++refused;
            std::string ring;
            for (size_t j = 0; j <= n; ++j) ring += (j != 0 ? " -> " : "") + name((i + j) % n);
            CHECK(inner[i] ==
                  "!computations wait for one another in a ring: " + ring + "; compute one of them without the cache");
        }
        CHECK(refused == 1);
        CHECK(rig.loader->counted(core::kLoadRings) == 1);
    }
}

TEST_CASE("loader names what lies inside of one thread, too, and a ring through two caches is one") {
    LoaderRig one, two;
    std::promise<void> inside_a, inside_b;
    std::string told;
    std::thread first([&] {
        one.ask("a", [&](Loaded& loaded) {
            one.ask("c", [&](Loaded& middle) {
                inside_a.set_value();
                inside_b.get_future().wait();
                while (two.loader->counted(core::kLoadsJoined) + one.loader->counted(core::kLoadsJoined) == 0)
                    std::this_thread::yield();
                told = two.ask("b", [&](Loaded& again) { return give(again, "x"); });
                return give(middle, "c");
            });
            return give(loaded, "a");
        });
    });
    two.ask("b", [&](Loaded& loaded) {
        inside_a.get_future().wait();
        inside_b.set_value();
        CHECK(one.ask("a", [&](Loaded& again) { return give(again, "x"); }) == "a");
        return give(loaded, "b");
    });
    first.join();
    CHECK(told.rfind("!computations wait for one another in a ring: a -> c -> b -> a; ", 0) == 0);
}

TEST_CASE("loader: waiting for another's computation that is no ring ends with its answer, also in depth") {
    LoaderRig rig;
    std::atomic<size_t> computing{0};
    std::string top;
    std::thread slow([&] {
        rig.ask("bottom", [&](Loaded& loaded) {
            ++computing;
            while (rig.loader->counted(core::kLoadsJoined) == 0) std::this_thread::yield();
            return give(loaded, "v");
        });
    });
    while (computing == 0) std::this_thread::yield();
    top = rig.ask("top", [&](Loaded& loaded) {
        const std::string middle = rig.ask("middle", [&](Loaded& in) {
            return give(in, rig.ask("bottom", [&](Loaded& x) { return give(x, "x"); }));
        });
        return give(loaded, middle + "+");
    });
    slow.join();
    CHECK(top == "v+");
    CHECK(rig.loader->counted(core::kLoadRings) == 0);
}

TEST_CASE("loader: who says no time-out waits as long as any call may, and not for ever") {
    LoaderRig rig;
    rig.runtime.wait_ns = 30 * kSecond;
    std::promise<void> inside, go;
    std::thread slow([&] {
        rig.ask("k", [&](Loaded& loaded) {
            inside.set_value();
            go.get_future().wait();
            return give(loaded, "v");
        });
    });
    inside.get_future().wait();
    std::string waited;
    std::thread waiter([&] { waited = rig.ask("k", [](Loaded& loaded) { return give(loaded, "never"); }); });
    while (rig.loader->counted(core::kLoadsJoined) == 0) std::this_thread::yield();
    while (rig.loader->counted(core::kLoadWaitTimeouts) == 0) {
        rig.clock.advance(kSecond);
        std::this_thread::yield();
    }
    waiter.join();
    CHECK(waited.rfind("!another caller was computing the same key for longer than cache.wait_timeout", 0) == 0);
    go.set_value();
    slow.join();
}

TEST_CASE("loader lands the flight when the computation throws") {
    LoaderRig rig;
    CHECK_THROWS(rig.ask("k", [](Loaded&) -> aurelis_status { throw std::runtime_error("boom"); }));
    CHECK(rig.ask("k", [](Loaded& loaded) { return give(loaded, "v"); }) == "v");
}

TEST_CASE("loader answers but does not keep what took longer than a lease") {
    LoaderRig rig;
    CHECK(rig.ask("k", [&](Loaded& loaded) {
              rig.clock.advance(61 * kSecond);
              return give(loaded, "late");
          }) == "late");
    CHECK_FALSE(rig.world.has("k"));
    CHECK(rig.loader->counted(core::kLoadsTooLate) == 1);
}

TEST_CASE("loader: a load that replaces a copy in a shared layer does not undo what another process did meanwhile") {
    const std::string name = "aurelis:v1:c:k";
    const aurelis_key key = StackRig::key(name);
    for (const bool is_stale : {true, false}) {
        for (const bool is_removed : {true, false}) {
            World top, shared;
            StackRig rig;
            rig.open({test_layer("L1", top, test_component<kMemoryCaps>()),
                      test_layer("L2", shared, test_component<kSharedCaps>())});
            Loader loader(rig.runtime);
            Chain chain(*rig.stack);
            CallContext context;
            rig.prime(context);
            const std::string old = "old";
            aurelis_write write{};
            write.value = borrowed(old);
            write.meta.created_wall = rig.runtime.clock.stamp();
            write.meta.stale_wall = rig.clock.now() + kSecond;
            write.meta.expires_wall = rig.clock.now() + 100 * kSecond;
            aurelis_status each[kStackLayersMax];
            REQUIRE(rig.stack->set(context, key, write, each) == AURELIS_OK);
            if (is_stale) rig.clock.advance(2 * kSecond);
            rig.prime(context);
            Lookup lookup;
            aurelis_entry entry{};
            if (is_stale) {
                REQUIRE(rig.stack->get(context, key, lookup, entry) == AURELIS_STALE);
                aurelis_buf_release(&entry.value);
            }  // Else the loader looks at the versions itself.
            const auto run = [&](Loaded& loaded) {
                std::scoped_lock lock(shared.mutex);
                shared.versions[name] = ++shared.last_version;
                shared.rows[name].version = shared.last_version;
                if (is_removed) shared.rows.erase(name);
                return give(loaded, "loaded");
            };
            const auto describe = [&](const Loaded&, int64_t created, aurelis_meta& meta, std::string&) {
                meta.created_wall = created;
            };
            LoadRequest request{key, name, chain, lookup, loader.landings(key.hash), run, describe};
            context.call.flags |= AURELIS_CALL_REFRESH;
            REQUIRE(loader.load(context, request, entry) == AURELIS_OK);
            aurelis_buf_release(&entry.value);
            CHECK(loader.counted(kLoadsRevoked) == 1);
            CHECK(shared.has(name) != is_removed);
            for (World* world : {&top, &shared}) {
                std::scoped_lock lock(world->mutex);
                const auto row = world->rows.find(name);
                CHECK((row == world->rows.end() || row->second.value.find("loaded") == std::string::npos));
            }
        }
    }
}
