#include "layer/breaker.hpp"

#include <algorithm>

namespace aurelis::core {

bool Breaker::failed(int64_t began_mono, int64_t now_mono) noexcept {
    if (!rules_.on) return false;
    MutexLock lock(mutex_);
    if (!is_news(began_mono)) return false;
    const int64_t in_a_row = failures_.load(std::memory_order_relaxed) + 1;
    failures_.store(in_a_row, std::memory_order_relaxed);
    if (in_a_row == 1) run_began_mono_ = began_mono;
    if (in_a_row < rules_.failures && now_mono - run_began_mono_ < rules_.window_ns) return false;
    open(now_mono);
    return true;
}

bool Breaker::trip(int64_t began_mono, int64_t now_mono) noexcept {
    if (!rules_.on) return false;
    MutexLock lock(mutex_);
    if (!is_news(began_mono)) return false;
    open(now_mono);
    return true;
}

// A call that began before the last recovery says nothing about the time since.
bool Breaker::is_news(int64_t began_mono) const noexcept {
    mutex_.assert_held();
    return !open_.load(std::memory_order_relaxed) && (closed_at_mono_ == 0 || began_mono >= closed_at_mono_);
}

void Breaker::open(int64_t now_mono) noexcept {
    mutex_.assert_held();
    retry_ns_ = rules_.retry_after_ns;
    open_since_.store(now_mono, std::memory_order_relaxed);
    opened_.fetch_add(1, std::memory_order_relaxed);
    open_.store(true, std::memory_order_release);
}

void Breaker::close(int64_t now_mono) noexcept {
    MutexLock lock(mutex_);
    closed_at_mono_ = now_mono;
    failures_.store(0, std::memory_order_relaxed);
    open_since_.store(0, std::memory_order_relaxed);
    open_.store(false, std::memory_order_release);
}

int64_t Breaker::next_probe_in(uint64_t random) noexcept {
    MutexLock lock(mutex_);
    const int64_t wait = std::max<int64_t>(retry_ns_, 1);
    retry_ns_ = std::min(wait * 2, std::max(BreakerConfig::kRetryMostNs, rules_.retry_after_ns));
    const int64_t jitter = wait / 5;
    return wait - jitter + static_cast<int64_t>(random % static_cast<uint64_t>(2 * jitter + 1));
}

}  // namespace aurelis::core
