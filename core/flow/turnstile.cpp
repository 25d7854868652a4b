#include "flow/turnstile.hpp"

#include <algorithm>
#include <chrono>

namespace aurelis::core {
namespace {

constexpr int64_t kLookAgainNs = 10'000'000;       // How often a caller that can be cancelled looks whether it is,
constexpr int64_t kLookAtCustomNs = 1'000'000;     // and every caller, where the clock is not the system's.

int64_t interval_of(const RateConfig& rate) noexcept { return rate.calls == 0 ? 0 : rate.per_ns / rate.calls; }

bool is_cancelled(const Turnstile::Caller& caller) noexcept {
    return caller.cancel != nullptr && __atomic_load_n(caller.cancel, __ATOMIC_RELAXED) != 0;
}

}  // namespace

Turnstile::Turnstile(const Clock& clock, int64_t max_parallel, RateConfig rate, Striped<kOriginCounters>& counters)
    : clock_(clock),
      max_parallel_(max_parallel),
      interval_ns_(interval_of(rate)),
      burst_ns_((std::max<int64_t>(rate.calls / 10, 1) - 1) * interval_ns_),
      counters_(counters) {}

bool Turnstile::is_full() const noexcept {
    mutex_.assert_held();
    return max_parallel_ != 0 && inside_.load(std::memory_order_relaxed) >= static_cast<uint64_t>(max_parallel_);
}

int64_t Turnstile::turn_of(size_t ahead, int64_t now_mono) const noexcept {
    mutex_.assert_held();
    if (interval_ns_ == 0) return 0;
    const int64_t regular = std::max(regular_mono_, now_mono);
    return saturating_add(regular - burst_ns_, static_cast<int64_t>(ahead) * interval_ns_);
}

void Turnstile::pass(int64_t now_mono, const Caller& caller) noexcept {
    mutex_.assert_held();
    if (interval_ns_ != 0 && caller.needs_turn)
        regular_mono_ = saturating_add(std::max(regular_mono_, now_mono), interval_ns_);
    if (!caller.has_place) inside_.fetch_add(1, std::memory_order_relaxed);
}

Turnstile::Refusal Turnstile::enter(const Caller& caller, FunctionRef<bool()> is_shut) {
    if (max_parallel_ == 0 && interval_ns_ == 0) {
        if (!caller.has_place) inside_.fetch_add(1, std::memory_order_relaxed);
        return Refusal::None;
    }
    Waiter waiter{caller.needs_turn, {}};
    MutexLock lock(mutex_);
    // One that has a place already must not wait for those that wait for it to leave.
    const auto mine = queue_.insert(caller.has_place ? queue_.begin() : queue_.end(), &waiter);
    const Refusal refusal = wait(lock, caller, is_shut, mine);
    queue_.erase(mine);
    if (!queue_.empty()) queue_.front()->wake.notify_one();
    return refusal;
}

Turnstile::Refusal Turnstile::wait(MutexLock& lock, const Caller& caller, FunctionRef<bool()> is_shut,
                                   Queue::iterator mine) {
    bool waited_for_place = false, waited_for_turn = false;
    const auto count_once = [&](bool& done, OriginCounter counter) {
        if (!done) counters_.add(counter);
        done = true;
    };
    for (;;) {
        if (is_shut()) return Refusal::Shut;
        const int64_t now = clock_.mono();
        const bool is_first = mine == queue_.begin();
        const auto ahead = static_cast<size_t>(
            std::count_if(queue_.begin(), mine, [](const Waiter* waiter) { return waiter->needs_turn; }));
        const bool needs_place = !caller.has_place && is_full();
        const int64_t turn = caller.needs_turn ? turn_of(ahead, now) : 0;
        if (is_first && !needs_place && turn <= now) {
            pass(now, caller);
            return Refusal::None;
        }
        if (is_cancelled(caller)) return Refusal::Cancelled;
        if (turn > caller.deadline_mono) return Refusal::NoTurn;
        if (now >= caller.deadline_mono) return needs_place || turn <= now ? Refusal::NoPlace : Refusal::NoTurn;
        if (needs_place) count_once(waited_for_place, kOriginWaitedForPlace);
        if (turn > now) count_once(waited_for_turn, kOriginWaitedForTurn);
        // Only the first in the queue has to look when its turn comes: the others are woken when they are first.
        int64_t until = caller.deadline_mono;
        if (is_first && !needs_place) until = std::min(until, turn);
        int64_t time = std::max<int64_t>(until - now, 1);
        if (caller.cancel != nullptr) time = std::min(time, kLookAgainNs);
        if (clock_.is_custom()) time = kLookAtCustomNs;
        (*mine)->wake.wait_for(lock, std::chrono::nanoseconds(time));
    }
}

void Turnstile::leave(bool has_place) noexcept {
    if (has_place) return;
    if (max_parallel_ == 0) {
        inside_.fetch_sub(1, std::memory_order_relaxed);
        return;
    }
    MutexLock lock(mutex_);
    inside_.fetch_sub(1, std::memory_order_relaxed);
    if (!queue_.empty()) queue_.front()->wake.notify_one();
}

void Turnstile::wake() noexcept {
    MutexLock lock(mutex_);
    for (Waiter* const waiter : queue_) waiter->wake.notify_one();
}

size_t Turnstile::waiting() const {
    MutexLock lock(mutex_);
    return queue_.size();
}

}  // namespace aurelis::core
