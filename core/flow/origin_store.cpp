#include "flow/origin_store.hpp"

#include "layer/health.hpp"
#include "plugin/table_gaps.hpp"

#include <aurelis/base/bytes.hpp>

namespace aurelis::core {

struct OriginStore::Table {
    static OriginStore& self(aurelis_store* s) noexcept { return *static_cast<OriginStore*>(s->self); }

    static aurelis_status get(aurelis_store* s, aurelis_call* call, const aurelis_key* key,
                              aurelis_entry* out) noexcept {
        try {
            CallScope scope(self(s).runtime_, call);
            return scope.end(self(s).get(scope, *key, *out), *key);
        } catch (...) {
            return refuse(call, AURELIS_E_NOMEM, "out of memory");
        }
    }
    // Through the door to the backend that is configured.
    static aurelis_status set(aurelis_store* s, aurelis_call* call, const aurelis_key* key, const aurelis_write* write,
                              uint64_t* version) noexcept {
        return write_one(s, call, *key, "set", [&](StoreHandle& store, aurelis_call& with) {
            return store.ops().set(store.store(), &with, key, write, version);
        });
    }
    static aurelis_status remove(aurelis_store* s, aurelis_call* call, const aurelis_key* key) noexcept {
        return write_one(s, call, *key, "remove", [&](StoreHandle& store, aurelis_call& with) {
            return store.ops().remove(store.store(), &with, key);
        });
    }
    static aurelis_status multi_write(aurelis_store* s, aurelis_call* call, const aurelis_key* keys,
                                      const aurelis_write* writes, size_t n, aurelis_status* each,
                                      uint64_t* versions) noexcept {
        return through(s, call, [&](OriginDoor& door, CallScope& scope) {
            CallContext& context = scope.context();
            aurelis_status all = AURELIS_OK;
            bool was_made = false;
            const auto work = [&](StoreHandle& store, aurelis_call& with) {
                was_made = true;
                all = store.ops().multi_write(store.store(), &with, keys, writes, n, each, versions);
                return all < 0 ? all : worst_of(context, each, n);
            };
            const aurelis_status judged = door.call_store(context, "multi_write", work);
            if (all < 0 || !was_made) return scope.end(judged);
            scope.end_batch(keys, n, each);
            return all;
        });
    }
    static aurelis_status flush(aurelis_store* s, aurelis_call* call) noexcept {
        if (self(s).door_ == nullptr) return AURELIS_OK;
        return through(s, call,
                       [](OriginDoor& door, CallScope& scope) { return scope.end(door.flush(scope.context())); });
    }
    static void destroy(aurelis_store*) noexcept {}

    // work(door, scope), if the origin can be written.
    template <typename Work>
    static aurelis_status through(aurelis_store* s, aurelis_call* call, Work&& work) noexcept {
        OriginDoor* const door = self(s).door_;
        if (door == nullptr) return refuse(call);
        try {
            CallScope scope(self(s).runtime_, call);
            return work(*door, scope);
        } catch (...) {
            return refuse(call, AURELIS_E_NOMEM, "out of memory");
        }
    }
    template <typename Work>
    static aurelis_status write_one(aurelis_store* s, aurelis_call* call, const aurelis_key& key, const char* what,
                                    Work&& work) noexcept {
        return through(s, call, [&](OriginDoor& door, CallScope& scope) {
            return scope.end(door.call_store(scope.context(), what, work), key);
        });
    }
    // The status by which a batch is judged, that of an item which shows an outage before any other failure;
    // context.error becomes its reason.
    static aurelis_status worst_of(CallContext& context, const aurelis_status* each, size_t n) {
        size_t worst = n;
        for (size_t i = 0; i < n; ++i)
            if (each[i] < 0 && (worst == n || (is_outage(each[i]) && !is_outage(each[worst])))) worst = i;
        if (worst == n) return AURELIS_OK;
        context.error = std::string(context.error_of(worst, context.error));
        return each[worst];
    }

    static aurelis_status refuse(aurelis_call* call, aurelis_status status = AURELIS_E_UNSUPPORTED,
                                 std::string_view why = "the origin of the category is a function, which can be asked "
                                                        "only; name a backend under origins: to write to") noexcept {
        if (call->set_error != nullptr) call->set_error(call, status, why.data(), why.size());
        return status;
    }
};

const aurelis_store_ops& OriginStore::table() noexcept {
    static const aurelis_store_ops complete = [] {
        aurelis_store_ops ops{};
        ops.destroy = &Table::destroy;
        ops.get = &Table::get;
        ops.set = &Table::set;
        ops.remove = &Table::remove;
        ops.multi_write = &Table::multi_write;
        ops.flush = &Table::flush;
        fill_gaps_of_backend(ops);
        return ops;
    }();
    return complete;
}

OriginStore::OriginStore(Runtime& runtime, Loader& loader, Origins& origins, const Policy& policy,
                         uint64_t max_value_bytes)
    : runtime_(runtime),
      loader_(loader),
      origins_(origins),
      policy_(policy),
      max_value_bytes_(max_value_bytes),
      door_(origins.configured(policy.origin)) {
    store_.ops = &table();
    store_.self = this;
    store_.caps = caps_of(door_ != nullptr ? door_->store() : nullptr);
}

// In the lane of the key nothing is published, and no load is waited for, since that one may be waiting for the lane.
aurelis_status OriginStore::load(CallContext& context, LoadRequest& request, bool in_lane, aurelis_entry& out) {
    return in_lane ? loader_.load_alone(context, request, out) : loader_.load(context, request, out);
}

AskedKey* OriginStore::asked_key(const Walk& walk, const aurelis_key& key) noexcept {
    const std::span<AskedKey> keys = walk.asking->keys;
    if (!walk.is_batch()) return walk.is_of(key) ? &keys[0] : nullptr;
    const size_t item = walk.item_of(key, 0);
    return item < keys.size() ? &keys[item] : nullptr;
}

aurelis_status OriginStore::get(CallScope& scope, const aurelis_key& key, aurelis_entry& out) {
    Walk* const walk = scope.walk();
    Asking* const asking = walk != nullptr ? walk->asking : nullptr;
    const bool in_lane = scope.in_lane(policy_.chain->stack().order(), key.hash);
    CallContext& context = scope.context();
    // For a key of the call, with the function that its caller brought.
    AskedKey* const asked =
        asking != nullptr && asking->caller == std::this_thread::get_id() ? asked_key(*walk, key) : nullptr;
    if (asked != nullptr) asked->origin_asked = true;
    if (asked != nullptr && asked->load != nullptr) {
        if (scope.is_direct()) return load(context, *asked->load, in_lane, out);
        Lookup lookup;
        LoadRequest request{key, asked->load->identity, *policy_.chain, lookup, loader_.landings(key.hash),
                            asked->load->run, asked->load->describe, asked->load->failure_pause_ns};
        return load(context, request, in_lane, out);
    }
    if (policy_.origin.empty()) return AURELIS_NOT_FOUND;
    const std::string_view said = key.subject != nullptr ? view(key.subject->identity) : std::string_view{};
    EntryTerms terms(policy_);
    aurelis_name whole{};  // A load in the background knows only the key.
    whole.key = {key.data, key.size};
    const aurelis_name& name = asked != nullptr && asked->name != nullptr ? *asked->name : whole;
    const bool may_gather = walk == nullptr || walk->lane_count == 0;
    const auto run = [&](Loaded& loaded) {
        NameToLoad one{name, key, nullptr, terms, loaded};
        return origins_.load(policy_, one, context, max_value_bytes_, may_gather);
    };
    const auto describe = [&](const Loaded& loaded, int64_t created, aurelis_meta& meta, std::string& attrs) {
        const int64_t now = runtime_.clock.wall();
        loaded.is_negative ? terms.apply_negative(now, created, meta)
                           : terms.apply(now, created, key.hash, meta);
        attrs = terms.attrs(said);
    };
    Lookup lookup;
    const bool is_its_own = asked != nullptr && scope.is_direct() && walk->lookup != nullptr;
    LoadRequest request{key,
                        said.empty() ? text_of(key) : said,
                        *policy_.chain,
                        is_its_own ? *walk->lookup : lookup,
                        asked != nullptr ? asked->landings_seen : loader_.landings(key.hash),
                        run,
                        describe};
    return load(context, request, in_lane, out);
}

}  // namespace aurelis::core
