// Breaker: whether the backend of a layer, or an origin, is worth asking. It opens after a number of failures in a row,
// or when failures have lasted for its window; while it is open no call is made, and a probe decides when it closes
// again. So an outage costs a few calls their time-out and all others nothing. Threads: any. While nothing fails, a
// call costs two relaxed loads.
#pragma once

#include "base/locks.hpp"
#include "config/config.hpp"

#include <atomic>
#include <cstdint>

namespace aurelis::core {

class Breaker {
public:
    explicit Breaker(BreakerConfig rules) : rules_(rules) {}

    bool closed() const noexcept { return !open_.load(std::memory_order_acquire); }
    // The outcome of a call that was let through; began_mono: when it began. failed() is true if this failure opened
    // the breaker.
    void succeeded() noexcept {
        if (failures_.load(std::memory_order_relaxed) != 0) failures_.store(0, std::memory_order_relaxed);
    }
    bool failed(int64_t began_mono, int64_t now_mono) noexcept;
    // Opens it after a single call. True if that opened it.
    bool trip(int64_t began_mono, int64_t now_mono) noexcept;
    // The probe succeeded.
    void close(int64_t now_mono) noexcept;
    // How long to wait before the next probe: doubles from retry_after, with a fifth of jitter by `random`.
    int64_t next_probe_in(uint64_t random) noexcept;

    // "closed" or "open"; "none" if there is no breaker.
    const char* state() const noexcept { return !rules_.on ? "none" : closed() ? "closed" : "open"; }
    uint64_t opened() const noexcept { return opened_.load(std::memory_order_relaxed); }
    // When it opened (mono); 0 while it is closed.
    int64_t open_since() const noexcept { return open_since_.load(std::memory_order_relaxed); }

private:
    bool is_news(int64_t began_mono) const noexcept AURELIS_REQUIRES(mutex_);
    void open(int64_t now_mono) noexcept AURELIS_REQUIRES(mutex_);

    const BreakerConfig rules_;
    std::atomic<bool> open_{false};
    std::atomic<int64_t> failures_{0};  // In a row.
    std::atomic<uint64_t> opened_{0};
    std::atomic<int64_t> open_since_{0};
    Mutex mutex_;  // Also held whenever open_ changes.
    int64_t run_began_mono_ AURELIS_GUARDED_BY(mutex_) = 0;
    int64_t closed_at_mono_ AURELIS_GUARDED_BY(mutex_) = 0;
    int64_t retry_ns_ AURELIS_GUARDED_BY(mutex_) = 0;
};

}  // namespace aurelis::core
