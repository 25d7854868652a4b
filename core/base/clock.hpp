// Clock: the wall, the monotonic and the stamp clock of one cache, the system's or a host's own (tests). The wall is the
// coarse one of the kernel: some milliseconds of grain, 5 ns, no system call.
#pragma once

#include <aurelis/aurelis.h>

#include <time.h>

#include <atomic>
#include <cstdint>

namespace aurelis::core {

class Clock {
public:
    Clock() = default;
    explicit Clock(const aurelis_clock* custom) noexcept : custom_(custom) {}

    bool is_custom() const noexcept { return custom_ != nullptr; }
    int64_t wall() const noexcept {
        return custom_ == nullptr ? read(CLOCK_REALTIME_COARSE) : custom_->now_wall(custom_->user);
    }
    int64_t mono() const noexcept {
        return custom_ == nullptr ? read(CLOCK_MONOTONIC) : custom_->now_mono(custom_->user);
    }
    // The stamp clock: the wall, but it never runs back. What an invalidation took as its stamp, later calls reach.
    int64_t stamp() noexcept { return raise_to(wall()); }
    // A new stamp, later than everything that stamp() has given so far.
    int64_t next_stamp() noexcept {
        const int64_t now = wall();
        int64_t seen = floor_.load(std::memory_order_acquire);
        for (;;) {
            const int64_t next = (now > seen ? now : seen) + 1;
            if (floor_.compare_exchange_weak(seen, next, std::memory_order_acq_rel)) return next;
        }
    }

private:
    static int64_t read(clockid_t id) noexcept {
        timespec now{};
        clock_gettime(id, &now);
        return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
    }
    int64_t raise_to(int64_t now) noexcept {
        int64_t seen = floor_.load(std::memory_order_acquire);
        while (now > seen)
            if (floor_.compare_exchange_weak(seen, now, std::memory_order_acq_rel)) return now;
        return seen;
    }

    const aurelis_clock* custom_ = nullptr;
    std::atomic<int64_t> floor_{0};
};

// a + b for times, resting at the end of time instead of running over into the past.
inline int64_t saturating_add(int64_t a, int64_t b) noexcept {
    int64_t sum = 0;
    return __builtin_add_overflow(a, b, &sum) ? (b > 0 ? INT64_MAX : INT64_MIN) : sum;
}

}  // namespace aurelis::core
