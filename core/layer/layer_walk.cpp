// Walking over all that a layer holds, to count or remove what an invalidation hides.
#include "base/hash.hpp"
#include "layer/frame.hpp"
#include "layer/layer_parts.hpp"

namespace aurelis::core {

aurelis_status Layer::keep_found(CallContext& context, std::vector<std::string>& keys) {
    StoreHandle* const handle = gate().passable();
    if (handle == nullptr) return port_.unreachable(context);
    if (keys.empty() || (!beliefs_.may_hide() && (handle->caps() & AURELIS_CAP_EXPIRY) != 0)) return AURELIS_OK;
    std::vector<aurelis_key> asked;
    for (const std::string& key : keys)
        asked.push_back({key.data(), key.size(), hash_bytes(key.data(), key.size()), nullptr});
    std::vector<aurelis_entry> entries(asked.size());
    const uint32_t flags = context.call.flags;
    context.call.flags |= AURELIS_CALL_PEEK | AURELIS_CALL_NO_FILL;
    multi_get(context, asked.data(), asked.size(), entries.data());
    context.call.flags = flags;
    aurelis_status status = AURELIS_OK;
    std::vector<std::string> found;
    for (size_t i = 0; i < entries.size(); ++i) {
        status = std::min(status, entries[i].status);
        if (entries[i].status != AURELIS_OK && entries[i].status != AURELIS_STALE) continue;
        aurelis_buf_release(&entries[i].value);
        found.push_back(std::move(keys[i]));
    }
    keys = std::move(found);
    return status;
}

aurelis_status Layer::walk_page(CallContext& context, std::string_view prefix, std::string_view after,
                                uint64_t page_hint, const std::function<void(const HeldEntry&)>& visit,
                                std::string& next) {
    const OwnError own(context);
    StoreHandle* const handle = gate().passable();
    if (handle == nullptr) return port_.unreachable(context);
    const std::string_view kept = prefix.substr(0, StoredKey::kept_bytes(*handle, spec_.bare));
    std::vector<std::string> names;
    Pinned resume;
    const aurelis_status listed = port_.list_page(*handle, context, kept, after, page_hint, names, resume);
    if (listed < 0) return listed;
    next = resume.view();
    if (names.empty()) return AURELIS_OK;
    std::vector<aurelis_key> keys;
    for (const std::string& name : names)
        keys.push_back({name.data(), name.size(), hash_bytes(name.data(), name.size()), nullptr});
    std::vector<aurelis_entry> found(keys.size());
    const uint32_t flags = context.call.flags;
    context.call.flags |= AURELIS_CALL_PEEK;
    const aurelis_status read = port_.multi_get(*handle, context, keys.data(), keys.size(), found.data());
    context.call.flags = flags;
    if (read < 0) return read;
    for (size_t i = 0; i < found.size(); ++i) {
        if (found[i].status != AURELIS_OK) continue;
        const Pinned value(found[i].value);
        HeldEntry held{keys[i], found[i].meta, found[i].attrs, value.size()};
        FrameView frame;
        FormatIds formats;
        if (framed()) {
            if (open_frame(names[i], value.view(), frame) != FrameFault::kFine) continue;
            formats = FormatIds(frame);
            held.formats = formats.view();
            held.meta = frame.meta;
            held.meta.version = found[i].meta.version;
            held.attrs = bytes(frame.attrs);
            held.bytes = frame.stage_count != 0 ? frame.stages[0].size_before : frame.payload.size();
        }
        if (const std::string_view whole = StoredKey::whole_key(held.attrs); !whole.empty()) {
            held.key = {whole.data(), whole.size(), hash_bytes(whole.data(), whole.size()), nullptr};
            StoredKey::take_whole(held.key, true, held.attrs);
        }
        if (!std::string_view(static_cast<const char*>(held.key.data), held.key.size).starts_with(prefix)) continue;
        held.verdict = beliefs_.judge(held.key, held.meta, held.attrs, held.bytes, context.call.now_wall,
                                      held.formats);
        visit(held);
    }
    return AURELIS_OK;
}

}  // namespace aurelis::core
