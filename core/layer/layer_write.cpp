// The layer's writing half. Every way in which a write may not get through ends in a note (missed_writes), so that the
// layer never returns what an earlier write left there.
#include "base/hash.hpp"
#include "layer/layer_parts.hpp"
#include "layer/sliding.hpp"

#include <algorithm>

namespace aurelis::core {

// The life in this layer is the shorter of the entry's own and the layer's; the envelope is sealed around both.
aurelis_status Layer::prepare(CallContext& context, StoreHandle& handle, const StoredKey& stored,
                              const aurelis_write& write, Prepared& out) {
    out.write = write;
    if (write.value.size > spec_.max_value_bytes) {
        counters_.add(kTooLarge);
        context.error = spec_.place + ": layer " + spec_.name + ": the value has " + std::to_string(write.value.size) +
                        " bytes, max_value_bytes is " + std::to_string(spec_.max_value_bytes) +
                        "; raise it or store less";
        return AURELIS_E_TOO_LARGE;
    }
    out.write.meta.expires_wall = end_here(out.write.meta.expires_wall, context.call.now_wall);
    const int64_t idle = is_sliding(write.meta) && !spec_.bare ? idle_of(write.attrs) : 0;
    const int64_t end = out.write.meta.expires_wall;
    if (spec_.bare) out.write.attrs = aurelis_bytes{};
    if (idle != 0 && !framed()) {
        out.sliding_attrs = with_life_end(view(out.write.attrs), end);
        out.write.attrs = bytes(out.sliding_attrs);
    }
    if (stored.is_digest()) handle.limits().count(kKeysDigested);
    out.write.attrs = stored.attrs_to_store(out.write.attrs, out.attrs);
    if (framed()) {
        out.frame = envelope_.seal(&context.call, stored.key(), out.write);
        if (out.frame.raw().ops == nullptr)
            return failed(context, AURELIS_E_NOMEM, "out of memory while sealing a frame");
        out.write.value = out.frame.raw();
    }
    if (idle != 0) out.write.meta.expires_wall = sliding_end(context.call.now_wall, idle, end);
    return AURELIS_OK;
}

int64_t Layer::end_here(int64_t end, int64_t from) const noexcept {
    const auto limit = [&](int64_t most) {
        const int64_t its_end = saturating_add(from, most);
        if (end == 0 || its_end < end) end = its_end;
    };
    if (spec_.ttl && !spec_.ttl->never) limit(spec_.ttl->ns);
    if (const int64_t most = life_limit(); most != 0) limit(most);
    return end;
}

void Layer::slide(CallContext& context, const aurelis_key& key) {
    AURELIS_DEBUG_CHECK(is_in_lane(key));
    const OwnError own(context);
    StoreHandle* const handle = gate().passable();
    if (handle == nullptr || !can_slide() || !beliefs_.may_hold(key)) return;
    const StoredKey name = stored(*handle, key);
    aurelis_entry held{};
    const uint32_t flags = context.call.flags;
    context.call.flags |= AURELIS_CALL_PEEK | AURELIS_CALL_NO_FILL;
    const aurelis_status found = port_.get(*handle, context, name.key(), held, true);
    context.call.flags = flags;
    if (found != AURELIS_OK) return;
    std::string unused;
    const Verdict verdict = examine(context, key, name.is_digest() ? name.key() : key, held, unused);
    const int64_t idle = is_believed(verdict) && is_sliding(held.meta) ? idle_of(held.attrs) : 0;
    const int64_t end = idle == 0 ? 0 : sliding_end(context.call.now_wall, idle, held.meta.expires_wall);
    aurelis_buf_release(&held.value);
    if (idle != 0) port_.touch(*handle, context, name.key(), end);
}

// Notes that what the layer holds under the key is older than a write that it did not take.
void Layer::note(CallContext& context, const aurelis_key& key) {
    const int64_t stamp = runtime_.clock.next_stamp();
    const std::string_view prefix = keys_.category_prefix(text_of(key));
    bool kept = false;
    if (missed().note(key.hash, text_of(key), prefix, keys_.root, stamp))
        kept = events_.missed(text_of(key));
    else if (!prefix.empty())
        kept = events_.missed_prefix(prefix);
    if (!kept && (is_persistent() || is_shared())) context.left_outdated = true;
}

#ifndef NDEBUG
bool Layer::is_in_lane(const aurelis_key& key) const {
    return events_.in_lane == nullptr || KeySpace::is_of_the_cache(text_of(key)) || events_.in_lane(key.hash);
}
#endif

void Layer::settle(const aurelis_key& key) {
    AURELIS_DEBUG_CHECK(is_in_lane(key));
    if (missed().any() && missed().settle(key.hash, text_of(key))) events_.settled(text_of(key));
}

void Layer::note_prefix(std::string_view prefix, int64_t stamp) {
    missed().note_prefix(prefix, keys_.root, stamp);
    events_.missed_prefix(prefix);
}

void Layer::recall_missed(std::string_view key) {
    const int64_t stamp = runtime_.clock.next_stamp();
    missed().note(hash_bytes(key.data(), key.size()), key, keys_.category_prefix(key), keys_.root, stamp);
}

void Layer::recall_missed_prefix(std::string_view prefix) {
    missed().note_prefix(prefix, keys_.root, runtime_.clock.next_stamp());
}

// A write was given up, in a store that does not guarantee that it will not arrive later (missed_writes.hpp).
void Layer::doubt(CallContext& context, const aurelis_key& key, const aurelis_write& write, aurelis_status status) {
    constexpr uint64_t kNeverLate = AURELIS_SET_REMOVE | AURELIS_SET_IF_VERSION;
    if (status != AURELIS_E_TIMEOUT || (write.flags & kNeverLate) != 0) return;
    if ((caps() & (AURELIS_CAP_REMOTE | AURELIS_CAP_FENCED)) != AURELIS_CAP_REMOTE) return;
    missed().doubt(key.hash, text_of(key), write.meta.created_wall, write.meta.expires_wall, context.call.now_wall);
}

// A write for which the layer was not asked, since it is down. A write that only copies what others hold counts as not
// missed.
aurelis_status Layer::not_written(CallContext& context, const aurelis_key& key, uint32_t flags) {
    if ((flags & AURELIS_SET_FILL) == 0) note(context, key);
    return port_.unreachable(context);
}

// Counts the outcome of a write and makes sure that a value which is not admitted leaves nothing behind.
aurelis_status Layer::written(CallContext& context, const aurelis_key& key, const aurelis_write& write,
                              aurelis_status status) {
    const bool fill = (write.flags & AURELIS_SET_FILL) != 0;
    // Nothing has changed, so the old value is still there. When a copy is written, there is no older value.
    if (status == AURELIS_E_TOO_LARGE || (status == AURELIS_E_FULL && !fill)) {
        if (status == AURELIS_E_TOO_LARGE) counters_.add(kNotAdmitted);
        const std::string told = context.error;
        const aurelis_status gone = remove(context, key);
        if (gone >= 0) context.error = told;
        return gone < 0 ? gone : status;
    }
    if (status >= 0) {
        if (status != AURELIS_CONFLICT) settle(key);
        switch (status) {
            case AURELIS_NOT_STORED: counters_.add(kNotAdmitted); break;
            case AURELIS_CONFLICT: counters_.add(kConflicts); break;
            default: counters_.add(fill ? kFills : kSets); break;
        }
        return status;
    }
    doubt(context, key, write, status);
    // A copy that failed has changed nothing, unless it is unknown whether it arrived.
    if (!fill || status == AURELIS_E_TIMEOUT) note(context, key);
    return status;
}

aurelis_status Layer::set(CallContext& context, const aurelis_key& key, const aurelis_write& write) {
    AURELIS_DEBUG_CHECK(is_in_lane(key));
    const OwnError own(context);
    StoreHandle* const handle = gate().passable();
    if (handle == nullptr) return not_written(context, key, write.flags);
    // What the layer holds for a key with a note is unknown: no copies are written until it has been reconciled.
    if ((write.flags & AURELIS_SET_FILL) != 0 && !beliefs_.may_hold(key)) return not_read(context);
    const StoredKey name = stored(*handle, key);
    Prepared prepared;
    aurelis_status status = prepare(context, *handle, name, write, prepared);
    if (status == AURELIS_OK) status = port_.set(*handle, context, name.key(), prepared.write);
    return written(context, key, write, status);
}

aurelis_status Layer::remove(CallContext& context, const aurelis_key& key) {
    AURELIS_DEBUG_CHECK(is_in_lane(key));
    const OwnError own(context);
    StoreHandle* const handle = gate().passable();
    if (handle == nullptr) return not_written(context, key, 0);
    const aurelis_status status = port_.remove(*handle, context, stored(*handle, key).key());
    if (status < 0) {
        note(context, key);
        return status;
    }
    settle(key);
    counters_.add(kRemoves);
    return status;
}

void Layer::multi_write(CallContext& context, const aurelis_key* keys, const aurelis_write* writes, size_t n,
                        aurelis_status* each) {
    for (size_t i = 0; i < n; ++i) AURELIS_DEBUG_CHECK(is_in_lane(keys[i]));
    const OwnError own(context);
    context.item_errors.clear();
    StoreHandle* const handle = gate().passable();
    if (handle == nullptr) {
        for (size_t i = 0; i < n; ++i) each[i] = not_written(context, keys[i], writes[i].flags);
        return;
    }
    const StoredKeys names = stored(*handle, keys, n);
    std::vector<Prepared> prepared(n);
    std::vector<aurelis_write> ready(n);
    std::vector<bool> removal(n);
    ItemErrors errors;
    for (size_t i = 0; i < n; ++i) {
        removal[i] = (writes[i].flags & AURELIS_SET_REMOVE) != 0;
        each[i] = removal[i] ? aurelis_status{AURELIS_OK} : prepare(context, *handle, names[i], writes[i], prepared[i]);
        ready[i] = removal[i] ? writes[i] : prepared[i].write;
        // A value that is too large becomes a removal: the layer must hold nothing under the key.
        if (each[i] != AURELIS_OK) {
            errors.put(i, context.error);
            ready[i] = aurelis_write{};
            ready[i].flags = AURELIS_SET_REMOVE;
        }
    }
    std::vector<aurelis_status> said(n, AURELIS_OK);
    const OwnError refused(context);  // Errors of the layer itself are kept apart from those of the backend.
    const aurelis_status all = port_.multi_write(*handle, context, names.data(), ready.data(), n, said.data());
    const bool only_removals = std::find(removal.begin(), removal.end(), false) == removal.end();
    const auto is_copy = [](const aurelis_write& write) {
        return (write.flags & (AURELIS_SET_FILL | AURELIS_SET_REMOVE)) == AURELIS_SET_FILL;
    };
    if (all == AURELIS_E_FULL && !only_removals && !std::all_of(writes, writes + n, is_copy)) {
        std::fill(each, each + n, all);
        remove_for_want_of_room(context, keys, n);
        return context.item_errors.clear();
    }
    if (all < 0) {
        context.item_errors.clear();
        for (size_t i = 0; i < n; ++i) {
            // As for a single write: a copy that failed has changed nothing, unless it may arrive.
            if (!is_copy(writes[i]) || all == AURELIS_E_TIMEOUT || each[i] != AURELIS_OK) note(context, keys[i]);
            doubt(context, keys[i], writes[i], all);
            each[i] = all;
        }
        return;
    }
    const std::string told = context.error;
    for (size_t i = 0; i < n; ++i) {
        const bool failed = each[i] != AURELIS_OK || said[i] < 0;
        if (failed) context.error = said[i] < 0 ? context.error_of(i, told) : *errors.of(i);
        each[i] = batch_item_written(context, keys[i], writes[i], removal[i], each[i], said[i]);
        if (failed) errors.put(i, context.error);
    }
    context.error = told;
    std::swap(context.item_errors, errors);
}

void Layer::multi_fill(CallContext& context, const aurelis_key* keys, const aurelis_write* writes, size_t n,
                       aurelis_status* each) {
    std::vector<aurelis_key> some_keys;
    std::vector<aurelis_write> some_writes;
    std::vector<size_t> places;
    for (size_t i = 0; i < n; ++i) {
        if (!beliefs_.may_hold(keys[i])) {
            each[i] = not_read(context);
            continue;
        }
        some_keys.push_back(keys[i]);
        some_writes.push_back(writes[i]);
        places.push_back(i);
    }
    if (places.empty()) return;
    std::vector<aurelis_status> said(places.size());
    multi_write(context, some_keys.data(), some_writes.data(), places.size(), said.data());
    context.item_errors.clear();
    for (size_t j = 0; j < places.size(); ++j) each[places[j]] = said[j];
}

// A batch of writes found no room and changed nothing: removes its keys, so that none keeps its old value.
void Layer::remove_for_want_of_room(CallContext& context, const aurelis_key* keys, size_t n) {
    aurelis_write removal{};
    removal.flags = AURELIS_SET_REMOVE;
    const std::vector<aurelis_write> removals(n, removal);
    std::vector<aurelis_status> gone(n);
    const std::string told = context.error;
    multi_write(context, keys, removals.data(), n, gone.data());
    if (!told.empty()) context.error = told;
}

// One item of a batch: `own` is the layer's own status for it, `said` that of the backend.
aurelis_status Layer::batch_item_written(CallContext& context, const aurelis_key& key, const aurelis_write& write,
                                         bool removal, aurelis_status own, aurelis_status said) {
    if (!removal && own == AURELIS_OK) return written(context, key, write, said);
    if (said < 0) {
        note(context, key);
    } else {
        settle(key);
        counters_.add(kRemoves);
    }
    if (!removal) counters_.add(kNotAdmitted);
    if (!removal) return said < 0 ? said : own;
    return said < 0 || said == AURELIS_NOT_FOUND ? said : aurelis_status{AURELIS_OK};
}

aurelis_status Layer::remove_older(CallContext& context, std::string_view prefix, Older older, uint64_t& removed) {
    const OwnError own(context);
    StoreHandle* const handle = gate().passable();
    const auto missed = [&](aurelis_status status) {
        note_prefix(prefix, older.stamp);
        return status;
    };
    if (handle == nullptr) return missed(port_.unreachable(context));
    const aurelis_status status = drop_older(*handle, context, prefix, older, removed);
    if (status < 0) return missed(status);
    if (beliefs_.missed().any() && beliefs_.missed().settle_prefix(prefix, older.stamp)) events_.settled_prefix(prefix);
    return status;
}

// Uses the most specific condition that the store supports.
aurelis_status Layer::drop_older(StoreHandle& handle, CallContext& context, std::string_view prefix, Older older,
                                 uint64_t& removed) {
    aurelis_match match{};
    match.struct_size = sizeof match;
    match.prefix = bytes(prefix);
    match.created_before = older.stamp;
    match.created_beyond = older.beyond;
    aurelis_status status = port_.remove_matching(handle, context, match, removed);
    if (status == AURELIS_E_UNSUPPORTED) {
        match.created_before = match.created_beyond = 0;
        status = port_.remove_matching(handle, context, match, removed);
    }
    return status == AURELIS_E_UNSUPPORTED ? remove_by_scan(handle, context, prefix, removed) : status;
}

// For stores that cannot remove by condition: list, then remove one by one. What has been set since goes, too, which
// costs a miss and never a wrong answer.
aurelis_status Layer::remove_by_scan(StoreHandle& handle, CallContext& context, std::string_view prefix,
                                     uint64_t& removed) {
    removed = 0;
    return port_.list(handle, context, prefix, [&](const std::vector<std::string>& page) -> aurelis_status {
        for (const std::string& name : page) {
            const aurelis_key key{name.data(), name.size(), hash_bytes(name.data(), name.size()), nullptr};
            const aurelis_status gone = port_.remove(handle, context, key);
            if (gone < 0) return gone;
            removed += gone == AURELIS_OK ? 1 : 0;
        }
        return AURELIS_OK;
    });
}

aurelis_status Layer::remove_from_future(CallContext& context, std::string_view prefix) {
    const OwnError own(context);
    StoreHandle* const handle = gate().passable();
    if (handle == nullptr) return port_.unreachable(context);
    aurelis_match match{};
    match.struct_size = sizeof match;
    match.prefix = bytes(prefix);
    match.created_before = 1;
    match.created_beyond = saturating_add(context.call.now_wall, kClockSkewNs);
    uint64_t removed = 0;
    const aurelis_status status = port_.remove_matching(*handle, context, match, removed);
    return status == AURELIS_E_UNSUPPORTED ? aurelis_status{AURELIS_OK} : status;
}

void Layer::drop(CallContext& context, const aurelis_key& key, uint64_t version) {
    AURELIS_DEBUG_CHECK(is_in_lane(key));
    const OwnError own(context);
    StoreHandle* const handle = gate().passable();
    if (handle == nullptr || drop_version(*handle, context, key, version) < 0) note(context, key);
}

bool Layer::drop_hidden(CallContext& context, const aurelis_key& key, uint64_t version) {
    AURELIS_DEBUG_CHECK(is_in_lane(key));
    const OwnError own(context);
    StoreHandle* const handle = gate().passable();
    if (handle == nullptr) return false;
    // Without a version, what has been written since could be lost.
    const bool compares = version != 0 && (handle->caps() & AURELIS_CAP_CAS) != 0;
    if (!compares && look(context, key).holding != Holding::Invalidated) return false;
    return drop_version(*handle, context, key, version) == AURELIS_OK;
}

// Version 0: any.
aurelis_status Layer::drop_version(StoreHandle& handle, CallContext& context, const aurelis_key& key,
                                   uint64_t version) {
    aurelis_write removal{};
    removal.flags = AURELIS_SET_REMOVE | AURELIS_SET_FILL;
    if (version != 0 && (handle.caps() & AURELIS_CAP_CAS) != 0) {
        removal.flags |= AURELIS_SET_IF_VERSION;
        removal.if_version = version;
    }
    aurelis_status each = AURELIS_OK;
    const StoredKey name = stored(handle, key);
    const aurelis_status status = port_.multi_write(handle, context, &name.key(), &removal, 1, &each);
    return status < 0 ? status : each;
}

aurelis_status Layer::write_own(CallContext& context, StoreHandle& handle, const aurelis_key& name,
                                const aurelis_write& write) {
    const OwnError own(context);
    return port_.set(handle, context, name, write);
}

aurelis_status Layer::read_own(CallContext& context, StoreHandle& handle, const aurelis_key& name, std::string& value,
                               uint64_t& version) {
    OwnEntry entry;
    const aurelis_status status = multi_read_own(context, handle, &name, 1, &entry);
    value = std::move(entry.value);
    version = entry.version;
    return status < 0 ? status : entry.status;
}

aurelis_status Layer::multi_read_own(CallContext& context, StoreHandle& handle, const aurelis_key* names, size_t n,
                                     OwnEntry* out) {
    const OwnError own(context);
    const uint32_t flags = context.call.flags;
    context.call.flags |= AURELIS_CALL_PEEK;
    std::vector<aurelis_entry> found(n);
    const aurelis_status all = port_.multi_get(handle, context, names, n, found.data());
    context.call.flags = flags;
    if (all < 0) return all;
    for (size_t i = 0; i < n; ++i) {
        out[i].status = found[i].status;
        out[i].version = found[i].meta.version;
        if (found[i].status != AURELIS_OK) continue;
        const Pinned text(found[i].value);
        // Anything longer was not written by us.
        if (text.size() != 0 && text.size() <= kOwnBytesMax && found[i].value.data != nullptr)
            out[i].value = text.view();
    }
    return AURELIS_OK;
}

aurelis_status Layer::leave_note(CallContext& context, const aurelis_key& name) {
    StoreHandle* const handle = gate().passable();
    if (handle == nullptr) return AURELIS_E_UNAVAILABLE;
    aurelis_write note{};
    note.value = borrowed("");
    note.meta.created_wall = context.call.now_wall;
    return write_own(context, *handle, name, note);
}

bool Layer::has_note(CallContext& context, const aurelis_key& name) {
    StoreHandle* const handle = gate().passable();
    std::string value;
    uint64_t version = 0;
    return handle != nullptr && read_own(context, *handle, name, value, version) == AURELIS_OK;
}

// The key of an entry that the store lists under this name: the name itself unless it is a digest.
std::string Layer::key_of_name(StoreHandle& handle, CallContext& context, std::string name) {
    if (!StoredKey::may_be_digest(handle, spec_.bare, name)) return name;
    const aurelis_key key{name.data(), name.size(), hash_bytes(name.data(), name.size()), nullptr};
    const uint32_t flags = context.call.flags;
    context.call.flags |= AURELIS_CALL_PEEK;
    aurelis_entry entry{};
    const aurelis_status status = port_.get(handle, context, key, entry, true);
    context.call.flags = flags;
    if (status != AURELIS_OK) return name;
    const Pinned held(entry.value);
    FrameView frame;
    if (framed() && open_frame(name, held.view(), frame) != FrameFault::kFine) return name;
    const std::string_view whole = StoredKey::whole_key(framed() ? bytes(frame.attrs) : entry.attrs);
    return whole.empty() ? name : std::string(whole);
}

aurelis_status Layer::list(CallContext& context, std::string_view prefix,
                           const std::function<bool(std::string_view key)>& show) {
    const OwnError own(context);
    StoreHandle* const handle = gate().passable();
    if (handle == nullptr) return port_.unreachable(context);
    bool enough = false;
    const std::string_view kept = prefix.substr(0, StoredKey::kept_bytes(*handle, spec_.bare));
    const aurelis_status status = port_.list(*handle, context, kept, [&](const std::vector<std::string>& page) {
        for (const std::string& name : page) {
            const std::string key = key_of_name(*handle, context, name);
            if (key.starts_with(prefix) && !show(key)) return enough = true, aurelis_status{AURELIS_PARTIAL};
        }
        return aurelis_status{AURELIS_OK};
    });
    return enough ? aurelis_status{AURELIS_OK} : status;
}

aurelis_status Layer::list_page(CallContext& context, std::string_view prefix, std::string_view after,
                                uint64_t page_hint, std::vector<std::string>& keys, std::string& next) {
    const OwnError own(context);
    StoreHandle* const handle = gate().passable();
    if (handle == nullptr) return port_.unreachable(context);
    Pinned resume;
    const std::string_view kept = prefix.substr(0, StoredKey::kept_bytes(*handle, spec_.bare));
    const aurelis_status status = port_.list_page(*handle, context, kept, after, page_hint, keys, resume);
    for (std::string& name : keys) name = key_of_name(*handle, context, std::move(name));
    std::erase_if(keys, [&](const std::string& key) { return !key.starts_with(prefix); });
    next = resume.view();
    return status;
}

aurelis_status Layer::size(CallContext& context, aurelis_size& out) {
    const OwnError own(context);
    StoreHandle* const handle = gate().passable();
    return handle == nullptr ? port_.unreachable(context) : port_.size(*handle, context, out);
}

aurelis_status Layer::stats(CallContext& context, aurelis_stat_fn tell, void* user) {
    const OwnError own(context);
    StoreHandle* const handle = gate().passable();
    return handle == nullptr ? port_.unreachable(context) : port_.stats(*handle, context, tell, user);
}

aurelis_status Layer::flush(CallContext& context) {
    const OwnError own(context);
    StoreHandle* const handle = gate().passable();
    return handle == nullptr ? port_.unreachable(context) : port_.flush(*handle, context);
}

}  // namespace aurelis::core
