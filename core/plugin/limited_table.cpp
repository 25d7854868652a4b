#include "plugin/limited_table.hpp"

#include "plugin/relayed_call.hpp"
#include "plugin/store_handle.hpp"

#include <new>
#include <string>
#include <vector>

namespace aurelis::core {
namespace {

// Checks one write against the limits and reports to its caller if it is refused; else AURELIS_OK.
aurelis_status refuse_write(StoreLimits& limits, aurelis_call* call, const aurelis_key& key,
                            const aurelis_write& write) {
    std::string why;
    if (!limits.takes_key(key)) {
        limits.count(kKeysRefused);
        why = "the key has " + std::to_string(key.size) + " bytes, the store takes at most " +
              std::to_string(limits.said().key_max) + "; only the other layers hold it; use shorter names";
    } else if (!limits.takes_value(write.value.size)) {
        limits.count(kValuesRefused);
        why = "the value has " + std::to_string(write.value.size) + " bytes as this layer stores it, the store takes " +
              "at most " + std::to_string(limits.said().value_max) + "; store less, or let a stage compress it";
    } else {
        return AURELIS_OK;
    }
    if (call != nullptr && call->set_error != nullptr)
        call->set_error(call, AURELIS_E_TOO_LARGE, why.data(), why.size());
    return AURELIS_E_TOO_LARGE;
}

}  // namespace

StoreHandle& LimitedTable::self(aurelis_store* store) noexcept { return *static_cast<StoreHandle*>(store->host_data); }

void LimitedTable::install(aurelis_store_ops& ops, bool has_batches) noexcept {
    ops.get = &LimitedTable::get;
    ops.set = &LimitedTable::set;
    ops.remove = &LimitedTable::remove;
    ops.touch = &LimitedTable::touch;
    if (!has_batches) return;
    ops.multi_get = &LimitedTable::multi_get;
    ops.multi_write = &LimitedTable::multi_write;
}

aurelis_status LimitedTable::get(aurelis_store* store, aurelis_call* call, const aurelis_key* key,
                                 aurelis_entry* out) noexcept {
    StoreHandle& me = self(store);
    return me.limits().takes_key(*key) ? me.behind_limits().get(store, call, key, out)
                                       : aurelis_status{AURELIS_NOT_FOUND};
}

aurelis_status LimitedTable::set(aurelis_store* store, aurelis_call* call, const aurelis_key* key,
                                 const aurelis_write* write, uint64_t* version) noexcept {
    StoreHandle& me = self(store);
    try {
        if (const aurelis_status no = refuse_write(me.limits(), call, *key, *write); no != AURELIS_OK) return no;
    } catch (const std::bad_alloc&) {
        return AURELIS_E_TOO_LARGE;
    }
    aurelis_write within = *write;
    within.meta.expires_wall =
        me.limits().end_of_life(aurelis_call_wall(call, me.services().table()), write->meta.expires_wall);
    return me.behind_limits().set(store, call, key, &within, version);
}

aurelis_status LimitedTable::remove(aurelis_store* store, aurelis_call* call, const aurelis_key* key) noexcept {
    StoreHandle& me = self(store);
    return me.limits().takes_key(*key) ? me.behind_limits().remove(store, call, key)
                                       : aurelis_status{AURELIS_NOT_FOUND};
}

aurelis_status LimitedTable::touch(aurelis_store* store, aurelis_call* call, const aurelis_key* key,
                                   int64_t expires) noexcept {
    StoreHandle& me = self(store);
    if (!me.limits().takes_key(*key)) return AURELIS_NOT_FOUND;
    const int64_t end = me.limits().end_of_life(aurelis_call_wall(call, me.services().table()), expires);
    return me.behind_limits().touch(store, call, key, end);
}

// The items of a batch that the store is asked for, in parts that it takes, and their common outcome.
class LimitedTable::Parts {
public:
    Parts(StoreLimits& limits, aurelis_call* call) : limits_(limits), call_(call) {}

    void add(size_t item) { items_.push_back(item); }
    // ask(call, items, n) asks for one part; a status below 0 applies to each item of the part.
    template <typename Ask, typename Fail>
    void run(Ask&& ask, Fail&& fail) {
        const uint64_t most = limits_.said().batch_max != 0 ? limits_.said().batch_max : items_.size();
        if (items_.size() > most) limits_.count(kBatchesCut);
        for (size_t begin = 0; begin < items_.size();) {
            const size_t n = std::min<size_t>(most, items_.size() - begin);
            const size_t* const items = items_.data() + begin;
            RelayedCall relayed(call_, items);
            const aurelis_status status = ask(relayed.for_part(), items, n);
            ++parts_;
            if (status < 0) {
                ++failed_;
                worst_ = status;
                for (size_t i = 0; i < n; ++i) fail(items[i], status);
            } else if (status != AURELIS_OK) {
                partial_ = true;
            }
            begin += n;
        }
    }
    void refused_one() noexcept { partial_ = true; }
    // The status as the function for a whole batch returns it.
    aurelis_status outcome() const noexcept {
        if (failed_ != 0 && failed_ == parts_ && parts_ == 1 && !partial_) return worst_;
        return failed_ != 0 || partial_ ? aurelis_status{AURELIS_PARTIAL} : aurelis_status{AURELIS_OK};
    }

private:
    StoreLimits& limits_;
    aurelis_call* const call_;
    std::vector<size_t> items_;
    size_t parts_ = 0;
    size_t failed_ = 0;
    bool partial_ = false;
    aurelis_status worst_ = AURELIS_OK;
};

aurelis_status LimitedTable::multi_get(aurelis_store* store, aurelis_call* call, const aurelis_key* keys, size_t n,
                                       aurelis_entry* out) noexcept {
    StoreHandle& me = self(store);
    try {
        Parts parts(me.limits(), call);
        for (size_t i = 0; i < n; ++i) {
            if (me.limits().takes_key(keys[i])) {
                parts.add(i);
                continue;
            }
            out[i] = aurelis_entry{};
            out[i].status = AURELIS_NOT_FOUND;
        }
        std::vector<aurelis_key> asked;
        std::vector<aurelis_entry> found;
        const auto ask = [&](aurelis_call* part, const size_t* items, size_t count) {
            asked.clear();
            for (size_t i = 0; i < count; ++i) asked.push_back(keys[items[i]]);
            found.assign(count, aurelis_entry{});
            const aurelis_status status =
                me.behind_limits().multi_get(store, part, asked.data(), count, found.data());
            if (status >= 0)
                for (size_t i = 0; i < count; ++i) out[items[i]] = found[i];
            return status;
        };
        parts.run(ask, [&](size_t item, aurelis_status status) {
            out[item] = aurelis_entry{};
            out[item].status = status;
        });
        return parts.outcome();
    } catch (const std::bad_alloc&) {
        for (size_t i = 0; i < n; ++i)  // Releases what was found in earlier parts.
            if (out[i].status == AURELIS_OK) aurelis_buf_release(&out[i].value);
        return AURELIS_E_NOMEM;
    }
}

aurelis_status LimitedTable::multi_write(aurelis_store* store, aurelis_call* call, const aurelis_key* keys,
                                         const aurelis_write* writes, size_t n, aurelis_status* each,
                                         uint64_t* versions) noexcept {
    StoreHandle& me = self(store);
    try {
        Parts parts(me.limits(), call);
        RelayedCall relayed(call);
        for (size_t i = 0; i < n; ++i) {
            const bool removes = (writes[i].flags & AURELIS_SET_REMOVE) != 0;
            if (removes && !me.limits().takes_key(keys[i])) {
                each[i] = AURELIS_NOT_FOUND;
                continue;
            }
            const aurelis_status no =
                removes ? aurelis_status{AURELIS_OK}
                        : refuse_write(me.limits(), relayed.for_item(i), keys[i], writes[i]);
            if (no == AURELIS_OK) {
                parts.add(i);
                continue;
            }
            each[i] = no;
            parts.refused_one();
        }
        const int64_t now = aurelis_call_wall(call, me.services().table());
        std::vector<aurelis_key> some_keys;
        std::vector<aurelis_write> some_writes;
        std::vector<aurelis_status> said;
        std::vector<uint64_t> made;
        const auto ask = [&](aurelis_call* part, const size_t* items, size_t count) {
            some_keys.clear();
            some_writes.clear();
            for (size_t i = 0; i < count; ++i) {
                some_keys.push_back(keys[items[i]]);
                aurelis_write& write = some_writes.emplace_back(writes[items[i]]);
                if ((write.flags & AURELIS_SET_REMOVE) == 0)
                    write.meta.expires_wall = me.limits().end_of_life(now, write.meta.expires_wall);
            }
            said.assign(count, AURELIS_OK);
            made.assign(count, 0);
            const aurelis_status status =
                me.behind_limits().multi_write(store, part, some_keys.data(), some_writes.data(), count, said.data(),
                                               versions != nullptr ? made.data() : nullptr);
            if (status < 0) return status;
            for (size_t i = 0; i < count; ++i) {
                each[items[i]] = said[i];
                if (versions != nullptr) versions[items[i]] = made[i];
            }
            return status;
        };
        parts.run(ask, [&](size_t item, aurelis_status status) { each[item] = status; });
        return parts.outcome();
    } catch (const std::bad_alloc&) {
        return AURELIS_E_NOMEM;
    }
}

}  // namespace aurelis::core
