// The single forms (get, set, remove) and the batches are separate code, for speed. Here both run through one table of
// cases, and everything that can be observed afterwards must be the same: answers, what the layers hold, notes,
// breakers, counters and texts.
// Covers: core/stack/stack_batch.cpp, core/stack/promotions.cpp
#include "support/catch.hpp"
#include "support/stack_rig.hpp"

#include <functional>
#include <sstream>
#include <thread>

using namespace aurelis;
using namespace aurelis::core;
using namespace aurelis::testing;

namespace {

const std::string kName = "aurelis:v1:users:1";
const std::string kNeighbour = "aurelis:v1:users:2";

enum class Form { Single, Batch };

struct TwoLayers : StackRig {
    World upper, lower;

    TwoLayers() {
        LayerSpec first = test_layer("L1", upper, test_component<kMemoryCaps>());
        LayerSpec second = test_layer("L2", lower, test_component<kSharedCaps>());
        first.max_value_bytes = second.max_value_bytes = 1000;
        first.ttl = Ttl{100 * kSecond, false};
        open({std::move(first), std::move(second)});
    }

    ~TwoLayers() { stack.reset(); }  // Before its worlds.

    // The answer as text, followed by the value.
    std::string ask(Form form, uint32_t flags, uint64_t left_out) {
        CallContext context;
        prime(context);
        context.call.flags = flags;
        context.call.layers = left_out;
        const aurelis_key key = StackRig::key(kName);
        aurelis_entry entry{};
        aurelis_status status;
        if (form == Form::Single) {
            Lookup lookup;
            status = stack->get(context, key, lookup, entry);
        } else {
            stack->multi_get(context, &key, 1, &entry);
            status = entry.status;
        }
        if (status == AURELIS_NOT_FOUND) return "miss";
        const Pinned value(entry.value);
        return std::to_string(status) + " " + std::string(value.view()) + " layer " + std::to_string(entry.layer) +
               " ends " + std::to_string(entry.meta.expires_wall);
    }
    std::string put(Form form, const std::string& value, bool persistent, uint64_t left_out) {
        CallContext context;
        prime(context);
        context.call.layers = left_out << 32;
        context.requires_persistent = persistent;
        const aurelis_key key = StackRig::key(kName);
        aurelis_write write{};
        write.value = borrowed(value);
        write.meta.created_wall = runtime.clock.stamp();
        write.meta.expires_wall = clock.now() + 500 * kSecond;
        aurelis_status each[kStackLayersMax], status;
        if (form == Form::Single) {
            status = stack->set(context, key, write, each);
        } else {
            const std::vector<bool> insists{persistent};
            stack->multi_write(context, &key, &write, 1, &status, &insists);
        }
        return told(form, context, status);
    }
    std::string take(Form form) {
        CallContext context;
        prime(context);
        const aurelis_key key = StackRig::key(kName);
        aurelis_status status;
        if (form == Form::Single) {
            status = stack->remove(context, key, nullptr);
        } else {
            aurelis_write removal{};
            removal.flags = AURELIS_SET_REMOVE;
            stack->multi_write(context, &key, &removal, 1, &status);
        }
        return told(form, context, status);
    }
    // A batch has a text for an item that failed, and for no other.
    static std::string told(Form form, const CallContext& context, aurelis_status status) {
        if (form == Form::Single) return std::to_string(status) + (status < 0 ? " " + context.error : "");
        const std::string* const why = context.item_errors.of(0);
        return std::to_string(status) + (why != nullptr ? " " + *why : "");
    }
    // Everything that can be observed.
    std::string seen() {
        std::ostringstream out;
        World* const worlds[] = {&upper, &lower};
        for (size_t i = 0; i < stack->size(); ++i) {
            Layer& layer = stack->layer(i);
            out << layer.spec().name << ": breaker " << layer.gate().breaker().state() << ", notes "
                << layer.missed().waiting() << "/" << layer.missed().noted() << "/" << layer.missed().settled() << '\n';
            for (const Counted& one : layer.snapshot())
                if (one.value != 0) out << "  " << one.row->name << " " << one.value << '\n';
            std::scoped_lock lock(worlds[i]->mutex);
            for (const auto& [name, row] : worlds[i]->rows)
                if (name == kName || name == kNeighbour)
                    out << "  " << name << "=" << row.value.size() << " bytes, ends " << row.meta.expires_wall << '\n';
        }
        return out.str();
    }
};

struct Case {
    std::string what;
    std::function<void(TwoLayers&)> prepare;
    std::function<std::string(TwoLayers&, Form)> act;
};

std::vector<Case> cases() {
    std::vector<Case> all;
    const auto stored = [](TwoLayers& rig) { REQUIRE(rig.set(kName, "old", 300 * kSecond) == AURELIS_OK); };
    const auto below = [stored](TwoLayers& rig) {
        stored(rig);
        rig.upper.rows.clear();
    };
    const auto get = [](TwoLayers& rig, Form form) { return rig.ask(form, 0, 0); };
    const auto row_of = [](World& world) -> World::Row& { return world.rows[kName]; };
    using Change = std::function<void(TwoLayers&)>;
    const std::vector<std::pair<std::string, Change>> states{
        {"absent", [](TwoLayers&) {}},
        {"fresh above", stored},
        {"fresh below", below},
        {"stale above, fresh below", [=](TwoLayers& rig) { stored(rig), row_of(rig.upper).meta.stale_wall = 1; }},
        {"stale in both, newer below",
         [=](TwoLayers& rig) {
             stored(rig);
             row_of(rig.upper).meta.stale_wall = row_of(rig.lower).meta.stale_wall = 1;
             row_of(rig.upper).meta.created_wall -= 5;
         }},
        {"expired above", [=](TwoLayers& rig) { stored(rig), row_of(rig.upper).meta.expires_wall = 1; }},
        {"from the future below",
         [=](TwoLayers& rig) { below(rig), row_of(rig.lower).meta.created_wall += 3600 * kSecond; }},
        {"cleared",
         [=](TwoLayers& rig) {
             stored(rig);
             const World::Row kept = row_of(rig.lower);
             CallContext context;
             rig.prime(context);
             uint64_t removed = 0;
             rig.stack->clear(context, "aurelis:", removed);
             row_of(rig.lower) = kept;
         }},
        {"of another identity",
         [=](TwoLayers& rig) {
             below(rig);
             row_of(rig.lower).attrs =
                 std::string("\x03\x00\x00", 3) + static_cast<char>(AURELIS_ATTR_IDENTITY) + "abc";
         }},
        {"missed below",
         [=](TwoLayers& rig) {
             below(rig);
             rig.lower.fail_set = AURELIS_E_UNAVAILABLE;
             rig.set(kName, "new");
             rig.lower.fail_set = AURELIS_OK;
             rig.upper.rows.clear();
         }},
    };
    for (const auto& [name, state] : states) {
        all.push_back({"get, " + name, state, get});
        all.push_back({"get without the upper layer, " + name, state,
                       [](TwoLayers& rig, Form form) { return rig.ask(form, 0, 1); }});
        all.push_back({"peek, " + name, state, [](TwoLayers& rig, Form form) {
                           return rig.ask(form, AURELIS_CALL_PEEK | AURELIS_CALL_NO_FILL, 0);
                       }});
        all.push_back(
            {"set, " + name, state, [](TwoLayers& rig, Form form) { return rig.put(form, "new", false, 0); }});
        all.push_back({"set without the lower layer, " + name, state,
                       [](TwoLayers& rig, Form form) { return rig.put(form, "new", false, 2); }});
        all.push_back({"set of too much, " + name, state, [](TwoLayers& rig, Form form) {
                           return rig.put(form, std::string(1001, 'x'), false, 0);
                       }});
        all.push_back({"set that has to last, " + name, state,
                       [](TwoLayers& rig, Form form) { return rig.put(form, "new", true, 0); }});
        all.push_back({"remove, " + name, state, [](TwoLayers& rig, Form form) { return rig.take(form); }});
    }
    // Whatever a backend answers, known or not.
    for (const aurelis_status said : std::initializer_list<aurelis_status>
         {AURELIS_NOT_STORED, AURELIS_CONFLICT, AURELIS_PARTIAL, 77, AURELIS_E_FAILED, AURELIS_E_TIMEOUT,
          AURELIS_E_UNAVAILABLE, AURELIS_E_FULL, AURELIS_E_TOO_LARGE, AURELIS_E_INVALID, AURELIS_E_UNSUPPORTED,
          AURELIS_E_BUSY, AURELIS_E_CANCELLED, AURELIS_E_CORRUPT, AURELIS_E_NOMEM, AURELIS_E_INTERNAL, AURELIS_E_CLOSED,
          -777}) {
        for (const bool is_upper : {true, false}) {
            const std::string name =
                std::string(is_upper ? "upper" : "lower") + " layer answers " + std::to_string(said);
            const auto world = [is_upper](TwoLayers& rig) -> World& { return is_upper ? rig.upper : rig.lower; };
            all.push_back({"get, " + name, [=](TwoLayers& rig) { below(rig), world(rig).fail_get = said; }, get});
            for (const bool persistent : {false, true})
                all.push_back({std::string(persistent ? "set that has to last, " : "set, ") + name,
                               [=](TwoLayers& rig) { stored(rig), world(rig).fail_set = said; },
                               [=](TwoLayers& rig, Form form) { return rig.put(form, "new", persistent, 0); }});
            all.push_back({"set that cannot even be removed, " + name,
                           [=](TwoLayers& rig) {
                               stored(rig);
                               world(rig).fail_set = world(rig).fail_remove = said;
                           },
                           [](TwoLayers& rig, Form form) { return rig.put(form, "new", false, 0); }});
            all.push_back({"remove, " + name, [=](TwoLayers& rig) { stored(rig), world(rig).fail_remove = said; },
                           [](TwoLayers& rig, Form form) { return rig.take(form); }});
        }
        // The layers fail in different ways.
        all.push_back({"remove, both layers fail, the lower one answers " + std::to_string(said),
                       [=](TwoLayers& rig) {
                           stored(rig);
                           rig.upper.fail_remove = AURELIS_E_BUSY;
                           rig.lower.fail_remove = said;
                       },
                       [](TwoLayers& rig, Form form) { return rig.take(form); }});
        for (const bool persistent : {false, true})
            all.push_back({std::string(persistent ? "set that has to last, " : "set, ") +
                               "both layers fail, the lower one answers " + std::to_string(said),
                           [=](TwoLayers& rig) {
                               stored(rig);
                               rig.upper.fail_set = AURELIS_E_BUSY;
                               rig.lower.fail_set = said;
                           },
                           [=](TwoLayers& rig, Form form) { return rig.put(form, "new", persistent, 0); }});
        all.push_back({"set without the lower layer, which answers the removal with " + std::to_string(said),
                       [=](TwoLayers& rig) {
                           stored(rig);
                           rig.upper.fail_set = AURELIS_E_FAILED;
                           rig.lower.fail_remove = said;
                       },
                       [](TwoLayers& rig, Form form) { return rig.put(form, "new", false, 2); }});
    }
    return all;
}

}  // namespace

TEST_CASE("forms: single calls and batches of the stack do the same, case by case") {
    size_t walked = 0;
    for (const Case& one : cases()) {
        INFO(one.what);
        TwoLayers single, batch;
        one.prepare(single);
        one.prepare(batch);
        CHECK(one.act(single, Form::Single) == one.act(batch, Form::Batch));
        single.runtime.tasks.drain(INT64_MAX);
        batch.runtime.tasks.drain(INT64_MAX);
        CHECK(single.seen() == batch.seen());
        ++walked;
    }
    CHECK(walked > 200);
}

TEST_CASE("forms: each item of a batch fails with the text that it would fail with alone") {
    const std::vector<std::string> names{"aurelis:v1:users:1", "aurelis:v1:users:2", "aurelis:v1:users:3",
                                         "aurelis:v1:users:4"};
    const std::vector<std::string> values{std::string(1001, 'a'), "taken", std::string(1002, 'b'), "refused"};
    TwoLayers single, batch;
    std::vector<aurelis_key> keys;
    std::vector<aurelis_write> writes(names.size());
    for (size_t i = 0; i < names.size(); ++i) {
        keys.push_back(StackRig::key(names[i]));
        writes[i].value = borrowed(values[i]);
        writes[i].meta.created_wall = batch.runtime.clock.stamp();
    }
    for (const bool upper_fails : {false, true}) {
        for (TwoLayers* rig : {&single, &batch}) {
            rig->lower.fail_set = AURELIS_E_INVALID;
            if (upper_fails) rig->upper.fail_set = AURELIS_E_FULL;
        }
        CallContext context;
        batch.prime(context);
        std::vector<aurelis_status> each(names.size(), 77);
        batch.stack->multi_write(context, keys.data(), writes.data(), keys.size(), each.data());
        size_t failed = 0;
        for (size_t i = 0; i < names.size(); ++i) {
            INFO(names[i]);
            CallContext alone;
            single.prime(alone);
            aurelis_status said[kStackLayersMax];
            CHECK(single.stack->set(alone, keys[i], writes[i], said) == each[i]);
            const std::string* const why = context.item_errors.of(i);
            REQUIRE((why != nullptr) == (each[i] < 0));
            if (why == nullptr) continue;
            CHECK(*why == alone.error);
            ++failed;
        }
        CHECK(failed == (upper_fails ? 4 : 2));
        CHECK(context.error == *context.item_errors.of(0));
        CHECK(context.item_errors.of(0)->find("the value has 1001 bytes") != std::string::npos);
        CHECK(context.item_errors.of(2)->find("the value has 1002 bytes") != std::string::npos);
    }
}

TEST_CASE("forms: what cannot enter its lane in time says so, of a batch item by item") {
    TwoLayers rig;
    const std::string free = "aurelis:v1:users:3";
    const std::vector<aurelis_key> keys{StackRig::key(free), StackRig::key(kName)};
    std::vector<aurelis_write> writes(2);
    const std::string large(1001, 'x');
    for (aurelis_write& write : writes) {
        write.value = borrowed(large);
        write.meta.created_wall = rig.runtime.clock.stamp();
    }
    KeyOrder::Lane held(rig.stack->order());
    REQUIRE(held.try_enter(keys[1].hash));
    std::vector<aurelis_status> each(2, 77);
    std::string alone, item, other;
    std::thread caller([&] {  // A lane does not keep out the thread that holds it.
        CallContext context;
        rig.prime(context);
        context.call.deadline_mono = rig.runtime.clock.mono();
        rig.stack->multi_write(context, keys.data(), writes.data(), 2, each.data());
        other = context.error_of(0, "none");
        item = context.error_of(1, "none");
        aurelis_status said[kStackLayersMax];
        rig.stack->set(context, keys[1], writes[1], said);
        alone = context.error;
    });
    caller.join();
    CHECK(each == std::vector<aurelis_status>{AURELIS_E_TOO_LARGE, AURELIS_E_TIMEOUT});
    CHECK(item.find("the time-out passed while an earlier write of the same key was under way") == 0);
    CHECK(item == alone);
    CHECK(other.find("the value has 1001 bytes") != std::string::npos);
}
