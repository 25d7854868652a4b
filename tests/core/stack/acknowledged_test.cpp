// What an acknowledged write leaves behind in the layers that did not take it.
// Covers: core/stack/stack_close.cpp
#include "stack/stack.hpp"
#include "support/catch.hpp"
#include "support/stack_rig.hpp"

using namespace aurelis;
using namespace aurelis::core;
using namespace aurelis::testing;

namespace {

const std::string kKey = "aurelis:v1:c:k";

struct Written {
    aurelis_status status = AURELIS_OK;
    uint64_t outdated = 0;
    std::string error;
};

Written write(StackRig& rig, const std::string& value, bool persistent = false) {
    CallContext context;
    rig.prime(context);
    context.requires_persistent = persistent;
    aurelis_write write{};
    write.value = borrowed(value);
    write.meta.created_wall = rig.runtime.clock.stamp();
    aurelis_status each[kStackLayersMax];
    const aurelis_status status = rig.stack->set(context, StackRig::key(kKey), write, each);
    return {status, context.outdated_layers, context.error};
}

aurelis_status write_many(StackRig& rig, const std::string& value, bool persistent) {
    CallContext context;
    rig.prime(context);
    const aurelis_key key = StackRig::key(kKey);
    aurelis_write write{};
    write.value = borrowed(value);
    write.meta.created_wall = rig.runtime.clock.stamp();
    const std::vector<bool> which{persistent};
    aurelis_status each = AURELIS_OK;
    rig.stack->multi_write(context, &key, &write, 1, &each, &which);
    return each;
}

void fail(World& world, aurelis_status set, aurelis_status remove) {
    world.fail_set = set;
    world.fail_remove = remove;
}

}  // namespace

TEST_CASE("acknowledged: a layer without room keeps no older value, and is no layer that is away") {
    World top, low;
    StackRig rig;
    rig.open({test_layer("L1", top, test_component<kMemoryCaps>()),
              test_layer("L2", low, test_component<kDiskCaps>())});
    for (int i = 0; i < 10; ++i) {
        REQUIRE(rig.set(kKey, "old") == AURELIS_OK);
        REQUIRE(low.has(kKey));
        fail(low, AURELIS_E_FULL, AURELIS_OK);
        const bool batch = i % 2 == 1;
        if (batch) {
            CHECK(write_many(rig, "new", false) == AURELIS_OK);
        } else {
            const Written written = write(rig, "new");
            CHECK(written.status == AURELIS_OK);
            CHECK(written.outdated == 0);
        }
        CHECK_FALSE(low.has(kKey));
        CHECK(rig.get(kKey) == "new");
        CHECK(rig.stack->layer(1).missed().waiting() == 0);
        CHECK(rig.stack->layer(1).gate().breaker().closed());
        fail(low, AURELIS_OK, AURELIS_OK);
    }
}

TEST_CASE("acknowledged: a write says that a layer keeps an older value which nothing hides") {
    World top, low;
    StackRig rig;
    rig.open({test_layer("L1", top, test_component<kMemoryCaps>()),
              test_layer("L2", low, test_component<kDiskCaps>())});
    REQUIRE(write(rig, "old").outdated == 0);
    for (const aurelis_status why : {AURELIS_E_UNAVAILABLE, AURELIS_E_FULL, AURELIS_E_TIMEOUT, AURELIS_E_FAILED}) {
        fail(low, why, why);
        const Written written = write(rig, "new");
        CHECK(written.status == AURELIS_OK);
        CHECK(written.outdated == 2);
        fail(low, AURELIS_OK, AURELIS_OK);
        CHECK(write(rig, "newer").outdated == 0);
    }
    fail(low, AURELIS_E_UNAVAILABLE, AURELIS_E_UNAVAILABLE);
    for (int i = 0; i < 6; ++i) CHECK(write(rig, "while the breaker opens").outdated == 2);
    REQUIRE_FALSE(rig.stack->layer(1).gate().breaker().closed());
    CHECK(write(rig, "not even asked").outdated == 2);
}

TEST_CASE("acknowledged: a note in another persistent layer hides the older value") {
    World top, middle, low;
    StackRig rig;
    rig.open({test_layer("L1", top, test_component<kMemoryCaps>()),
              test_layer("L2", middle, test_component<kDiskCaps>()),
              test_layer("L3", low, test_component<kDiskCaps>())});
    REQUIRE(write(rig, "old").outdated == 0);
    fail(middle, AURELIS_E_UNAVAILABLE, AURELIS_E_UNAVAILABLE);
    CHECK(write(rig, "new").outdated == 0);
    fail(low, AURELIS_E_UNAVAILABLE, AURELIS_E_UNAVAILABLE);
    CHECK(write(rig, "newer").outdated == 4 + 2);
}

TEST_CASE("acknowledged: a write that must last is an error, and held nowhere, if no persistent layer takes it") {
    World top, low;
    StackRig rig;
    rig.open({test_layer("L1", top, test_component<kMemoryCaps>()),
              test_layer("L2", low, test_component<kDiskCaps>())});
    CHECK(write(rig, "old", true).status == AURELIS_OK);
    CHECK(write_many(rig, "old", true) == AURELIS_OK);
    for (const aurelis_status why : {AURELIS_E_UNAVAILABLE, AURELIS_E_FULL}) {
        fail(low, why, why);
        const Written written = write(rig, "new", true);
        CHECK(written.status == why);
        CHECK(written.outdated == 2);
        CHECK(written.error.find("L2") != std::string::npos);
        CHECK(rig.get(kKey) == "-");
        CHECK(write_many(rig, "new", true) == why);
        CHECK(rig.get(kKey) == "-");
        fail(low, AURELIS_OK, AURELIS_OK);
        CHECK(write(rig, "newer", true).status == AURELIS_OK);
        CHECK(rig.get(kKey) == "newer");
    }
}

TEST_CASE("acknowledged: without a persistent layer nothing can last, and that is the caller's mistake") {
    World top;
    StackRig rig;
    rig.open({test_layer("L1", top, test_component<kMemoryCaps>())});
    const Written written = write(rig, "new", true);
    CHECK(written.status == AURELIS_E_INVALID);
    CHECK(written.error.find("add one") != std::string::npos);
    CHECK(rig.get(kKey) == "-");
}

TEST_CASE("acknowledged: closing does what a layer has missed, and tells what cannot be done") {
    World top, low;
    StackRig rig;
    rig.open({test_layer("L1", top, test_component<kMemoryCaps>()),
              test_layer("L2", low, test_component<kDiskCaps>())});
    REQUIRE(rig.set(kKey, "old") == AURELIS_OK);
    fail(low, AURELIS_E_UNAVAILABLE, AURELIS_E_UNAVAILABLE);
    REQUIRE(rig.set(kKey, "new") == AURELIS_OK);
    REQUIRE(rig.stack->layer(1).missed().waiting() == 1);
    SECTION("it works again") {
        fail(low, AURELIS_OK, AURELIS_OK);
        rig.stack->close();
        CHECK_FALSE(low.has(kKey));
    }
    SECTION("it does not") {
        rig.stack->close();
        CHECK(low.has(kKey));
        std::scoped_lock lock(rig.log_mutex);
        CHECK(rig.log.back().find("closed while 1 writes") != std::string::npos);
        CHECK(rig.log.back().find("L2") != std::string::npos);
    }
}
