// Clock: the wall, the monotonic and the stamp clock of one cache, from the system or from the host (tests). The wall
// clock is the kernel's coarse one: a granularity of some milliseconds, but only 5 ns per reading and no system call.
#pragma once

#include <aurelis/types.h>

#include <time.h>

#include <atomic>
#include <cstdint>

namespace aurelis::core {

// How far the clocks of machines that share a store may differ: an entry that was created further in the future is not
// believed, since no invalidation of ours could hide it.
inline constexpr int64_t kClockSkewNs = 1'000'000'000;

class Clock {
public:
    Clock() = default;
    explicit Clock(const aurelis_clock* custom) noexcept : custom_(custom) {}

    bool is_custom() const noexcept { return custom_ != nullptr; }
    int64_t wall() const noexcept {
        return custom_ == nullptr ? read(CLOCK_REALTIME_COARSE) : custom_->now_wall(custom_->user);
    }
    // The same clock to the nanosecond. Never earlier than what wall() has returned, here or in another process.
    int64_t exact_wall() const noexcept {
        return custom_ == nullptr ? read(CLOCK_REALTIME) : custom_->now_wall(custom_->user);
    }
    int64_t mono() const noexcept {
        return custom_ == nullptr ? read(CLOCK_MONOTONIC) : custom_->now_mono(custom_->user);
    }
    // The stamp clock: the creation time of what is written now. It follows the wall, back as well as forward, but
    // never falls below the newest stamp of an invalidation, which would then hide what is written after it.
    int64_t stamp() noexcept {
        const int64_t now = wall();
        raise(seen_, now);
        const int64_t newest = newest_.load(std::memory_order_acquire);
        return now > newest ? now : newest;
    }
    // A stamp for an invalidation: `margin` later than the wall, for machines whose clocks may be ahead by that much,
    // and later than every stamp before it. From now on stamp() never returns an earlier time. It is also later than
    // what this process has written, unless the wall was set back by more than kClockSkewNs meanwhile. Another process
    // of this machine that has taken a stamp with the same margin writes that far ahead of the wall itself; the exact
    // clock makes this stamp later than its stamp, even within one tick of the coarse one.
    int64_t next_stamp(int64_t margin = 0) noexcept {
        const int64_t now = exact_wall();
        raise(seen_, now);
        const int64_t seen = seen_.load(std::memory_order_acquire);
        int64_t least = seen - now <= kClockSkewNs ? seen : now;
        if (least < now + margin) least = now + margin;
        int64_t newest = newest_.load(std::memory_order_acquire);
        for (;;) {
            const int64_t next = (least > newest ? least : newest) + 1;
            if (newest_.compare_exchange_weak(newest, next, std::memory_order_acq_rel)) return next;
        }
    }
    // Another process has taken this stamp.
    void learn(int64_t stamp) noexcept { raise(newest_, stamp); }
    // The latest time that this process has read from its clock or seen in a stamp: entries up to here may well be its
    // own, even if the wall has been set back since.
    int64_t latest() const noexcept {
        const int64_t seen = seen_.load(std::memory_order_acquire), newest = newest_.load(std::memory_order_acquire);
        return seen > newest ? seen : newest;
    }

private:
    static int64_t read(clockid_t id) noexcept {
        timespec now{};
        clock_gettime(id, &now);
        return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
    }
    static void raise(std::atomic<int64_t>& mark, int64_t to) noexcept {
        int64_t before = mark.load(std::memory_order_acquire);
        while (to > before && !mark.compare_exchange_weak(before, to, std::memory_order_acq_rel)) {
        }
    }

    const aurelis_clock* custom_ = nullptr;
    std::atomic<int64_t> newest_{0};  // The newest stamp of an invalidation.
    std::atomic<int64_t> seen_{0};    // The latest reading of the wall.
};

// a + b for times; stays at the end of time instead of overflowing into the past.
inline int64_t saturating_add(int64_t a, int64_t b) noexcept {
    int64_t sum = 0;
    return __builtin_add_overflow(a, b, &sum) ? (b > 0 ? INT64_MAX : INT64_MIN) : sum;
}

}  // namespace aurelis::core
