#include "coherence/reconciler.hpp"

#include <memory>
#include <vector>

namespace aurelis::core {

void Reconciler::wake(int64_t delay_ns) {
    if (scheduled_.exchange(true, std::memory_order_acq_rel)) return;
    const aurelis_status taken = runtime_.tasks.submit(owner_, &Reconciler::run, this, delay_ns, nullptr);
    if (taken != AURELIS_OK) scheduled_.store(false, std::memory_order_release);
}

void Reconciler::run(void* self, uint32_t cancelled) noexcept {
    auto& reconciler = *static_cast<Reconciler*>(self);
    reconciler.scheduled_.store(false, std::memory_order_release);
    if (cancelled == 0) reconciler.work();
}

void Reconciler::work() {
    Layer& layer = *layers_[layer_];
    if (layer.gate().passable() == nullptr) return;  // serves() starts it again.
    const uint64_t before = layer.missed().settled();
    const uint64_t waiting = layer.missed().waiting();
    remove_prefixes(layer);
    remove_keys(layer);
    if (!layer.missed().any()) return;
    const bool moved = layer.missed().settled() != before || layer.missed().waiting() < waiting;
    wake(moved ? 0 : kAgainNs);
}

void Reconciler::remove_prefixes(Layer& layer) {
    for (const auto& [prefix, stamp] : layer.missed().prefixes()) {
        CallContext context;
        context.call.flags = AURELIS_CALL_BACKGROUND;
        context.call.now_wall = runtime_.clock.wall();
        uint64_t removed = 0;
        layer.remove_older(context, prefix, {stamp, 0}, removed);
    }
}

void Reconciler::remove_keys(Layer& layer) {
    const std::vector<MissedWrites::Note> notes = layer.missed().some(kBatch);
    std::vector<std::unique_ptr<KeyOrder::Lane>> lanes;
    std::vector<aurelis_key> keys;
    for (const MissedWrites::Note& note : notes) {
        auto lane = std::make_unique<KeyOrder::Lane>(order_);
        if (!lane->try_enter(note.hash)) continue;
        lanes.push_back(std::move(lane));
        // A write that held the lane just before may have settled it.
        if (layer.missed().holds(note.hash, note.key))
            keys.push_back({note.key.data(), note.key.size(), note.hash, nullptr});
    }
    if (keys.empty()) return;
    aurelis_write removal{};
    removal.flags = AURELIS_SET_REMOVE;
    const std::vector<aurelis_write> removals(keys.size(), removal);
    std::vector<aurelis_status> each(keys.size());
    CallContext context;
    context.call.flags = AURELIS_CALL_BACKGROUND;
    context.call.now_wall = runtime_.clock.wall();
    layer.multi_write(context, keys.data(), removals.data(), keys.size(), each.data());
}

}  // namespace aurelis::core
