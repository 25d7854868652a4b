// The cache's loading half: get_or_compute, and the origins that stand behind it.
#include "api/cache.hpp"

#include "base/buffer.hpp"
#include "base/names.hpp"
#include "config/values.hpp"

#include <algorithm>
#include <cstring>

namespace aurelis::core {
namespace {

// What a compute function writes its error into.
struct Computing {
    aurelis_computed computed{};
    std::string error;

    Computing() {
        computed.struct_size = sizeof computed;
        computed.library = &error;
        computed.set_error = [](aurelis_computed* self, const char* text, size_t size) noexcept {
            try {
                static_cast<std::string*>(self->library)->assign(text, size);
            } catch (...) {
            }
        };
    }
};

// terms: what the computation says of its value counts instead of what was said before, and is checked like that.
aurelis_status compute_into(aurelis_compute_fn compute, void* user, const aurelis_name& name, EntryTerms& terms,
                            Loaded& loaded) {
    Computing computing;
    aurelis_computed& got = computing.computed;
    const aurelis_status status = compute(user, &name, &got);
    if (status != AURELIS_OK) {
        aurelis_buf_release(&got.value);
        loaded.error = computing.error.empty() && status < 0 ? "the computation failed and did not say why" : computing.error;
        return status < 0 || status == AURELIS_NOT_FOUND ? status : aurelis_status{AURELIS_E_FAILED};
    }
    loaded.keep = got.dont_store == 0;
    const char* mistake = got.value.size != 0 && got.value.data == nullptr
                              ? "the value has a size but no data; point it to its bytes"
                              : terms.say(said_by(got));
    if (mistake != nullptr) {
        aurelis_buf_release(&got.value);
        loaded.error = std::string("the computation's result is refused: ") + mistake;
        return AURELIS_E_INVALID;
    }
    loaded.value = got.value.ops != nullptr ? Pinned(got.value) : copy_buffer(view(got.value));
    if (loaded.value.raw().ops == nullptr) {
        loaded.error = "out of memory";
        return AURELIS_E_NOMEM;
    }
    return AURELIS_OK;
}

}  // namespace

aurelis_status Cache::reject(const aurelis_name& name, std::string_view value, std::string_view why, bool remove,
                             Error& error) {
    constexpr int64_t kTellAgainNs = 60'000'000'000;
    Named named;
    const aurelis_status resolved = resolve(name, named, error);
    if (resolved != AURELIS_OK) return resolved;
    undecodable_.fetch_add(1, std::memory_order_relaxed);
    const int64_t now = runtime_->clock.mono();
    int64_t told = undecodable_told_.load(std::memory_order_relaxed);
    if ((told == 0 || now - told >= kTellAgainNs) && undecodable_told_.compare_exchange_strong(told, now))
        runtime_->log.write(AURELIS_LOG_WARN, "a stored value cannot be read by the program (" + printable(named.built.key) +
                                                  ": " + printable(why) + "); it is " +
                                                  (remove ? "removed" : "left where it is"));
    if (!remove) return AURELIS_OK;
    CallContext context;
    context.call.now_wall = runtime_->clock.wall();
    const aurelis_status removed = stack_.remove_copies(context, named.key, value);
    if (removed < 0) error = Error{removed, context.error.empty() ? "a layer could not remove the value" : context.error};
    return removed;
}

std::shared_ptr<HostOrigin> Cache::host_origin(std::string_view name) {
    std::shared_lock lock(mutex_);
    const auto found = host_origins_.find(name);
    return found == host_origins_.end() ? nullptr : found->second;
}

aurelis_status Cache::register_origin(std::string_view name, const aurelis_origin& origin, Error& error) {
    if (name.empty() || origin.load == nullptr) {
        error = Error{AURELIS_E_INVALID, "an origin needs a name and a load function"};
        return AURELIS_E_INVALID;
    }
    auto kept = std::make_shared<HostOrigin>();
    const size_t known = std::min<size_t>(origin.struct_size, sizeof kept->table);
    std::memcpy(&kept->table, &origin, known);
    std::unique_lock lock(mutex_);
    host_origins_[std::string(name)].swap(kept);
    lock.unlock();  // The one that was replaced ends outside the lock.
    return AURELIS_OK;
}

// Asks the category's configured origin: a function of the host, or a backend.
aurelis_status Cache::origin_load(const std::string& origin, const Named& named, CallContext& context, Loaded& loaded) {
    const auto found = origins_.find(origin);
    if (found == origins_.end()) {
        loaded.error = "no origin '" + origin + "' is there; name it under origins:, or register it";
        return AURELIS_E_INVALID;
    }
    StoreHandle& store = *found->second;
    aurelis_entry entry{};
    const aurelis_status status = store.ops().get(store.store(), &context.call, &named.key, &entry);
    if (status == AURELIS_OK) {
        loaded.value = keep_buffer(entry.value);
        aurelis_buf_release(&entry.value);
        return AURELIS_OK;
    }
    loaded.error = "origin " + origin + ": " + (context.error.empty() ? status_name(status) : context.error);
    return status;
}

aurelis_status Cache::get_or_compute(const aurelis_name& name, aurelis_compute_fn compute, void* user,
                                     const aurelis_read_options* read, const aurelis_write_options* write_options,
                                     aurelis_answer& out, Error& error) {
    Named named;
    aurelis_status status = resolve(name, named, error);
    if (status != AURELIS_OK) return status;
    EntryTerms terms(*named.policy);
    CallContext context, writing;
    if (begin(writing, write_options, error) != AURELIS_OK || begin(context, read, error) != AURELIS_OK) return error.status;
    if (write_options != nullptr) {
        if ((write_options->flags & AURELIS_WRITE_PERSISTENT) != 0) {
            error = Error{AURELIS_E_INVALID, "AURELIS_WRITE_PERSISTENT means nothing for a computation, which answers "
                                             "before it stores; leave it out, or set what was computed"};
            return error.status;
        }
        if (const char* mistake = terms.say(said_by(*write_options))) {
            error = Error{AURELIS_E_INVALID, mistake};
            return error.status;
        }
        context.call.layers |= writing.call.layers;
        const int64_t other = writing.call.deadline_mono;  // The earlier one of the two counts.
        if (other != 0 && (context.call.deadline_mono == 0 || other < context.call.deadline_mono))
            context.call.deadline_mono = other;
    }
    Lookup lookup;
    aurelis_entry entry{};
    const uint64_t landings = loader_.landings(named.key.hash);
    status = stack_.get(context, named.key, lookup, entry);
    if (status == AURELIS_OK) return give(entry, status, out), status;
    Pinned stale_value;
    const aurelis_entry stale = entry;
    const bool has_stale = status == AURELIS_STALE;
    if (has_stale) stale_value = Pinned(entry.value);

    std::shared_ptr<HostOrigin> host;
    if (compute == nullptr) {
        const std::string& origin = named.policy->origin;
        if (origin.empty()) {
            error = Error{AURELIS_E_INVALID, "neither a compute function nor an origin of the category is there; pass a function, or name an origin in the YAML"};
            return AURELIS_E_INVALID;
        }
        if (origin.starts_with("host:")) {
            host = host_origin(std::string_view(origin).substr(5));
            if (host == nullptr) {
                error = Error{AURELIS_E_INVALID, "the origin '" + origin + "' is not registered; call aurelis_register_origin first"};
                return AURELIS_E_INVALID;
            }
        }
    }
    LoadRequest request{
        named.key, named.identity(), lookup, landings,
        [&](Loaded& loaded) {
            const aurelis_status made =
                compute != nullptr ? compute_into(compute, user, name, terms, loaded)
                : host != nullptr  ? compute_into(host->table.load, host->table.user, name, terms, loaded)
                                   : origin_load(named.policy->origin, named, context, loaded);
            // What set would refuse for its size answers those who ask now, and is not kept.
            if (made == AURELIS_OK && loaded.value.size() > spec_.max_value_bytes) loaded.too_large = true;
            return made;
        },
        [&](const Loaded&, int64_t created, aurelis_meta& meta, std::string& attrs) {
            terms.apply(runtime_->clock.wall(), created, meta);
            if (write_options != nullptr) meta.cost = write_options->cost;
            attrs = terms.attrs(named.built.identity);
        }};
    status = loader_.load(context, request, entry);
    if (status == AURELIS_OK) return give(entry, status, out), status;
    // Fail-safe: a stale copy is better than no answer, for those who allowed it.
    if (status < 0 && has_stale && (context.call.flags & AURELIS_CALL_ALLOW_STALE) != 0) {
        aurelis_entry kept = stale;
        kept.value = stale_value.give();
        give(kept, AURELIS_STALE, out);
        return AURELIS_STALE;
    }
    give(aurelis_entry{}, status, out);
    if (status < 0) error = Error{status, context.error.empty() ? "the computation failed" : context.error};
    return status;
}

}  // namespace aurelis::core
