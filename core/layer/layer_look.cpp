// explain's look at a layer: what it holds of a key and why a get would not take it. Changes nothing: no recency, no
// counter, no promotion.
#include "base/hash.hpp"
#include "base/names.hpp"
#include "layer/layer_parts.hpp"

namespace aurelis::core {

LayerView Layer::look(CallContext& context, const aurelis_key& key) {
    using State = LayerView::State;
    LayerView seen;
    const auto told = [&](State state, std::string reason) {
        seen.state = state;
        seen.reason = std::move(reason);
    };
    StoreHandle* const handle = backend();
    if (handle == nullptr) return told(State::Unreachable, last_error()), std::move(seen);
    if (gate_.passable() == nullptr)
        return told(State::Unreachable, "the breaker is open: " + last_error()), std::move(seen);
    aurelis_entry entry{};
    aurelis_status status;
    {
        Gate::Visit visit(gate_, context, true);  // Only for its time limit: what comes of it is counted nowhere.
        status = handle->ops().get(handle->store(), &context.call, &key, &entry);
    }
    if (status == AURELIS_NOT_FOUND)
        return told(State::Absent, "not stored, removed, evicted or expired"), std::move(seen);
    if (status == AURELIS_E_CORRUPT) return told(State::Corrupt, context.error), std::move(seen);
    if (status != AURELIS_OK)
        return told(State::Unreachable, context.error.empty() ? status_name(status) : context.error),
               std::move(seen);
    if ((entry.value.size != 0 && entry.value.data == nullptr) || (entry.attrs.size != 0 && entry.attrs.data == nullptr)) {
        aurelis_buf_release(&entry.value);
        return told(State::Corrupt, "the backend gave a size without bytes"), std::move(seen);
    }
    seen.bytes_stored = seen.bytes_raw = entry.value.size;
    const Pinned stored(aurelis_buf_share(&entry.value));
    if (framed()) {
        FrameView frame;
        if (open_frame(text_of(key), stored.view(), frame) == FrameFault::kFine) {
            seen.stages.assign(frame.stages.begin(),
                               frame.stages.begin() + static_cast<std::ptrdiff_t>(frame.stage_count));
            seen.bytes_raw = seen.stages.empty() ? frame.payload.size() : seen.stages.front().size_before;
        }
        std::string why;
        if (envelope_.open(&context.call, key, entry, why) != DecodeFault::kRead) {
            aurelis_buf_release(&entry.value);
            return told(State::Corrupt, why), std::move(seen);
        }
    }
    if (spec_.bare) {
        entry.meta.created_wall = 0;
        entry.attrs = aurelis_bytes{};
    }
    const Pinned opened(entry.value);  // The attributes live as long.
    seen.meta = entry.meta;
    seen.digest = hash_bytes(entry.value.data, entry.value.size);
    seen.attrs = std::string(view(entry.attrs));
    const bool late = missed_.is_doubtful(key.hash, text_of(key), entry.meta.created_wall, spec_.bare,
                                          context.call.now_wall);
    if (late) return told(State::Invalidated, "a write that timed out and came late, or may"), std::move(seen);
    if (spec_.bare && !missed_.holds(key.hash, text_of(key)) && !missed_.hides(text_of(key), INT64_MIN))
        return told(State::Present, "a bare value, believed as it is"), std::move(seen);
    const Life life = judge(entry.meta, context.call.now_wall, runtime_.clock, stamps_);
    seen.stale = life == Life::Stale;
    if (life == Life::Expired) return told(State::Expired, "its life has ended"), std::move(seen);
    if (life == Life::Future)
        return told(State::Invalidated, "created later than now by the clock of this machine"), std::move(seen);
    if (life == Life::Invalidated) return told(State::Invalidated, "older than the last clear"), std::move(seen);
    if (missed_.holds(key.hash, text_of(key)) || missed_.hides(text_of(key), entry.meta.created_wall))
        return told(State::Invalidated, "older than a write that did not reach this layer"), std::move(seen);
    if (entry.meta.created_wall < believed_from_.load(std::memory_order_acquire))
        return told(State::Invalidated, "older than a gap in the events of another layer"), std::move(seen);
    if (!is_about(key, entry.attrs))
        return told(State::Absent, "another entry has the same short key; its identity differs"), std::move(seen);
    told(State::Present, seen.stale ? "stale: its ttl has passed" : "");
    return seen;
}

}  // namespace aurelis::core
