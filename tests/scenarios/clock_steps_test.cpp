// Steps of the wall clock over memory and a file on disk; over Redis: redis/redis_stack_test.cpp.
#include "scenarios/clock_steps.hpp"

using namespace aurelis;
using namespace aurelis::testing;

TEST_CASE("a step of the clock costs what it expires, in memory over a file on disk") {
    Folder folder;
    int files = 0;
    expect_clock_steps_cost_only_what_they_expire(
        [&] {
            return "layers:\n  - {name: L1, backend: memory, priority: 2}\n"
                   "  - {name: L2, backend: sqlite-disk, priority: 1, options: {path: \"" +
                   (folder / ("cache" + std::to_string(++files) + ".db")) + "\"}}\n";
        });
}

TEST_CASE("a step of the clock costs what it expires, on disk alone") {
    Folder folder;
    int files = 0;
    expect_clock_steps_cost_only_what_they_expire([&] {
        return "layers: [{name: L, backend: sqlite-disk, options: {path: \"" +
               (folder / ("cache" + std::to_string(++files) + ".db")) + "\"}}]\n";
    });
}

TEST_CASE("a clear in one process hides what another holds in memory, over one file") {
    Folder folder;
    const std::string yaml = two_layers(folder / "cache.db");
    Opened two(yaml);
    REQUIRE(two.set("user1", "old") == AURELIS_OK);
    {
        Opened one(yaml);
        uint64_t removed = 0;
        REQUIRE(aurelis_clear(one.cache, nullptr, &removed, nullptr) == AURELIS_OK);
        CHECK(removed == 1);
    }
    Opened three(yaml);
    CHECK(three.get("user1") == "-");
    REQUIRE(three.set("user1", "new") == AURELIS_OK);
    CHECK(three.get("user1") == "new");
}
