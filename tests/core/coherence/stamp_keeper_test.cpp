// How a clear by one process reaches the copies of the others: through the stamp in every persistent or shared layer.
#include "stack/stack.hpp"
#include "support/catch.hpp"
#include "support/stack_rig.hpp"

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

TEST_CASE("stamp: an older one never replaces a newer one, and a damaged one is none") {
    World shared, disk_of_one, disk_of_two;
    Process one(shared, disk_of_one), two(shared, disk_of_two);
    one.rig.clock.advance(60 * kSecond);
    REQUIRE(one.clear() == AURELIS_OK);
    const std::string newer = shared.rows[kStamp].value;
    REQUIRE(two.clear() == AURELIS_OK);  // By a clock that is a minute behind: learns the newer one.
    CHECK(shared.rows[kStamp].value >= newer);
    CHECK(two.rig.runtime.clock.stamp() > two.rig.clock.now() + 59 * kSecond);

    shared.rows[kStamp].value[20] ^= 1;
    disk_of_one.rows[kStamp].value.clear();
    Process three(shared, disk_of_one);
    CHECK(three.rig.stack->stamps().everything == 0);
    REQUIRE(three.clear() == AURELIS_OK);
    CHECK(shared.rows[kStamp].value == disk_of_one.rows[kStamp].value);
}
