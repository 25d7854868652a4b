#include "coherence/sweeper.hpp"

#include <algorithm>
#include <vector>

namespace aurelis::core {
namespace {

bool is_hidden_for_good(Verdict verdict) noexcept {
    switch (verdict) {
        case Verdict::Cleared:
        case Verdict::CategoryStamp:
        case Verdict::IdentifierStamp:
        case Verdict::TagStamp:
        case Verdict::Banned: return true;
        default: return false;
    }
}

}  // namespace

void Sweeper::begin(bool shared_too) {
    MutexLock lock(mutex_);
    for (size_t i = 0; i < layers_.size(); ++i)
        if (shared_too || !layers_[i]->is_shared()) passes_[i].wanted = true;
    wake(kPauseNs);
}

size_t Sweeper::waiting() const {
    MutexLock lock(mutex_);
    size_t count = 0;
    for (const Pass& pass : passes_) count += pass.wanted || pass.running ? 1 : 0;
    return count;
}

void Sweeper::wake(int64_t delay_ns) {
    mutex_.assert_held();
    if (scheduled_) return;
    const auto run = [](void* self, uint32_t cancelled) noexcept {
        if (cancelled == 0) static_cast<Sweeper*>(self)->work();
    };
    scheduled_ = runtime_.tasks.submit(owner_, run, this, delay_ns, nullptr) == AURELIS_OK;
}

size_t Sweeper::next_layer(int64_t now, int64_t& wait) const noexcept {
    for (size_t i = 0; i < layers_.size(); ++i) {
        const Pass& pass = passes_[i];
        if (pass.running || (pass.wanted && pass.rests_until <= now)) return i;
        if (pass.wanted) wait = std::min(wait, pass.rests_until - now);
    }
    return layers_.size();
}

// One page of the first layer that has a pass. A layer that fails is tried again with the next invalidation: what it
// holds is hidden.
void Sweeper::work() {
    const int64_t began = runtime_.clock.mono();
    size_t layer = 0;
    std::string after;
    {
        MutexLock lock(mutex_);
        scheduled_ = false;
        int64_t wait = INT64_MAX;
        layer = next_layer(began, wait);
        if (layer == layers_.size()) {
            if (wait != INT64_MAX) wake(wait);
            return;
        }
        Pass& pass = passes_[layer];
        if (!pass.running) {
            pass.running = true;
            pass.wanted = false;
            pass.after.clear();
            pass.began = began;
        }
        after = pass.after;
    }
    CallContext context;
    context.call.flags = AURELIS_CALL_CACHES_ONLY | AURELIS_CALL_BACKGROUND;
    context.call.now_wall = runtime_.clock.wall();
    std::string next;
    uint64_t removed = 0;
    const aurelis_status status = sweep_page(context, layer, keys_.root, after, next, removed);
    const int64_t ended = runtime_.clock.mono();
    MutexLock lock(mutex_);
    Pass& pass = passes_[layer];
    pass.after = status < 0 ? std::string() : next;
    pass.running = !pass.after.empty();
    if (!pass.running) pass.rests_until = ended + 4 * (ended - pass.began);
    if (status >= 0 && next.empty()) counts_[kSweeps].fetch_add(1, std::memory_order_relaxed);
    wake(std::max(kPauseNs, 4 * (ended - began)));
}

aurelis_status Sweeper::sweep_page(CallContext& context, size_t layer, std::string_view prefix,
                                   const std::string& after, std::string& next, uint64_t& removed) {
    struct Hidden {
        std::string name;
        uint64_t hash, version;
    };
    std::vector<Hidden> hidden;
    uint64_t seen = 0;
    const auto visit = [&](const HeldEntry& held) {
        ++seen;
        if (!is_hidden_for_good(held.verdict)) return;
        hidden.push_back({std::string(text_of(held.key)), held.key.hash, held.meta.version});
    };
    const aurelis_status status = layers_[layer]->walk_page(context, prefix, after, kPage, visit, next);
    counts_[kSwept].fetch_add(seen, std::memory_order_relaxed);
    uint64_t gone = 0;
    for (const Hidden& one : hidden) {
        const aurelis_key key{one.name.data(), one.name.size(), one.hash, nullptr};
        KeyOrder::Lane lane(order_);
        if (!lane.try_enter(key.hash)) continue;  // It is being written, which replaces it.
        gone += layers_[layer]->drop_hidden(context, key, one.version) ? 1 : 0;
    }
    counts_[kSweptRemoved].fetch_add(gone, std::memory_order_relaxed);
    removed += gone;
    return status;
}

aurelis_status Sweeper::finish(CallContext& context, size_t layer, std::string_view prefix, uint64_t& removed) {
    std::string after, next;
    do {
        const aurelis_status status = sweep_page(context, layer, prefix, after, next, removed);
        if (status < 0) return status;
        after.swap(next);
        if (context.call.deadline_mono != 0 && runtime_.clock.mono() > context.call.deadline_mono)
            return AURELIS_E_TIMEOUT;
    } while (!after.empty());
    counts_[kSweeps].fetch_add(1, std::memory_order_relaxed);
    return AURELIS_OK;
}

}  // namespace aurelis::core
