// The stack's batches: the same walks as for one key, layer by layer. Keys are distinct; lanes are taken in the order
// of the hashes, so that two batches never wait for each other in a ring.
#include "stack/stack.hpp"


#include <algorithm>
#include <numeric>

namespace aurelis::core {

void Stack::multi_get(CallContext& context, const aurelis_key* keys, size_t n, aurelis_entry* out) {
    std::vector<Lookup> lookups(n);
    std::vector<uint32_t> open(n);
    std::iota(open.begin(), open.end(), 0u);
    for (size_t i = 0; i < n; ++i) {
        out[i] = aurelis_entry{};
        out[i].status = AURELIS_NOT_FOUND;
    }
    open.erase(std::remove_if(open.begin(), open.end(),
                              [&](uint32_t i) { return order_.owes_removal(keys[i]); }),
               open.end());
    std::vector<aurelis_key> asked;
    std::vector<aurelis_entry> found;
    // Of a layer that has less time for keys with a stale copy at hand they are asked for apart from the others.
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
                continue;
            }
            still_open.push_back(i);
            if (!lookups[i].lease.taken()) order_.take_lease(keys[i].hash, lookups[i].lease);
            if (hit.status == AURELIS_NOT_FOUND) {
                lookups[i].missed |= uint32_t{1} << depth;
                lookups[i].versions[depth] = hit.meta.version;
            } else if (hit.status == AURELIS_STALE) {
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
    std::vector<uint32_t> order(n);
    std::iota(order.begin(), order.end(), 0u);
    std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return keys[a].hash < keys[b].hash; });
    std::vector<std::unique_ptr<Lane>> lanes;
    std::vector<uint32_t> entered;
    for (size_t j = 0; j < n; ++j) {
        const uint32_t i = order[j];
        order_.revoke_leases(keys[i].hash);
        // Two keys of one hash share a lane that this batch holds already.
        const bool held = j > 0 && keys[order[j - 1]].hash == keys[i].hash && !entered.empty() &&
                          keys[entered.back()].hash == keys[i].hash;
        if (!held) {
            auto lane = std::make_unique<Lane>(order_);
            if (!lane->enter(keys[i].hash, context.call.deadline_mono)) {
                const bool removal = (writes[i].flags & AURELIS_SET_REMOVE) != 0;
                const bool owed = removal && order_.owe_removal(keys[i]);
                each[i] = owed ? AURELIS_OK : AURELIS_E_TIMEOUT;
                continue;
            }
            lanes.push_back(std::move(lane));
        }
        entered.push_back(i);
    }
    std::sort(entered.begin(), entered.end());
    const size_t m = entered.size();
    std::vector<aurelis_key> some_keys(m);
    std::vector<aurelis_write> some_writes(m);
    for (size_t j = 0; j < m; ++j) {
        some_keys[j] = keys[entered[j]];
        some_writes[j] = writes[entered[j]];
    }
    std::vector<std::vector<aurelis_status>> said(layers_.size(), std::vector<aurelis_status>(m, AURELIS_NOT_STORED));
    for (size_t depth = layers_.size(); m != 0 && depth-- > 0;) {
        std::vector<aurelis_write> here = some_writes;
        if (!writes_to(context, depth))
            for (aurelis_write& write : here) write.flags = AURELIS_SET_REMOVE;
        layers_[depth]->multi_write(context, some_keys.data(), here.data(), m, said[depth].data());
    }
    for (size_t j = 0; j < m; ++j) {
        aurelis_status column[kStackLayersMax];
        aurelis_status removal = AURELIS_NOT_FOUND;
        for (size_t depth = 0; depth < layers_.size(); ++depth) {
            const aurelis_status status = said[depth][j];
            column[depth] = writes_to(context, depth) ? status : AURELIS_NOT_STORED;
            if (status < 0) removal = status;
            if (status == AURELIS_OK && removal >= 0) removal = AURELIS_OK;
        }
        const bool is_removal = (some_writes[j].flags & AURELIS_SET_REMOVE) != 0;
        const bool insists = !is_removal && persistent != nullptr && (*persistent)[entered[j]];
        each[entered[j]] = is_removal ? removal
                           : insists  ? insist(context, some_keys[j], column)
                                      : summed_up(column, layers_.size());
        order_.revoke_leases(some_keys[j].hash);
    }
}

}  // namespace aurelis::core
