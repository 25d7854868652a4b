// store_table<T>: the aurelis_store_ops of a class, made at compile time from the members that it has. Each thunk is a
// boundary (boundary.hpp): exceptions end there, and calls, writes and matches with an unknown part that must be known
// are refused there (abi.h, E6). The members use the ABI's own types, for plugins to which nanoseconds matter;
// backend.hpp is the friendlier form. A member that T lacks stays NULL, and the core fills the gap; a member that
// cannot be called as the table calls it does not compile (member_checks.hpp).
//
// T has     static Result<std::unique_ptr<T>> create(const Setup&);     static constexpr uint64_t kCaps;
//           aurelis_status get(aurelis_call*, const aurelis_key&, aurelis_entry* out);
//           aurelis_status set(aurelis_call*, const aurelis_key&, const aurelis_write&, uint64_t* new_version);
//           aurelis_status remove(aurelis_call*, const aurelis_key&);
// may have  start(call) stop() touch multi_get multi_write remove_matching scan flush size stats get_extension
//           void limits(aurelis_limits& out), the limits of an instance.
//           uint64_t caps() const, if an instance can have less than kCaps.
// size is given a complete aurelis_size to fill, even if the caller's version of it is shorter.
#pragma once

#include <aurelis/abi.h>
#include <aurelis/plugin/boundary.hpp>
#include <aurelis/plugin/host.hpp>
#include <aurelis/plugin/match.hpp>
#include <aurelis/plugin/member_checks.hpp>
#include <aurelis/plugin/options.hpp>

#include <memory>

namespace aurelis::plugin {

// What create() is given: services, options, wiring. host lives as long as the instance, options only during create().
struct Setup {
    Host host;
    Options options;
    const aurelis_env* env;
    aurelis_call* call;
};

template <typename T>
struct StoreThunks {
    static T& self(aurelis_store* store) noexcept { return *static_cast<T*>(store->self); }

    static aurelis_status start(aurelis_store* s, aurelis_call* c) noexcept {
        return guarded(c, [&] { return self(s).start(c); });
    }
    static void stop(aurelis_store* s) noexcept {
        guarded(nullptr, [&] { return self(s).stop(), AURELIS_OK; });
    }
    static void destroy(aurelis_store* s) noexcept { delete static_cast<T*>(s->self); }
    static const void* get_extension(aurelis_store* s, const char* id) noexcept { return self(s).get_extension(id); }
    static aurelis_status get(aurelis_store* s, aurelis_call* c, const aurelis_key* k, aurelis_entry* out) noexcept {
        return guarded_call(c, 0, [&] { return self(s).get(c, *k, out); });
    }
    static aurelis_status set(aurelis_store* s, aurelis_call* c, const aurelis_key* k, const aurelis_write* w,
                              uint64_t* version) noexcept {
        return guarded_call(c, w->flags, [&] { return self(s).set(c, *k, *w, version); });
    }
    static aurelis_status remove(aurelis_store* s, aurelis_call* c, const aurelis_key* k) noexcept {
        return guarded_call(c, 0, [&] { return self(s).remove(c, *k); });
    }
    static aurelis_status touch(aurelis_store* s, aurelis_call* c, const aurelis_key* k, int64_t expires) noexcept {
        return guarded_call(c, 0, [&] { return self(s).touch(c, *k, expires); });
    }
    static aurelis_status multi_get(aurelis_store* s, aurelis_call* c, const aurelis_key* k, size_t n,
                                    aurelis_entry* out) noexcept {
        return guarded_call(c, 0, [&] { return self(s).multi_get(c, k, n, out); });
    }
    static aurelis_status multi_write(aurelis_store* s, aurelis_call* c, const aurelis_key* k, const aurelis_write* w,
                                      size_t n, aurelis_status* each, uint64_t* versions) noexcept {
        // An atomic batch fails as a whole; otherwise an item is refused like a single write.
        const uint32_t flags = (T::kCaps & AURELIS_CAP_ATOMIC) != 0 ? flags_of(w, n) : 0;
        return guarded_call(c, flags, [&] { return self(s).multi_write(c, k, w, n, each, versions); });
    }
    static aurelis_status remove_matching(aurelis_store* s, aurelis_call* c, const aurelis_match* m,
                                          uint64_t* removed) noexcept {
        if (Match::is_unknown(*m)) return refuse_condition(c);
        return guarded_call(c, 0, [&] { return self(s).remove_matching(c, *m, removed); });
    }
    static aurelis_status scan(aurelis_store* s, aurelis_call* c, aurelis_scan* page, aurelis_visit_fn visit,
                               void* user) noexcept {
        if (page->match != nullptr && Match::is_unknown(*page->match)) return refuse_condition(c);
        return guarded_call(c, 0, [&] { return self(s).scan(c, *page, visit, user); });
    }
    static aurelis_status flush(aurelis_store* s, aurelis_call* c) noexcept {
        return guarded_call(c, 0, [&] { return self(s).flush(c); });
    }
    static aurelis_status size(aurelis_store* s, aurelis_call* c, aurelis_size* out) noexcept {
        return guarded_call(c, 0, [&] {
            aurelis_size whole{sizeof(aurelis_size), 0, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX};
            const aurelis_status status = self(s).size(c, whole);
            if (status == AURELIS_OK) give(out, whole);
            return status;
        });
    }
    static aurelis_status stats(aurelis_store* s, aurelis_call* c, aurelis_stat_fn fn, void* user) noexcept {
        return guarded_call(c, 0, [&] { return self(s).stats(c, fn, user); });
    }
    static void limits(aurelis_store* s, aurelis_limits* out) noexcept {
        guarded(nullptr, [&] {
            aurelis_limits whole{};
            whole.struct_size = sizeof whole;
            self(s).limits(whole);
            give(out, whole);
            return AURELIS_OK;
        });
    }

private:
    static uint32_t flags_of(const aurelis_write* writes, size_t count) noexcept {
        uint32_t flags = 0;
        for (size_t i = 0; i < count; ++i) flags |= writes[i].flags;
        return flags;
    }
    static aurelis_status refuse_condition(aurelis_call* call) noexcept {
        return report(call, AURELIS_E_UNSUPPORTED,
                      "the match has a condition that this plugin does not know; update the plugin");
    }
};

// The members that are optional in every store, as far as T has them.
template <typename T>
constexpr void add_optional_members(aurelis_store_ops& ops) {
    using Thunks = StoreThunks<T>;
    ops.struct_size = sizeof ops;
    ops.destroy = &Thunks::destroy;
    if constexpr (member_checks::calls_start<T>) ops.start = &Thunks::start;
    if constexpr (member_checks::calls_stop<T>) ops.stop = &Thunks::stop;
    if constexpr (member_checks::calls_get_extension<T>) ops.get_extension = &Thunks::get_extension;
    if constexpr (member_checks::calls_touch<T>) ops.touch = &Thunks::touch;
    if constexpr (member_checks::calls_multi_get<T>) ops.multi_get = &Thunks::multi_get;
    if constexpr (member_checks::calls_multi_write<T>) ops.multi_write = &Thunks::multi_write;
    if constexpr (member_checks::calls_remove_matching<T>) ops.remove_matching = &Thunks::remove_matching;
    if constexpr (member_checks::calls_scan<T>) ops.scan = &Thunks::scan;
    if constexpr (member_checks::calls_flush<T>) ops.flush = &Thunks::flush;
    if constexpr (member_checks::calls_size<T>) ops.size = &Thunks::size;
    if constexpr (member_checks::calls_stats<T>) ops.stats = &Thunks::stats;
    if constexpr (member_checks::calls_limits<T>) ops.limits = &Thunks::limits;
}

template <typename T>
constexpr aurelis_store_ops make_store_table() {
    static_assert(member_checks::check_store<T>());
    using Thunks = StoreThunks<T>;
    aurelis_store_ops ops{};
    ops.get = &Thunks::get;
    ops.set = &Thunks::set;
    ops.remove = &Thunks::remove;
    add_optional_members<T>(ops);
    return ops;
}

// The table of a strategy, which implements only what it changes.
template <typename T>
constexpr aurelis_store_ops make_strategy_table() {
    static_assert(member_checks::check_strategy<T>());
    using Thunks = StoreThunks<T>;
    aurelis_store_ops ops{};
    if constexpr (member_checks::calls_get<T>) ops.get = &Thunks::get;
    if constexpr (member_checks::calls_set<T>) ops.set = &Thunks::set;
    if constexpr (member_checks::calls_remove<T>) ops.remove = &Thunks::remove;
    add_optional_members<T>(ops);
    return ops;
}

template <typename T>
inline constexpr aurelis_store_ops store_table = make_store_table<T>();

template <typename T>
aurelis_status create_store(const aurelis_component*, const aurelis_host* host, const aurelis_node* config,
                            const aurelis_env* env, aurelis_call* call, aurelis_store* out) noexcept {
    return guarded(call, [&]() -> aurelis_status {
        static_assert(requires(const Setup& setup) { Result<std::unique_ptr<T>>{T::create(setup)}; },
                      "a store needs a public 'static Result<std::unique_ptr<T>> create(const Setup&)'");
        Result<std::unique_ptr<T>> made = T::create(Setup{Host(host), Options(host, config, call), env, call});
        if (!made) return report(call, made.error());
        out->ops = &store_table<T>;
        out->caps = T::kCaps;
        if constexpr (member_checks::calls_caps<T>) out->caps = made.value()->caps();
        out->self = std::move(made).value().release();
        return AURELIS_OK;
    });
}

template <typename T>
inline constexpr aurelis_store_factory store_factory{sizeof(aurelis_store_factory), 0, &create_store<T>};

}  // namespace aurelis::plugin
