// Time for tests that talk to real servers: a point in time that everything must be done by, and waiting for a
// condition with short polls. It is not a substitute for synchronisation: every wait names its condition.
#pragma once

#include <chrono>
#include <functional>
#include <string>

namespace aurelis::rig {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::milliseconds;

class Deadline {
public:
    explicit Deadline(Clock::duration from_now) : at_(Clock::now() + from_now) {}

    Clock::time_point at() const noexcept { return at_; }
    bool passed() const noexcept { return Clock::now() >= at_; }
    Clock::duration left() const noexcept;
    // For poll(): rounded up, 0 once the deadline has passed.
    int left_ms() const noexcept;

private:
    Clock::time_point at_;
};

// Checks the predicate every few milliseconds, at least twice; false once the time is over. Exceptions pass through.
bool wait_until(const std::function<bool()>& predicate, Clock::duration timeout,
                Clock::duration pause = Milliseconds(2));

// The same for tests that cannot go on without it: throws std::runtime_error "<what> did not happen within 500 ms".
void require_soon(const std::string& what, const std::function<bool()>& predicate, Clock::duration timeout,
                  Clock::duration pause = Milliseconds(2));

// The same where asking itself may fail for a while, as with servers that change roles and drop their clients: an
// exception of the predicate counts as "not yet", and the last one is part of the message.
void require_eventually(const std::string& what, const std::function<bool()>& predicate, Clock::duration timeout,
                        Clock::duration pause = Milliseconds(10));

}  // namespace aurelis::rig
