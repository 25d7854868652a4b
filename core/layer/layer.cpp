// The reading half of the layer, and what both halves share. Writing: layer_write.cpp; for explain: layer_look.cpp.
#include "layer/layer.hpp"

#include "base/buffer.hpp"
#include "layer/layer_parts.hpp"
#include "layer/sliding.hpp"

namespace aurelis::core {

Layer::Layer(Runtime& runtime, LayerSpec spec, const KeySpace& keys, const Stamps& stamps, bool highest,
             LayerEvents events)
    : runtime_(runtime),
      spec_(std::move(spec)),
      keys_(keys),
      events_(std::move(events)),
      envelope_(spec_.shelf, spec_.stages, spec_.max_value_bytes),
      beliefs_(runtime.clock, stamps, spec_.bare),
      port_(runtime, {spec_.name, spec_.backend, spec_.place, spec_.component, spec_.options, spec_.resilience},
            {events_.returns, events_.started, events_.serves}, counters_, highest) {}

void Layer::remark_on_future(int64_t ahead_ns) {
    port_.gate().remark("an entry is a miss: by the clock of this machine it was created " +
                 std::to_string(ahead_ns / 1'000'000'000) +
                 " s from now; the clocks of the machines that share the layer differ by more than 1 s, or this one "
                 "was set back while the cache was closed; synchronize the clocks");
}

// Judges what a backend returned with OK. If it is believed, out is the entry as callers get it; else out still owns
// the stored bytes, and why may say more than the verdict.
Verdict Layer::examine(CallContext& context, const aurelis_key& key, const aurelis_key& name, aurelis_entry& out,
                       std::string& why) {
    if (out.value.size != 0 && out.value.data == nullptr) return Verdict::Damaged;
    if (out.attrs.size != 0 && out.attrs.data == nullptr) return Verdict::Damaged;
    FormatIds formats;
    if (framed()) {
        switch (envelope_.open(&context.call, name, out, formats, why)) {
            case DecodeFault::kRead: break;
            case DecodeFault::kDamaged:
            case DecodeFault::kNoMemory: return Verdict::Damaged;
            case DecodeFault::kOversized: return Verdict::Oversized;
            case DecodeFault::kNoSerializer: return Verdict::NoSerializer;
            case DecodeFault::kNoDictionary: return Verdict::NoDictionary;
        }
    }
    if (spec_.bare) {  // Of a bare value, only the end of its life can be known.
        const int64_t expires = out.meta.expires_wall;
        const uint64_t version = out.meta.version;
        out.meta = aurelis_meta{};
        out.meta.created_wall = context.call.now_wall;
        out.meta.expires_wall = expires;
        out.meta.version = version;
        out.attrs = aurelis_bytes{};
    }
    if ((out.attrs.size != 0 || &name != &key) && !StoredKey::take_whole(key, &name != &key, out.attrs))
        return Verdict::OtherIdentity;
    if (is_sliding(out.meta) && !framed()) [[unlikely]] take_life_end(out.attrs, out.meta.expires_wall);
    const Verdict verdict = beliefs_.judge(key, out.meta, out.attrs, out.value.size, context.call.now_wall,
                                           framed() ? formats.view() : std::string_view());
    if (verdict == Verdict::Softened) [[unlikely]] {  // Unless its ttl had ended before.
        const int64_t now = context.call.now_wall;
        if (out.meta.stale_wall == 0 || out.meta.stale_wall > now) out.meta.stale_wall = now;
    }
    return verdict;
}

aurelis_status Layer::accept(CallContext& context, const aurelis_key& key, const aurelis_key& name, aurelis_entry& out,
                             bool& stale) {
    std::string why;
    const Verdict verdict = examine(context, key, name, out, why);
    if (!is_believed(verdict)) return turn_down(context, key, verdict, why, out);
    stale = is_stale(verdict);
    if (counts(context)) counters_.add(stale ? kStaleFound : kHits);
    return AURELIS_OK;
}

// Turns the entry into a miss; only its version is kept, for conditional writes.
aurelis_status Layer::turn_down(CallContext& context, const aurelis_key& key, Verdict verdict, const std::string& why,
                                aurelis_entry& out) {
    switch (verdict) {
        case Verdict::FromFuture: remark_on_future(out.meta.created_wall - context.call.now_wall); break;
        // If something is missing that is needed to read the entry, the owner of the cache can fix that.
        case Verdict::NoSerializer:
        case Verdict::NoDictionary: port_.gate().remark("an entry is a miss: " + why); break;
        case Verdict::LateWrite:
            if (spec_.bare) break;
            missed().has_come(key.hash, text_of(key), out.meta.created_wall);
            note(context, key);
            break;
        default: break;
    }
    const uint64_t version = out.meta.version;
    aurelis_buf_release(&out.value);
    out = aurelis_entry{};
    out.meta.version = version;
    if (counts(context)) {
        counters_.add(row_of(verdict).counter);
        counters_.add(kMisses);
    }
    return AURELIS_NOT_FOUND;
}

aurelis_status Layer::get(CallContext& context, const aurelis_key& key, aurelis_entry& out, bool& stale) {
    const OwnError own(context);
    StoreHandle* const handle = gate().passable();
    if (handle == nullptr) return port_.unreachable(context);
    if (!beliefs_.may_hold(key)) return not_read(context);
    out.meta.version = 0;
    if (key.size > handle->limits().key_max()) [[unlikely]] return get_longer(*handle, context, key, out, stale);
    beliefs_.expect(key);
    const aurelis_status status = port_.get(*handle, context, key, out);
    if (status == AURELIS_OK) return accept(context, key, key, out, stale);
    if (status == AURELIS_NOT_FOUND && counts(context)) counters_.add(kMisses);
    return status;
}

aurelis_status Layer::get_longer(StoreHandle& handle, CallContext& context, const aurelis_key& key, aurelis_entry& out,
                                 bool& stale) {
    const StoredKey name = stored(handle, key);
    const aurelis_status status = port_.get(handle, context, name.key(), out);
    if (status == AURELIS_OK) return accept(context, key, name.key(), out, stale);
    if (status == AURELIS_NOT_FOUND && counts(context)) counters_.add(kMisses);
    return status;
}

void Layer::multi_get(CallContext& context, const aurelis_key* keys, size_t n, aurelis_entry* out) {
    const OwnError own(context);
    StoreHandle* const handle = gate().passable();
    for (size_t i = 0; i < n; ++i) out[i] = aurelis_entry{};
    if (handle == nullptr) {
        const aurelis_status status = port_.unreachable(context);
        for (size_t i = 0; i < n; ++i) out[i].status = status;
        return;
    }
    if (missed().any()) return multi_get_but_missed(context, keys, n, out);
    multi_get_from(*handle, context, keys, n, out);
}

// Leaves out the keys that have a note and asks for the others.
void Layer::multi_get_but_missed(CallContext& context, const aurelis_key* keys, size_t n, aurelis_entry* out) {
    std::vector<aurelis_key> asked;
    std::vector<size_t> place;
    for (size_t i = 0; i < n; ++i) {
        if (!beliefs_.may_hold(keys[i])) {
            out[i].status = not_read(context);
            continue;
        }
        asked.push_back(keys[i]);
        place.push_back(i);
    }
    StoreHandle* const handle = gate().passable();
    if (asked.empty() || handle == nullptr) {
        for (const size_t i : place) out[i].status = port_.unreachable(context);
        return;
    }
    std::vector<aurelis_entry> found(asked.size());
    multi_get_from(*handle, context, asked.data(), asked.size(), found.data());
    for (size_t j = 0; j < place.size(); ++j) out[place[j]] = found[j];
}

void Layer::multi_get_from(StoreHandle& handle, CallContext& context, const aurelis_key* keys, size_t n,
                           aurelis_entry* out) {
    const OwnError own(context);  // Errors about keys that are not asked for do not belong to the others.
    const StoredKeys names = stored(handle, keys, n);
    const aurelis_status all = port_.multi_get(handle, context, names.data(), n, out);
    for (size_t i = 0; i < n; ++i) {
        if (all < 0) {
            out[i].status = all;
        } else if (out[i].status == AURELIS_OK) {
            bool stale = false;
            const aurelis_status accepted = accept(context, keys[i], names[i].key(), out[i], stale);
            out[i].status = accepted == AURELIS_OK && stale ? AURELIS_STALE : accepted;
        } else if (out[i].status == AURELIS_NOT_FOUND) {
            if (counts(context)) counters_.add(kMisses);
        }
    }
}

aurelis_status Layer::not_read(CallContext& context) {
    counters_.add(kNotRead);
    context.error = spec_.place + ": layer " + spec_.name +
                    ": a write of the key did not reach it; the key is not read there until the layer is reconciled";
    context.error_status = AURELIS_E_UNAVAILABLE;
    return AURELIS_E_UNAVAILABLE;
}

}  // namespace aurelis::core
