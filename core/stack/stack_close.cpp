// Closing the stack: what layers have missed is made up for while that is still possible. Nothing else runs by now.
#include "stack/stack.hpp"

#include <vector>

namespace aurelis::core {

namespace {

constexpr int64_t kSettleNs = 2'000'000'000;
constexpr size_t kBatch = 256;

}  // namespace

void Stack::settle_at_close(size_t index) {
    Layer& layer = *layers_[index];
    if (!layer.missed().any() || !(layer.is_persistent() || layer.is_shared())) return;
    CallContext context;
    context.call.flags = AURELIS_CALL_BACKGROUND;
    context.call.now_wall = runtime_.clock.wall();
    context.call.deadline_mono = saturating_add(runtime_.clock.mono(), kSettleNs);
    const auto in_time = [&] { return runtime_.clock.mono() < context.call.deadline_mono; };
    for (bool moves = true; moves && layer.missed().any() && layer.gate().passable() != nullptr && in_time();) {
        const uint64_t before = layer.missed().waiting();
        for (const auto& [prefix, stamp] : layer.missed().prefixes()) {
            uint64_t removed = 0;
            layer.remove_older(context, prefix, {stamp, 0}, removed);
        }
        const std::vector<MissedWrites::Note> notes = layer.missed().some(kBatch);
        std::vector<std::unique_ptr<Lane>> lanes;
        std::vector<aurelis_key> keys;
        for (const MissedWrites::Note& note : notes) {
            lanes.push_back(std::make_unique<Lane>(order_));
            lanes.back()->try_enter(note.hash);  // Free, or entered for another key of the same hash.
            keys.push_back({note.key.data(), note.key.size(), note.hash, nullptr});
        }
        aurelis_write removal{};
        removal.flags = AURELIS_SET_REMOVE;
        const std::vector<aurelis_write> removals(keys.size(), removal);
        std::vector<aurelis_status> each(keys.size());
        if (!keys.empty()) layer.multi_write(context, keys.data(), removals.data(), keys.size(), each.data());
        moves = layer.missed().waiting() < before;
    }
    const uint64_t left = layer.missed().waiting();
    if (left == 0) return;
    runtime_.log.write(
        AURELIS_LOG_WARN,
        layer.spec().place + ": layer " + layer.spec().name + ": closed while " + std::to_string(left) +
            " writes or removals had not reached it; " +
            (notes_.keeps_about(index)
                 ? "they are noted, so the next process to open this cache does not read what it holds instead"
                 : "what it holds instead may be read again; make it writable and write or clear it"));
}

}  // namespace aurelis::core
