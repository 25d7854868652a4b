// The sweeper: what an invalidation hides goes from the layers behind the calls, page by page, and nothing else does.
#include "stack/stack.hpp"
#include "support/catch.hpp"
#include "support/stack_rig.hpp"

using namespace aurelis;
using namespace aurelis::core;
using namespace aurelis::testing;

namespace {

constexpr int64_t kTick = 10'000'000;  // Longer than the sweeper waits between two pages.

std::string key_in(const std::string& category, size_t n) {
    return "aurelis:v1:" + category + ':' + std::to_string(10'000 + n);
}

struct SweepRig : StackRig {
    World top, bottom;

    explicit SweepRig(FoundComponent bottom_kind = test_component<kDiskCaps>()) {
        open({test_layer("L1", top, test_component<kMemoryCaps>()), test_layer("L2", bottom, bottom_kind)});
    }
    ~SweepRig() { stack.reset(); }
    void fill(const std::string& category, size_t n) {
        for (size_t i = 0; i < n; ++i) REQUIRE(set(key_in(category, i), "old") == AURELIS_OK);
        clock.advance(kSecond);
    }
    void invalidate(const std::string& category, bool soft = false) {
        CallContext context;
        prime(context);
        Stack::Invalidation invalidation;
        invalidation.soft = soft;
        invalidation.stamps.push_back(Stamp::of_category(category));
        invalidation.add_prefix("aurelis:v1:" + category + ':');
        Stack::Reach each[kStackLayersMax];
        stack->invalidate(context, invalidation, each);
        for (size_t i = 0; i < stack->size(); ++i) CHECK(each[i].status == AURELIS_OK);
    }
    static size_t held(World& world, const std::string& category) {
        std::scoped_lock lock(world.mutex);
        size_t n = 0;
        for (const auto& [key, row] : world.rows) n += key.starts_with("aurelis:v1:" + category + ':') ? 1 : 0;
        return n;
    }
    // How many ticks it took until nothing is left to sweep.
    int sweep() {
        int ticks = 0;
        while (stack->sweeper().waiting() != 0) {
            REQUIRE(++ticks < 1000);
            pass(kTick);
        }
        return ticks;
    }
    uint64_t counted(SweepCounter counter) const { return stack->sweeper().snapshot()[counter].value; }
};

}  // namespace

TEST_CASE("sweeper: what is hidden goes page by page, and what is not stays") {
    SweepRig rig;
    rig.fill("gone", 600);
    rig.fill("kept", 10);
    rig.invalidate("gone");
    CHECK(rig.stack->sweeper().waiting() == 2);
    CHECK(SweepRig::held(rig.top, "gone") == 600);  // Not in the call.
    rig.pass(kTick);
    CHECK(SweepRig::held(rig.top, "gone") == 600 - 256);
    CHECK(rig.sweep() >= 4);
    for (World* world : {&rig.top, &rig.bottom}) {
        CHECK(SweepRig::held(*world, "gone") == 0);
        CHECK(SweepRig::held(*world, "kept") == 10);
    }
    CHECK(rig.counted(kSweeps) == 2);
    CHECK(rig.counted(kSwept) == 1220);
    CHECK(rig.counted(kSweptRemoved) == 1200);
}

TEST_CASE("sweeper: a soft invalidation leaves everything where it is") {
    SweepRig rig;
    rig.fill("soft", 3);
    rig.invalidate("soft", true);
    CHECK(rig.stack->sweeper().waiting() == 0);
    rig.pass(kTick);
    CHECK(SweepRig::held(rig.top, "soft") == 3);
    CHECK(rig.get(key_in("soft", 0)) == "~old");
}

TEST_CASE("sweeper: what is written meanwhile stays") {
    SECTION("by another process, between the look at the entry and its removal") {
        SweepRig rig(test_component<kSharedCaps>());
        const std::string key = key_in("gone", 0);
        rig.fill("gone", 1);
        rig.invalidate("gone");
        int looks = 0;
        rig.bottom.before = [&](const std::string& call) {
            if (call != "get " + key || ++looks != 2) return;
            std::scoped_lock lock(rig.bottom.mutex);
            rig.bottom.rows[key].version = rig.bottom.versions[key] = ++rig.bottom.last_version;
        };
        rig.sweep();
        rig.bottom.before = nullptr;
        CHECK(looks == 2);
        CHECK(SweepRig::held(rig.bottom, "gone") == 1);
    }
    SECTION("what is set in its lane replaces what was hidden") {
        SweepRig rig;
        const std::string key = key_in("gone", 0);
        rig.fill("gone", 1);
        rig.invalidate("gone");
        REQUIRE(rig.set(key, "new") == AURELIS_OK);
        rig.sweep();
        CHECK(rig.get(key) == "new");
        CHECK(rig.counted(kSweptRemoved) == 0);
    }
    SECTION("a key whose lane is taken is left to the writer") {
        SweepRig rig;
        const std::string key = key_in("gone", 0);
        rig.fill("gone", 1);
        rig.invalidate("gone");
        {
            KeyOrder::Lane lane(rig.stack->order());
            REQUIRE(lane.try_enter(rig.key(key).hash));
            rig.sweep();
        }
        CHECK(rig.top.has(key));
        CHECK(rig.get(key) == "-");
    }
}

TEST_CASE("sweeper: a layer that cannot be listed is passed over until the next invalidation") {
    SweepRig rig;
    rig.fill("gone", 2);
    rig.bottom.fail_scan = AURELIS_E_UNAVAILABLE;
    rig.invalidate("gone");
    rig.sweep();
    CHECK(SweepRig::held(rig.top, "gone") == 0);
    CHECK(SweepRig::held(rig.bottom, "gone") == 2);
    CHECK(rig.counted(kSweeps) == 1);
    CHECK(rig.get(key_in("gone", 0)) == "-");
    rig.bottom.fail_scan = AURELIS_OK;
    rig.invalidate("other");
    rig.sweep();
    CHECK(SweepRig::held(rig.bottom, "gone") == 0);
}

TEST_CASE("sweeper: after a pass it rests for four times as long as that took") {
    SweepRig rig;
    rig.fill("gone", 2000);
    rig.fill("again", 1);
    rig.invalidate("gone");
    rig.sweep();
    rig.invalidate("again");
    rig.pass(kTick);
    CHECK(SweepRig::held(rig.top, "again") == 1);
    CHECK(rig.get(key_in("again", 0)) == "-");
    rig.pass(kSecond);
    rig.sweep();
    CHECK(SweepRig::held(rig.top, "again") == 0);
}
