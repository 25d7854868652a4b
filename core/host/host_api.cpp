// The C door (aurelis.h): checks what crosses, catches what is thrown, makes errors into objects. Nothing else.
#include "host/cache.hpp"
#include "host/cache_builder.hpp"
#include "host/inspect.hpp"
#include "host/report.hpp"

#include "base/buffer.hpp"

#include <aurelis/aurelis.h>

#include <cstring>
#include <new>

#ifndef AURELIS_VERSION_TEXT
#define AURELIS_VERSION_TEXT "0.1.0"
#endif

struct aurelis_error {
    aurelis::Error why;
};

struct aurelis_cache {
    std::unique_ptr<aurelis::core::Cache> core;
};

namespace {

using aurelis::Error;
using aurelis::core::Cache;

aurelis_status tell(aurelis_error** place, aurelis_status status, std::string message) noexcept {
    while (!message.empty() && message.back() == '\n') message.pop_back();
    if (place != nullptr) *place = new (std::nothrow) aurelis_error{Error{status, std::move(message)}};
    return status;
}

// A SIZED struct of the caller as this library knows it: what the caller's header did not have yet is zero.
template <typename T>
class Sized {
public:
    explicit Sized(const T* given) noexcept : given_(given) {
        if (given == nullptr || given->struct_size >= sizeof(T)) return;
        std::memcpy(&copy_, given, given->struct_size);
        given_ = &copy_;
    }
    const T* get() const noexcept { return given_; }

private:
    const T* given_;
    T copy_{};
};

// Runs one call of the door on a cache.
template <typename Work>
aurelis_status pass(aurelis_cache* cache, aurelis_error** error, Work&& work) noexcept {
    if (error != nullptr) *error = nullptr;
    try {
        if (cache == nullptr) return tell(error, AURELIS_E_INVALID, "the cache is NULL; open one first");
        if (cache->core->forked())
            return tell(error, AURELIS_E_CLOSED, "this process was forked from the one that opened the cache; open one of its own");
        Error why;
        const aurelis_status status = work(*cache->core, why);
        if ((status < 0 || status == AURELIS_PARTIAL) && !why.message.empty()) return tell(error, status, std::move(why.message));
        return status;
    } catch (const std::bad_alloc&) {
        return tell(error, AURELIS_E_NOMEM, "out of memory");
    } catch (const std::exception& caught) {
        return tell(error, AURELIS_E_INTERNAL, caught.what());
    } catch (...) {
        return tell(error, AURELIS_E_INTERNAL, "an exception of unknown type");
    }
}

// The same for calls that have no cache.
template <typename Work>
aurelis_status pass_alone(aurelis_error** error, Work&& work) noexcept {
    if (error != nullptr) *error = nullptr;
    try {
        Error why;
        const aurelis_status status = work(why);
        return status < 0 ? tell(error, status, std::move(why.message)) : status;
    } catch (const std::exception& caught) {
        return tell(error, AURELIS_E_INTERNAL, caught.what());
    } catch (...) {
        return tell(error, AURELIS_E_INTERNAL, "an exception of unknown type");
    }
}

aurelis_status give_text(const aurelis::Result<std::string>& text, aurelis_buf* out, Error& why) {
    if (!text) return why = text.error(), why.status;
    *out = aurelis::core::copy_buffer(text.value()).give();
    return AURELIS_OK;
}

aurelis_open_options options_of(const aurelis_open_options* given) noexcept {
    aurelis_open_options options{};
    if (given != nullptr) std::memcpy(&options, given, given->struct_size < sizeof options ? given->struct_size : sizeof options);
    options.struct_size = sizeof options;
    return options;
}

}  // namespace

extern "C" {

const char* aurelis_version(void) noexcept { return AURELIS_VERSION_TEXT; }
aurelis_status aurelis_error_status(const aurelis_error* error) noexcept { return error->why.status; }
const char* aurelis_error_message(const aurelis_error* error) noexcept { return error->why.message.c_str(); }
void aurelis_error_free(aurelis_error* error) noexcept { delete error; }

const char* aurelis_status_name(aurelis_status status) noexcept {
    switch (status) {
        case AURELIS_OK: return "OK";
        case AURELIS_NOT_FOUND: return "NOT_FOUND";
        case AURELIS_STALE: return "STALE";
        case AURELIS_NOT_STORED: return "NOT_STORED";
        case AURELIS_CONFLICT: return "CONFLICT";
        case AURELIS_PARTIAL: return "PARTIAL";
        case AURELIS_PENDING: return "PENDING";
        case AURELIS_DECLINED: return "DECLINED";
        case AURELIS_E_NOMEM: return "E_NOMEM";
        case AURELIS_E_INVALID: return "E_INVALID";
        case AURELIS_E_UNSUPPORTED: return "E_UNSUPPORTED";
        case AURELIS_E_UNAVAILABLE: return "E_UNAVAILABLE";
        case AURELIS_E_TIMEOUT: return "E_TIMEOUT";
        case AURELIS_E_CANCELLED: return "E_CANCELLED";
        case AURELIS_E_CORRUPT: return "E_CORRUPT";
        case AURELIS_E_TOO_LARGE: return "E_TOO_LARGE";
        case AURELIS_E_BUSY: return "E_BUSY";
        case AURELIS_E_CONFIG: return "E_CONFIG";
        case AURELIS_E_SPACE: return "E_SPACE";
        case AURELIS_E_INTERNAL: return "E_INTERNAL";
        case AURELIS_E_FULL: return "E_FULL";
        case AURELIS_E_CLOSED: return "E_CLOSED";
        default: return status < 0 ? "E_FAILED" : "UNKNOWN";
    }
}

aurelis_status aurelis_open(const aurelis_open_options* options, aurelis_cache** out, aurelis_error** error) noexcept {
    return pass_alone(error, [&](Error& why) -> aurelis_status {
        auto built = aurelis::core::build_cache(options_of(options));
        if (!built) return why = built.error(), why.status;
        *out = new aurelis_cache{std::move(built).value()};
        return AURELIS_OK;
    });
}

aurelis_status aurelis_close(aurelis_cache* cache, int64_t timeout_ns, aurelis_error** error) noexcept {
    if (error != nullptr) *error = nullptr;
    if (cache == nullptr) return AURELIS_OK;
    // A forked child shares files and connections with its parent: it must not flush or close them.
    if (cache->core->forked()) return tell(error, AURELIS_E_CLOSED, "this process was forked from the one that opened the cache; nothing was closed");
    const aurelis_status status = pass(cache, error, [&](Cache& core, Error& why) { return core.close(timeout_ns, why); });
    delete cache;
    return status;
}

aurelis_status aurelis_flush(aurelis_cache* cache, int64_t timeout_ns, aurelis_error** error) noexcept {
    return pass(cache, error, [&](Cache& core, Error& why) { return core.flush(timeout_ns, why); });
}

aurelis_status aurelis_category_open(aurelis_cache* cache, aurelis_bytes name, const aurelis_category** out,
                                     aurelis_error** error) noexcept {
    return pass(cache, error, [&](Cache& core, Error& why) -> aurelis_status {
        const auto found = core.category(aurelis::view(name));
        if (!found) return why = found.error(), why.status;
        *out = found.value();
        return AURELIS_OK;
    });
}

aurelis_status aurelis_key_of(aurelis_cache* cache, const aurelis_name* name, aurelis_buf* out, aurelis_error** error) noexcept {
    return pass(cache, error, [&](Cache& core, Error& why) -> aurelis_status {
        Cache::Named named;
        const aurelis_status status = core.resolve(*name, named, why);
        if (status == AURELIS_OK) *out = aurelis::core::copy_buffer(named.built.key).give();
        return status;
    });
}

const char* aurelis_layer_name(const aurelis_cache* cache, uint32_t layer) noexcept {
    if (cache == nullptr || layer == 0 || layer > cache->core->stack().size()) return nullptr;
    return cache->core->stack().layer(layer - 1).spec().name.c_str();
}

aurelis_status aurelis_get(aurelis_cache* cache, const aurelis_name* name, const aurelis_read_options* options,
                           aurelis_answer* out, aurelis_error** error) noexcept {
    const Sized<aurelis_read_options> read(options);
    return pass(cache, error, [&](Cache& core, Error& why) { return core.get(*name, read.get(), *out, why); });
}

aurelis_status aurelis_multi_get(aurelis_cache* cache, const aurelis_name* names, size_t n,
                                 const aurelis_read_options* options, aurelis_answer* out, aurelis_error** error) noexcept {
    const Sized<aurelis_read_options> read(options);
    return pass(cache, error, [&](Cache& core, Error& why) { return core.multi_get(names, n, read.get(), out, why); });
}

aurelis_status aurelis_set(aurelis_cache* cache, const aurelis_name* name, aurelis_bytes value,
                           const aurelis_write_options* options, aurelis_write_report* report, aurelis_error** error) noexcept {
    const Sized<aurelis_write_options> write(options);
    return pass(cache, error, [&](Cache& core, Error& why) { return core.set(*name, aurelis::view(value), write.get(), report, why); });
}

aurelis_status aurelis_multi_set(aurelis_cache* cache, const aurelis_name* names, const aurelis_bytes* values, size_t n,
                                 const aurelis_write_options* options, aurelis_status* each, aurelis_error** error) noexcept {
    const Sized<aurelis_write_options> write(options);
    return pass(cache, error, [&](Cache& core, Error& why) -> aurelis_status {
        if (values == nullptr && n != 0) return why = Error{AURELIS_E_INVALID, "values is NULL"}, why.status;
        return core.multi_write(names, values, n, write.get(), each, why);
    });
}

aurelis_status aurelis_remove(aurelis_cache* cache, const aurelis_name* name, const aurelis_write_options* options,
                              aurelis_write_report* report, aurelis_error** error) noexcept {
    const Sized<aurelis_write_options> write(options);
    return pass(cache, error, [&](Cache& core, Error& why) { return core.remove(*name, write.get(), report, why); });
}

aurelis_status aurelis_multi_remove(aurelis_cache* cache, const aurelis_name* names, size_t n,
                                    const aurelis_write_options* options, aurelis_status* each, aurelis_error** error) noexcept {
    const Sized<aurelis_write_options> write(options);
    return pass(cache, error, [&](Cache& core, Error& why) { return core.multi_write(names, nullptr, n, write.get(), each, why); });
}

aurelis_status aurelis_clear(aurelis_cache* cache, const aurelis_write_options* options, uint64_t* removed,
                             aurelis_error** error) noexcept {
    const Sized<aurelis_write_options> write(options);
    return pass(cache, error, [&](Cache& core, Error& why) {
        uint64_t count = 0;
        const aurelis_status status = core.clear(write.get(), count, why);
        if (removed != nullptr) *removed = count;
        return status;
    });
}

aurelis_status aurelis_get_or_compute(aurelis_cache* cache, const aurelis_name* name, aurelis_compute_fn compute,
                                      void* user, const aurelis_read_options* read_options,
                                      const aurelis_write_options* write_options, aurelis_answer* out,
                                      aurelis_error** error) noexcept {
    const Sized<aurelis_read_options> read(read_options);
    const Sized<aurelis_write_options> write(write_options);
    return pass(cache, error, [&](Cache& core, Error& why) {
        return core.get_or_compute(*name, compute, user, read.get(), write.get(), *out, why);
    });
}

aurelis_status aurelis_register_origin(aurelis_cache* cache, aurelis_bytes name, const aurelis_origin* origin,
                                       aurelis_error** error) noexcept {
    return pass(cache, error, [&](Cache& core, Error& why) { return core.register_origin(aurelis::view(name), *origin, why); });
}

aurelis_status aurelis_scan_keys(aurelis_cache* cache, aurelis_bytes glob, const aurelis_read_options* options,
                                 aurelis_scan_fn visit, void* user, aurelis_error** error) noexcept {
    const Sized<aurelis_read_options> read(options);
    return pass(cache, error, [&](Cache& core, Error& why) { return core.scan(aurelis::view(glob), read.get(), visit, user, why); });
}

aurelis_status aurelis_stats(aurelis_cache* cache, aurelis_buf* json, aurelis_error** error) noexcept {
    return pass(cache, error, [&](Cache& core, Error& why) { return give_text(aurelis::core::stats_json(core), json, why); });
}

aurelis_status aurelis_explain(aurelis_cache* cache, const aurelis_name* name, const aurelis_read_options* options,
                               aurelis_buf* json, aurelis_error** error) noexcept {
    const Sized<aurelis_read_options> read(options);
    return pass(cache, error, [&](Cache& core, Error& why) {
        return give_text(aurelis::core::explain_json(core, *name, read.get()), json, why);
    });
}

aurelis_status aurelis_config_check(const aurelis_open_options* options, aurelis_buf* json, aurelis_error** error) noexcept {
    return pass_alone(error, [&](Error& why) -> aurelis_status {
        auto checked = aurelis::core::check_config(options_of(options));
        if (!checked) return why = checked.error(), why.status;
        *json = aurelis::core::copy_buffer(checked.value().json).give();
        if (checked.value().problems.empty()) return AURELIS_OK;
        why = Error{AURELIS_E_CONFIG, checked.value().problems};
        return AURELIS_E_CONFIG;
    });
}

aurelis_status aurelis_config_show(const aurelis_open_options* options, uint32_t yaml, aurelis_buf* text,
                                   aurelis_error** error) noexcept {
    return pass_alone(error, [&](Error& why) { return give_text(aurelis::core::show_config(options_of(options), yaml != 0), text, why); });
}

aurelis_status aurelis_plugin_list(const aurelis_open_options* options, aurelis_buf* json, aurelis_error** error) noexcept {
    return pass_alone(error, [&](Error& why) { return give_text(aurelis::core::list_plugins(options_of(options)), json, why); });
}

aurelis_status aurelis_plugin_inspect(const aurelis_open_options* options, const char* plugin, aurelis_buf* json,
                                      aurelis_error** error) noexcept {
    return pass_alone(error, [&](Error& why) {
        return give_text(aurelis::core::inspect_plugin(options_of(options), plugin), json, why);
    });
}

}  // extern "C"
