// Detects stalls for latency tests: a bare thread that tries to wake every millisecond and records each time that the
// machine woke it late. A call that took too long is excused only by a stall that this thread saw at the same time.
#pragma once

#include "support/redis/deadline.hpp"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace aurelis::rig {

class ControlThread {
public:
    struct Stall {
        Clock::time_point due;
        Clock::time_point came;
        Clock::duration lateness() const { return came - due; }
    };

    // Records ticks that came more than late_by after they were due; on one core only, if one is given.
    explicit ControlThread(Clock::duration late_by = Milliseconds(2), std::optional<int> core = std::nullopt);
    ~ControlThread();
    ControlThread(const ControlThread&) = delete;
    ControlThread& operator=(const ControlThread&) = delete;

    // The worst lateness whose span touches [begin, end] (steady_clock is CLOCK_MONOTONIC), zero if there was none.
    // Waits for the first tick after `end`, since a stall is known only when it is over.
    Clock::duration stalled_between(Clock::time_point begin, Clock::time_point end);
    std::vector<Stall> stalls();
    uint64_t ticks();
    // Stalls that were dropped because there were more than kStallsMax.
    uint64_t stalls_dropped();

    static constexpr size_t kStallsMax = 65536;

private:
    void run(std::optional<int> core);
    void note(Clock::time_point due, Clock::time_point came);

    const Clock::duration late_by_;
    std::atomic<bool> ending_{false};
    std::mutex mutex_;
    std::condition_variable ticked_;
    std::deque<Stall> stalls_;
    uint64_t ticks_ = 0;
    uint64_t dropped_ = 0;
    Clock::time_point last_tick_{};
    std::thread thread_;
};

}  // namespace aurelis::rig
