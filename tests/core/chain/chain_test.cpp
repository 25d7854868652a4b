// Chain: lanes that span strategies, and what happens to writes that cannot enter theirs in time. (From outside, with
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

// A set of kName that stays in the strategy, and so in the lane of its key, until it is released.
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
    // A bad answer, of a kind that a strategy must not give.
    aurelis_status remove(aurelis_call* call, const aurelis_key& key) {
        return view(key) == kOther ? aurelis_status{99} : next().remove(call, key);
    }
};
constexpr aurelis_component kWaiting = plugin::strategy<Waiting>("waiting", "Waits in its set.");

// How it asks the next store for the items of a batch that it passes on, the last one first.
enum class By { Batch, DerivedBatch, Singles };
By asks_by = By::Batch;

// Refuses values that begin with "refuse" and keys that end in "refused", with a text if there is a colon in them.
class Refusing : public plugin::Strategy {
public:
    using Strategy::Strategy;
    aurelis_status multi_get(aurelis_call* call, const aurelis_key* keys, size_t n, aurelis_entry* out) {
        for (size_t i = 0; i < n; ++i)
            if (refuses(call, i, view(keys[i]).ends_with("refused") ? view(keys[i]) : ""))
                out[i].status = AURELIS_E_BUSY;
        return AURELIS_PARTIAL;
    }
    aurelis_status multi_write(aurelis_call* call, const aurelis_key* keys, const aurelis_write* writes, size_t n,
                               aurelis_status* each, uint64_t*) {
        std::vector<size_t> items;
        for (size_t i = n; i-- > 0;) {
            each[i] = AURELIS_E_BUSY;
            const std::string_view value = aurelis::view(writes[i].value);
            if (!refuses(call, i, value.starts_with("refuse") ? value : "")) items.push_back(i);
        }
        std::vector<aurelis_key> some_keys;
        std::vector<aurelis_write> some_writes;
        std::vector<aurelis_status> some(items.size());
        for (const size_t i : items) some_keys.push_back(keys[i]), some_writes.push_back(writes[i]);
        aurelis_call_room derived;
        host().raw()->call_derive(host().raw(), call, &derived);
        if (asks_by == By::Singles)
            for (size_t j = 0; j < items.size(); ++j) some[j] = next().set(call, some_keys[j], some_writes[j]);
        else
            next().multi_write(asks_by == By::Batch ? call : &derived.call, some_keys.data(), some_writes.data(),
                               items.size(), some.data());
        for (size_t j = 0; j < items.size(); ++j) each[items[j]] = some[j];
        refuses(call, n + 7, "an item: that there is not");
        return AURELIS_PARTIAL;
    }
    // With a second key, which is not in a lane yet.
    aurelis_status set(aurelis_call* call, const aurelis_key& key, const aurelis_write& write, uint64_t*) {
        const aurelis_key keys[] = {key, StackRig::key(kOther)};
        const aurelis_write writes[] = {write, write};
        aurelis_status each[2]{};
        next().multi_write(call, keys, writes, 2, each);
        return each[0];
    }

private:
    static bool refuses(aurelis_call* call, size_t item, std::string_view what) {
        if (what.find(':') != std::string_view::npos)
            aurelis_item_error(call, item, AURELIS_E_BUSY, what.data(), what.size());
        return !what.empty();
    }
};
constexpr aurelis_component kRefusing = plugin::strategy<Refusing>("refusing", "Refuses some.");

struct ChainRig : StackRig {
    World world;
    std::unique_ptr<StackStore> bottom;
    std::unique_ptr<Chain> chain;

    explicit ChainRig(const aurelis_component& component = kWaiting) {
        static const PluginModule module{"test.so", "", nullptr};
        LayerSpec layer = test_layer("L1", world, test_component<kMemoryCaps>());
        layer.max_value_bytes = 1000;
        open({std::move(layer)});
        bottom = std::make_unique<StackStore>(*stack);
        chain = std::make_unique<Chain>(*stack);
        StrategySpec spec{component.type_name, "test.yaml:2", {&module, &component}, {}, {}};
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
    CHECK(rig.ask(kName) == "new");  // Gets do not wait.
    CallContext context;
    rig.prime(context);
    context.call.deadline_mono = rig.runtime.clock.mono();  // Over.
    aurelis_status each[kStackLayersMax];
    CHECK(rig.chain->remove(context, StackRig::key(kName), each) == AURELIS_E_TIMEOUT);
    CHECK(context.error.find("the strategies of the category have not been told") != std::string::npos);
    CHECK(rig.ask(kName) == std::to_string(AURELIS_NOT_FOUND));  // No copy is believed from now on,
    stuck.let_go();
    CHECK(stuck.status == AURELIS_OK);
    CHECK_FALSE(rig.world.has(kName));  // and the holder of the lane has removed it.
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
    CHECK(context.error_of(0, "none").find("the key was not written") != std::string::npos);
    CHECK(context.item_errors.of(1) == nullptr);
    CHECK(rig.ask(kName) == "new");
    CHECK(rig.ask(free) == "batch");
    writes[0].flags = writes[1].flags = AURELIS_SET_REMOVE;
    rig.chain->multi_write(context, keys, writes, 2, each, nullptr);
    CHECK(each[0] == AURELIS_E_TIMEOUT);
    CHECK(each[1] == AURELIS_OK);
    CHECK(context.error_of(0, "none").find("have not been told; remove it again") != std::string::npos);
    CHECK(rig.ask(kName) == std::to_string(AURELIS_NOT_FOUND));
    stuck.let_go();
    CHECK_FALSE(rig.world.has(kName));
}

TEST_CASE("chain: the reason of each item comes through a strategy, however it has asked for the item") {
    const std::vector<std::string> names{"aurelis:v1:users:1", "aurelis:v1:users:2", "aurelis:v1:users:3",
                                         "aurelis:v1:users:4", "aurelis:v1:users:5"};
    const std::vector<std::string> values{"taken", std::string(1001, 'x'), "refuse: it is the third",
                                          std::string(1003, 'x'), "refuse it"};
    for (const By by : {By::Batch, By::DerivedBatch, By::Singles}) {
        INFO(static_cast<int>(by));
        asks_by = by;
        ChainRig rig(kRefusing);
        CallContext context;
        rig.prime(context);
        std::vector<aurelis_key> keys;
        std::vector<aurelis_write> writes(names.size());
        for (size_t i = 0; i < names.size(); ++i) {
            keys.push_back(StackRig::key(names[i]));
            writes[i].value = borrowed(values[i]);
            writes[i].meta.created_wall = rig.runtime.clock.stamp();
        }
        std::vector<aurelis_status> each(names.size(), 77);
        rig.chain->multi_write(context, keys.data(), writes.data(), keys.size(), each.data(), nullptr);
        CHECK(each == std::vector<aurelis_status>{AURELIS_OK, AURELIS_E_TOO_LARGE, AURELIS_E_BUSY, AURELIS_E_TOO_LARGE,
                                                  AURELIS_E_BUSY});
        CHECK(context.item_errors.of(0) == nullptr);
        CHECK(context.error_of(1, "none").find("the value has 1001 bytes") != std::string::npos);
        CHECK(context.error_of(2, "none") == values[2]);
        CHECK(context.error_of(3, "none").find("the value has 1003 bytes") != std::string::npos);
        CHECK(context.error_of(4, "none") == "test.yaml:2: strategy refusing: E_BUSY, and it did not say why");
        CHECK(context.item_errors.of(names.size() + 7) == nullptr);  // There is no such item.
    }
}

TEST_CASE("chain: a strategy's batch of gets fails item by item, and a layer that is passed has no say in it") {
    ChainRig rig(kRefusing);
    const std::vector<std::string> names{"aurelis:v1:users:1", "aurelis:v1:users:refused", "refused"};
    std::vector<aurelis_key> keys;
    for (const std::string& name : names) keys.push_back(StackRig::key(name));
    CallContext context;
    rig.prime(context);
    std::vector<aurelis_entry> found(keys.size());
    rig.chain->multi_get(context, keys.data(), keys.size(), found.data());
    CHECK(found[0].status == AURELIS_NOT_FOUND);
    CHECK(found[1].status == AURELIS_E_BUSY);
    CHECK(found[2].status == AURELIS_E_BUSY);
    CHECK(context.item_errors.of(0) == nullptr);
    CHECK(context.error_of(1, "none") == names[1]);
    CHECK(context.error_of(2, "none") == "test.yaml:2: strategy refusing: E_BUSY, and it did not say why");
    rig.world.fail_get = AURELIS_E_UNAVAILABLE;
    Chain alone(*rig.stack);
    alone.multi_get(context, keys.data(), keys.size(), found.data());
    for (const aurelis_entry& entry : found) CHECK(entry.status == AURELIS_NOT_FOUND);
    CHECK(context.item_errors.empty());
}

TEST_CASE("chain: what a batch says that a strategy has made of one write is the reason of the write") {
    ChainRig rig(kRefusing);
    CallContext context;
    rig.prime(context);
    const std::string large(1001, 'x');
    aurelis_write write{};
    write.value = borrowed(large);
    aurelis_status each[kStackLayersMax];
    CHECK(rig.chain->set(context, StackRig::key(kName), write, each) == AURELIS_E_TOO_LARGE);
    CHECK(context.error.find("the value has 1001 bytes") != std::string::npos);
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
    // A call that does not belong to an operation of the host, such as one by a task of a strategy, takes its own lane.
    write.flags = 0;
    uint64_t version = 77;
    CHECK(bottom->ops->set(bottom, &context.call, &key, &write, &version) == AURELIS_OK);
    CHECK(version == 0);
    CHECK(rig.world.has(kName));
    CHECK(bottom->ops->remove(bottom, &context.call, &key) == AURELIS_OK);
}
