// Follower: listens to what other processes do to one shared layer (aurelis.watch/1), so that copies in the other
// layers do not outlast a change of the original. A change revokes the leases of its key at once and then, in the key's
// lane, drops the key from every other layer: those above hold copies, and those below may have missed the write as
// well. From another shared layer an entry is dropped only if it differs from what the followed layer now holds, since
// it may be the very write that was reported; and the removal is not reported as a change, since it is none. An
// eviction or expiry in the followed layer is not a change: copies elsewhere have lives of their own.
//
// When events may have been lost (SUSPECT), copies are still served, since an outage is the likely cause. When events
// flow again (LIVE), whatever may have changed unnoticed is given up: private layers above are emptied, and what layers
// below hold from before the gap is no longer believed; `after_gap: believe` on the followed layer keeps all of it.
// When changes cannot be reported at all (UNAVAILABLE, or a shared layer without watch), copies in private layers are
// given up in the same way and from then on live no longer than the layer's `trust`.
// Leaves to others: detecting changes and whose they are (the backend).
// Threads: events come on threads of the backend; what may block is done by tasks.
#pragma once

#include "base/locks.hpp"
#include "coherence/key_order.hpp"
#include "coherence/stamp_keeper.hpp"
#include "keys/key_space.hpp"
#include "layer/layer.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace aurelis::core {

class Follower {
public:
    // owner: of the tasks; they end when its tasks are closed. trust_changed: called when is_untold() may have changed.
    Follower(Runtime& runtime, const void* owner, const KeySpace& keys, KeyOrder& order, StampKeeper& stamps,
             const Layers& layers, size_t layer, std::function<void()> trust_changed)
        : runtime_(runtime),
          owner_(owner),
          keys_(keys),
          order_(order),
          stamps_(stamps),
          layers_(layers),
          layer_(layer),
          trust_changed_(std::move(trust_changed)) {}

    // The layer's backend has started: follows it if it is shared and reports changes.
    void started(StoreHandle& handle) AURELIS_EXCLUDES(mutex_);
    // On return no event comes any more.
    void stop() AURELIS_EXCLUDES(mutex_);

    // "live", "suspect", "unavailable"; "none": the layer reports no changes.
    const char* state() const noexcept;
    // Others may change the layer without this process being told.
    bool is_untold() const noexcept;
    uint64_t changes() const noexcept { return changes_.load(std::memory_order_relaxed); }
    uint64_t gaps() const noexcept { return gaps_.load(std::memory_order_relaxed); }

private:
    enum class State : uint8_t { Waiting, None, Unavailable, Suspect, Live };
    static constexpr size_t kQueueMax = 65'536;

    static void hear(void* self, uint32_t event, const aurelis_key* keys, size_t n) noexcept;
    void changed(const aurelis_key* keys, size_t n) AURELIS_EXCLUDES(mutex_);
    void live() AURELIS_EXCLUDES(mutex_);
    void untold(State state);
    void give_up_before_now() AURELIS_EXCLUDES(mutex_);
    bool at_once(size_t layer) const noexcept;
    bool drop_now(const aurelis_key& key);
    void drop_from(const aurelis_key& key, bool those_at_once);
    void drop_if_it_differs(CallContext& context, size_t layer, const aurelis_key& key);
    void drop_later(const aurelis_key& key, bool only_those_behind) AURELIS_EXCLUDES(mutex_);
    void wake() AURELIS_REQUIRES(mutex_);
    void work() AURELIS_EXCLUDES(mutex_);
    void give_up_what_is_older(int64_t stamp, uint32_t layers);
    uint32_t layers_to_empty() const noexcept;
    static void run(void* self, uint32_t cancelled) noexcept;

    struct Dropped {
        std::string key;
        uint64_t hash;
        bool only_those_behind;
    };

    Runtime& runtime_;
    const void* const owner_;
    const KeySpace& keys_;
    KeyOrder& order_;
    StampKeeper& stamps_;
    const Layers& layers_;
    const size_t layer_;
    const std::function<void()> trust_changed_;
    std::atomic<State> state_{State::Waiting};  // Waiting: for the backend to start.
    std::atomic<uint64_t> changes_{0}, gaps_{0};
    Mutex mutex_;  // Never held during a call.
    bool stopped_ AURELIS_GUARDED_BY(mutex_) = false;
    StoreHandle* followed_ AURELIS_GUARDED_BY(mutex_) = nullptr;
    std::vector<Dropped> queue_ AURELIS_GUARDED_BY(mutex_);
    // The stamp of a gap that is still to be handled, and the layers that held something when it occurred, one bit
    // each.
    int64_t older_than_ AURELIS_GUARDED_BY(mutex_) = 0;
    uint32_t empties_ AURELIS_GUARDED_BY(mutex_) = 0;
    StampKeeper::Places stamps_changed_ AURELIS_GUARDED_BY(mutex_);
    bool scheduled_ AURELIS_GUARDED_BY(mutex_) = false;
};

}  // namespace aurelis::core
