// What another process does to a shared layer, and its effect on the copies of this process.
#include "stack/stack.hpp"
#include "support/catch.hpp"
#include "support/stack_rig.hpp"

#include <atomic>
#include <chrono>
#include <future>

using namespace aurelis;
using namespace aurelis::core;
using namespace aurelis::testing;

namespace {

const std::string kKey = "aurelis:v1:c:k";

// A private memory above, a disk below, and between them the layer that others write, too.
struct Shared {
    World top, shared, low;
    StackRig rig;

    explicit Shared(bool believes_after_gap = false, int64_t wait_ns = 300 * kSecond) {
        rig.runtime.wait_ns = wait_ns;
        shared.tells_changes = true;
        LayerSpec middle = test_layer("L2", shared, test_component<kSharedCaps>());
        middle.resilience.believes_after_gap = believes_after_gap;
        rig.open({test_layer("L1", top, test_component<kMemoryCaps>()), middle,
                  test_layer("L3", low, test_component<kDiskCaps>())});
        shared.tell(AURELIS_WATCH_LIVE);
        rig.pass(1);
    }
    // Another process writes: the row changes, and the server reports it.
    void foreign_set(const std::string& key, uint32_t event = AURELIS_WATCH_CHANGED) {
        {
            std::scoped_lock lock(shared.mutex);
            shared.rows.erase(key);
            shared.versions[key] = ++shared.last_version;
        }
        shared.tell(event, key);
    }
    std::string state() const { return rig.stack->following(1).state; }
};

}  // namespace

TEST_CASE("follower: a foreign change drops the key from every other layer") {
    for (const uint32_t event : {AURELIS_WATCH_CHANGED, AURELIS_WATCH_REMOVED}) {
        Shared stack;
        CHECK(stack.state() == "live");
        REQUIRE(stack.rig.set(kKey, "mine") == AURELIS_OK);
        REQUIRE(stack.rig.set("aurelis:v1:c:other", "stays") == AURELIS_OK);
        stack.foreign_set(kKey, event);
        CHECK_FALSE(stack.top.has(kKey));  // At once, where that cannot block.
        stack.rig.pass(1);
        CHECK_FALSE(stack.low.has(kKey));
        CHECK(stack.rig.get(kKey) == "-");
        CHECK(stack.rig.get("aurelis:v1:c:other") == "stays");
        CHECK(stack.rig.stack->following(1).changes == 1);
    }
}

TEST_CASE("follower: a foreign change revokes the load that is in flight") {
    Shared stack;
    CallContext context;
    stack.rig.prime(context);
    Lookup lookup;
    aurelis_entry entry{};
    REQUIRE(stack.rig.stack->get(context, StackRig::key(kKey), lookup, entry) == AURELIS_NOT_FOUND);
    stack.foreign_set(kKey);
    aurelis_write write{};
    write.value = borrowed("older");
    write.meta.created_wall = stack.rig.clock.now();
    CHECK(stack.rig.stack->publish(context, StackRig::key(kKey), write, lookup) == AURELIS_CONFLICT);
    CHECK_FALSE(stack.top.has(kKey));
}

TEST_CASE("follower: a change that comes while the key is written waits for the writer") {
    Shared stack;
    bool told = false;
    stack.low.before = [&](const std::string& call) {
        if (call.rfind("set " + kKey + "=", 0) != 0 || told) return;
        told = true;
        stack.shared.tell(AURELIS_WATCH_CHANGED, kKey);  // The lane is held by the set that runs.
    };
    REQUIRE(stack.rig.set(kKey, "mine") == AURELIS_OK);
    REQUIRE(told);
    stack.rig.pass(1);
    CHECK_FALSE(stack.top.has(kKey));
    CHECK_FALSE(stack.low.has(kKey));
}

TEST_CASE("follower: a change waits for a writer even if that takes longer than any call may wait") {
    Shared stack(false, 30 * kSecond);
    std::promise<void> dropped;
    std::atomic<bool> writing{false};
    stack.top.before = [&](const std::string& call) {
        if (writing && call.rfind("remove ", 0) == 0) dropped.set_value();
    };
    stack.low.before = [&](const std::string& call) {
        if (call.rfind("set " + kKey + "=", 0) != 0) return;
        writing = true;
        stack.shared.tell(AURELIS_WATCH_CHANGED, kKey);
        auto early = dropped.get_future();
        bool is_early = false;
        for (int i = 0; i < 20 && !is_early; ++i) {  // A call that waits for the lane finds its time over.
            stack.rig.clock.advance(31 * kSecond);
            is_early = early.wait_for(std::chrono::milliseconds(5)) == std::future_status::ready;
        }
        CHECK_FALSE(is_early);
        writing = false;
    };
    REQUIRE(stack.rig.set(kKey, "mine") == AURELIS_OK);
    stack.rig.pass(1);
    CHECK_FALSE(stack.top.has(kKey));
    CHECK_FALSE(stack.low.has(kKey));
}

TEST_CASE("follower: copies serve on while events are lost, and are given up when they flow again") {
    Shared stack;
    REQUIRE(stack.rig.set(kKey, "v") == AURELIS_OK);
    stack.shared.tell(AURELIS_WATCH_SUSPECT);
    CHECK(stack.state() == "suspect");
    CHECK(stack.rig.stack->following(1).gaps == 1);
    uint16_t layer = 0;
    CHECK(stack.rig.get(kKey, &layer) == "v");
    CHECK(layer == 1);
    stack.foreign_set(kKey, 0);  // It is not reported.
    stack.rig.clock.advance(1);
    stack.shared.tell(AURELIS_WATCH_LIVE);
    CHECK(stack.state() == "live");
    stack.rig.pass(1);
    CHECK_FALSE(stack.top.has(kKey));
    CHECK(stack.low.has(kKey));  // Still there, and no longer believed.
    CHECK(stack.rig.get(kKey) == "-");
    REQUIRE(stack.rig.set(kKey, "new") == AURELIS_OK);
    {
        std::scoped_lock lock(stack.top.mutex, stack.shared.mutex);
        stack.top.rows.clear();
        stack.shared.rows.clear();
    }
    CHECK(stack.rig.get(kKey, &layer) == "new");
    CHECK(layer == 3);
}

TEST_CASE("follower: what the shared layer holds is promoted and believed after a gap") {
    Shared stack;
    REQUIRE(stack.rig.set(kKey, "v") == AURELIS_OK);
    stack.rig.clock.advance(kSecond);
    stack.shared.tell(AURELIS_WATCH_SUSPECT);
    stack.shared.tell(AURELIS_WATCH_LIVE);
    stack.rig.pass(1);
    uint16_t layer = 0;
    CHECK(stack.rig.get(kKey, &layer) == "v");
    CHECK(layer == 2);
    CHECK(stack.rig.get(kKey, &layer) == "v");
    CHECK(layer == 1);
}

TEST_CASE("follower: after_gap believe keeps all copies") {
    Shared stack(true);
    REQUIRE(stack.rig.set(kKey, "v") == AURELIS_OK);
    stack.rig.clock.advance(kSecond);
    stack.shared.tell(AURELIS_WATCH_SUSPECT);
    stack.shared.tell(AURELIS_WATCH_LIVE);
    stack.rig.pass(1);
    CHECK(stack.top.has(kKey));
    uint16_t layer = 0;
    CHECK(stack.rig.get(kKey, &layer) == "v");
    CHECK(layer == 1);
}

namespace {

// Two shared layers, as when two processes on one machine share a server and a file.
struct TwoShared {
    World high, low;
    StackRig rig;

    TwoShared() {
        high.tells_changes = low.tells_changes = true;
        rig.open({test_layer("L1", high, test_component<kSharedCaps>()),
                  test_layer("L2", low, test_component<kSharedCaps>())});
        high.tell(AURELIS_WATCH_LIVE);
        low.tell(AURELIS_WATCH_LIVE);
        rig.pass(1);
    }
};

}  // namespace

TEST_CASE("follower: the write that was told stays in the other shared layers") {
    TwoShared stack;
    REQUIRE(stack.rig.set(kKey, "theirs") == AURELIS_OK);  // As another process writes: into both.
    stack.high.tell(AURELIS_WATCH_CHANGED, kKey);
    stack.low.tell(AURELIS_WATCH_CHANGED, kKey);
    stack.rig.pass(1);
    CHECK(stack.high.has(kKey));
    CHECK(stack.low.has(kKey));
}

TEST_CASE("follower: another shared layer loses what differs from the layer that told, unannounced") {
    for (const bool removed : {false, true}) {
        TwoShared stack;
        REQUIRE(stack.rig.set(kKey, "old") == AURELIS_OK);
        const World::Row old = stack.low.rows[kKey];
        stack.rig.clock.advance(1);
        REQUIRE(stack.rig.set(kKey, "new") == AURELIS_OK);
        stack.low.rows[kKey] = old;  // The other process could not reach this one.
        if (removed) stack.high.rows.erase(kKey);
        stack.high.tell(removed ? AURELIS_WATCH_REMOVED : AURELIS_WATCH_CHANGED, kKey);
        stack.rig.pass(1);
        CHECK_FALSE(stack.low.has(kKey));
        CHECK(stack.high.has(kKey) != removed);
    }
}

TEST_CASE("follower: private copies are bounded by trust where changes cannot be told") {
    enum class Why { NoWatch, Refused, RefusedLater };
    for (const Why why : {Why::NoWatch, Why::Refused, Why::RefusedLater}) {
        World top, shared;
        shared.tells_changes = why != Why::NoWatch;
        StackRig rig;
        LayerSpec untold = test_layer("L2", shared, test_component<kSharedCaps>());
        untold.resilience.trust_ns = kSecond;
        rig.open({test_layer("L1", top, test_component<kMemoryCaps>()), untold});
        if (why == Why::RefusedLater) {
            shared.tell(AURELIS_WATCH_LIVE);
            rig.pass(1);
            REQUIRE(rig.set(kKey, "long") == AURELIS_OK);
            CHECK(top.rows[kKey].meta.expires_wall == 0);
        }
        if (why != Why::NoWatch) shared.tell(AURELIS_WATCH_UNAVAILABLE);
        rig.pass(1);
        CHECK(rig.stack->following(1).state == std::string(why == Why::NoWatch ? "none" : "unavailable"));
        CHECK_FALSE(top.has(kKey));
        REQUIRE(rig.set(kKey, "v") == AURELIS_OK);
        CHECK(top.rows[kKey].meta.expires_wall == rig.clock.now() + kSecond);
        uint16_t layer = 0;
        CHECK(rig.get(kKey, &layer) == "v");
        CHECK(layer == 1);
        rig.clock.advance(kSecond);
        CHECK(rig.get(kKey, &layer) == "v");
        CHECK(layer == 2);
        if (why == Why::NoWatch) continue;
        shared.tell(AURELIS_WATCH_SUSPECT);  // An outage does not make it better,
        REQUIRE(rig.set(kKey, "v") == AURELIS_OK);
        CHECK(top.rows[kKey].meta.expires_wall == rig.clock.now() + kSecond);
        shared.tell(AURELIS_WATCH_LIVE);  // events do.
        rig.pass(1);
        REQUIRE(rig.set(kKey, "v") == AURELIS_OK);
        CHECK(top.rows[kKey].meta.expires_wall == 0);
    }
}

TEST_CASE("follower: a layer that nobody else writes is not followed") {
    World top, low;
    low.tells_changes = true;
    StackRig rig;
    LayerSpec own = test_layer("L2", low, test_component<kSharedCaps>());
    own.shared = false;
    rig.open({test_layer("L1", top, test_component<kMemoryCaps>()), own});
    CHECK(std::string(rig.stack->following(1).state) == "none");
    CHECK(low.watcher == nullptr);
}
