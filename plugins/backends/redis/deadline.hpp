// Deadline: the point in real time by which everything that a call waits for has to be over: name resolution, connect,
// handshake and reply together. Host clocks may be manual, but sockets are not, so it uses the system's own clock.
//
// Clock: all waits, retries, ages and log intervals in this plugin use mono_ns(), CLOCK_MONOTONIC, which is not
// affected by steps of the wall clock; it stands still while the machine sleeps, so a pause is longer by that time. The
// wall clock of the host judges the ends of lives (envelope.hpp), and the server's the deadlines of writes and its own
// expiry (write_steps.cpp, tied to ours by ServerClock). No other times are compared.
#pragma once

#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>

namespace aurelis::redis {

inline constexpr int64_t kMillisecond = 1'000'000;
inline constexpr int64_t kSecond = 1'000'000'000;

inline int64_t mono_ns() noexcept {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<int64_t>(now.tv_sec) * kSecond + now.tv_nsec;
}

class Deadline {
public:
    // A time-out far beyond any realistic one is reduced, so that sums do not overflow.
    static Deadline after(int64_t ns) noexcept {
        return Deadline(mono_ns() + std::clamp<int64_t>(ns, 0, std::numeric_limits<int64_t>::max() / 4));
    }
    // The earlier of this one and that time from now.
    Deadline within(int64_t ns) const noexcept { return Deadline(std::min(at_ns_, after(ns).at_ns_)); }

    int64_t left_ns() const noexcept { return at_ns_ - mono_ns(); }
    bool over() const noexcept { return left_ns() <= 0; }
    // For poll(): rounded up, so that it never spins through the last millisecond.
    int left_ms() const noexcept {
        const int64_t ms = (left_ns() + kMillisecond - 1) / kMillisecond;
        return static_cast<int>(std::clamp<int64_t>(ms, 0, std::numeric_limits<int>::max()));
    }
    std::chrono::steady_clock::time_point point() const noexcept {
        return std::chrono::steady_clock::time_point(std::chrono::nanoseconds(at_ns_));
    }

private:
    explicit Deadline(int64_t at_ns) noexcept : at_ns_(at_ns) {}
    int64_t at_ns_;
};

}  // namespace aurelis::redis
