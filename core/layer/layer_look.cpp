// How explain looks into a layer: what it holds for a key and why a get would reject it, by the same examination.
// Changes nothing: no recency, no counter, no promotion.
#include "base/hash.hpp"
#include "base/names.hpp"
#include "config/values.hpp"
#include "layer/layer_parts.hpp"

namespace aurelis::core {

LayerView Layer::look(CallContext& context, const aurelis_key& key) {
    LayerView seen;
    const auto told = [&](Holding holding, std::string reason) {
        seen.holding = holding;
        seen.reason = std::move(reason);
        return std::move(seen);
    };
    StoreHandle* const handle = backend();
    if (handle == nullptr) return told(Holding::Unreachable, last_error());
    if (gate().passable() == nullptr) return told(Holding::Unreachable, "the breaker is open: " + last_error());
    const StoredKey name = stored(*handle, key);
    if (name.is_digest()) seen.stored_as = text_of(name.key());
    aurelis_entry entry{};
    aurelis_status status;
    {
        Gate::Visit visit(port_.gate(), context,
                          true);  // Only for its time limit: its outcome is not counted.
        status = handle->ops().get(handle->store(), &context.call, &name.key(), &entry);
    }
    if (status == AURELIS_NOT_FOUND) return told(Holding::Absent, "not stored, removed, evicted or expired");
    if (status == AURELIS_E_CORRUPT) return told(Holding::Corrupt, context.error);
    if (status != AURELIS_OK)
        return told(Holding::Unreachable, context.error.empty() ? status_name(status) : context.error);

    seen.bytes_stored = seen.bytes_raw = entry.value.size;
    const Pinned held(aurelis_buf_share(&entry.value));
    FrameView frame;
    if (framed() && held.raw().data != nullptr &&
        open_frame(text_of(name.key()), held.view(), frame) == FrameFault::kFine) {
        seen.stages.assign(frame.stages.begin(), frame.stages.begin() + static_cast<std::ptrdiff_t>(frame.stage_count));
        seen.bytes_raw = seen.stages.empty() ? frame.payload.size() : seen.stages.front().size_before;
    }
    std::string why;
    const Verdict verdict = examine(context, key, name.key(), entry, why);
    const Pinned opened(entry.value);  // The attributes live as long as it does.
    const VerdictRow& row = row_of(verdict);
    if (row.holding == Holding::Corrupt) return told(row.holding, why.empty() ? row.sentence : why);
    if (spec_.bare) entry.meta.created_wall = 0;  // Unknown.
    seen.meta = entry.meta;
    seen.digest = hash_bytes(entry.value.data, entry.value.size);
    seen.attrs = std::string(view(entry.attrs));
    seen.stale = is_stale(verdict);
    if (spec_.bare && verdict == Verdict::Fresh) return told(row.holding, "a bare value, believed as it is");
    std::string sentence = row.sentence;
    if (verdict == Verdict::TagStamp || verdict == Verdict::Banned || verdict == Verdict::Softened) {
        const FormatIds formats(frame);
        const Hiding hiding = beliefs_.hiding(key, {entry.meta.created_wall, entry.attrs, entry.value.size,
                                                    framed() ? formats.view() : std::string_view()});
        if (!hiding.tag.empty()) sentence += ": the tag " + printable(hiding.tag);
        if (!hiding.pattern.empty()) sentence += ": the pattern " + printable(hiding.pattern);
        if (hiding.larger_than != 0) sentence += ", larger than " + std::to_string(hiding.larger_than) + " bytes";
        if (hiding.format_id != 0) sentence += ", encoded with format " + std::to_string(hiding.format_id);
    }
    return told(row.holding, std::move(sentence));
}

}  // namespace aurelis::core
