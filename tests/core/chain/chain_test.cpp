// Chain: lanes that span strategies, and what becomes of writes that cannot enter theirs in time. (From outside, with
// plugins: tests/fixtures/strategies_test.cpp.)
#include "chain/chain.hpp"

#include "chain/stack_store.hpp"
#include "support/catch.hpp"
#include "support/stack_rig.hpp"

#include <aurelis/plugin/strategy.hpp>

#include <atomic>
#include <thread>

using namespace aurelis;
using namespace aurelis::core;
using namespace aurelis::testing;

namespace {

const std::string kName = "aurelis:v1:users:1";
const std::string kOther = "aurelis:v1:users:2";

// A set of kName that stays in the strategy, and so in the lane of its key, until it is let go.
struct Stay {
    std::atomic<bool> inside{false}, may_go{false};
};
std::atomic<Stay*> stay{nullptr};

class Waiting : public plugin::Strategy {
public:
    using Strategy::Strategy;
    aurelis_status set(aurelis_call* call, const aurelis_key& key, const aurelis_write& write, uint64_t* version) {
        const aurelis_status status = next().set(call, key, write, version);
        Stay* const here = stay;
        if (here == nullptr || view(key) != kName) return status;
        here->inside = true;
        while (!here->may_go) std::this_thread::yield();
        return status;
    }
    // A mean answer, of the kind that is not a strategy's to give.
    aurelis_status remove(aurelis_call* call, const aurelis_key& key) {
        return view(key) == kOther ? aurelis_status{99} : next().remove(call, key);
    }
};
constexpr aurelis_component kWaiting = plugin::strategy<Waiting>("waiting", "Waits in its set.");

struct ChainRig : StackRig {
    World world;
    std::unique_ptr<StackStore> bottom;
    std::unique_ptr<Chain> chain;

    ChainRig() {
        static const PluginModule module{"test.so", "", nullptr};
        open({test_layer("L1", world, test_component<kMemoryCaps>())});
        bottom = std::make_unique<StackStore>(*stack);
        chain = std::make_unique<Chain>(*stack);
        StrategySpec spec{"waiting", "test.yaml:2", {&module, &kWaiting}, {}, {}};
        spec.options.kind = Node::Kind::Map;
        Wiring wiring;
        wiring.category = "users";
        REQUIRE(chain->start({std::move(spec)}, bottom->store(), wiring));
    }
    ~ChainRig() {
        chain.reset();
        bottom.reset();
        stack.reset();
    }
    aurelis_status put(const std::string& name, const std::string& value) {
        CallContext context;
        prime(context);
        aurelis_write write{};
        write.value = borrowed(value);
        write.meta.created_wall = runtime.clock.stamp();
        aurelis_status each[kStackLayersMax];
        return chain->set(context, key(name), write, each);
    }
    std::string ask(const std::string& name) {
        CallContext context;
        prime(context);
        Lookup lookup;
        aurelis_entry entry{};
        const aurelis_key asked = key(name);
        const aurelis_status status = chain->get(context, asked, lookup, entry, nullptr);
        if (status != AURELIS_OK) return std::to_string(status);
        return std::string(Pinned(entry.value).view());
    }
};

struct StuckSet : Stay {
    explicit StuckSet(ChainRig& rig) {
        stay = this;
        thread = std::thread([this, &rig] { status = rig.put(kName, "new"); });
        while (!inside) std::this_thread::yield();
    }
    void let_go() {
        may_go = true;
        if (thread.joinable()) thread.join();
        stay = nullptr;
    }
    ~StuckSet() { let_go(); }

    aurelis_status status = AURELIS_E_FAILED;
    std::thread thread;
};

}  // namespace

TEST_CASE("chain: a removal that cannot enter its lane removes the copies, and says that nobody above has heard") {
    ChainRig rig;
    StuckSet stuck(rig);
    CHECK(rig.ask(kName) == "new");  // Gets wait for nobody.
    CallContext context;
    rig.prime(context);
    context.call.deadline_mono = rig.runtime.clock.mono();  // Over.
    aurelis_status each[kStackLayersMax];
    CHECK(rig.chain->remove(context, StackRig::key(kName), each) == AURELIS_E_TIMEOUT);
    CHECK(context.error.find("the strategies of the category have not heard of it") != std::string::npos);
    CHECK(rig.ask(kName) == std::to_string(AURELIS_NOT_FOUND));  // No copy is believed from now on,
    stuck.let_go();
    CHECK(stuck.status == AURELIS_OK);
    CHECK_FALSE(rig.world.has(kName));  // and the one who held the lane has removed it.
}

TEST_CASE("chain: of a batch, what cannot enter its lane fails alone") {
    ChainRig rig;
    const std::string free = "aurelis:v1:users:3";
    REQUIRE(rig.put(free, "old") == AURELIS_OK);
    StuckSet stuck(rig);
    CallContext context;
    rig.prime(context);
    context.call.deadline_mono = rig.runtime.clock.mono();
    const aurelis_key keys[] = {StackRig::key(kName), StackRig::key(free)};
    aurelis_write writes[2]{};
    for (aurelis_write& write : writes) {
        write.value = borrowed("batch");
        write.meta.created_wall = rig.runtime.clock.stamp();
    }
    aurelis_status each[2]{};
    rig.chain->multi_write(context, keys, writes, 2, each, nullptr);
    CHECK(each[0] == AURELIS_E_TIMEOUT);
    CHECK(each[1] == AURELIS_OK);
    CHECK(context.error.find("it was not written") != std::string::npos);
    CHECK(rig.ask(kName) == "new");
    CHECK(rig.ask(free) == "batch");
    writes[0].flags = writes[1].flags = AURELIS_SET_REMOVE;
    rig.chain->multi_write(context, keys, writes, 2, each, nullptr);
    CHECK(each[0] == AURELIS_E_TIMEOUT);
    CHECK(each[1] == AURELIS_OK);
    CHECK(rig.ask(kName) == std::to_string(AURELIS_NOT_FOUND));
    stuck.let_go();
    CHECK_FALSE(rig.world.has(kName));
}

TEST_CASE("chain: an answer that no strategy may give is a failure with a text that names it") {
    ChainRig rig;
    CallContext context;
    rig.prime(context);
    aurelis_status each[kStackLayersMax];
    CHECK(rig.chain->remove(context, StackRig::key(kOther), each) == AURELIS_E_FAILED);
    CHECK(context.error == "test.yaml:2: strategy waiting: E_FAILED, and it did not say why");
}

TEST_CASE("chain: a strategy makes no copies of its own, and the stack has no conditions") {
    ChainRig rig;
    CallContext context;
    rig.prime(context);
    aurelis_store* const bottom = rig.bottom->store();
    const aurelis_key key = StackRig::key(kName);
    aurelis_write write{};
    write.value = borrowed("v");
    write.flags = AURELIS_SET_FILL;
    CHECK(bottom->ops->set(bottom, &context.call, &key, &write, nullptr) == AURELIS_E_INVALID);
    aurelis_status each = AURELIS_OK;
    CHECK(bottom->ops->multi_write(bottom, &context.call, &key, &write, 1, &each, nullptr) == AURELIS_E_INVALID);
    for (const uint32_t condition : {uint32_t{AURELIS_SET_IF_ABSENT}, uint32_t{AURELIS_SET_IF_VERSION}, 1u << 31}) {
        write.flags = condition;
        CHECK(bottom->ops->set(bottom, &context.call, &key, &write, nullptr) == AURELIS_E_UNSUPPORTED);
        CHECK(bottom->ops->multi_write(bottom, &context.call, &key, &write, 1, &each, nullptr) ==
              AURELIS_E_UNSUPPORTED);
    }
    CHECK_FALSE(rig.world.has(kName));
    // A call that belongs to no operation of the host's, as a task of a strategy makes it, takes its own lane.
    write.flags = 0;
    uint64_t version = 77;
    CHECK(bottom->ops->set(bottom, &context.call, &key, &write, &version) == AURELIS_OK);
    CHECK(version == 0);
    CHECK(rig.world.has(kName));
    CHECK(bottom->ops->remove(bottom, &context.call, &key) == AURELIS_OK);
}
