// Sweeper: removes the bytes of entries that invalidations hide, behind the calls and at a bounded rate: page by page,
// at most a fifth of the time, and after a pass over a layer it rests for four times as long as that took. The entries
// are misses already; this only frees their room. Whoever invalidates sweeps the layers that are shared; who learns of
// it sweeps those that only it sees.
// Leaves to others: what is hidden (validity), telling others (stamp_keeper). Threads: any.
#pragma once

#include "base/locks.hpp"
#include "coherence/key_order.hpp"
#include "layer/layer.hpp"

#include <array>
#include <atomic>
#include <string>
#include <string_view>

namespace aurelis::core {

#define AURELIS_SWEEP_COUNTERS(X)                                                   \
    X(kSweeps, "sweeps", "Passes over a layer that were finished.")                 \
    X(kSwept, "scanned", "Entries that were looked at.")                            \
    X(kSweptRemoved, "removed", "Entries that an invalidation hid and that were removed.")

AURELIS_DEFINE_COUNTERS(SweepCounter, kSweepCounters, kSweepCounterRows, AURELIS_SWEEP_COUNTERS);

class Sweeper {
public:
    Sweeper(Runtime& runtime, const void* owner, const KeySpace& keys, KeyOrder& order, const Layers& layers)
        : runtime_(runtime), owner_(owner), keys_(keys), order_(order), layers_(layers) {}

    // Something has been hidden: passes over all layers begin, or only over those that are not shared.
    void begin(bool shared_too) AURELIS_EXCLUDES(mutex_);
    // Removes what is hidden in one layer now, until the deadline of the call. Below 0: it was not finished.
    aurelis_status finish(CallContext& context, size_t layer, std::string_view prefix, uint64_t& removed);

    // The number of layers that a pass is waiting for or under way in.
    size_t waiting() const AURELIS_EXCLUDES(mutex_);
    Snapshot snapshot() const {
        return snapshot_of(kSweepCounterRows, [&](size_t i) { return counts_[i].load(std::memory_order_relaxed); });
    }

private:
    static constexpr uint64_t kPage = 256;
    static constexpr int64_t kPauseNs = 10'000'000;

    struct Pass {
        bool wanted = false;   // A pass has to be made, from its beginning.
        bool running = false;  // Up to `after`.
        std::string after;
        int64_t began = 0;       // By the monotonic clock, as is the next.
        int64_t rests_until = 0;
    };
    // The layer whose pass goes on or begins now; layers_.size(): none. wait: how long until one may begin.
    size_t next_layer(int64_t now, int64_t& wait) const noexcept AURELIS_REQUIRES(mutex_);
    void wake(int64_t delay_ns) AURELIS_REQUIRES(mutex_);
    void work() AURELIS_EXCLUDES(mutex_);
    aurelis_status sweep_page(CallContext& context, size_t layer, std::string_view prefix, const std::string& after,
                              std::string& next, uint64_t& removed);

    Runtime& runtime_;
    const void* const owner_;
    const KeySpace& keys_;
    KeyOrder& order_;
    const Layers& layers_;
    std::array<std::atomic<uint64_t>, kSweepCounters> counts_{};
    mutable Mutex mutex_;  // Never held during a call.
    std::array<Pass, AURELIS_LAYERS_MAX> passes_ AURELIS_GUARDED_BY(mutex_);
    bool scheduled_ AURELIS_GUARDED_BY(mutex_) = false;
};

}  // namespace aurelis::core
