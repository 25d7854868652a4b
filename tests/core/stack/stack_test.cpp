// Covers: core/coherence/key_order.cpp, core/coherence/leases.cpp, core/layer/failure_log.cpp, core/layer/layer.cpp
// Covers: core/layer/layer_write.cpp, core/stack/stack_batch.cpp
#include "stack/stack.hpp"

#include "support/aborts.hpp"
#include "support/catch.hpp"
#include "support/stack_rig.hpp"

#include <future>
#include <thread>

using namespace aurelis;
using namespace aurelis::core;
using namespace aurelis::testing;

namespace {

// A set of "k" that is inside the backend, and so holds the key's lane, until it is released.
class HeldSet {
public:
    HeldSet(StackRig& rig, World& world, const std::string& value) {
        world.before = [this, first = true](const std::string& call) mutable {
            if (!call.starts_with("set k") || !first) return;
            first = false;
            inside_.set_value();
            go_.get_future().wait();
        };
        writer_ = std::thread([&rig, value] { rig.set("k", value); });
        inside_.get_future().wait();
    }
    ~HeldSet() { let_go(); }
    void let_go() {
        if (!writer_.joinable()) return;
        go_.set_value();
        writer_.join();
    }

private:
    std::promise<void> inside_, go_;
    std::thread writer_;
};

}  // namespace

TEST_CASE("stack get promotes what it finds below, with the remaining life") {
    World top, low;
    StackRig rig;
    rig.open({test_layer("L1", top, test_component<kMemoryCaps>(), Ttl{5 * kSecond, false}),
              test_layer("L2", low, test_component<kDiskCaps>())});
    REQUIRE(rig.set("k", "v", 8 * kSecond) == AURELIS_OK);
    {
        std::scoped_lock lock(top.mutex);
        CHECK(top.rows["k"].meta.expires_wall == rig.clock.now() + 5 * kSecond);
        top.rows.clear();
    }
    rig.clock.advance(6 * kSecond);
    uint16_t layer = 0;
    CHECK(rig.get("k", &layer) == "v");
    CHECK(layer == 2);
    {
        std::scoped_lock lock(top.mutex);
        REQUIRE(top.rows.count("k") == 1);
        CHECK(top.rows["k"].meta.expires_wall == ManualClock::kStart + 8 * kSecond);
        CHECK(top.rows["k"].meta.created_wall == ManualClock::kStart);
    }
    CHECK(rig.get("k", &layer) == "v");
    CHECK(layer == 1);
    rig.clock.advance(2 * kSecond);
    CHECK(rig.get("k") == "-");
}

TEST_CASE("stack get walks on when a layer fails, and says so once") {
    World top, low;
    StackRig rig;
    rig.open(
        {test_layer("L1", top, test_component<kMemoryCaps>()), test_layer("L2", low, test_component<kDiskCaps>())});
    REQUIRE(rig.set("k", "v") == AURELIS_OK);
    top.fail_get = AURELIS_E_UNAVAILABLE;
    for (int i = 0; i < 5; ++i) CHECK(rig.get("k") == "v");
    CHECK(rig.stack->layer(0).counted(kErrors) == 5);
    CHECK(rig.stack->layer(0).counted(kPromotions) == 0);
    REQUIRE(rig.log.size() == 2);  // The second line says that the layer is not used for now.
    CHECK(rig.log[0] == "test.yaml:1: layer L1 (test): get refused by the test; the other layers keep serving");
}

TEST_CASE("stack set goes up from the lowest layer and counts on one of them") {
    World top, low;
    StackRig rig;
    rig.open(
        {test_layer("L1", top, test_component<kMemoryCaps>()), test_layer("L2", low, test_component<kDiskCaps>())});
    low.fail_set = AURELIS_E_FULL;
    CHECK(rig.set("k", "v") == AURELIS_OK);
    CHECK(rig.get("k") == "v");
    top.fail_set = AURELIS_E_FULL;
    CHECK(rig.set("k", "w") == AURELIS_E_FULL);
}

TEST_CASE("stack publish after a remove or a set is refused") {
    World top, low;
    StackRig rig;
    rig.open(
        {test_layer("L1", top, test_component<kMemoryCaps>()), test_layer("L2", low, test_component<kDiskCaps>())});
    const auto load_during = [&](auto&& meanwhile) {
        CallContext context;
        rig.prime(context);
        Lookup lookup;
        aurelis_entry entry{};
        const std::string name = "k";
        REQUIRE(rig.stack->get(context, StackRig::key(name), lookup, entry) == AURELIS_NOT_FOUND);
        meanwhile();
        aurelis_write write{};
        write.value = borrowed("loaded");
        write.meta.created_wall = rig.runtime.clock.stamp();
        return rig.stack->publish(context, StackRig::key(name), write, lookup);
    };
    CHECK(load_during([&] { rig.remove("k"); }) == AURELIS_CONFLICT);
    CHECK(rig.get("k") == "-");
    CHECK(load_during([&] {
              CallContext context;
              rig.prime(context);
              uint64_t removed = 0;
              rig.stack->clear(context, "", removed);
          }) == AURELIS_CONFLICT);
    CHECK(rig.get("k") == "-");
    CHECK(load_during([] {}) == AURELIS_OK);
    CHECK(rig.get("k") == "loaded");
    rig.remove("k");
    CHECK(load_during([&] { rig.set("k", "newer"); }) == AURELIS_CONFLICT);
    CHECK(rig.get("k") == "newer");
}

TEST_CASE("stack publish ends the right of other look-ups, and keeps its own") {
    World top;
    StackRig rig;
    rig.open({test_layer("L1", top, test_component<kMemoryCaps>())});
    const std::string name = "k";
    CallContext context;
    rig.prime(context);
    Lookup first, second;
    aurelis_entry entry{};
    REQUIRE(rig.stack->get(context, StackRig::key(name), first, entry) == AURELIS_NOT_FOUND);
    REQUIRE(rig.stack->get(context, StackRig::key(name), second, entry) == AURELIS_NOT_FOUND);
    aurelis_write write{};
    write.meta.created_wall = rig.runtime.clock.stamp();
    write.value = borrowed("newer");
    CHECK(rig.stack->publish(context, StackRig::key(name), write, second) == AURELIS_OK);
    CHECK(second.lease.valid());  // So that who comes before it lands can still join.
    // What this one has read is older, perhaps from before a change by another process.
    write.value = borrowed("older");
    CHECK(rig.stack->publish(context, StackRig::key(name), write, first) == AURELIS_CONFLICT);
    CHECK(rig.get(name) == "newer");
    // The same in a batch.
    Lookup third, fourth;
    const std::string other = "l";
    REQUIRE(rig.stack->get(context, StackRig::key(other), third, entry) == AURELIS_NOT_FOUND);
    REQUIRE(rig.stack->get(context, StackRig::key(other), fourth, entry) == AURELIS_NOT_FOUND);
    const aurelis_key key = StackRig::key(other);
    Lookup* lookup = &fourth;
    aurelis_status each = AURELIS_E_INTERNAL;
    rig.stack->multi_publish(context, &key, &write, &lookup, 1, &each);
    CHECK(each == AURELIS_OK);
    CHECK(fourth.lease.valid());
    CHECK_FALSE(third.lease.valid());
}

TEST_CASE("stack publish that meets a removal by another process leaves nothing behind") {
    World top, shared;
    StackRig rig;
    rig.open({test_layer("L1", top, test_component<kMemoryCaps>()),
              test_layer("L2", shared, test_component<kSharedCaps>())});
    CallContext context;
    rig.prime(context);
    Lookup lookup;
    aurelis_entry entry{};
    const std::string name = "k";
    REQUIRE(rig.stack->get(context, StackRig::key(name), lookup, entry) == AURELIS_NOT_FOUND);
    {
        std::scoped_lock lock(shared.mutex);
        shared.versions["k"] = ++shared.last_version;  // Another process removed it.
    }
    aurelis_write write{};
    write.value = borrowed("loaded");
    write.meta.created_wall = rig.clock.now();
    CHECK(rig.stack->publish(context, StackRig::key(name), write, lookup) == AURELIS_CONFLICT);
    CHECK_FALSE(top.has("k"));
    CHECK_FALSE(shared.has("k"));
}

TEST_CASE("stack remove that cannot enter the lane in time is done by its holder, and nobody sees the key meanwhile") {
    World low;
    StackRig rig;
    rig.open({test_layer("L1", low, test_component<kMemoryCaps>())});
    HeldSet held(rig, low, "slow");
    CallContext context;
    rig.prime(context);
    context.call.deadline_mono = 1;  // Long past.
    const std::string name = "k";
    CHECK(rig.stack->remove(context, StackRig::key(name), nullptr) == AURELIS_OK);
    CHECK(rig.get("k") == "-");
    held.let_go();
    CHECK(rig.get("k") == "-");
    CHECK_FALSE(low.has("k"));
    CHECK(rig.set("k", "again") == AURELIS_OK);
    CHECK(rig.get("k") == "again");
}

TEST_CASE("stack set that cannot enter the lane in time says so and writes nothing") {
    World low;
    StackRig rig;
    rig.open({test_layer("L1", low, test_component<kMemoryCaps>())});
    HeldSet held(rig, low, "first");
    CallContext context;
    rig.prime(context);
    context.call.deadline_mono = 1;
    aurelis_write write{};
    write.value = borrowed("second");
    aurelis_status each[kStackLayersMax];
    const std::string name = "k", other = "another key";
    CHECK(rig.stack->set(context, StackRig::key(name), write, each) == AURELIS_E_TIMEOUT);
    CHECK(rig.stack->set(context, StackRig::key(other), write, each) == AURELIS_OK);
    held.let_go();
    CHECK(rig.get("k") == "first");
}

TEST_CASE("stack clear hides everything older even where bytes remain") {
    World low;
    StackRig rig;
    rig.open({test_layer("L1", low, test_component<kMemoryCaps>())});
    REQUIRE(rig.set("a", "1") == AURELIS_OK);
    World::Row kept = low.rows["a"];
    CallContext context;
    rig.prime(context);
    uint64_t removed = 0;
    CHECK(rig.stack->clear(context, "", removed) == AURELIS_OK);
    CHECK(removed == 1);
    low.rows["a"] = kept;
    CHECK(rig.get("a") == "-");
    CHECK(rig.stack->layer(0).counted(kInvalidatedFound) == 1);
    REQUIRE(rig.set("a", "2") == AURELIS_OK);
    CHECK(rig.get("a") == "2");
}

TEST_CASE("stack gives the newest stale copy when nothing is fresh") {
    World top, low;
    StackRig rig;
    rig.open(
        {test_layer("L1", top, test_component<kMemoryCaps>()), test_layer("L2", low, test_component<kMemoryCaps>())});
    const auto plant = [&](World& world, const char* value, int64_t created) {
        std::scoped_lock lock(world.mutex);
        aurelis_meta meta{};
        meta.created_wall = created;
        meta.stale_wall = rig.clock.now() - 1;
        world.rows["k"] = {value, meta, "", 1};
    };
    plant(top, "older", rig.clock.now() - 20);
    plant(low, "newer", rig.clock.now() - 10);
    CHECK(rig.get("k") == "~newer");
    plant(low, "oldest", rig.clock.now() - 30);
    CHECK(rig.get("k") == "~older");
    low.rows["k"].meta.stale_wall = 0;
    CHECK(rig.get("k") == "oldest");
}

TEST_CASE("stack does not believe an entry from the far future that it did not write itself") {
    World low;
    StackRig rig;
    rig.open({test_layer("L1", low, test_component<kMemoryCaps>())});
    REQUIRE(rig.set("k", "v") == AURELIS_OK);
    low.rows["k"].meta.created_wall += 3600 * kSecond;
    CHECK(rig.get("k") == "-");
    CHECK(rig.stack->layer(0).counted(kFromFuture) == 1);
    CHECK(rig.log.back().find("3600 s from now") != std::string::npos);
    CHECK(rig.set("k", "w") == AURELIS_OK);
    CHECK(rig.get("k") == "w");
}

TEST_CASE("stack finds what it has written, whatever step the wall clock takes") {
    constexpr int64_t kDay = 86'400 * kSecond;
    const int64_t to_1970 = -ManualClock::kStart, to_2100 = int64_t{4'102'444'800} * kSecond - ManualClock::kStart;
    for (const int64_t step : {kSecond, -kSecond, 600 * kSecond, -600 * kSecond, kDay, -kDay, to_1970, to_2100}) {
        World top, low;
        StackRig rig;
        rig.open({test_layer("L1", top, test_component<kMemoryCaps>()),
                  test_layer("L2", low, test_component<kSharedCaps>())});
        REQUIRE(rig.set("before", "1") == AURELIS_OK);
        REQUIRE(rig.set("short", "1", kSecond / 2) == AURELIS_OK);
        rig.clock.step_wall(step);
        INFO(step);
        CHECK(rig.get("before") == "1");
        CHECK(rig.get("short") == (step > 0 ? "-" : "1"));
        REQUIRE(rig.set("after", "2", 60 * kSecond) == AURELIS_OK);
        CHECK(rig.get("after") == "2");
        rig.clock.step_wall(-step);
        CHECK(rig.get("before") == "1");
        CHECK(rig.get("after") == (step < -60 * kSecond ? "-" : "2"));
        REQUIRE(rig.set("back", "3", 60 * kSecond) == AURELIS_OK);
        CHECK(rig.get("back") == "3");
        // A second cache over the same store, whose clock was right all the time.
        World other_top;
        StackRig other;
        other.open({test_layer("L1", other_top, test_component<kMemoryCaps>()),
                    test_layer("L2", low, test_component<kSharedCaps>())});
        CHECK(other.get("back") == "3");

        CallContext context;
        rig.prime(context);
        uint64_t removed = 0;
        REQUIRE(rig.stack->clear(context, "", removed) == AURELIS_OK);
        CHECK(low.rows.size() == 1);  // The stamp.
        REQUIRE(rig.set("last", "4", 60 * kSecond) == AURELIS_OK);
        CHECK(rig.get("last") == "4");
    }
}

TEST_CASE("stack clear removes what was created while the clock was ahead") {
    World top, low;
    StackRig rig;
    rig.open({test_layer("L1", top, test_component<kMemoryCaps>()),
              test_layer("L2", low, test_component<kDiskCaps>())});
    rig.clock.step_wall(3600 * kSecond);
    REQUIRE(rig.set("k", "v") == AURELIS_OK);
    rig.clock.step_wall(-3600 * kSecond);
    CallContext context;
    rig.prime(context);
    uint64_t removed = 0;
    REQUIRE(rig.stack->clear(context, "", removed) == AURELIS_OK);
    CHECK(removed == 1);
    rig.clock.advance(2 * 3600 * kSecond);
    CHECK(rig.get("k") == "-");
}

TEST_CASE("layer that cannot start is passed over and serves when it can") {
    World top, low;
    StackRig rig;
    low.fail_start = AURELIS_E_UNAVAILABLE;
    rig.open(
        {test_layer("L1", top, test_component<kMemoryCaps>()), test_layer("L2", low, test_component<kDiskCaps>())});
    CHECK(rig.log.at(0) == "test.yaml:1: layer L2 (test): the test says no; the other layers keep serving");
    REQUIRE(rig.set("k", "v") == AURELIS_OK);
    CHECK(rig.get("k") == "v");
    CHECK(rig.stack->layer(1).backend() == nullptr);
    low.fail_start = AURELIS_OK;
    rig.clock.advance(2 * kSecond);
    while (rig.stack->layer(1).backend() == nullptr) std::this_thread::yield();
    REQUIRE(rig.set("k", "w") == AURELIS_OK);
    CHECK(low.has("k"));
}

TEST_CASE("stack batches answer what single calls would") {
    World top, low;
    StackRig rig;
    rig.open(
        {test_layer("L1", top, test_component<kMemoryCaps>()), test_layer("L2", low, test_component<kDiskCaps>())});
    std::vector<std::string> names;
    for (int i = 0; i < 100; ++i) names.push_back("key" + std::to_string(i));
    std::vector<aurelis_key> keys;
    std::vector<aurelis_write> writes;
    for (const std::string& name : names) {
        keys.push_back(StackRig::key(name));
        aurelis_write write{};
        write.value = borrowed(name);
        write.meta.created_wall = rig.clock.now();
        writes.push_back(write);
    }
    CallContext context;
    rig.prime(context);
    std::vector<aurelis_status> each(names.size());
    rig.stack->multi_write(context, keys.data(), writes.data(), 80, each.data());
    for (int i = 0; i < 80; ++i) CHECK(each[i] == AURELIS_OK);
    {
        std::scoped_lock lock(top.mutex);
        for (int i = 0; i < 40; ++i) top.rows.erase(names[i]);
    }
    std::vector<aurelis_entry> found(names.size());
    rig.stack->multi_get(context, keys.data(), keys.size(), found.data());
    for (int i = 0; i < 100; ++i) {
        CHECK(found[i].status == (i < 80 ? AURELIS_OK : AURELIS_NOT_FOUND));
        if (i >= 80) continue;
        const Pinned value(found[i].value);
        CHECK(value.view() == names[i]);
        CHECK(found[i].layer == (i < 40 ? 2 : 1));
        CHECK(top.has(names[i]));
    }
    for (aurelis_write& write : writes) write.flags = AURELIS_SET_REMOVE;
    rig.stack->multi_write(context, keys.data(), writes.data(), keys.size(), each.data());
    for (int i = 0; i < 100; ++i) CHECK(each[i] == (i < 80 ? AURELIS_OK : AURELIS_NOT_FOUND));
    CHECK(rig.get("key0") == "-");
}

TEST_CASE("stack batches ask each layer once, for what the layers above it have not") {
    World worlds[3];
    StackRig rig;
    rig.open({test_layer("L1", worlds[0], batch_test_component<kMemoryCaps>()),
              test_layer("L2", worlds[1], batch_test_component<kSharedCaps>()),
              test_layer("L3", worlds[2], batch_test_component<kDiskCaps>())});
    std::vector<std::string> names;
    for (int i = 0; i < 1000; ++i) names.push_back("key" + std::to_string(i));
    for (size_t i = 0; i < 900; ++i) {  // 300 in each of the layers.
        REQUIRE(rig.set(names[i], names[i]) == AURELIS_OK);
        for (size_t layer = 0; layer < 3; ++layer) {
            const std::scoped_lock lock(worlds[layer].mutex);
            if (layer != i / 300) worlds[layer].rows.erase(names[i]);
        }
    }
    for (World& world : worlds) world.calls.clear();
    std::vector<aurelis_key> keys;
    for (const std::string& name : names) keys.push_back(StackRig::key(name));
    std::vector<aurelis_entry> found(keys.size());
    CallContext context;
    rig.prime(context);
    std::vector<Lookup> lookups(keys.size());
    rig.stack->multi_get(context, keys.data(), keys.size(), found.data(), lookups.data());
    for (size_t i = 0; i < found.size(); ++i) {
        CHECK(found[i].status == (i < 900 ? AURELIS_OK : AURELIS_NOT_FOUND));
        if (i < 900) CHECK(found[i].layer == i / 300 + 1);
        if (i < 900) aurelis_buf_release(&found[i].value);
    }
    for (size_t layer = 0; layer < 3; ++layer) {
        CHECK(worlds[layer].count("multi_get") == 1);
        CHECK(worlds[layer].count("multi_get " + std::to_string(1000 - 300 * layer)) == 1);
    }
    // What was loaded for the rest is written to each of them once as well.
    rig.pass(0);
    for (World& world : worlds) world.calls.clear();
    std::vector<aurelis_write> writes(100);
    std::vector<Lookup*> rights;
    for (size_t i = 0; i < writes.size(); ++i) {
        writes[i].value = borrowed(names[900 + i]);
        writes[i].meta.created_wall = rig.runtime.clock.stamp();
        rights.push_back(&lookups[900 + i]);
    }
    std::vector<aurelis_status> each(writes.size());
    rig.stack->multi_publish(context, keys.data() + 900, writes.data(), rights.data(), writes.size(), each.data());
    CHECK(std::count(each.begin(), each.end(), AURELIS_OK) == 100);
    for (World& world : worlds) {
        CHECK(world.count("multi_write") == 1);
        CHECK(world.count("multi_write 100") == 1);
        CHECK(world.has(names[999]));
    }
}

TEST_CASE("stack batches that share keys in another order never wait for each other") {
    World low;
    StackRig rig;
    rig.open({test_layer("L1", low, test_component<kMemoryCaps>())});
    const std::vector<std::string> names{"a", "b", "c", "d", "e"};
    const auto work = [&](bool forward) {
        for (int round = 0; round < 500; ++round) {
            std::vector<aurelis_key> keys;
            std::vector<aurelis_write> writes(names.size());
            for (size_t i = 0; i < names.size(); ++i) {
                keys.push_back(StackRig::key(names[forward ? i : names.size() - 1 - i]));
                writes[i].value = borrowed("v");
            }
            CallContext context;
            rig.prime(context);
            std::vector<aurelis_status> each(names.size());
            rig.stack->multi_write(context, keys.data(), writes.data(), keys.size(), each.data());
        }
    };
    std::thread one(work, true), two(work, false);
    one.join();
    two.join();
    CHECK(rig.get("a") == "v");
}

TEST_CASE("stack remove beats a look-up that reads the old value below") {
    World top, low;
    StackRig rig;
    rig.open(
        {test_layer("L1", top, test_component<kMemoryCaps>()), test_layer("L2", low, test_component<kDiskCaps>())});
    REQUIRE(rig.set("k", "old") == AURELIS_OK);
    const World::Row old_row = low.rows["k"];
    top.rows.clear();
    // The removal happens when the look-up has missed above and is about to read below, where the test lets it still
    // see the old row, as if it had been read a moment earlier.
    low.before = [&, once = true](const std::string& call) mutable {
        if (call != "get k" || !once) return;
        once = false;
        std::thread([&] { rig.remove("k"); }).join();
        std::scoped_lock lock(low.mutex);
        low.rows["k"] = old_row;
    };
    CHECK(rig.get("k") == "old");
    CHECK_FALSE(top.has("k"));
    CHECK(rig.stack->layer(0).counted(kPromotions) == 0);
}

TEST_CASE("stack: a bare layer stores and believes values as they are") {
    World top, shared;
    StackRig rig;
    LayerSpec bare = test_layer("L2", shared, test_component<AURELIS_CAP_SHARED | AURELIS_CAP_PERSISTENT>());
    bare.bare = true;
    rig.open({test_layer("L1", top, test_component<kMemoryCaps>()), bare});
    REQUIRE(rig.set("k", "{\"a\": 1}") == AURELIS_OK);
    CHECK(shared.rows["k"].value == "{\"a\": 1}");
    CHECK(shared.rows["k"].attrs.empty());
    {
        std::scoped_lock lock(top.mutex, shared.mutex);
        top.rows.clear();
        shared.rows["k"].value = "another program wrote this";
    }
    uint16_t layer = 0;
    CHECK(rig.get("k", &layer) == "another program wrote this");
    CHECK(layer == 2);
    // After a clear what other programs write is believed again.
    CallContext context;
    rig.prime(context);
    uint64_t removed = 0;
    rig.clock.advance(kSecond);
    rig.stack->clear(context, "", removed);
    CHECK(rig.get("k") == "-");
    {
        std::scoped_lock lock(shared.mutex);
        shared.rows["k"].value = "new";
    }
    rig.clock.advance(1);
    CHECK(rig.get("k") == "new");
}

TEST_CASE("stack: what a backend finds too large is no failure of it, alone or in a batch, and leaves nothing") {
    World top, low;
    StackRig rig;
    rig.open(
        {test_layer("L1", top, test_component<kMemoryCaps>()), test_layer("L2", low, test_component<kDiskCaps>())});
    for (const bool batch : {false, true}) {
        const std::string name = batch ? "batch" : "alone";
        INFO(name);
        REQUIRE(rig.set(name, "old") == AURELIS_OK);
        low.fail_set = AURELIS_E_TOO_LARGE;
        if (batch) {
            CallContext context;
            rig.prime(context);
            const aurelis_key key = StackRig::key(name);
            aurelis_write write{};
            write.value = borrowed("new");
            write.meta.created_wall = rig.runtime.clock.stamp();
            aurelis_status each = AURELIS_E_FAILED;
            rig.stack->multi_write(context, &key, &write, 1, &each);
            CHECK(each == AURELIS_OK);
        } else {
            CHECK(rig.set(name, "new") == AURELIS_OK);
        }
        low.fail_set = AURELIS_OK;
        CHECK_FALSE(low.has(name));
        CHECK(rig.get(name) == "new");
    }
    CHECK(rig.stack->layer(1).counted(kErrors) == 0);
    CHECK(rig.stack->layer(1).counted(kNotAdmitted) == 2);
    CHECK(rig.log.empty());
}

#ifndef NDEBUG
TEST_CASE("stack: debug builds catch a write of a key that is not in its lane") {
    World world;
    StackRig rig;
    rig.open({test_layer("L1", world, test_component<kMemoryCaps>())});
    const std::string name = "aurelis:v1:c:k", own = "\x01" "aurelis:stamp";
    CallContext context;
    rig.prime(context);
    aurelis_write write{};
    write.value = borrowed("v");
    Layer& layer = rig.stack->layer(0);
    CHECK(aborts([&] { layer.set(context, StackRig::key(name), write); }));
    CHECK(aborts([&] { layer.remove(context, StackRig::key(name)); }));
    CHECK(aborts([&] { layer.drop(context, StackRig::key(name), 0); }));
    CHECK_FALSE(aborts([&] { layer.remove(context, StackRig::key(own)); }));  // The cache's own keys have no lanes.
    CHECK(rig.set(name, "v") == AURELIS_OK);
}
#endif
