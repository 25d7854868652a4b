// The C host API (aurelis.h): checks what crosses, catches what is thrown, turns errors into objects. Nothing else.
#include "api/cache.hpp"
#include "api/cache_builder.hpp"
#include "api/inspect.hpp"
#include "api/report.hpp"

#include "base/buffer.hpp"
#include "base/names.hpp"

#include <aurelis/aurelis.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <new>

#ifndef AURELIS_VERSION_TEXT
#define AURELIS_VERSION_TEXT "0.1.0"
#endif

struct aurelis_error {
    aurelis::Error why;
    aurelis::core::ItemErrors items;
};

struct aurelis_cache {
    std::unique_ptr<aurelis::core::Cache> core;
};

namespace {

using aurelis::Error;
using aurelis::core::Cache;
using aurelis::core::ItemErrors;

// Why a batch or items of it failed.
struct BatchError {
    Error why;
    ItemErrors items;
};

aurelis_status tell(aurelis_error** place, aurelis_status status, std::string message,
                    ItemErrors items = {}) noexcept {
    while (!message.empty() && message.back() == '\n') message.pop_back();
    if (message.empty()) message = aurelis::core::status_name(status);
    if (place != nullptr)
        *place = new (std::nothrow) aurelis_error{Error{status, std::move(message)}, std::move(items)};
    return status;
}
aurelis_status tell(aurelis_error** place, aurelis_status status, Error&& error) noexcept {
    return tell(place, status, std::move(error.message));
}
aurelis_status tell(aurelis_error** place, aurelis_status status, BatchError&& error) noexcept {
    return tell(place, status, std::move(error.why.message), std::move(error.items));
}

// The size of the struct in the first header; no caller's struct is shorter.
template <typename T>
constexpr size_t kFirstSize = 0;
#define AURELIS_FIRST_SIZE(type, last) \
    template <>                        \
    constexpr size_t kFirstSize<type> = offsetof(type, last) + sizeof(type::last)
AURELIS_FIRST_SIZE(aurelis_open_options, reserved1);
AURELIS_FIRST_SIZE(aurelis_clock, now_mono);
AURELIS_FIRST_SIZE(aurelis_read_options, trace);
AURELIS_FIRST_SIZE(aurelis_write_options, idle_ns);
AURELIS_FIRST_SIZE(aurelis_computation, run_many);
AURELIS_FIRST_SIZE(aurelis_invalidation, trace);
AURELIS_FIRST_SIZE(aurelis_invalidation_report, events_without_rule);
AURELIS_FIRST_SIZE(aurelis_origin, load_many);
AURELIS_FIRST_SIZE(aurelis_write_report, layer_count);
#undef AURELIS_FIRST_SIZE

aurelis_status refuse(Error& why, std::string text, aurelis_status status = AURELIS_E_INVALID) {
    why = Error{status, std::move(text)};
    return status;
}

// Whether struct_size can be the size of this struct in any version; if not, nothing in the struct can be trusted.
template <typename T>
aurelis_status check_size(uint32_t size, const char* name, Error& why) {
    constexpr uint32_t kMost = 4096;
    if (size >= kFirstSize<T> && size <= kMost && size % alignof(T) == 0) return AURELIS_OK;
    return refuse(why,
                  std::string(name) + ": struct_size is " + std::to_string(size) + "; set it to sizeof(" + name + ")");
}

// A SIZED struct of the caller as this library knows it: members that the caller's header did not have yet are zero;
// members that this library does not know must be zero, or something would silently be ignored.
template <typename T>
class Sized {
public:
    aurelis_status take(const T* given, const char* name, Error& why) {
        if (given == nullptr) return AURELIS_OK;
        const size_t size = given->struct_size;
        if (check_size<T>(given->struct_size, name, why) != AURELIS_OK) return why.status;
        if (size == sizeof(T)) return taken_ = given, AURELIS_OK;
        const auto* const beyond = reinterpret_cast<const unsigned char*>(given);
        for (size_t i = sizeof(T); i < size; ++i)
            if (beyond[i] != 0)
                return refuse(why,
                              std::string(name) + ": something is set that this library (" + AURELIS_VERSION_TEXT +
                                  ") does not know; leave it out, or use a newer library",
                              AURELIS_E_UNSUPPORTED);
        copy_ = T{};
        std::memcpy(&copy_, given, std::min(size, sizeof(T)));
        copy_.struct_size = sizeof(T);
        taken_ = &copy_;
        return AURELIS_OK;
    }
    const T* get() const noexcept { return taken_; }

private:
    const T* taken_ = nullptr;
    T copy_;  // Only if it is needed: clearing it would cost each call.
};

// Neither the name nor the place for the answer may be missing.
bool named_and_placed(const void* name, const void* place, Error& why) {
    if (name != nullptr && place != nullptr) [[likely]] return true;
    refuse(why, name == nullptr ? "the name is NULL; pass a name"
                                : "the place for the answer, or the values, is NULL; pass an address");
    return false;
}
aurelis_status take_read(Sized<aurelis_read_options>& taken, const aurelis_read_options* options, Error& why) {
    return taken.take(options, "aurelis_read_options", why);
}
aurelis_status take_write(Sized<aurelis_write_options>& taken, const aurelis_write_options* options, Error& why) {
    return taken.take(options, "aurelis_write_options", why);
}

// A report, filled as far as its owner has room for it.
class Report {
public:
    aurelis_status take(aurelis_write_report* given, Error& why) {
        if (given == nullptr) return AURELIS_OK;
        if (check_size<aurelis_write_report>(given->struct_size, "aurelis_write_report", why) != AURELIS_OK)
            return why.status;
        given_ = given;
        own_.struct_size = sizeof own_;
        return AURELIS_OK;
    }
    aurelis_write_report* place() noexcept { return given_ != nullptr ? &own_ : nullptr; }
    void give() noexcept {
        if (given_ == nullptr) return;
        own_.struct_size = static_cast<uint32_t>(std::min<size_t>(given_->struct_size, sizeof own_));
        std::memcpy(static_cast<void*>(given_), &own_, own_.struct_size);
    }

private:
    aurelis_write_report* given_ = nullptr;
    aurelis_write_report own_{};
};

// Runs one call of the host API on a cache: work(cache, error). A partial answer has an error, too.
template <typename Failure, typename Work>
aurelis_status pass_as(aurelis_cache* cache, aurelis_error** error, Work&& work) noexcept {
    if (error != nullptr) *error = nullptr;
    try {
        if (cache == nullptr) return tell(error, AURELIS_E_INVALID, "the cache is NULL; open one first");
        if (cache->core->forked())
            return tell(error, AURELIS_E_CLOSED,
                        "this process was forked from the one that opened the cache; open a cache in this process");
        Failure failure;
        const aurelis_status status = work(*cache->core, failure);
        if (status >= 0 && status != AURELIS_PARTIAL) return status;
        return tell(error, status, std::move(failure));
    } catch (const std::bad_alloc&) {
        return tell(error, AURELIS_E_NOMEM, "out of memory");
    } catch (const std::exception& caught) {
        return tell(error, AURELIS_E_INTERNAL, caught.what());
    } catch (...) {
        return tell(error, AURELIS_E_INTERNAL, "an exception of unknown type");
    }
}

template <typename Work>
aurelis_status pass(aurelis_cache* cache, aurelis_error** error, Work&& work) noexcept {
    return pass_as<Error>(cache, error, std::forward<Work>(work));
}
template <typename Work>
aurelis_status pass_batch(aurelis_cache* cache, aurelis_error** error, Work&& work) noexcept {
    return pass_as<BatchError>(cache, error, [&](Cache& core, BatchError& failure) {
        return work(core, failure.why, failure.items);
    });
}

// The same for calls without a cache.
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

// The options for opening, complete; NULL: defaults.
aurelis_status options_of(const aurelis_open_options* given, aurelis_open_options& out, Error& why) {
    Sized<aurelis_open_options> sized;
    out = aurelis_open_options{};
    out.struct_size = sizeof out;
    if (sized.take(given, "aurelis_open_options", why) != AURELIS_OK) return why.status;
    if (sized.get() == nullptr) return AURELIS_OK;
    out = *sized.get();
    if (out.file != nullptr && out.text.size != 0)
        return refuse(why, "both a file and a text are given as configuration; give one of them");
    if (out.text.size != 0 && out.text.data == nullptr)
        return refuse(why, "text has a size but no data; point it to its bytes");
    if (out.clock == nullptr) return AURELIS_OK;
    if (check_size<aurelis_clock>(out.clock->struct_size, "aurelis_clock", why) != AURELIS_OK) return why.status;
    if (out.clock->now_wall == nullptr || out.clock->now_mono == nullptr)
        return refuse(why, "aurelis_clock: now_wall or now_mono is NULL; set both");
    return AURELIS_OK;
}

aurelis_status write_batch(Cache& core, const aurelis_name* names, const aurelis_bytes* values, size_t n,
                           const aurelis_write_options* options, aurelis_status* each, Error& why, ItemErrors& items) {
    Sized<aurelis_write_options> write;
    if (take_write(write, options, why) == AURELIS_OK)
        return core.multi_write(names, values, n, write.get(), each, why, items);
    if (each != nullptr) std::fill(each, each + n, why.status);
    return why.status;
}

}  // namespace

extern "C" {

const char* aurelis_version(void) noexcept { return aurelis::core::kLibraryVersion; }
aurelis_status aurelis_error_status(const aurelis_error* error) noexcept { return error->why.status; }
const char* aurelis_error_message(const aurelis_error* error) noexcept { return error->why.message.c_str(); }
const char* aurelis_error_item(const aurelis_error* error, size_t item) noexcept {
    if (error->why.status < 0) return aurelis_error_message(error);
    const std::string* const own = error->items.of(item);
    return own != nullptr ? own->c_str() : nullptr;
}
void aurelis_error_free(aurelis_error* error) noexcept { delete error; }

const char* aurelis_status_name(aurelis_status status) noexcept { return aurelis::core::status_name(status); }

aurelis_status aurelis_open(const aurelis_open_options* options, aurelis_cache** out, aurelis_error** error) noexcept {
    return pass_alone(error, [&](Error& why) -> aurelis_status {
        aurelis_open_options said;
        if (out == nullptr) return refuse(why, "there is no place for the cache; pass the address of a pointer");
        if (options_of(options, said, why) != AURELIS_OK) return why.status;
        auto built = aurelis::core::build_cache(said);
        if (!built) return why = built.error(), why.status;
        *out = new aurelis_cache{std::move(built).value()};
        return AURELIS_OK;
    });
}

aurelis_status aurelis_close(aurelis_cache* cache, int64_t timeout_ns, aurelis_error** error) noexcept {
    if (error != nullptr) *error = nullptr;
    if (cache == nullptr) return AURELIS_OK;
    // A forked child shares files and connections with its parent: it must not flush or close them.
    if (cache->core->forked())
        return tell(error, AURELIS_E_CLOSED,
                    "this process was forked from the one that opened the cache; nothing was closed");
    const aurelis_status status =
        pass(cache, error, [&](Cache& core, Error& why) { return core.close(timeout_ns, why); });
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

aurelis_status aurelis_key_of(aurelis_cache* cache, const aurelis_name* name, aurelis_buf* out,
                              aurelis_error** error) noexcept {
    return pass(cache, error, [&](Cache& core, Error& why) -> aurelis_status {
        aurelis::core::Named named;
        if (name == nullptr) return refuse(why, "the name is NULL; pass a name");
        const aurelis_status status = core.names().resolve(*name, named, why);
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
    return pass(cache, error, [&](Cache& core, Error& why) -> aurelis_status {
        if (!named_and_placed(name, out, why)) return why.status;
        aurelis_status status;
        if (options == nullptr) {
            status = core.get(*name, nullptr, *out, why);
        } else {
            Sized<aurelis_read_options> read;
            status = take_read(read, options, why);
            if (status == AURELIS_OK) status = core.get(*name, read.get(), *out, why);
        }
        if (status < 0) aurelis::core::give(aurelis_entry{}, status, *out);  // Nothing to release.
        return status;
    });
}

aurelis_status aurelis_multi_get(aurelis_cache* cache, const aurelis_name* names, size_t n,
                                 const aurelis_read_options* options, aurelis_answer* out,
                                 aurelis_error** error) noexcept {
    return pass_batch(cache, error, [&](Cache& core, Error& why, ItemErrors& items) -> aurelis_status {
        if (n != 0 && !named_and_placed(names, out, why)) return why.status;
        Sized<aurelis_read_options> read;
        if (take_read(read, options, why) != AURELIS_OK) {
            for (size_t i = 0; i < n; ++i) aurelis::core::give(aurelis_entry{}, why.status, out[i]);
            return why.status;
        }
        return core.multi_get(names, n, read.get(), out, why, items);
    });
}

aurelis_status aurelis_set(aurelis_cache* cache, const aurelis_name* name, aurelis_bytes value,
                           const aurelis_write_options* options, aurelis_write_report* report,
                           aurelis_error** error) noexcept {
    return pass(cache, error, [&](Cache& core, Error& why) -> aurelis_status {
        Sized<aurelis_write_options> write;
        Report told;
        if (!named_and_placed(name, name, why) || take_write(write, options, why) != AURELIS_OK ||
            told.take(report, why) != AURELIS_OK)
            return why.status;
        if (value.size != 0 && value.data == nullptr)
            return refuse(why, "the value has a size but no data; point it to its bytes");
        const aurelis_status status = core.set(*name, aurelis::view(value), write.get(), told.place(), why);
        told.give();
        return status;
    });
}

aurelis_status aurelis_multi_set(aurelis_cache* cache, const aurelis_name* names, const aurelis_bytes* values, size_t n,
                                 const aurelis_write_options* options, aurelis_status* each,
                                 aurelis_error** error) noexcept {
    return pass_batch(cache, error, [&](Cache& core, Error& why, ItemErrors& items) -> aurelis_status {
        if (n != 0 && !named_and_placed(names, values, why)) return why.status;
        return write_batch(core, names, values, n, options, each, why, items);
    });
}

aurelis_status aurelis_remove(aurelis_cache* cache, const aurelis_name* name, const aurelis_write_options* options,
                              aurelis_write_report* report, aurelis_error** error) noexcept {
    return pass(cache, error, [&](Cache& core, Error& why) -> aurelis_status {
        Sized<aurelis_write_options> write;
        Report told;
        if (!named_and_placed(name, name, why) || take_write(write, options, why) != AURELIS_OK ||
            told.take(report, why) != AURELIS_OK)
            return why.status;
        const aurelis_status status = core.remove(*name, write.get(), told.place(), why);
        told.give();
        return status;
    });
}

aurelis_status aurelis_multi_remove(aurelis_cache* cache, const aurelis_name* names, size_t n,
                                    const aurelis_write_options* options, aurelis_status* each,
                                    aurelis_error** error) noexcept {
    return pass_batch(cache, error, [&](Cache& core, Error& why, ItemErrors& items) -> aurelis_status {
        if (n != 0 && !named_and_placed(names, names, why)) return why.status;
        return write_batch(core, names, nullptr, n, options, each, why, items);
    });
}

aurelis_status aurelis_clear(aurelis_cache* cache, const aurelis_write_options* options, uint64_t* removed,
                             aurelis_error** error) noexcept {
    return pass(cache, error, [&](Cache& core, Error& why) -> aurelis_status {
        Sized<aurelis_write_options> write;
        if (take_write(write, options, why) != AURELIS_OK) return why.status;
        uint64_t count = 0;
        const aurelis_status status = core.clear(write.get(), count, why);
        if (removed != nullptr) *removed = count;
        return status;
    });
}

aurelis_status aurelis_invalidate(aurelis_cache* cache, const aurelis_invalidation* what,
                                  aurelis_invalidation_report* report, aurelis_error** error) noexcept {
    return pass(cache, error, [&](Cache& core, Error& why) -> aurelis_status {
        Sized<aurelis_invalidation> taken;
        if (what == nullptr) return refuse(why, "the invalidation is NULL; say what to invalidate");
        if (taken.take(what, "aurelis_invalidation", why) != AURELIS_OK) return why.status;
        if (report != nullptr &&
            check_size<aurelis_invalidation_report>(report->struct_size, "aurelis_invalidation_report", why) !=
                AURELIS_OK)
            return why.status;
        aurelis_invalidation_report told{};
        const aurelis_status status = core.invalidate(*taken.get(), told, why);
        if (report != nullptr) {
            told.struct_size = report->struct_size;
            std::memcpy(report, &told, std::min<size_t>(report->struct_size, sizeof told));
        }
        return status;
    });
}

aurelis_status aurelis_set_rule(aurelis_cache* cache, aurelis_bytes event, const aurelis_bytes* targets,
                                size_t target_count, aurelis_error** error) noexcept {
    return pass(cache, error, [&](Cache& core, Error& why) -> aurelis_status {
        if (target_count != 0 && targets == nullptr)
            return refuse(why, "target_count is above 0 but targets is NULL; point it to the targets");
        if (event.size != 0 && event.data == nullptr)
            return refuse(why, "the event has a size but no data; point it to its name");
        for (size_t i = 0; i < target_count; ++i)
            if (targets[i].size != 0 && targets[i].data == nullptr)
                return refuse(why, "a target has a size but no data; point it to its text");
        if (target_count == 0) return core.rules().remove(aurelis::view(event)) ? AURELIS_OK : AURELIS_NOT_FOUND;
        std::vector<std::string> texts;
        for (size_t i = 0; i < target_count; ++i) texts.emplace_back(aurelis::view(targets[i]));
        const auto added = core.rules().add(aurelis::view(event), std::span<const std::string>(texts));
        return added ? AURELIS_OK : (why = added.error(), why.status);
    });
}

aurelis_status aurelis_rules(aurelis_cache* cache, aurelis_buf* json, aurelis_error** error) noexcept {
    return pass(cache, error, [&](Cache& core, Error& why) -> aurelis_status {
        if (!named_and_placed(json, json, why)) return why.status;
        return give_text(aurelis::core::rules_json(core), json, why);
    });
}

aurelis_status aurelis_get_or_load(aurelis_cache* cache, const aurelis_name* name,
                                   const aurelis_computation* computation, const aurelis_read_options* read_options,
                                   const aurelis_write_options* write_options, aurelis_answer* out,
                                   aurelis_error** error) noexcept {
    return pass(cache, error, [&](Cache& core, Error& why) -> aurelis_status {
        Sized<aurelis_computation> how;
        Sized<aurelis_read_options> read;
        Sized<aurelis_write_options> write;
        if (!named_and_placed(name, out, why)) return why.status;
        aurelis::core::give(aurelis_entry{}, AURELIS_NOT_FOUND, *out);
        if (how.take(computation, "aurelis_computation", why) != AURELIS_OK ||
            take_read(read, read_options, why) != AURELIS_OK || take_write(write, write_options, why) != AURELIS_OK)
            return why.status;
        constexpr aurelis_computation kOrigin{};
        return core.get_or_compute(*name, how.get() != nullptr ? *how.get() : kOrigin, read.get(), write.get(), *out,
                                   why);
    });
}

aurelis_status aurelis_multi_get_or_load(aurelis_cache* cache, const aurelis_name* names, size_t n,
                                         const aurelis_computation* computation,
                                         const aurelis_read_options* read_options,
                                         const aurelis_write_options* write_options, aurelis_answer* out,
                                         aurelis_error** error) noexcept {
    return pass_batch(cache, error, [&](Cache& core, Error& why, ItemErrors& items) -> aurelis_status {
        Sized<aurelis_computation> how;
        Sized<aurelis_read_options> read;
        Sized<aurelis_write_options> write;
        if (n != 0 && !named_and_placed(names, out, why)) return why.status;
        for (size_t i = 0; i < n; ++i) aurelis::core::give(aurelis_entry{}, AURELIS_NOT_FOUND, out[i]);
        constexpr aurelis_computation kOrigin{};
        const bool taken = how.take(computation, "aurelis_computation", why) == AURELIS_OK &&
                           take_read(read, read_options, why) == AURELIS_OK &&
                           take_write(write, write_options, why) == AURELIS_OK;
        const aurelis_status status =
            taken ? core.multi_get_or_compute(names, n, how.get() != nullptr ? *how.get() : kOrigin, read.get(),
                                              write.get(), out, why, items)
                  : why.status;
        if (status < 0)
            for (size_t i = 0; i < n; ++i) aurelis::core::give(aurelis_entry{}, status, out[i]);
        return status;
    });
}

aurelis_status aurelis_get_or_compute(aurelis_cache* cache, const aurelis_name* name, aurelis_compute_fn compute,
                                      void* user, const aurelis_read_options* read_options,
                                      const aurelis_write_options* write_options, aurelis_answer* out,
                                      aurelis_error** error) noexcept {
    aurelis_computation computation{};
    computation.struct_size = sizeof computation;
    computation.run = compute;
    computation.user = user;
    return aurelis_get_or_load(cache, name, &computation, read_options, write_options, out, error);
}

aurelis_status aurelis_reject(aurelis_cache* cache, const aurelis_name* name, const aurelis_answer* answer,
                              aurelis_bytes why_not, uint32_t remove, aurelis_error** error) noexcept {
    return pass(cache, error, [&](Cache& core, Error& why) -> aurelis_status {
        if (!named_and_placed(name, answer, why)) return why.status;
        return core.reject(*name, aurelis::view(answer->value), aurelis::view(why_not), remove != 0, why);
    });
}

aurelis_status aurelis_register_origin(aurelis_cache* cache, aurelis_bytes name, const aurelis_origin* origin,
                                       aurelis_error** error) noexcept {
    return pass(cache, error, [&](Cache& core, Error& why) -> aurelis_status {
        Sized<aurelis_origin> taken;
        if (origin == nullptr) return refuse(why, "the origin is NULL; pass one");
        if (taken.take(origin, "aurelis_origin", why) != AURELIS_OK) return why.status;
        return core.register_origin(aurelis::view(name), *taken.get(), why);
    });
}

aurelis_status aurelis_scan_keys(aurelis_cache* cache, aurelis_bytes glob, const aurelis_read_options* options,
                                 aurelis_scan_fn visit, void* user, aurelis_error** error) noexcept {
    return pass(cache, error, [&](Cache& core, Error& why) -> aurelis_status {
        Sized<aurelis_read_options> read;
        if (visit == nullptr) return refuse(why, "visit is NULL; pass a function that gets the keys");
        if (take_read(read, options, why) != AURELIS_OK) return why.status;
        return core.scan(aurelis::view(glob), read.get(), visit, user, why);
    });
}

aurelis_status aurelis_stats(aurelis_cache* cache, aurelis_buf* json, aurelis_error** error) noexcept {
    return pass(cache, error,
                [&](Cache& core, Error& why) { return give_text(aurelis::core::stats_json(core), json, why); });
}

aurelis_status aurelis_explain(aurelis_cache* cache, const aurelis_name* name, const aurelis_read_options* options,
                               aurelis_buf* json, aurelis_error** error) noexcept {
    return pass(cache, error, [&](Cache& core, Error& why) -> aurelis_status {
        Sized<aurelis_read_options> read;
        if (!named_and_placed(name, json, why) || take_read(read, options, why) != AURELIS_OK) return why.status;
        return give_text(aurelis::core::explain_json(core, *name, read.get()), json, why);
    });
}

aurelis_status aurelis_config_check(const aurelis_open_options* options, aurelis_buf* json,
                                    aurelis_error** error) noexcept {
    return pass_alone(error, [&](Error& why) -> aurelis_status {
        aurelis_open_options said;
        if (options_of(options, said, why) != AURELIS_OK) return why.status;
        auto checked = aurelis::core::check_config(said);
        if (!checked) return why = checked.error(), why.status;
        *json = aurelis::core::copy_buffer(checked.value().json).give();
        if (checked.value().problems.empty()) return AURELIS_OK;
        why = Error{AURELIS_E_CONFIG, checked.value().problems};
        return AURELIS_E_CONFIG;
    });
}

aurelis_status aurelis_config_show(const aurelis_open_options* options, uint32_t yaml, aurelis_buf* text,
                                   aurelis_error** error) noexcept {
    return pass_alone(error, [&](Error& why) -> aurelis_status {
        aurelis_open_options said;
        if (options_of(options, said, why) != AURELIS_OK) return why.status;
        return give_text(aurelis::core::show_config(said, yaml != 0), text, why);
    });
}

aurelis_status aurelis_plugin_list(const aurelis_open_options* options, aurelis_buf* json,
                                   aurelis_error** error) noexcept {
    return pass_alone(error, [&](Error& why) -> aurelis_status {
        aurelis_open_options said;
        if (options_of(options, said, why) != AURELIS_OK) return why.status;
        return give_text(aurelis::core::list_plugins(said), json, why);
    });
}

aurelis_status aurelis_plugin_inspect(const aurelis_open_options* options, const char* plugin, aurelis_buf* json,
                                      aurelis_error** error) noexcept {
    return pass_alone(error, [&](Error& why) -> aurelis_status {
        aurelis_open_options said;
        if (options_of(options, said, why) != AURELIS_OK) return why.status;
        return give_text(aurelis::core::inspect_plugin(said, plugin), json, why);
    });
}

}  // extern "C"
