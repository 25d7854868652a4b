#include "coherence/follower.hpp"

#include "base/hash.hpp"

#include <algorithm>

namespace aurelis::core {

void Follower::started(StoreHandle& handle) {
    if (!layers_[layer_]->is_shared()) return state_.store(State::None, std::memory_order_relaxed);
    const auto* watch =
        static_cast<const aurelis_ext_watch*>(handle.ops().get_extension(handle.store(), AURELIS_EXT_WATCH));
    if (watch == nullptr || watch->watch == nullptr) return untold(State::None);
    {
        MutexLock lock(mutex_);
        if (stopped_) return;
        followed_ = &handle;
    }
    state_.store(State::Suspect, std::memory_order_relaxed);  // Until it reports that events flow.
    constexpr uint32_t kEvents = AURELIS_WATCH_CHANGED | AURELIS_WATCH_REMOVED | AURELIS_WATCH_SUSPECT |
                                 AURELIS_WATCH_LIVE | AURELIS_WATCH_UNAVAILABLE;
    CallContext context;
    const aurelis_status status = watch->watch(handle.store(), &context.call, kEvents, {}, &Follower::hear, this);
    if (status == AURELIS_OK) return;
    {
        MutexLock lock(mutex_);
        followed_ = nullptr;
    }
    if (status != AURELIS_E_UNSUPPORTED)
        layers_[layer_]->failed(context, status, "its changes cannot be followed");
    untold(State::None);
}

void Follower::stop() {
    StoreHandle* handle = nullptr;
    {
        MutexLock lock(mutex_);
        stopped_ = true;
        std::swap(handle, followed_);
    }
    if (handle == nullptr) return;
    const auto* watch =
        static_cast<const aurelis_ext_watch*>(handle->ops().get_extension(handle->store(), AURELIS_EXT_WATCH));
    CallContext context;
    watch->watch(handle->store(), &context.call, 0, {}, nullptr, nullptr);
}

const char* Follower::state() const noexcept {
    switch (state_.load(std::memory_order_acquire)) {
        case State::Live: return "live";
        case State::Suspect: return "suspect";
        case State::Unavailable: return "unavailable";
        case State::Waiting:
        case State::None: break;
    }
    return "none";
}

bool Follower::is_untold() const noexcept {
    const State state = state_.load(std::memory_order_acquire);
    return (state == State::None || state == State::Unavailable) && layers_[layer_]->is_shared();
}

void Follower::hear(void* self, uint32_t event, const aurelis_key* keys, size_t n) noexcept {
    auto& follower = *static_cast<Follower*>(self);
    try {
        if ((event & (AURELIS_WATCH_CHANGED | AURELIS_WATCH_REMOVED)) != 0) follower.changed(keys, n);
        if ((event & AURELIS_WATCH_SUSPECT) != 0) {
            // In an outage copies are still served, but not if changes would not be reported after it either.
            State before = State::Live;
            if (follower.state_.compare_exchange_strong(before, State::Suspect, std::memory_order_relaxed))
                follower.gaps_.fetch_add(1, std::memory_order_relaxed);
        }
        if ((event & AURELIS_WATCH_UNAVAILABLE) != 0) follower.untold(State::Unavailable);
        if ((event & AURELIS_WATCH_LIVE) != 0) follower.live();
    } catch (...) {
        // Out of memory: a change that is lost is a gap.
        follower.order_.revoke_all_leases();
        const int64_t stamp = follower.runtime_.clock.next_stamp();
        for (const auto& layer : follower.layers_) layer->disbelieve_before(stamp);
    }
}

void Follower::changed(const aurelis_key* keys, size_t n) {
    changes_.fetch_add(n, std::memory_order_relaxed);
    for (size_t i = 0; i < n; ++i) {
        aurelis_key key = keys[i];
        if (KeySpace::is_of_the_cache(text_of(key))) {
            const StampKeeper::Places places = stamps_.places_of(text_of(key));
            if (places.none()) continue;
            MutexLock lock(mutex_);
            stamps_changed_ |= places;
            wake();
            continue;
        }
        key.subject = nullptr;
        if (key.hash == 0) key.hash = hash_bytes(key.data, key.size);
        order_.revoke_leases(key.hash);
        if (!drop_now(key)) drop_later(key, false);
    }
}

// True for a layer that never blocks and whose copies only this process sees.
bool Follower::at_once(size_t layer) const noexcept {
    return !layers_[layer]->blocks() && !layers_[layer]->is_shared();
}

// Drops the key at once from the layers where that cannot block, if nobody writes the key; a task drops it from the
// others.
bool Follower::drop_now(const aurelis_key& key) {
    {
        KeyOrder::Lane lane(order_);
        if (!lane.try_enter(key.hash)) return false;
        order_.revoke_leases(key.hash);
        drop_from(key, true);
    }
    for (size_t i = 0; i < layers_.size(); ++i)
        if (i != layer_ && !at_once(i)) {
            drop_later(key, true);
            break;
        }
    return true;
}

void Follower::drop_from(const aurelis_key& key, bool those_at_once) {
    AURELIS_DEBUG_CHECK(order_.is_in_lane(key.hash));
    CallContext context;
    context.call.flags = AURELIS_CALL_CACHES_ONLY | AURELIS_CALL_BACKGROUND;
    context.call.now_wall = runtime_.clock.wall();
    for (size_t i = layers_.size(); i-- > 0;) {
        if (i == layer_ || at_once(i) != those_at_once) continue;
        if (layers_[i]->is_shared())
            drop_if_it_differs(context, i, key);
        else
            layers_[i]->remove(context, key);
    }
}

// The two are the same write if creation time and value are equal. A write between the look-up and the removal has
// another version, where the backend keeps versions; otherwise it is lost, which costs a miss.
void Follower::drop_if_it_differs(CallContext& context, size_t layer, const aurelis_key& key) {
    const auto holds = [](const LayerView& seen) { return seen.holding == Holding::Present; };
    context.call.flags |= AURELIS_CALL_PEEK;
    const LayerView copy = layers_[layer]->look(context, key);
    const LayerView truth = holds(copy) ? layers_[layer_]->look(context, key) : LayerView{};
    context.call.flags &= ~uint32_t{AURELIS_CALL_PEEK};
    if (copy.holding == Holding::Absent || copy.holding == Holding::Expired) return;
    if (holds(copy) && holds(truth) && copy.meta.created_wall == truth.meta.created_wall && copy.digest == truth.digest)
        return;
    layers_[layer]->drop(context, key, copy.meta.version);
}

void Follower::drop_later(const aurelis_key& key, bool only_those_behind) {
    MutexLock lock(mutex_);
    if (queue_.size() >= kQueueMax) {  // More than can be dropped one by one: treated as a gap.
        gaps_.fetch_add(1, std::memory_order_relaxed);
        older_than_ = runtime_.clock.next_stamp();
        empties_ |= layers_to_empty();
        queue_.clear();
    } else {
        queue_.push_back({std::string(text_of(key)), key.hash, only_those_behind});
    }
    wake();
}

void Follower::live() {
    {
        MutexLock lock(mutex_);
        stamps_changed_.set();
        wake();
    }
    if (!layers_[layer_]->spec().resilience.believes_after_gap) give_up_before_now();
    order_.revoke_all_leases();
    // Last, so that whoever sees "live" and then waits for the tasks finds nothing older any more.
    state_.store(State::Live, std::memory_order_release);
    trust_changed_();
}

// From now on the life of copies is bounded; that of earlier copies is not.
void Follower::untold(State state) {
    if (state_.exchange(state, std::memory_order_acq_rel) == state) return;
    trust_changed_();
    if (layers_[layer_]->spec().resilience.trust_ns == 0) return;
    give_up_before_now();
    order_.revoke_all_leases();
}

void Follower::give_up_before_now() {
    const int64_t stamp = runtime_.clock.next_stamp();
    for (size_t i = layer_ + 1; i < layers_.size(); ++i) layers_[i]->disbelieve_before(stamp);
    MutexLock lock(mutex_);
    older_than_ = stamp;
    empties_ |= layers_to_empty();
    wake();
}

// The private layers above. One that has not started (the stack may be opening) and is not persistent holds nothing
// yet; what it holds later is newer than the gap.
uint32_t Follower::layers_to_empty() const noexcept {
    uint32_t layers = 0;
    for (size_t i = 0; i < layer_; ++i) {
        const Layer& above = *layers_[i];
        if (above.is_shared()) continue;
        if (above.backend() == nullptr && (above.caps() & AURELIS_CAP_PERSISTENT) == 0) continue;
        layers |= uint32_t{1} << i;
    }
    return layers;
}

void Follower::wake() {
    mutex_.assert_held();
    if (scheduled_ || stopped_) return;
    scheduled_ = runtime_.tasks.submit(owner_, &Follower::run, this, 0, nullptr) == AURELIS_OK;
}

void Follower::run(void* self, uint32_t cancelled) noexcept {
    auto& follower = *static_cast<Follower*>(self);
    if (cancelled == 0) follower.work();
}

void Follower::work() {
    std::vector<Dropped> taken;
    int64_t stamp = 0;
    uint32_t empties = 0;
    StampKeeper::Places stamps_changed;
    StoreHandle* handle = nullptr;
    {
        MutexLock lock(mutex_);
        scheduled_ = false;
        taken.swap(queue_);
        std::swap(stamp, older_than_);
        std::swap(empties, empties_);
        std::swap(stamps_changed, stamps_changed_);
        handle = followed_;
    }
    if (stamps_changed.any() && handle != nullptr) stamps_.sync(layer_, *handle, stamps_changed);
    if (stamp != 0) give_up_what_is_older(stamp, empties);
    for (const Dropped& dropped : taken) {
        const aurelis_key key{dropped.key.data(), dropped.key.size(), dropped.hash, nullptr};
        KeyOrder::Lane lane(order_);
        if (!lane.enter(key.hash, 0)) {  // A write has been under way for longer than any call may wait.
            drop_later(key, dropped.only_those_behind);
            continue;
        }
        order_.revoke_leases(key.hash);
        if (!dropped.only_those_behind) drop_from(key, true);
        drop_from(key, false);
    }
}

// Layers above hold copies with the creation times of their originals, so all of them go; layers below hold what was
// written then. Only this process's own clock may have been ahead when that was written.
void Follower::give_up_what_is_older(int64_t stamp, uint32_t layers) {
    Clock& clock = runtime_.clock;
    CallContext context;
    context.call.flags = AURELIS_CALL_CACHES_ONLY | AURELIS_CALL_BACKGROUND;
    context.call.now_wall = clock.wall();
    const int64_t beyond = std::max(saturating_add(context.call.now_wall, kClockSkewNs), stamp);
    bool hides = layers != 0;
    for (size_t i = 0; i < layer_; ++i) {
        if ((layers >> i & 1) == 0) continue;
        uint64_t removed = 0;
        layers_[i]->remove_older(context, keys_.root, {stamp, beyond}, removed);
    }
    for (size_t i = layer_ + 1; i < layers_.size(); ++i) {
        hides |= layers_[i]->disbelieve_before(stamp);
        if (clock.latest() > beyond && !layers_[i]->is_shared())
            layers_[i]->remove_from_future(context, keys_.root);
    }
    // A load that began when the stack was opened must not be spoiled by a gap that hid nothing.
    if (hides) order_.revoke_all_leases();
}

}  // namespace aurelis::core
