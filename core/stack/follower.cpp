#include "stack/follower.hpp"

#include "base/hash.hpp"
#include "stack/stack_lane.hpp"

#include <algorithm>

namespace aurelis::core {

void Stack::Follower::started(StoreHandle& handle) {
    if (!stack_.layers_[layer_]->is_shared()) return;
    const auto* watch =
        static_cast<const aurelis_ext_watch*>(handle.ops().get_extension(handle.store(), AURELIS_EXT_WATCH));
    if (watch == nullptr || watch->watch == nullptr) return;
    {
        std::scoped_lock lock(mutex_);
        if (stopped_) return;
        followed_ = &handle;
    }
    state_.store(State::Suspect, std::memory_order_relaxed);  // Until it says that events flow.
    constexpr uint32_t kEvents =
        AURELIS_WATCH_CHANGED | AURELIS_WATCH_REMOVED | AURELIS_WATCH_SUSPECT | AURELIS_WATCH_LIVE;
    CallContext context;
    const aurelis_status status = watch->watch(handle.store(), &context.call, kEvents, {}, &Follower::hear, this);
    if (status == AURELIS_OK) return;
    state_.store(State::None, std::memory_order_relaxed);
    if (status != AURELIS_E_UNSUPPORTED)
        stack_.layers_[layer_]->failed(context, status, "its changes cannot be followed");
}

void Stack::Follower::stop() {
    StoreHandle* handle = nullptr;
    {
        std::scoped_lock lock(mutex_);
        stopped_ = true;
        std::swap(handle, followed_);
    }
    if (handle == nullptr) return;
    const auto* watch =
        static_cast<const aurelis_ext_watch*>(handle->ops().get_extension(handle->store(), AURELIS_EXT_WATCH));
    CallContext context;
    watch->watch(handle->store(), &context.call, 0, {}, nullptr, nullptr);
}

const char* Stack::Follower::state() const noexcept {
    switch (state_.load(std::memory_order_acquire)) {
        case State::Live: return "live";
        case State::Suspect: return "suspect";
        case State::None: break;
    }
    return "none";
}

void Stack::Follower::hear(void* self, uint32_t event, const aurelis_key* keys, size_t n) noexcept {
    auto& follower = *static_cast<Follower*>(self);
    try {
        if ((event & (AURELIS_WATCH_CHANGED | AURELIS_WATCH_REMOVED)) != 0) follower.changed(keys, n);
        if ((event & AURELIS_WATCH_SUSPECT) != 0) {
            const State before = follower.state_.exchange(State::Suspect, std::memory_order_relaxed);
            if (before == State::Live) follower.gaps_.fetch_add(1, std::memory_order_relaxed);
        }
        if ((event & AURELIS_WATCH_LIVE) != 0) follower.live();
    } catch (...) {
        // Out of memory: a change that is forgotten is a gap.
        follower.stack_.leases_.revoke_all();
        const int64_t stamp = follower.stack_.runtime_.clock.next_stamp();
        for (const auto& layer : follower.stack_.layers_) layer->disbelieve_before(stamp);
    }
}

void Stack::Follower::changed(const aurelis_key* keys, size_t n) {
    changes_.fetch_add(n, std::memory_order_relaxed);
    for (size_t i = 0; i < n; ++i) {
        aurelis_key key = keys[i];
        key.subject = nullptr;
        if (key.hash == 0) key.hash = hash_bytes(key.data, key.size);
        stack_.leases_.revoke(key.hash);
        if (!drop_now(key)) drop_later(key, false);
    }
}

// From layers that never block, at once, if nobody writes the key; from the others behind.
bool Stack::Follower::drop_now(const aurelis_key& key) {
    {
        Lane lane(stack_);
        if (!lane.try_enter(key.hash)) return false;
        stack_.leases_.revoke(key.hash);
        drop_from(key, false);
    }
    for (size_t i = 0; i < stack_.layers_.size(); ++i)
        if (i != layer_ && stack_.layers_[i]->blocks()) {
            drop_later(key, true);
            break;
        }
    return true;
}

void Stack::Follower::drop_from(const aurelis_key& key, bool those_that_block) {
    CallContext context;
    context.call.flags = AURELIS_CALL_CACHES_ONLY | AURELIS_CALL_BACKGROUND;
    context.call.now_wall = stack_.runtime_.clock.wall();
    for (size_t i = stack_.layers_.size(); i-- > 0;)
        if (i != layer_ && stack_.layers_[i]->blocks() == those_that_block) stack_.layers_[i]->remove(context, key);
}

void Stack::Follower::drop_later(const aurelis_key& key, bool only_those_that_block) {
    std::scoped_lock lock(mutex_);
    if (queue_.size() >= kQueueMax) {  // More than can be told apart: a gap.
        gaps_.fetch_add(1, std::memory_order_relaxed);
        older_than_ = stack_.runtime_.clock.next_stamp();
        queue_.clear();
    } else {
        queue_.push_back({std::string(text_of(key)), key.hash, only_those_that_block});
    }
    wake();
}

void Stack::Follower::live() {
    stack_.leases_.revoke_all();
    if (!stack_.layers_[layer_]->spec().resilience.believes_after_gap) {
        const int64_t stamp = stack_.runtime_.clock.next_stamp();
        for (size_t i = layer_ + 1; i < stack_.layers_.size(); ++i) stack_.layers_[i]->disbelieve_before(stamp);
        std::scoped_lock lock(mutex_);
        older_than_ = stamp;
        wake();
    }
    // Last: who is told so and then waits for the tasks finds nothing older any more.
    state_.store(State::Live, std::memory_order_release);
}

// Under mutex_.
void Stack::Follower::wake() {
    if (scheduled_ || stopped_) return;
    scheduled_ = stack_.runtime_.tasks.submit(&stack_, &Follower::run, this, 0, nullptr) == AURELIS_OK;
}

void Stack::Follower::run(void* self, uint32_t cancelled) noexcept {
    auto& follower = *static_cast<Follower*>(self);
    if (cancelled == 0) follower.work();
}

void Stack::Follower::work() {
    std::vector<Dropped> taken;
    int64_t stamp = 0;
    {
        std::scoped_lock lock(mutex_);
        scheduled_ = false;
        taken.swap(queue_);
        std::swap(stamp, older_than_);
    }
    if (stamp != 0) give_up_what_is_older(stamp);
    for (const Dropped& dropped : taken) {
        const aurelis_key key{dropped.key.data(), dropped.key.size(), dropped.hash, nullptr};
        Lane lane(stack_);
        lane.enter(key.hash, 0);
        stack_.leases_.revoke(key.hash);
        if (!dropped.only_those_that_block) drop_from(key, false);
        drop_from(key, true);
    }
}

// Above lie copies with the creation of their originals, so they go by being there; below lies what was written then.
void Stack::Follower::give_up_what_is_older(int64_t stamp) {
    CallContext context;
    context.call.flags = AURELIS_CALL_CACHES_ONLY | AURELIS_CALL_BACKGROUND;
    context.call.now_wall = stack_.runtime_.clock.wall();
    for (size_t i = 0; i < layer_; ++i) {
        uint64_t removed = 0;
        stack_.layers_[i]->remove_older(context, stack_.keys_.root, stamp, removed);
    }
    for (size_t i = layer_ + 1; i < stack_.layers_.size(); ++i) stack_.layers_[i]->disbelieve_before(stamp);
    stack_.leases_.revoke_all();
}

}  // namespace aurelis::core
