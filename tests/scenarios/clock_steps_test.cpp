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
