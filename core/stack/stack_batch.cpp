// The stack's batches: the same walks as for one key, layer by layer. Keys are distinct; lanes are taken in the order
// of the hashes, so that two batches never wait for each other in a ring.
#include "stack/stack.hpp"

#include "layer/sliding.hpp"

#include <algorithm>
#include <numeric>

namespace aurelis::core {

void Stack::multi_get(CallContext& context, const aurelis_key* keys, size_t n, aurelis_entry* out, Lookup* lookups) {
    std::vector<Lookup> own(lookups == nullptr ? n : 0);
    if (lookups == nullptr) lookups = own.data();
    std::vector<uint32_t> open(n);
    std::iota(open.begin(), open.end(), 0u);
    for (size_t i = 0; i < n; ++i) {
        out[i] = aurelis_entry{};
        out[i].status = AURELIS_NOT_FOUND;
    }
    std::erase_if(open, [&](uint32_t i) {
        if (!order_.owes_removal(keys[i])) return false;
        order_.take_lease(keys[i].hash, lookups[i].lease);
        return true;
    });
    std::vector<aurelis_key> asked;
    std::vector<aurelis_entry> found;
    // If a layer has less time for keys with a stale copy at hand, those are asked for separately from the others.
    const auto ask = [&](size_t depth, size_t begin, size_t end, bool has_fallback) {
        if (begin == end) return;
        context.has_fallback = has_fallback;
        layers_[depth]->multi_get(context, asked.data() + begin, end - begin, found.data() + begin);
        context.has_fallback = false;
    };
    for (size_t depth = 0; depth < layers_.size() && !open.empty(); ++depth) {
        if (!asks(context, depth)) continue;
        size_t bare = open.size();
        if (layers_[depth]->spec().resilience.soft_timeout_ns != 0) {
            const auto has_none = [&](uint32_t i) { return out[i].status != AURELIS_STALE; };
            bare = static_cast<size_t>(std::stable_partition(open.begin(), open.end(), has_none) - open.begin());
        }
        asked.clear();
        for (uint32_t i : open) asked.push_back(keys[i]);
        found.assign(open.size(), aurelis_entry{});
        ask(depth, 0, bare, false);
        ask(depth, bare, open.size(), true);
        std::vector<uint32_t> still_open;
        for (size_t j = 0; j < open.size(); ++j) {
            const uint32_t i = open[j];
            aurelis_entry& hit = found[j];
            hit.layer = static_cast<uint16_t>(depth + 1);
            if (hit.status == AURELIS_OK) {
                if (out[i].status == AURELIS_STALE) aurelis_buf_release(&out[i].value);
                out[i] = hit;
                if (lookups[i].missed != 0) promote(context, keys[i], out[i], lookups[i]);
                if (is_sliding(out[i].meta)) slide(context, keys[i], out[i]);
                continue;
            }
            still_open.push_back(i);
            if (!lookups[i].lease.taken()) order_.take_lease(keys[i].hash, lookups[i].lease);
            if (hit.status == AURELIS_NOT_FOUND) {
                lookups[i].missed |= uint32_t{1} << depth;
                lookups[i].versions[depth] = hit.meta.version;
            } else if (hit.status == AURELIS_STALE) {
                lookups[i].held |= uint32_t{1} << depth;
                lookups[i].versions[depth] = hit.meta.version;
                const bool newer = out[i].status != AURELIS_STALE || out[i].meta.created_wall < hit.meta.created_wall;
                if (newer) std::swap(out[i], hit);
                if (hit.status == AURELIS_STALE) aurelis_buf_release(&hit.value);
            }
        }
        open.swap(still_open);
    }
}

void Stack::multi_write(CallContext& context, const aurelis_key* keys, const aurelis_write* writes, size_t n,
                        aurelis_status* each, const std::vector<bool>* persistent) {
    const KeyOrder::BatchLanes lanes(order_, keys, n, context.call.deadline_mono);
    ItemErrors errors;
    for (const uint32_t i : lanes.not_entered()) {
        const bool owed = (writes[i].flags & AURELIS_SET_REMOVE) != 0 && order_.owe_removal(keys[i]);
        each[i] = owed ? AURELIS_OK : AURELIS_E_TIMEOUT;
        if (!owed) errors.put(i, why_not_entered(context));
    }
    const std::vector<uint32_t>& entered = lanes.entered();
    if (entered.size() == n) return multi_write_in_lanes(context, keys, writes, n, each, persistent);
    std::vector<aurelis_key> some_keys;
    std::vector<aurelis_write> some_writes;
    std::vector<bool> some_persistent;
    for (const uint32_t i : entered) {
        some_keys.push_back(keys[i]);
        some_writes.push_back(writes[i]);
        some_persistent.push_back(persistent != nullptr && (*persistent)[i]);
    }
    std::vector<aurelis_status> some_each(entered.size());
    multi_write_in_lanes(context, some_keys.data(), some_writes.data(), entered.size(), some_each.data(),
                         &some_persistent);
    for (size_t j = 0; j < entered.size(); ++j) each[entered[j]] = some_each[j];
    for (const ItemErrors::One& one : context.item_errors) errors.put(entered[one.item], one.text);
    std::swap(context.item_errors, errors);
    if (!context.item_errors.empty()) context.error = context.item_errors.first();
}

void Stack::multi_fill(CallContext& context, size_t index, const aurelis_key* keys, const aurelis_write* writes,
                       Lookup* const* lookups, const std::vector<uint32_t>& items,
                       std::vector<aurelis_status>& each) {
    std::vector<aurelis_key> filled_keys;
    std::vector<aurelis_write> fills;
    std::vector<size_t> places;  // In `items`.
    each.assign(items.size(), AURELIS_NOT_STORED);
    for (size_t j = 0; j < items.size(); ++j) {
        aurelis_write write = writes[items[j]];
        if (!make_fill(index, *lookups[items[j]], write)) continue;
        filled_keys.push_back(keys[items[j]]);
        fills.push_back(write);
        places.push_back(j);
    }
    std::vector<aurelis_status> said(fills.size());
    layers_[index]->multi_fill(context, filled_keys.data(), fills.data(), fills.size(), said.data());
    std::vector<uint32_t> hidden;
    for (size_t k = 0; k < fills.size(); ++k) {
        const uint32_t item = items[places[k]];
        const bool is_hidden = is_hidden_in_bare(index, keys[item], writes[item]);
        if (is_hidden) hidden.push_back(item);
        each[places[k]] = is_hidden ? aurelis_status{AURELIS_CONFLICT} : said[k];
    }
    multi_take_back(context, index, keys, hidden);
}

void Stack::multi_take_back(CallContext& context, size_t index, const aurelis_key* keys,
                            const std::vector<uint32_t>& items) {
    if (items.empty()) return;
    std::vector<aurelis_key> taken;
    for (const uint32_t i : items) taken.push_back(keys[i]);
    aurelis_write removal{};
    removal.flags = AURELIS_SET_REMOVE;
    const std::vector<aurelis_write> removals(items.size(), removal);
    std::vector<aurelis_status> unused(items.size());
    layers_[index]->multi_write(context, taken.data(), removals.data(), items.size(), unused.data());
}

void Stack::multi_publish(CallContext& context, const aurelis_key* keys, const aurelis_write* writes,
                          Lookup* const* lookups, size_t n, aurelis_status* each) {
    const KeyOrder::BatchLanes lanes(order_, keys, n, context.call.deadline_mono,
                                     KeyOrder::BatchLanes::For::Publication);
    std::fill(each, each + n, AURELIS_E_TIMEOUT);
    std::vector<uint32_t> open;
    for (const uint32_t i : lanes.entered()) {
        const bool may = lookups[i]->lease.valid() &&
                         stamp_hiding(keys[i], writes[i].meta, writes[i].attrs, writes[i].value.size) == 0;
        each[i] = may ? AURELIS_NOT_STORED : AURELIS_CONFLICT;
        if (may) open.push_back(i);
    }
    const std::vector<uint32_t> allowed = open;
    std::vector<size_t> written;
    for (const size_t depth : publication_order()) {
        if (!writes_to(context, depth) || open.empty()) continue;
        std::vector<aurelis_status> said;
        multi_fill(context, depth, keys, writes, lookups, open, said);
        std::vector<uint32_t> refused, still_open;
        for (size_t j = 0; j < open.size(); ++j) {
            const uint32_t i = open[j];
            (said[j] == AURELIS_CONFLICT ? refused : still_open).push_back(i);
            if (said[j] == AURELIS_CONFLICT)
                each[i] = AURELIS_CONFLICT;
            else if (each[i] != AURELIS_OK && (said[j] == AURELIS_OK || said[j] < each[i]))
                each[i] = said[j];
        }
        for (const size_t taken_back : written) multi_take_back(context, taken_back, keys, refused);
        written.push_back(depth);
        open.swap(still_open);
    }
    for (const uint32_t i : allowed) order_.revoke_other_leases(keys[i].hash, lookups[i]->lease);
}

void Stack::multi_write_in_lanes(CallContext& context, const aurelis_key* keys, const aurelis_write* writes, size_t n,
                                 aurelis_status* each, const std::vector<bool>* persistent) {
    context.item_errors.clear();
    if (n == 0) return;
    for (size_t i = 0; i < n; ++i) order_.revoke_leases(keys[i].hash);
    struct Said {
        std::vector<aurelis_status> each;
        ItemErrors errors;
        std::string of_all{};  // For the items that have no text of their own.
    };
    std::vector<aurelis_write> removals;
    std::vector<Said> said(layers_.size(), Said{std::vector<aurelis_status>(n, AURELIS_NOT_STORED), {}});
    for (size_t depth = layers_.size(); depth-- > 0;) {
        // A layer that the call leaves out loses its old copies.
        if (!writes_to(context, depth) && removals.empty()) {
            removals.assign(writes, writes + n);
            for (aurelis_write& write : removals) write.flags = AURELIS_SET_REMOVE;
        }
        context.error.clear();
        layers_[depth]->multi_write(context, keys, writes_to(context, depth) ? writes : removals.data(), n,
                                    said[depth].each.data());
        std::swap(said[depth].errors, context.item_errors);
        std::swap(said[depth].of_all, context.error);
    }
    for (size_t i = 0; i < n; ++i) {
        aurelis_status column[kStackLayersMax];
        aurelis_status removal = AURELIS_NOT_FOUND;
        const Said* failed = nullptr;  // The highest layer that did, as without a batch.
        for (size_t depth = 0; depth < layers_.size(); ++depth) {
            const aurelis_status status = said[depth].each[i];
            column[depth] = writes_to(context, depth) || status < 0 ? status : AURELIS_NOT_STORED;
            if (status == AURELIS_OK && failed == nullptr) removal = AURELIS_OK;
            if (status >= 0 || failed != nullptr) continue;
            removal = status;
            failed = &said[depth];
        }
        const bool is_removal = (writes[i].flags & AURELIS_SET_REMOVE) != 0;
        const bool insists = !is_removal && persistent != nullptr && (*persistent)[i];
        each[i] = is_removal ? removal : summed_up(column, layers_.size());
        if (insists || each[i] < 0) {
            context.error = failed != nullptr ? failed->errors.of(i, failed->of_all) : std::string();
            if (insists) each[i] = insist(context, keys[i], column);
            if (each[i] < 0) context.item_errors.put(i, context.error);
        }
        order_.revoke_leases(keys[i].hash);
    }
    if (!context.item_errors.empty()) context.error = context.item_errors.first();
}

}  // namespace aurelis::core
