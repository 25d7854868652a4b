// Beliefs: each reason why an entry is not believed, one by one, and that a get, a batch and explain agree on every one
// of them. (The table of verdicts: verdict.hpp.)
// Covers: core/layer/layer_look.cpp, core/validity/verdict.cpp
#include "validity/beliefs.hpp"

#include "support/catch.hpp"
#include "support/manual_clock.hpp"
#include "support/stack_rig.hpp"

#include <functional>

using namespace aurelis;
using namespace aurelis::core;
using namespace aurelis::testing;

namespace {

const std::string kName = "aurelis:v1:users:1";

struct Judged {
    ManualClock manual;
    Clock clock{manual.table()};
    Stamps stamps{"aurelis:"};
    Beliefs beliefs{clock, stamps, false};
    aurelis_key key = StackRig::key(kName);
    aurelis_meta meta{};
    std::string attrs;

    Judged() { meta.created_wall = manual.now() - 10 * kSecond; }
    Verdict judge() const { return beliefs.judge(key, meta, bytes(attrs), 1, manual.now()); }
};

}  // namespace

TEST_CASE("beliefs: an entry is fresh, then stale, then expired") {
    Judged one;
    CHECK(one.judge() == Verdict::Fresh);
    one.meta.stale_wall = one.manual.now();
    CHECK(one.judge() == Verdict::Stale);
    one.meta.expires_wall = one.manual.now();
    CHECK(one.judge() == Verdict::Expired);
}

TEST_CASE("beliefs: stamps, gaps, missed and late writes each hide what is older, under their own name") {
    Judged one;
    one.meta.created_wall = one.manual.now() + 5 * kSecond;
    CHECK(one.judge() == Verdict::FromFuture);
    one.meta.created_wall = one.manual.now() - 10 * kSecond;
    CHECK(one.beliefs.disbelieve_before(one.meta.created_wall + 1));
    CHECK_FALSE(one.beliefs.disbelieve_before(one.meta.created_wall));
    CHECK(one.judge() == Verdict::AfterGap);
    one.meta.created_wall += 1;
    CHECK(one.judge() == Verdict::Fresh);

    one.beliefs.missed().note_prefix("aurelis:v1:users:", "aurelis:", one.meta.created_wall + 1);
    CHECK(one.judge() == Verdict::MissedWrite);
    CHECK(one.beliefs.missed().settle_prefix("aurelis:v1:users:", one.meta.created_wall + 1));
    one.beliefs.missed().note(one.key.hash, kName, "aurelis:v1:users:", "aurelis:", 1);
    CHECK_FALSE(one.beliefs.may_hold(one.key));
    CHECK(one.judge() == Verdict::MissedWrite);
    CHECK(one.beliefs.missed().settle(one.key.hash, kName));
    one.beliefs.missed().doubt(one.key.hash, kName, one.meta.created_wall, 0, one.manual.now());
    CHECK(one.judge() == Verdict::LateWrite);
    one.beliefs.missed().has_come(one.key.hash, kName, one.meta.created_wall);
    CHECK(one.judge() == Verdict::Fresh);

    aurelis_subject subject{};
    subject.struct_size = sizeof subject;
    subject.identity = bytes(std::string_view("users:1"));
    one.key.subject = &subject;
    CHECK(one.judge() == Verdict::OtherIdentity);
    one.key.subject = nullptr;

    one.stamps.raise_everything(one.meta.created_wall + 1);
    CHECK(one.judge() == Verdict::Cleared);
}

TEST_CASE("beliefs: of a bare value only its end, its notes and its doubts count") {
    Judged one;
    Beliefs bare(one.clock, one.stamps, true);
    const auto judge = [&] { return bare.judge(one.key, one.meta, {}, 1, one.manual.now()); };
    one.stamps.raise_everything(INT64_MAX);
    bare.disbelieve_before(INT64_MAX);
    CHECK(judge() == Verdict::Fresh);
    aurelis_subject subject{};
    subject.struct_size = sizeof subject;
    subject.identity = bytes(std::string_view("users:1"));
    one.key.subject = &subject;
    CHECK(judge() == Verdict::Fresh);  // Without a subject the key is its own identity.
    CHECK(one.beliefs.judge(one.key, one.meta, bytes(one.attrs), 1, one.manual.now()) != Verdict::Fresh);
    bare.missed().note_prefix("aurelis:v1:users:", "aurelis:", 1);
    CHECK(judge() == Verdict::MissedWrite);
    bare.missed().settle_prefix("aurelis:v1:users:", 1);
    bare.missed().doubt(one.key.hash, kName, 5, 0, one.manual.now());
    CHECK(judge() == Verdict::LateWrite);
    one.meta.expires_wall = one.manual.now();
    CHECK(judge() == Verdict::Expired);
}

TEST_CASE("beliefs: a get, a batch and explain agree, whatever hides an entry") {
    World world;
    StackRig rig;
    rig.open({test_layer("L1", world, test_component<kMemoryCaps>())});
    Layer& layer = rig.stack->layer(0);
    const auto row = [&]() -> World::Row& { return world.rows[kName]; };
    // How to hide the entry, and the verdict.
    const std::vector<std::pair<std::function<void()>, Verdict>> ways{
        {[] {}, Verdict::Fresh},
        {[&] { row().meta.stale_wall = rig.clock.now(); }, Verdict::Stale},
        {[&] { row().meta.expires_wall = rig.clock.now(); }, Verdict::Expired},
        {[&] { row().meta.created_wall += 3600 * kSecond; }, Verdict::FromFuture},
        {[&] { layer.disbelieve_before(rig.runtime.clock.next_stamp()); }, Verdict::AfterGap},
        {[&] { layer.missed().note_prefix("aurelis:v1:users:", "aurelis:", rig.runtime.clock.next_stamp()); },
         Verdict::MissedWrite},
        {[&] { layer.missed().doubt(StackRig::key(kName).hash, kName, row().meta.created_wall, 0, rig.clock.now()); },
         Verdict::LateWrite},
        {[&] {
             World::Row kept = row();
             CallContext context;
             rig.prime(context);
             uint64_t removed = 0;
             rig.stack->clear(context, "aurelis:", removed);
             row() = kept;
         },
         Verdict::Cleared},
    };
    for (const auto& [hide, verdict] : ways) {
        INFO(row_of(verdict).name);
        REQUIRE(rig.set(kName, "value") == AURELIS_OK);
        hide();
        CallContext context;
        rig.prime(context);
        context.call.flags = AURELIS_CALL_PEEK;
        const LayerView seen = rig.stack->look(context, 0, StackRig::key(kName));
        CHECK(seen.holding == row_of(verdict).holding);
        CHECK(seen.reason == row_of(verdict).sentence);
        const World::Row kept = row();
        const aurelis_key key = StackRig::key(kName);
        aurelis_entry found{};
        context.call.flags = 0;
        const uint64_t before = layer.counted(row_of(verdict).counter);
        rig.stack->multi_get(context, &key, 1, &found);
        aurelis_buf_release(&found.value);
        CHECK((found.status == AURELIS_NOT_FOUND) == !is_believed(verdict));
        CHECK(layer.counted(row_of(verdict).counter) == before + 1);
        if (verdict == Verdict::LateWrite) {  // Being found ends the doubt, and leaves a note in its place.
            layer.missed().settle(key.hash, kName);
            layer.missed().doubt(key.hash, kName, kept.meta.created_wall, 0, rig.clock.now());
        }
        CHECK(rig.get(kName) == (verdict == Verdict::Fresh ? "value" : verdict == Verdict::Stale ? "~value" : "-"));
        layer.missed().settle(key.hash, kName);
        layer.missed().settle_prefix("aurelis:v1:users:", INT64_MAX);
        rig.clock.advance(kSecond);
    }
}
