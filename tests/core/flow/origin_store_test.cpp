// What strategies write to an origin goes through its door.
#include "flow/origin_store.hpp"

#include "support/catch.hpp"
#include "support/stack_rig.hpp"

using namespace aurelis;
using namespace aurelis::core;
using namespace aurelis::testing;

namespace {

constexpr int64_t kMs = 1'000'000;

struct OriginStoreRig : StackRig {
    World layer, world;
    Policy policy;
    std::unique_ptr<Loader> loader;
    std::unique_ptr<Chain> chain;
    std::unique_ptr<Origins> origins;
    std::unique_ptr<OriginStore> origin;

    explicit OriginStoreRig(DoorConfig config) {
        open({test_layer("L1", layer, test_component<kMemoryCaps>())});
        loader = std::make_unique<Loader>(runtime);
        chain = std::make_unique<Chain>(*stack);
        auto started = StoreHandle::start(runtime, test_component<kDiskCaps>(), "users", world_options(world));
        REQUIRE(started);
        Origins::Doors doors;
        doors.emplace("users", std::make_unique<OriginDoor>(
                                   runtime, OriginSpec{"users", "test.yaml:1", config, test_component<kDiskCaps>()},
                                   std::move(started).value()));
        origins = std::make_unique<Origins>(runtime, std::move(doors));
        policy.origin = "users";
        policy.chain = chain.get();
        origin = std::make_unique<OriginStore>(runtime, *loader, *origins, policy, 1 << 20);
    }
    ~OriginStoreRig() {
        origin.reset();
        origins->close();
        origins.reset();
        chain.reset();
    }
    OriginDoor& door() { return *origins->configured("users"); }
    uint64_t calls() { return door().counted(kOriginCalls); }

    aurelis_status set(const std::string& name, CallContext& context) {
        const aurelis_key k = key(name);
        aurelis_write write{};
        write.value = borrowed("v");
        return origin->store()->ops->set(origin->store(), &context.call, &k, &write, nullptr);
    }
    aurelis_status remove(const std::string& name, CallContext& context) {
        const aurelis_key k = key(name);
        return origin->store()->ops->remove(origin->store(), &context.call, &k);
    }
    aurelis_status get(const std::string& name, CallContext& context) {
        const aurelis_key k = key(name);
        aurelis_entry entry{};
        const aurelis_status status = origin->store()->ops->get(origin->store(), &context.call, &k, &entry);
        if (status == AURELIS_OK) aurelis_buf_release(&entry.value);
        return status;
    }
    aurelis_status write_batch(CallContext& context, aurelis_status (&each)[3]) {
        const std::string names[] = {"a", "b", "c"};
        const aurelis_key keys[] = {key(names[0]), key(names[1]), key(names[2])};
        aurelis_write writes[3]{};
        for (aurelis_write& write : writes) write.value = borrowed("v");
        return origin->store()->ops->multi_write(origin->store(), &context.call, keys, writes, 3, each, nullptr);
    }
};

}  // namespace

TEST_CASE("origin store: each write is one call through the door, and so is a batch") {
    DoorConfig config;
    config.timeout_ns = 50 * kMs;
    OriginStoreRig rig(config);
    const int64_t now = rig.runtime.clock.mono();
    CallContext context;
    rig.prime(context);
    CHECK(rig.set("a", context) == AURELIS_OK);
    CHECK(rig.world.deadline_mono == now + 50 * kMs);
    CHECK(context.call.deadline_mono == 0);
    CHECK(rig.calls() == 1);
    CHECK(rig.get("a", context) == AURELIS_OK);
    CHECK(rig.calls() == 2);
    CHECK(rig.remove("a", context) == AURELIS_OK);
    CHECK(rig.calls() == 3);
    aurelis_status each[3] = {-1, -1, -1};
    CHECK(rig.write_batch(context, each) == AURELIS_OK);
    CHECK(each[2] == AURELIS_OK);
    CHECK(rig.world.has("a"));
    CHECK(rig.world.has("c"));
    CHECK(rig.calls() == 4);
    CHECK(rig.origin->store()->ops->flush(rig.origin->store(), &context.call) == AURELIS_OK);
    CHECK(rig.calls() == 5);
    CHECK(rig.door().counted(kOriginFailures) == 0);
    CHECK(context.error.empty());
}

TEST_CASE("origin store: writes that fail open the breaker, a batch as one call, and are then refused by name") {
    OriginStoreRig rig({});
    rig.world.fail_set = AURELIS_E_UNAVAILABLE;
    CallContext context;
    rig.prime(context);
    aurelis_status each[3];
    for (int i = 0; i < 4; ++i) {
        rig.write_batch(context, each);
        for (const aurelis_status status : each) CHECK(status == AURELIS_E_UNAVAILABLE);
        CHECK(rig.door().breaker().closed());
    }
    CHECK(rig.door().counted(kOriginFailures) == 4);
    CHECK(rig.set("a", context) == AURELIS_E_UNAVAILABLE);
    CHECK(context.error == "origin users: set refused by the test");
    CHECK_FALSE(rig.door().breaker().closed());
    const size_t sets = rig.world.count("set");
    const auto is_refused = [&](aurelis_status status) {
        CHECK(status == AURELIS_E_UNAVAILABLE);
        CHECK(context.error.find("origin users: it is not asked for now") == 0);
        context.error.clear();
    };
    is_refused(rig.set("a", context));
    is_refused(rig.remove("a", context));
    is_refused(rig.write_batch(context, each));
    is_refused(rig.get("a", context));
    is_refused(rig.origin->store()->ops->flush(rig.origin->store(), &context.call));
    CHECK(rig.world.count("set") == sets);
    CHECK(rig.door().counted(kOriginRefused) == 5);
}

TEST_CASE("origin store: a refusal reaches a caller through a call that was derived") {
    DoorConfig config;
    config.rate = {1, 60 * kSecond};
    OriginStoreRig rig(config);
    CallContext context;
    rig.prime(context);
    REQUIRE(rig.set("a", context) == AURELIS_OK);
    context.call.deadline_mono = rig.runtime.clock.mono() + kSecond;
    aurelis_call derived = context.call;
    const std::string name = "b";
    const aurelis_key k = rig.key(name);
    CHECK(rig.origin->store()->ops->remove(rig.origin->store(), &derived, &k) == AURELIS_E_TIMEOUT);
    CHECK(context.error.find("origin users: the turn of the call under rate (1/m)") == 0);
    CHECK_FALSE(rig.world.count("remove b") != 0);
}
