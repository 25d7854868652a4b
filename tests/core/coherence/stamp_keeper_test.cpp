// How a clear by one process reaches the copies of the others: through the stamp in every persistent or shared layer.
#include "stack/stack.hpp"
#include "support/catch.hpp"
#include "support/stack_rig.hpp"

#include <atomic>

using namespace aurelis;
using namespace aurelis::core;
using namespace aurelis::testing;

namespace {

const std::string kKey = "aurelis:v1:c:k";
const std::string kStamp = "\x01" "aurelis:stamp";

// One of several processes: a memory of its own, above a layer that all share, above a disk of its own.
struct Process {
    World top;
    StackRig rig;

    Process(World& shared, World& disk) {
        rig.open({test_layer("L1", top, test_component<kMemoryCaps>()),
                  test_layer("L2", shared, test_component<kSharedCaps>()),
                  test_layer("L3", disk, test_component<kDiskCaps>())});
    }
    aurelis_status clear() {
        CallContext context;
        rig.prime(context);
        uint64_t removed = 0;
        return rig.stack->clear(context, "aurelis:", removed);
    }
    // Of the category of kKey; what the shared layer answered.
    aurelis_status invalidate() {
        CallContext context;
        rig.prime(context);
        Stack::Invalidation invalidation;
        invalidation.stamps.push_back(Stamp::of_category("c"));
        invalidation.add_prefix("aurelis:v1:c:");
        Stack::Reach each[kStackLayersMax];
        rig.stack->invalidate(context, invalidation, each);
        return each[1].status;
    }
    void sweep() {
        while (rig.stack->sweeper().waiting() != 0) rig.pass(kSecond / 100);
    }
};

}  // namespace

TEST_CASE("stamp: a clear is an entry in every layer that outlives the process or is shared") {
    World shared, disk;
    Process one(shared, disk);
    REQUIRE(one.clear() == AURELIS_OK);
    CHECK(shared.has(kStamp));
    CHECK(disk.has(kStamp));
    CHECK_FALSE(one.top.has(kStamp));
}

TEST_CASE("stamp: another process that is told of it gives up its copies, on its own disk too") {
    World shared, disk_of_one, disk_of_two;
    shared.tells_changes = true;
    Process one(shared, disk_of_one);
    Process two(shared, disk_of_two);  // The one that watches.
    shared.tell(AURELIS_WATCH_LIVE);
    two.rig.pass(1);
    REQUIRE(two.rig.set(kKey, "old") == AURELIS_OK);
    two.rig.clock.advance(kSecond);
    one.rig.clock.advance(2 * kSecond);
    REQUIRE(one.clear() == AURELIS_OK);
    shared.tell(AURELIS_WATCH_CHANGED, kStamp);
    two.rig.pass(1);
    CHECK_FALSE(two.top.has(kKey));
    CHECK_FALSE(disk_of_two.has(kKey));
    CHECK(disk_of_two.has(kStamp));
    CHECK(two.rig.get(kKey) == "-");
    // What it sets from now on is later than the stamp, although its clock is not.
    REQUIRE(two.rig.set(kKey, "new") == AURELIS_OK);
    CHECK(two.rig.get(kKey) == "new");
    CHECK(one.rig.get(kKey) == "new");
}

TEST_CASE("stamp: a process that opens later believes nothing older, on a disk of its own either") {
    World shared, disk_of_one, disk_of_two;
    {
        Process two(shared, disk_of_two);
        REQUIRE(two.rig.set(kKey, "old") == AURELIS_OK);
    }
    {
        Process one(shared, disk_of_one);
        one.rig.clock.advance(kSecond);
        REQUIRE(one.clear() == AURELIS_OK);
        CHECK(disk_of_two.has(kKey));
    }
    Process two(shared, disk_of_two);
    CHECK(two.rig.get(kKey) == "-");
    CHECK_FALSE(shared.has(kKey));
    CHECK(disk_of_two.has(kStamp));
}

TEST_CASE("stamp: what was created by a clock that ran ahead goes from the copies of others as well") {
    World shared, disk_of_one, disk_of_two;
    {
        Process two(shared, disk_of_two);
        two.rig.clock.step_wall(3600 * kSecond);
        REQUIRE(two.rig.set(kKey, "old") == AURELIS_OK);
    }
    {
        Process one(shared, disk_of_one);
        REQUIRE(one.clear() == AURELIS_OK);
    }
    Process two(shared, disk_of_two);
    CHECK_FALSE(disk_of_two.has(kKey));
    two.rig.clock.advance(2 * 3600 * kSecond);
    CHECK(two.rig.get(kKey) == "-");
}

TEST_CASE("stamp: a layer that was away during the clear learns it before it is believed") {
    World shared, disk;
    Process one(shared, disk);
    REQUIRE(one.rig.set(kKey, "old") == AURELIS_OK);
    shared.fail_start = AURELIS_E_UNAVAILABLE;
    Process two(shared, disk);
    two.rig.pass(kSecond);  // With a start that fails again: the next one is due two seconds later.
    CHECK(two.clear() == AURELIS_E_UNAVAILABLE);
    CHECK(shared.has(kKey));
    CHECK_FALSE(shared.has(kStamp));
    shared.fail_start = AURELIS_OK;
    two.rig.pass(2 * kSecond);
    REQUIRE(two.rig.stack->layer(1).backend() != nullptr);
    CHECK(shared.has(kStamp));
    CHECK(two.rig.get(kKey) == "-");
}

TEST_CASE("stamp: an older one never replaces a newer one") {
    World shared, disk_of_one, disk_of_two;
    Process one(shared, disk_of_one), two(shared, disk_of_two);
    one.rig.clock.advance(60 * kSecond);
    REQUIRE(one.clear() == AURELIS_OK);
    const std::string newer = shared.rows[kStamp].value;
    REQUIRE(two.clear() == AURELIS_OK);  // By a clock that is a minute behind: learns the newer one.
    CHECK(shared.rows[kStamp].value >= newer);
    CHECK(two.rig.runtime.clock.stamp() > two.rig.clock.now() + 59 * kSecond);

}

TEST_CASE("stamp: a damaged one may have been any, so everything stored so far is hidden") {
    for (const std::string& name : {kStamp, std::string("\x01" "aurelis:stamps:00")})
        for (const bool emptied : {false, true}) {
            World shared, disk;
            std::string stored = "aurelis-stamps 1\nc 0 0 1 0\n0";
            {
                Process one(shared, disk);
                REQUIRE(one.clear() == AURELIS_OK);
                REQUIRE(one.rig.set(kKey, "old") == AURELIS_OK);
            }
            auto& row = shared.rows[name];
            row.value = emptied ? std::string() : name == kStamp ? row.value + "0" : stored;
            Process two(shared, disk);
            CHECK(two.rig.stack->damaged_stamps() == 1);
            CHECK(two.rig.get(kKey) == "-");
            CHECK(shared.rows[kStamp].value == disk.rows[kStamp].value);
            two.rig.stack->close();
            Process three(shared, disk);
            CHECK(three.rig.stack->damaged_stamps() == 0);
        }
}

namespace {

std::string bucket_of(const std::string& category) {
    constexpr char kDigits[] = "0123456789abcdef";
    const size_t bucket = Stamps::bucket_of(Stamp::of_category(category).name);
    return std::string() + kDigits[bucket >> 4] + kDigits[bucket & 15];
}
std::string bucket_of_category() { return "\x01" "aurelis:stamps:" + bucket_of("c"); }

}  // namespace

TEST_CASE("stamps: another process learns of one, keeps it on its own disk, and sweeps only what it alone sees") {
    World shared, disk_of_one, disk_of_two;
    shared.tells_changes = true;
    Process one(shared, disk_of_one);
    Process two(shared, disk_of_two);  // The one that watches.
    shared.tell(AURELIS_WATCH_LIVE);
    two.rig.pass(1);
    REQUIRE(two.rig.set(kKey, "old") == AURELIS_OK);
    two.rig.clock.advance(kSecond);
    one.rig.clock.advance(2 * kSecond);
    REQUIRE(one.invalidate() == AURELIS_OK);
    CHECK(shared.has(bucket_of_category()));
    shared.tell(AURELIS_WATCH_CHANGED, bucket_of_category());
    two.rig.pass(1);
    CHECK(disk_of_two.has(bucket_of_category()));
    CHECK(two.rig.get(kKey) == "-");
    two.sweep();
    CHECK_FALSE(two.top.has(kKey));
    CHECK_FALSE(disk_of_two.has(kKey));
    CHECK(shared.has(kKey));
    one.sweep();
    CHECK_FALSE(shared.has(kKey));
    REQUIRE(two.rig.set(kKey, "new") == AURELIS_OK);
    CHECK(one.rig.get(kKey) == "new");
}

TEST_CASE("stamps: a process that opens later believes nothing older, on a disk of its own either") {
    World shared, disk_of_one, disk_of_two;
    {
        Process two(shared, disk_of_two);
        REQUIRE(two.rig.set(kKey, "old") == AURELIS_OK);
    }
    {
        Process one(shared, disk_of_one);
        one.rig.clock.advance(kSecond);
        REQUIRE(one.invalidate() == AURELIS_OK);
    }
    Process two(shared, disk_of_two);
    CHECK(two.rig.get(kKey) == "-");
    CHECK(disk_of_two.has(bucket_of_category()));
}

TEST_CASE("stamps: one that a layer could not take is written when the layer is back, and never replaces a later one") {
    World shared, disk_of_one, disk_of_two;
    Process one(shared, disk_of_one), two(shared, disk_of_two);
    REQUIRE(two.rig.set(kKey, "old") == AURELIS_OK);
    two.rig.clock.advance(kSecond);
    one.rig.clock.advance(kSecond);
    shared.fail_set = AURELIS_E_UNAVAILABLE;
    CHECK(two.invalidate() == AURELIS_E_UNAVAILABLE);
    CHECK(two.rig.get(kKey) == "-");  // This process knows.
    CHECK_FALSE(shared.has(bucket_of_category()));
    shared.fail_set = AURELIS_OK;
    two.rig.pass(2 * kSecond);
    REQUIRE(shared.has(bucket_of_category()));
    // By a clock that is behind: it learns the later one.
    const std::string later = shared.rows[bucket_of_category()].value;
    REQUIRE(one.invalidate() == AURELIS_OK);
    CHECK(shared.rows[bucket_of_category()].value >= later);
    CHECK(one.rig.get(kKey) == "-");
}

TEST_CASE("stamps: one by a clock that is an hour ahead hides what is older, and what is set afterwards is found") {
    World shared, disk_of_one, disk_of_two;
    Process one(shared, disk_of_one);
    REQUIRE(one.rig.set(kKey, "old") == AURELIS_OK);
    one.rig.clock.step_wall(3600 * kSecond);
    REQUIRE(one.invalidate() == AURELIS_OK);
    one.rig.stack->close();
    Process two(shared, disk_of_two);  // By the right time.
    CHECK(two.rig.get(kKey) == "-");
    REQUIRE(two.rig.set(kKey, "new") == AURELIS_OK);
    CHECK(two.rig.get(kKey) == "new");
    REQUIRE(two.rig.set("aurelis:v1:d:k", "another category") == AURELIS_OK);
    two.rig.stack->close();
    World disk_of_three;
    Process three(shared, disk_of_three);
    CHECK(three.rig.get(kKey) == "new");
    CHECK(three.rig.get("aurelis:v1:d:k") == "another category");
}

TEST_CASE("stamps: writers of one bucket at the same time lose none") {
    World shared, disk_of_one, disk_of_two;
    // Between the one's look at the bucket and its write.
    std::atomic<Process*> other{nullptr};
    shared.before = [&](const std::string& call) {
        if (!call.starts_with("set " + bucket_of_category())) return;
        if (Process* const two = other.exchange(nullptr)) REQUIRE(two->invalidate() == AURELIS_OK);
    };
    Process one(shared, disk_of_one), two(shared, disk_of_two);
    one.rig.clock.advance(kSecond);
    other = &two;
    REQUIRE(one.invalidate() == AURELIS_OK);
    CHECK(other == nullptr);
    const int64_t newest = std::max(one.rig.stack->stamps().newest(), two.rig.stack->stamps().newest());
    CHECK(one.rig.stack->stamps().newest() == newest);
    std::scoped_lock lock(shared.mutex);
    CHECK(shared.rows[bucket_of_category()].value.find(std::to_string(newest)) != std::string::npos);
}

TEST_CASE("stamps: a change that could not be read when it was told of is read again") {
    World shared, disk_of_one, disk_of_two;
    shared.tells_changes = true;
    Process one(shared, disk_of_one);
    Process two(shared, disk_of_two);  // The one that watches.
    shared.tell(AURELIS_WATCH_LIVE);
    two.rig.pass(1);
    REQUIRE(two.rig.set(kKey, "old") == AURELIS_OK);
    two.rig.clock.advance(kSecond);
    one.rig.clock.advance(2 * kSecond);
    REQUIRE(one.invalidate() == AURELIS_OK);
    shared.fail_get = AURELIS_E_TIMEOUT;
    shared.tell(AURELIS_WATCH_CHANGED, bucket_of_category());
    two.rig.pass(1);
    CHECK(two.rig.get(kKey) == "old");
    shared.fail_get = AURELIS_OK;
    two.rig.pass(2 * kSecond);
    CHECK(two.rig.get(kKey) == "-");
}

TEST_CASE("stamps: a layer of bare values that is away meanwhile is not believed when it is back") {
    World top, bottom;
    StackRig rig;
    LayerSpec bare = test_layer("L2", bottom, test_component<kDiskCaps>());
    bare.bare = true;
    rig.open({test_layer("L1", top, test_component<kMemoryCaps>()), std::move(bare)});
    REQUIRE(rig.set(kKey, "old") == AURELIS_OK);
    rig.clock.advance(kSecond);
    bottom.fail_scan = bottom.fail_remove = AURELIS_E_UNAVAILABLE;
    CallContext context;
    rig.prime(context);
    Stack::Invalidation invalidation;
    invalidation.stamps.push_back(Stamp::of_category("c"));
    invalidation.add_prefix("aurelis:v1:c:");
    Stack::Reach each[kStackLayersMax];
    rig.stack->invalidate(context, invalidation, each);
    CHECK(each[1].status == AURELIS_E_UNAVAILABLE);
    CHECK(rig.get(kKey) == "-");
    bottom.fail_scan = bottom.fail_remove = AURELIS_OK;
    rig.pass(60 * kSecond);
    CHECK(rig.get(kKey) == "-");
    REQUIRE(rig.set(kKey, "new") == AURELIS_OK);
    CHECK(rig.get(kKey) == "new");
}

TEST_CASE("stamps: they are read once in each `trust`, whatever has been owed meanwhile") {
    World top, shared;
    StackRig rig;
    LayerSpec below = test_layer("L2", shared, test_component<kSharedCaps>());
    below.resilience.trust_ns = 30 * kSecond;
    rig.open({test_layer("L1", top, test_component<kMemoryCaps>()), std::move(below)});
    for (int i = 0; i < 5; ++i) {
        rig.pass(kSecond);
        CallContext context;
        rig.prime(context);
        Stack::Invalidation invalidation;
        invalidation.stamps.push_back(Stamp::of_category("c" + std::to_string(i)));
        invalidation.add_prefix("aurelis:v1:c:");
        Stack::Reach each[kStackLayersMax];
        shared.fail_set = AURELIS_E_UNAVAILABLE;
        rig.stack->invalidate(context, invalidation, each);
        shared.fail_set = AURELIS_OK;
        rig.pass(kSecond + 1);
        CHECK(shared.has("\x01" "aurelis:stamps:" + bucket_of("c" + std::to_string(i))));
    }
    rig.pass(30 * kSecond);
    const std::string read = "get \x01" "aurelis:stamps:00";  // Each time all of them are.
    const size_t before = shared.count(read);
    for (int i = 0; i < 4; ++i) rig.pass(30 * kSecond);
    const size_t reads = shared.count(read) - before;
    CHECK(reads >= 3);
    CHECK(reads <= 5);
}
