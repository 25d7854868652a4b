#include "plugin/task_runner.hpp"

#include "support/catch.hpp"
#include "support/manual_clock.hpp"

#include <atomic>
#include <thread>

using namespace aurelis;
using namespace aurelis::core;
using namespace aurelis::testing;

namespace {

struct Rig {
    ManualClock manual;
    Clock clock{manual.table()};
    TaskRunner tasks{clock};
    std::atomic<uint64_t> id{0};
    std::atomic<int> status{1000};
};

}  // namespace

TEST_CASE("task runner: a task that waits for itself is told that it runs, instead of waiting for ever") {
    Rig rig;
    const auto cancels_itself = [](void* self, uint32_t) noexcept {
        auto& mine = *static_cast<Rig*>(self);
        while (mine.id == 0) std::this_thread::yield();
        mine.status = mine.tasks.cancel(mine.id, true);
    };
    uint64_t id = 0;
    REQUIRE(rig.tasks.submit(&rig, cancels_itself, &rig, 0, &id) == AURELIS_OK);
    rig.id = id;
    while (rig.status == 1000) std::this_thread::yield();
    CHECK(rig.status == AURELIS_E_BUSY);
    CHECK(rig.tasks.cancel(id, true) == AURELIS_NOT_FOUND);
}

TEST_CASE("task runner: a task may drain and close its own owner, and does not wait for itself") {
    Rig rig;
    const auto closes = [](void* self, uint32_t) noexcept {
        auto& mine = *static_cast<Rig*>(self);
        const bool drained = mine.tasks.drain(INT64_MAX);
        mine.tasks.close(self);
        mine.status = drained ? 1 : 0;
    };
    REQUIRE(rig.tasks.submit(&rig, closes, &rig, 0, nullptr) == AURELIS_OK);
    while (rig.status == 1000) std::this_thread::yield();
    CHECK(rig.status == 1);
}
