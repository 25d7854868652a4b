// A stack whose lower layer is unavailable for a while: what that costs, and what the layer must not return when it is
// back.
// Covers: core/coherence/note_keeper.cpp, core/coherence/reconciler.cpp, core/layer/gate.cpp, core/layer/port.cpp
#include "stack/stack.hpp"
#include "support/catch.hpp"
#include "support/stack_rig.hpp"

using namespace aurelis;
using namespace aurelis::core;
using namespace aurelis::testing;

namespace {

constexpr int64_t kMs = 1'000'000;
const std::string kKey = "aurelis:v1:c:k";

// L1 forgets nothing by itself; L2 is the one that fails.
struct Outage {
    World top, low;
    StackRig rig;

    explicit Outage(ResilienceConfig resilience = {}) {
        LayerSpec l2 = test_layer("L2", low, test_component<kDiskCaps>());
        l2.resilience = resilience;
        rig.open({test_layer("L1", top, test_component<kMemoryCaps>()), l2});
    }
    void begin(aurelis_status status = AURELIS_E_UNAVAILABLE) {
        low.fail_get = status;
        low.fail_set = status;
        low.fail_remove = status;
    }
    void end() { begin(AURELIS_OK); }
    Layer& layer() { return rig.stack->layer(1); }
    void trip() {
        for (int i = 0; i < 5; ++i) rig.get("aurelis:v1:c:nobody" + std::to_string(i));
        REQUIRE_FALSE(layer().gate().breaker().closed());
    }
    void forget_top() {
        std::scoped_lock lock(top.mutex);
        top.rows.clear();
    }
};

}  // namespace

TEST_CASE("outage: after five failures nobody asks, and a probe brings the layer back") {
    Outage outage;
    REQUIRE(outage.rig.set(kKey, "v") == AURELIS_OK);
    outage.begin();
    outage.trip();
    const size_t asked = outage.low.count("get");
    for (int i = 0; i < 100; ++i) outage.rig.get("aurelis:v1:c:other");
    CHECK(outage.low.count("get") == asked);
    CHECK(outage.layer().counted(kUnreachable) == 100);
    CHECK(std::string(outage.layer().gate().breaker().state()) == "open");

    outage.rig.pass(150 * kMs);  // The probe is due, and finds it still away.
    CHECK_FALSE(outage.layer().gate().breaker().closed());
    CHECK(outage.low.count("get \x01" "aurelis.probe") == 1);
    outage.end();
    outage.rig.pass(300 * kMs);
    CHECK(outage.layer().gate().breaker().closed());
    outage.forget_top();
    CHECK(outage.rig.get(kKey) == "v");
}

TEST_CASE("outage: an old value never comes back after a set that the layer missed") {
    for (const aurelis_status status : {AURELIS_E_UNAVAILABLE, AURELIS_E_TIMEOUT, AURELIS_E_FULL, AURELIS_E_FAILED}) {
        Outage outage;
        REQUIRE(outage.rig.set(kKey, "old") == AURELIS_OK);
        outage.begin(status);
        CHECK(outage.rig.set(kKey, "new") == AURELIS_OK);
        outage.end();
        outage.forget_top();
        CHECK(outage.rig.get(kKey) == "-");  // Not read there, although it answers.
        CHECK(outage.layer().counted(kNotRead) == 1);
        CHECK(outage.layer().missed().waiting() == 1);
        outage.rig.pass(2 * kSecond);
        CHECK(outage.layer().missed().waiting() == 0);
        CHECK_FALSE(outage.low.has(kKey));
        CHECK(outage.rig.get(kKey) == "-");
        CHECK(outage.rig.set(kKey, "newer") == AURELIS_OK);
        outage.forget_top();
        CHECK(outage.rig.get(kKey) == "newer");
    }
}

TEST_CASE("outage: a removal that the layer missed is done when it is back") {
    Outage outage;
    REQUIRE(outage.rig.set(kKey, "old") == AURELIS_OK);
    outage.begin();
    outage.trip();
    CHECK(outage.rig.remove(kKey) == AURELIS_E_UNAVAILABLE);  // Reported, and noted.
    outage.end();
    outage.rig.pass(150 * kMs);  // The breaker closes; the note still holds.
    REQUIRE(outage.layer().gate().breaker().closed());
    CHECK(outage.rig.get(kKey) == "-");
    outage.rig.pass(100 * kMs);
    CHECK_FALSE(outage.low.has(kKey));
    CHECK(outage.layer().missed().waiting() == 0);
}

TEST_CASE("outage: a later write that the layer takes settles the note") {
    Outage outage;
    outage.begin();
    CHECK(outage.rig.set(kKey, "missed") == AURELIS_OK);
    outage.end();
    CHECK(outage.rig.set(kKey, "taken") == AURELIS_OK);
    CHECK(outage.layer().missed().waiting() == 0);
    outage.rig.pass(kSecond);
    CHECK(outage.low.has(kKey));
}

TEST_CASE("outage: a clear that the layer missed hides what is older, and removes it later") {
    Outage outage;
    REQUIRE(outage.rig.set(kKey, "old") == AURELIS_OK);
    outage.begin();
    outage.trip();
    CallContext context;
    outage.rig.prime(context);
    uint64_t removed = 0;
    CHECK(outage.rig.stack->clear(context, "aurelis:", removed) == AURELIS_E_UNAVAILABLE);
    outage.end();
    outage.rig.pass(150 * kMs);
    CHECK(outage.rig.get(kKey) == "-");
    REQUIRE(outage.rig.set("aurelis:v1:c:later", "stays") == AURELIS_OK);
    outage.rig.pass(kSecond);
    CHECK_FALSE(outage.low.has(kKey));
    CHECK(outage.low.has("aurelis:v1:c:later"));
    CHECK(outage.layer().missed().waiting() == 0);
}

TEST_CASE("outage: a copy that failed leaves no note, unless nobody knows whether it arrived") {
    Outage outage;
    for (const auto& [status, notes] :
         {std::pair<aurelis_status, uint64_t>{AURELIS_E_UNAVAILABLE, 0}, {AURELIS_E_TIMEOUT, 1}}) {
        outage.low.fail_set = status;
        CallContext context;
        outage.rig.prime(context);
        Lookup lookup;
        aurelis_entry entry{};
        REQUIRE(outage.rig.stack->get(context, StackRig::key(kKey), lookup, entry) == AURELIS_NOT_FOUND);
        aurelis_write write{};
        write.value = borrowed("loaded");
        write.meta.created_wall = outage.rig.clock.now();
        CHECK(outage.rig.stack->publish(context, StackRig::key(kKey), write, lookup) == AURELIS_OK);
        CHECK(outage.layer().missed().waiting() == notes);
        outage.rig.remove(kKey);
        outage.low.fail_set = AURELIS_OK;
    }
}

TEST_CASE("outage: time-outs reach the backend, and the caller's own counts if it is earlier") {
    ResilienceConfig resilience;
    resilience.timeout_ns = 500 * kMs;
    Outage outage(resilience);
    const int64_t now = outage.rig.runtime.clock.mono();
    outage.rig.get(kKey);
    CHECK(outage.low.deadline_mono == now + 500 * kMs);
    outage.rig.set(kKey, "v");
    CHECK(outage.low.deadline_mono == now + 500 * kMs);
    outage.forget_top();
    CallContext context;
    outage.rig.prime(context);
    context.call.deadline_mono = now + 10 * kMs;
    Lookup lookup;
    aurelis_entry entry{};
    REQUIRE(outage.rig.stack->get(context, StackRig::key(kKey), lookup, entry) == AURELIS_OK);
    aurelis_buf_release(&entry.value);
    CHECK(outage.low.deadline_mono == now + 10 * kMs);
    CHECK(context.call.deadline_mono == now + 10 * kMs);
}

TEST_CASE("outage: with a stale copy at hand a layer gets the soft time-out") {
    ResilienceConfig resilience;
    resilience.timeout_ns = 500 * kMs;
    resilience.soft_timeout_ns = 20 * kMs;
    Outage outage(resilience);
    REQUIRE(outage.rig.set(kKey, "v") == AURELIS_OK);
    {
        std::scoped_lock lock(outage.top.mutex);
        outage.top.rows[kKey].meta.stale_wall = outage.rig.clock.now();
    }
    const int64_t now = outage.rig.runtime.clock.mono();
    outage.low.fail_get = AURELIS_E_TIMEOUT;
    CHECK(outage.rig.get(kKey) == "~v");
    CHECK(outage.low.deadline_mono == now + 20 * kMs);
    outage.forget_top();
    outage.rig.get(kKey);
    CHECK(outage.low.deadline_mono == now + 500 * kMs);
}

TEST_CASE("outage: in a batch, too, keys with a stale copy at hand get the soft time-out, and only these") {
    ResilienceConfig resilience;
    resilience.timeout_ns = 500 * kMs;
    resilience.soft_timeout_ns = 20 * kMs;
    Outage outage(resilience);
    const std::string fresh = "aurelis:v1:c:another";
    REQUIRE(outage.rig.set(kKey, "v") == AURELIS_OK);
    {
        std::scoped_lock lock(outage.top.mutex);
        outage.top.rows[kKey].meta.stale_wall = outage.rig.clock.now();
    }
    const int64_t now = outage.rig.runtime.clock.mono();
    std::map<std::string, int64_t> given;
    outage.low.before = [&](const std::string& call) { given[call] = outage.low.deadline_mono - now; };
    CallContext context;
    outage.rig.prime(context);
    const aurelis_key keys[] = {StackRig::key(kKey), StackRig::key(fresh)};
    aurelis_entry found[2];
    outage.low.fail_get = AURELIS_E_TIMEOUT;
    outage.rig.stack->multi_get(context, keys, 2, found);
    CHECK(given["get " + kKey] == 20 * kMs);
    CHECK(given["get " + fresh] == 500 * kMs);
    REQUIRE(found[0].status == AURELIS_STALE);
    aurelis_buf_release(&found[0].value);
    CHECK(found[1].status == AURELIS_NOT_FOUND);
    CHECK_FALSE(context.has_fallback);
}

TEST_CASE("outage: an impatient caller's time-out is no failure of the layer") {
    Outage outage;
    outage.low.fail_get = AURELIS_E_TIMEOUT;
    for (int i = 0; i < 50; ++i) {
        CallContext context;
        outage.rig.prime(context);
        context.call.deadline_mono = outage.rig.runtime.clock.mono() + kMs;
        Lookup lookup;
        aurelis_entry entry{};
        outage.rig.stack->get(context, StackRig::key(kKey), lookup, entry);
    }
    CHECK(outage.layer().gate().breaker().closed());
}

TEST_CASE("outage: a call that overran its time-out tenfold opens the breaker at once, whatever came of it") {
    ResilienceConfig resilience;
    resilience.timeout_ns = 100 * kMs;
    Outage outage(resilience);
    REQUIRE(outage.rig.set(kKey, "v") == AURELIS_OK);
    outage.forget_top();
    int64_t takes = 999 * kMs;
    outage.low.before = [&](const std::string& call) {
        if (call.rfind("get aurelis:", 0) == 0) outage.rig.clock.advance(takes);
    };
    CHECK(outage.rig.get(kKey) == "v");
    CHECK(outage.layer().gate().breaker().closed());
    outage.forget_top();
    takes = 1000 * kMs;
    CHECK(outage.rig.get(kKey) == "v");  // It was late, and it is the value.
    CHECK_FALSE(outage.layer().gate().breaker().closed());
    CHECK(outage.layer().gate().last_error().find("plugin test was in one call for 1000 ms, the time-out is 100 ms") !=
          std::string::npos);
    outage.forget_top();
    const size_t asked = outage.low.count("get");
    CHECK(outage.rig.get(kKey) == "-");
    CHECK(outage.low.count("get") == asked);
    outage.low.before = nullptr;
    outage.rig.pass(1100 * kMs);  // The probe is quick, so it is asked again.
    CHECK(outage.layer().gate().breaker().closed());
    CHECK(outage.rig.get(kKey) == "v");
}

TEST_CASE("outage: a listing of many pages is not judged by how long they took together") {
    ResilienceConfig resilience;
    resilience.timeout_ns = 100 * kMs;
    Outage outage(resilience);
    REQUIRE(outage.rig.set(kKey, "v") == AURELIS_OK);
    CallContext context;
    outage.rig.prime(context);
    size_t shown = 0;
    const aurelis_status status = outage.layer().list(context, "aurelis:", [&](std::string_view) {
        ++shown;
        outage.rig.clock.advance(5000 * kMs);
        return true;
    });
    CHECK(status == AURELIS_OK);
    CHECK(shown == 1);
    CHECK(outage.layer().gate().breaker().closed());
}

TEST_CASE("outage: what a backend says of itself is no sign that it is there") {
    ResilienceConfig resilience;
    resilience.breaker.failures = 2;
    Outage outage(resilience);
    outage.low.fail_get = AURELIS_E_UNAVAILABLE;
    for (int i = 0; i < 2; ++i) {
        CHECK(outage.rig.get("nobody's") == "-");
        CallContext context;
        aurelis_size size{};
        size.struct_size = sizeof size;
        outage.layer().size(context, size);
        outage.layer().stats(
            context, [](void*, const char*, uint32_t, double) noexcept {}, nullptr);
    }
    CHECK_FALSE(outage.layer().gate().breaker().closed());
}

TEST_CASE("outage: an answer that a function does not have is a failure") {
    Outage outage;
    REQUIRE(outage.rig.set(kKey, "v") == AURELIS_OK);
    outage.forget_top();
    outage.low.fail_get = AURELIS_PENDING;
    CHECK(outage.rig.get(kKey) == "-");
    CHECK(outage.layer().counted(kErrors) == 1);
    outage.low.fail_get = AURELIS_OK;
    outage.low.fail_set = 4711;
    CHECK(outage.rig.set(kKey, "new") == AURELIS_OK);  // In L1.
    CHECK(outage.layer().counted(kSets) == 1);
    CHECK(outage.layer().counted(kErrors) == 2);
    CHECK(outage.layer().missed().waiting() == 1);  // It is not known whether it arrived.
    CallContext context;
    outage.rig.prime(context);
    const std::string other = "aurelis:v1:c:other";
    const aurelis_key key = StackRig::key(other);
    aurelis_write write{};
    write.value = borrowed("v");
    aurelis_status each = AURELIS_OK;
    context.call.layers = uint64_t{1} << 32;  // Not to L1.
    outage.rig.stack->multi_write(context, &key, &write, 1, &each);
    CHECK(each == AURELIS_E_FAILED);
    CHECK(outage.layer().missed().waiting() == 2);
}

TEST_CASE("outage: batches leave out what is noted, and note what does not get through") {
    Outage outage;
    const std::vector<std::string> names{"aurelis:v1:c:a", "aurelis:v1:c:b", "aurelis:v1:c:c"};
    for (const std::string& name : names) REQUIRE(outage.rig.set(name, "old") == AURELIS_OK);
    outage.begin();
    CHECK(outage.rig.set(names[1], "new") == AURELIS_OK);
    outage.end();
    outage.forget_top();
    std::vector<aurelis_key> keys;
    for (const std::string& name : names) keys.push_back(StackRig::key(name));
    std::vector<aurelis_entry> found(3);
    CallContext context;
    outage.rig.prime(context);
    outage.rig.stack->multi_get(context, keys.data(), 3, found.data());
    CHECK(found[0].status == AURELIS_OK);
    CHECK(found[1].status == AURELIS_NOT_FOUND);
    CHECK(found[2].status == AURELIS_OK);
    for (aurelis_entry& entry : found) aurelis_buf_release(&entry.value);

    outage.begin();
    std::vector<aurelis_write> writes(3);
    for (aurelis_write& write : writes) write.value = borrowed("newer");
    writes[2].flags = AURELIS_SET_REMOVE;
    std::vector<aurelis_status> each(3);
    outage.rig.stack->multi_write(context, keys.data(), writes.data(), 3, each.data());
    CHECK(outage.layer().missed().waiting() == 3);
    outage.end();
    outage.rig.pass(2 * kSecond);
    CHECK(outage.layer().missed().waiting() == 0);
    for (const std::string& name : names) CHECK_FALSE(outage.low.has(name));
}

TEST_CASE("outage: a layer that could not start is noted for, and put in line when it starts") {
    World top, low;
    low.fail_start = AURELIS_E_UNAVAILABLE;
    {
        std::scoped_lock lock(low.mutex);
        low.rows[kKey] = {"old", {}, "", 1};
    }
    StackRig rig;
    rig.open(
        {test_layer("L1", top, test_component<kMemoryCaps>()), test_layer("L2", low, test_component<kMemoryCaps>())});
    CHECK(rig.set(kKey, "new") == AURELIS_OK);
    low.fail_start = AURELIS_OK;
    rig.pass(1100 * kMs);
    rig.pass(100 * kMs);
    CHECK(rig.stack->layer(1).missed().waiting() == 0);
    CHECK_FALSE(low.has(kKey));
}

namespace {

// A process that ends during an outage of the shared layer, and the next one over the same worlds.
struct EndedInAnOutage {
    World top, shared, disk;
    bool disk_above = false;

    EndedInAnOutage() { shared.tells_changes = true; }

    std::vector<LayerSpec> specs() {
        const LayerSpec memory = test_layer("L1", top, test_component<kMemoryCaps>());
        const LayerSpec server = test_layer("shared", shared, test_component<kSharedCaps>());
        const LayerSpec file = test_layer("disk", disk, test_component<kDiskCaps>(), Ttl{kSecond, false});
        return disk_above ? std::vector{memory, file, server} : std::vector{memory, server, file};
    }
    void fail(aurelis_status status) { shared.fail_get = shared.fail_set = shared.fail_remove = status; }
    // also: what else the process does in the outage.
    void first(const std::function<void(StackRig&)>& also = [](StackRig&) {}) {
        {
            StackRig rig;
            rig.open(specs());
            REQUIRE(rig.set(kKey, "old") == AURELIS_OK);
            REQUIRE(rig.set("aurelis:v1:c:kept", "kept") == AURELIS_OK);
            fail(AURELIS_E_UNAVAILABLE);
            CHECK(rig.remove(kKey) == AURELIS_E_UNAVAILABLE);
            also(rig);
        }
        top.rows.clear();
        fail(AURELIS_OK);
        REQUIRE(shared.has(kKey));
    }
    void require_mended(StackRig& rig) {
        rig.pass(kSecond);
        CHECK_FALSE(shared.has(kKey));
        CHECK(rig.stack->layer(disk_above ? 2 : 1).missed().waiting() == 0);
    }
};

}  // namespace

TEST_CASE("outage: notes survive the process in a persistent layer, even if they cannot be listed") {
    for (const aurelis_status listing : {AURELIS_OK, AURELIS_E_UNSUPPORTED}) {
        EndedInAnOutage ended;
        ended.first();
        ended.disk.fail_scan = listing;
        StackRig second;
        second.open(ended.specs());
        CHECK(second.get(kKey) == "-");
        CHECK(second.get("aurelis:v1:c:kept") == "kept");
        ended.require_mended(second);
        if (listing == AURELIS_OK)  // Nothing is left over.
            for (const auto& row : ended.disk.rows) CHECK(row.first.find('\x01') == std::string::npos);
    }
}

TEST_CASE("outage: notes are believed when events begin to flow before they are read, and after the layer's ttl") {
    for (const bool above : {false, true}) {
        EndedInAnOutage ended;
        ended.disk_above = above;
        ended.first();
        ended.shared.live_at_once = true;
        StackRig second;
        second.clock.advance(3 * kSecond);
        second.open(ended.specs());
        CHECK(second.get(kKey) == "-");
        ended.require_mended(second);
    }
}

TEST_CASE("outage: neither a clear nor a gap in the events takes the notes along") {
    for (const bool above : {false, true}) {
        for (const bool by_clear : {false, true}) {
            EndedInAnOutage ended;
            ended.disk_above = above;
            ended.first([&](StackRig& rig) {
                if (by_clear) {
                    CallContext context;
                    rig.prime(context);
                    uint64_t removed = 0;
                    rig.stack->clear(context, "aurelis:", removed);
                } else {
                    ended.shared.tell(AURELIS_WATCH_LIVE);
                    rig.pass(1);
                }
            });
            StackRig second;
            second.open(ended.specs());
            CHECK(second.get(kKey) == "-");
            ended.require_mended(second);
        }
    }
}

TEST_CASE("outage: notes in a layer that starts late are believed from then on") {
    EndedInAnOutage ended;
    ended.first();
    ended.disk.fail_start = AURELIS_E_UNAVAILABLE;
    StackRig second;
    second.open(ended.specs());
    ended.disk.fail_start = AURELIS_OK;
    second.pass(1100 * kMs);
    ended.top.rows.clear();
    CHECK(second.get(kKey) == "-");
    ended.require_mended(second);
}

TEST_CASE("outage: a write that timed out is not believed when it arrives behind a newer one") {
    const bool bare = GENERATE(false, true);
    World low;
    StackRig rig;
    LayerSpec spec = test_layer("L1", low, test_component<kDiskCaps | AURELIS_CAP_REMOTE>());
    spec.bare = bare;
    rig.open({spec});
    Layer& layer = rig.stack->layer(0);
    const auto give_up = [&](const std::string& value, int64_t ttl) {
        low.keeps_sets = true;
        CHECK(rig.set(kKey, value, ttl) < 0);
        low.keeps_sets = false;
    };
    REQUIRE(rig.set(kKey, "v1") == AURELIS_OK);
    SECTION("a newer value") {
        give_up("v2", 0);
        REQUIRE(rig.set(kKey, "v3") == AURELIS_OK);
        CHECK(layer.missed().waiting() == 0);
        CHECK(rig.get(kKey) == (bare ? "-" : "v3"));
        low.deliver();
        CHECK(rig.get(kKey) == "-");
        rig.pass(bare ? MissedWrites::kBareDoubtNs : 2 * kSecond);
        if (bare) return;
        CHECK_FALSE(low.has(kKey));  // Found, and removed.
        CHECK(layer.missed().waiting() == 0);
        CHECK(layer.missed().doubts() == 0);
        REQUIRE(rig.set(kKey, "v4") == AURELIS_OK);
        CHECK(rig.get(kKey) == "v4");
    }
    SECTION("a removal") {
        give_up("v2", 0);
        REQUIRE(rig.remove(kKey) >= 0);
        low.deliver();
        CHECK(rig.get(kKey) == "-");
    }
    SECTION("what nobody wrote since, once the note is settled") {
        give_up("v2", 0);
        rig.pass(2 * kSecond);
        CHECK(layer.missed().waiting() == 0);
        low.deliver();
        CHECK(rig.get(kKey) == "-");
    }
    SECTION("until its life is over anyway") {
        give_up("v2", 10 * kSecond);
        REQUIRE(rig.set(kKey, "v3") == AURELIS_OK);
        rig.clock.advance(10 * kSecond);
        CHECK(rig.get(kKey) == "v3");
    }
}

TEST_CASE("outage: a remote store that fences its writes leaves no doubt, nor does a local one") {
    World fenced, local;
    StackRig rig;
    rig.open({test_layer("L1", fenced, test_component<kDiskCaps | AURELIS_CAP_REMOTE | AURELIS_CAP_FENCED>()),
              test_layer("L2", local, test_component<kDiskCaps>())});
    fenced.keeps_sets = local.keeps_sets = true;
    rig.set(kKey, "v");
    CHECK(rig.stack->layer(0).missed().doubts() == 0);
    CHECK(rig.stack->layer(1).missed().doubts() == 0);
    CHECK(rig.stack->layer(0).missed().waiting() == 1);
}
