// Waits: who waits for whose load, over all threads, so that a wait which would close a ring is refused at once instead
// of never ending: thread 1 computes a and asks for b, while thread 2 computes b and asks for a.
//
// A thread waits for one flight at a time and each flight has one leader, so there is exactly one path from a flight:
// to its leader, and on to what that thread waits for. The path ends at a thread that is not waiting, or closes a ring
// when it comes back to the thread that asks. This is exact: a thread that is recorded here can neither land a flight
// nor begin to wait for another until it has removed itself. There is one table for the process, since a ring may pass
// through two caches. Work that a computation hands to another thread and then waits for is not seen.
#pragma once

#include <optional>
#include <string>

namespace aurelis::core {

class Flight;

class Waits {
public:
    // Marks a flight as the innermost that this thread leads, until destruction.
    class Leading {
    public:
        explicit Leading(Flight& flight) noexcept;
        ~Leading();
        Leading(const Leading&) = delete;
        Leading& operator=(const Leading&) = delete;

    private:
        Flight& flight_;
    };

    // This thread is about to wait for the flight. Nothing: that closes no ring, the wait is recorded, and end() must
    // follow. Else the ring as text, "a -> b -> a", and nothing is recorded.
    static std::optional<std::string> begin(const Flight& wanted);
    static void end() noexcept;
    // The innermost flight that this thread leads; NULL: none.
    static const Flight* innermost() noexcept;
};

}  // namespace aurelis::core
