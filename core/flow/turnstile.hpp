// Turnstile: lets calls through in the order in which they came, at most so many at once (max_parallel) and so many in
// a time (rate). A caller waits for its place and its turn until its deadline, or until it is cancelled; one whose turn
// would come after its deadline is turned away at once.
//
// The rate is a token bucket that holds a tenth of the rate's calls, at least one, and is full at first: 100/s lets ten
// through at once, and after that one every 10 ms.
// Leaves to others: what the calls do, and whether they are to be made at all (origin_door). Threads: any; its lock is
// never held during a call.
#pragma once

#include "base/clock.hpp"
#include "base/function_ref.hpp"
#include "base/locks.hpp"
#include "config/config.hpp"
#include "stats/origin_counters.hpp"
#include "stats/striped.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <list>

namespace aurelis::core {

class Turnstile {
public:
    // Why a call was not let through.
    enum class Refusal : uint8_t { None, NoPlace, NoTurn, Cancelled, Shut };
    struct Caller {
        int64_t deadline_mono;               // Above 0.
        const uint32_t* cancel = nullptr;    // NULL: it cannot be cancelled.
        bool has_place = false;              // It is within a call that has one: it takes no other, and goes first.
        bool needs_turn = true;              // The rate applies to it.
    };

    // max_parallel 0: without a limit. Waits are counted when they begin.
    Turnstile(const Clock& clock, int64_t max_parallel, RateConfig rate, Striped<kOriginCounters>& counters);
    Turnstile(const Turnstile&) = delete;
    Turnstile& operator=(const Turnstile&) = delete;

    // None: the caller is through, and calls leave() with the same has_place. is_shut ends the wait; it is asked with
    // the lock held, at first and after wake().
    Refusal enter(const Caller& caller, FunctionRef<bool()> is_shut) AURELIS_EXCLUDES(mutex_);
    void leave(bool has_place) noexcept AURELIS_EXCLUDES(mutex_);
    // Those that wait ask is_shut again.
    void wake() noexcept AURELIS_EXCLUDES(mutex_);

    // How many have a place, and how many wait.
    uint64_t inside() const noexcept { return inside_.load(std::memory_order_relaxed); }
    size_t waiting() const AURELIS_EXCLUDES(mutex_);

private:
    struct Waiter {
        const bool needs_turn;
        Condition wake;
    };
    using Queue = std::list<Waiter*>;

    bool is_full() const noexcept AURELIS_REQUIRES(mutex_);
    // When the bucket has a call for the one that comes after `ahead` others (mono).
    int64_t turn_of(size_t ahead, int64_t now_mono) const noexcept AURELIS_REQUIRES(mutex_);
    void pass(int64_t now_mono, const Caller& caller) noexcept AURELIS_REQUIRES(mutex_);
    Refusal wait(MutexLock& lock, const Caller& caller, FunctionRef<bool()> is_shut, Queue::iterator mine)
        AURELIS_REQUIRES(mutex_);

    const Clock& clock_;
    const int64_t max_parallel_;
    const int64_t interval_ns_;  // Between two calls; 0: no rate.
    const int64_t burst_ns_;     // By how much a call may come before its regular time.
    Striped<kOriginCounters>& counters_;
    std::atomic<uint64_t> inside_{0};  // Written with mutex_ held, or without limits, when it only counts.
    mutable Mutex mutex_;
    Queue queue_ AURELIS_GUARDED_BY(mutex_);
    int64_t regular_mono_ AURELIS_GUARDED_BY(mutex_) = 0;  // The regular time of the next call.
};

}  // namespace aurelis::core
