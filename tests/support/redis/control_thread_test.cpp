// The thread detects a stall when it happens.
#include "support/redis/control_thread.hpp"

#include "support/redis/child_process.hpp"

#include "support/catch.hpp"

#include <unistd.h>

namespace aurelis::rig {
namespace {

TEST_CASE("control thread sees the whole process standing still, and when") {
    ControlThread witness(Milliseconds(5));
    require_soon(
        "ten ticks", [&] { return witness.ticks() >= 10; }, Milliseconds(10000));
    const std::string self = std::to_string(getpid());

    const auto before = Clock::now();
    run_program({"sh", "-c", "kill -STOP " + self + "; sleep 0.15; kill -CONT " + self}, Milliseconds(20000));
    const auto after = Clock::now();

    CHECK(witness.stalled_between(before, after) >= Milliseconds(120));
    CHECK(witness.stalled_between(before - std::chrono::hours(1), before - std::chrono::minutes(30)) ==
          Clock::duration::zero());
    CHECK(witness.stalls_dropped() == 0);
    bool found = false;
    for (const ControlThread::Stall& stall : witness.stalls()) {
        found = found || (stall.lateness() >= Milliseconds(120) && stall.due <= after && stall.came >= before);
    }
    CHECK(found);
}

}  // namespace
}  // namespace aurelis::rig
