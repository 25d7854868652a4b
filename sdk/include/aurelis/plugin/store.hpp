// store_table<T>: the aurelis_store_ops of a class, made at compile time from the members that it has. Each thunk is a
// door (door.hpp). The members speak the ABI's own types, for plugins that count nanoseconds; backend.hpp is the
// friendlier form. A member that T lacks stays NULL, and the core fills the gap.
//
// T has     static Result<std::unique_ptr<T>> create(const Setup&);     static constexpr uint64_t kCaps;
//           aurelis_status get(aurelis_call*, const aurelis_key&, aurelis_entry* out);
//           aurelis_status set(aurelis_call*, const aurelis_key&, const aurelis_write&, uint64_t* new_version);
//           aurelis_status remove(aurelis_call*, const aurelis_key&);
// may have  start(call) stop() touch multi_get multi_write remove_matching scan flush size stats get_extension
//           void limits(aurelis_limits& out), what an instance cannot take.
//           uint64_t caps() const, if an instance can have less than kCaps.
#pragma once

#include <aurelis/abi.h>
#include <aurelis/plugin/door.hpp>
#include <aurelis/plugin/host.hpp>
#include <aurelis/plugin/options.hpp>

#include <memory>

namespace aurelis::plugin {

// What create() gets: services, options, wiring. host lives as long as the instance; options only for create().
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
        return at_the_door(c, [&] { return self(s).start(c); });
    }
    static void stop(aurelis_store* s) noexcept {
        at_the_door(nullptr, [&] { return self(s).stop(), AURELIS_OK; });
    }
    static void destroy(aurelis_store* s) noexcept { delete static_cast<T*>(s->self); }
    static const void* get_extension(aurelis_store* s, const char* id) noexcept { return self(s).get_extension(id); }
    static aurelis_status get(aurelis_store* s, aurelis_call* c, const aurelis_key* k, aurelis_entry* out) noexcept {
        return at_the_door(c, [&] { return self(s).get(c, *k, out); });
    }
    static aurelis_status set(aurelis_store* s, aurelis_call* c, const aurelis_key* k, const aurelis_write* w,
                              uint64_t* version) noexcept {
        return at_the_door(c, [&] { return self(s).set(c, *k, *w, version); });
    }
    static aurelis_status remove(aurelis_store* s, aurelis_call* c, const aurelis_key* k) noexcept {
        return at_the_door(c, [&] { return self(s).remove(c, *k); });
    }
    static aurelis_status touch(aurelis_store* s, aurelis_call* c, const aurelis_key* k, int64_t expires) noexcept {
        return at_the_door(c, [&] { return self(s).touch(c, *k, expires); });
    }
    static aurelis_status multi_get(aurelis_store* s, aurelis_call* c, const aurelis_key* k, size_t n,
                                    aurelis_entry* out) noexcept {
        return at_the_door(c, [&] { return self(s).multi_get(c, k, n, out); });
    }
    static aurelis_status multi_write(aurelis_store* s, aurelis_call* c, const aurelis_key* k, const aurelis_write* w,
                                      size_t n, aurelis_status* each, uint64_t* versions) noexcept {
        return at_the_door(c, [&] { return self(s).multi_write(c, k, w, n, each, versions); });
    }
    static aurelis_status remove_matching(aurelis_store* s, aurelis_call* c, const aurelis_match* m,
                                          uint64_t* removed) noexcept {
        return at_the_door(c, [&] { return self(s).remove_matching(c, *m, removed); });
    }
    static aurelis_status scan(aurelis_store* s, aurelis_call* c, aurelis_scan* page, aurelis_visit_fn visit,
                               void* user) noexcept {
        return at_the_door(c, [&] { return self(s).scan(c, *page, visit, user); });
    }
    static aurelis_status flush(aurelis_store* s, aurelis_call* c) noexcept {
        return at_the_door(c, [&] { return self(s).flush(c); });
    }
    static aurelis_status size(aurelis_store* s, aurelis_call* c, aurelis_size* out) noexcept {
        return at_the_door(c, [&] { return self(s).size(c, *out); });
    }
    static aurelis_status stats(aurelis_store* s, aurelis_call* c, aurelis_stat_fn fn, void* user) noexcept {
        return at_the_door(c, [&] { return self(s).stats(c, fn, user); });
    }
    static void limits(aurelis_store* s, aurelis_limits* out) noexcept {
        at_the_door(nullptr, [&] { return self(s).limits(*out), AURELIS_OK; });
    }
};

template <typename T>
constexpr aurelis_store_ops make_store_table() {
    using Thunks = StoreThunks<T>;
    aurelis_store_ops ops{};
    ops.struct_size = sizeof ops;
    ops.destroy = &Thunks::destroy;
    ops.get = &Thunks::get;
    ops.set = &Thunks::set;
    ops.remove = &Thunks::remove;
    if constexpr (requires { &T::start; }) ops.start = &Thunks::start;
    if constexpr (requires { &T::stop; }) ops.stop = &Thunks::stop;
    if constexpr (requires { &T::get_extension; }) ops.get_extension = &Thunks::get_extension;
    if constexpr (requires { &T::touch; }) ops.touch = &Thunks::touch;
    if constexpr (requires { &T::multi_get; }) ops.multi_get = &Thunks::multi_get;
    if constexpr (requires { &T::multi_write; }) ops.multi_write = &Thunks::multi_write;
    if constexpr (requires { &T::remove_matching; }) ops.remove_matching = &Thunks::remove_matching;
    if constexpr (requires { &T::scan; }) ops.scan = &Thunks::scan;
    if constexpr (requires { &T::flush; }) ops.flush = &Thunks::flush;
    if constexpr (requires { &T::size; }) ops.size = &Thunks::size;
    if constexpr (requires { &T::stats; }) ops.stats = &Thunks::stats;
    if constexpr (requires { &T::limits; }) ops.limits = &Thunks::limits;
    return ops;
}

template <typename T>
inline constexpr aurelis_store_ops store_table = make_store_table<T>();

template <typename T>
aurelis_status create_store(const aurelis_component*, const aurelis_host* host, const aurelis_node* config,
                            const aurelis_env* env, aurelis_call* call, aurelis_store* out) noexcept {
    return at_the_door(call, [&]() -> aurelis_status {
        Result<std::unique_ptr<T>> made = T::create(Setup{Host(host), Options(host, config, call), env, call});
        if (!made) return report(call, made.error());
        out->ops = &store_table<T>;
        out->caps = T::kCaps;
        if constexpr (requires(const T& t) { t.caps(); }) out->caps = made.value()->caps();
        out->self = std::move(made).value().release();
        return AURELIS_OK;
    });
}

template <typename T>
inline constexpr aurelis_store_factory store_factory{sizeof(aurelis_store_factory), 0, &create_store<T>};

}  // namespace aurelis::plugin
