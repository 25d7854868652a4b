// get_or_compute, and how values are handled that their caller cannot read.
#include "api/cache.hpp"
#include "api/name_load.hpp"

#include "base/buffer.hpp"
#include "config/values.hpp"

#include <new>
#include <optional>

namespace aurelis::core {

aurelis_status Cache::reject(const aurelis_name& name, std::string_view value, std::string_view why, bool remove,
                             Error& error) {
    constexpr int64_t kTellAgainNs = 60'000'000'000;
    Named named;
    const aurelis_status resolved = names_.resolve(name, named, error);
    if (resolved != AURELIS_OK) return resolved;
    undecodable_.fetch_add(1, std::memory_order_relaxed);
    const int64_t now = runtime().clock.mono();
    int64_t told = undecodable_told_.load(std::memory_order_relaxed);
    if ((told == 0 || now - told >= kTellAgainNs) && undecodable_told_.compare_exchange_strong(told, now))
        runtime().log.write(AURELIS_LOG_WARN, "a stored value cannot be read by the program (" +
                                                  printable(named.built.key) + ": " + printable(why) + "); it is " +
                                                  (remove ? "removed" : "left where it is"));
    if (!remove) return AURELIS_OK;
    CallContext context;
    context.call.now_wall = runtime().clock.wall();
    const aurelis_status removed = stack().remove_copies(context, named.key, value);
    if (removed < 0)
        error = Error{removed, context.error.empty() ? "a layer could not remove the value" : context.error};
    return removed;
}

aurelis_status Cache::register_origin(std::string_view name, const aurelis_origin& origin, Error& error) {
    return assembly_->origins.add(name, origin, error);
}

namespace {

void give_default(const aurelis_bytes& value, aurelis_answer& out) {
    aurelis_entry entry{};
    Pinned copy = copy_buffer(view(value));
    if (copy.raw().ops == nullptr) throw std::bad_alloc();
    entry.value = copy.give();
    give(entry, AURELIS_OK, out);
    out.flags |= AURELIS_ANSWER_DEFAULT;
}

}  // namespace

std::string Cache::mistake_in_origin(const NameLoad& load) {
    return load.has_function() ? std::string() : origins().mistake_in(load.named.policy->origin);
}

bool Cache::is_to_be_refreshed(const NameLoad& load, const LoadRequest& request, const EarlyRefresh& refresh) {
    if (!is_due(refresh, load.stale->meta, runtime().clock.wall())) return false;
    if (loader().is_paused(request.key.hash) || loader().is_under_way(request.key.hash, request.identity)) return false;
    return mistake_in_origin(load).empty();
}

void Cache::refresh_early(const NameLoad& load, LoadRequest& request, const EarlyRefresh& refresh) {
    if (!is_to_be_refreshed(load, request, refresh)) return;
    load.context.call.flags |= AURELIS_CALL_REFRESH;
    if (auto owned = OwnedNameLoads::of(load, request)) loader().refresh_behind(std::move(owned));
}

bool Cache::find_stale(const Named& named, const aurelis_read_options* read, aurelis_entry& stale) {
    CallContext looking;
    Error unused;  // The options have been accepted once.
    if (begin(looking, read, unused) != AURELIS_OK) return false;
    looking.call.flags |= AURELIS_CALL_PEEK | AURELIS_CALL_NO_FILL;
    Lookup lookup;
    stale = aurelis_entry{};
    const aurelis_status there = named.policy->chain->stack().get(looking, named.key, lookup, stale);
    if (there != AURELIS_STALE && there != AURELIS_OK) return false;
    if (!is_negative(stale.meta)) return true;
    aurelis_buf_release(&stale.value);
    return false;
}

aurelis_status Cache::give_otherwise(const LoadRequest& request, const LoadTerms& how, aurelis_status status,
                                     bool is_paused, const aurelis_entry* stale, std::string& why,
                                     aurelis_answer& out) {
    const bool has_failed = is_paused || status < 0;
    const bool has_other = stale != nullptr || how.default_value != nullptr;
    if (is_paused || (status < 0 && has_other)) loader().failed_over(request, is_paused ? std::string() : why);
    if (stale != nullptr) {  // Better than no answer.
        give(*stale, AURELIS_STALE, out);
        return AURELIS_STALE;
    }
    if (has_failed && how.default_value != nullptr) {
        give_default(*how.default_value, out);
        return AURELIS_OK;
    }
    if (status == AURELIS_STALE) status = AURELIS_NOT_FOUND;
    give(aurelis_entry{}, status, out);
    if (status < 0 && why.empty()) why = "the computation failed";
    return status;
}

// What the write options say, for the value and for the call.
[[gnu::noinline]] aurelis_status Cache::take_terms(const aurelis_write_options& options, CallContext& context,
                                                   EntryTerms& terms, Error& error) {
    if (take_write_call(options, context, error) != AURELIS_OK) return error.status;
    const char* const mistake = terms.say(said_by(options));
    if (mistake != nullptr) error = Error{AURELIS_E_INVALID, mistake};
    return mistake != nullptr ? AURELIS_E_INVALID : AURELIS_OK;
}

aurelis_status Cache::take_write_call(const aurelis_write_options& options, CallContext& context, Error& error) {
    CallContext writing;
    if (begin(writing, &options, error) != AURELIS_OK) return error.status;
    if ((options.flags & AURELIS_WRITE_PERSISTENT) != 0) {
        error = Error{AURELIS_E_INVALID, "AURELIS_WRITE_PERSISTENT does not apply to a computation, which returns "
                                         "before it stores; leave it out, or set what was computed"};
        return error.status;
    }
    context.call.layers |= writing.call.layers;
    const int64_t other = writing.call.deadline_mono;  // The earlier of the two applies.
    if (other != 0 && (context.call.deadline_mono == 0 || other < context.call.deadline_mono))
        context.call.deadline_mono = other;
    return AURELIS_OK;
}

// A hit, which most calls are, makes nothing of what only a load needs.
aurelis_status Cache::get_or_compute(const aurelis_name& name, const aurelis_computation& computation,
                                     const aurelis_read_options* read, const aurelis_write_options* write_options,
                                     aurelis_answer& out, Error& error) {
    Named named;
    aurelis_status status = names_.resolve(name, named, error);
    if (status != AURELIS_OK) return status;
    CallContext context;
    if (begin(context, read, error) != AURELIS_OK) return error.status;
    std::optional<EntryTerms> terms;
    if (write_options != nullptr &&
        take_terms(*write_options, context, terms.emplace(*named.policy), error) != AURELIS_OK)
        return error.status;
    LoadTerms how;
    const bool allows_stale = (context.call.flags & AURELIS_CALL_ALLOW_STALE) != 0;
    const bool has_stale_time = terms ? terms->has_stale_time() : named.policy->has_stale_time();
    if (const char* mistake = how.take(*named.policy, computation, allows_stale, has_stale_time)) {
        error = Error{AURELIS_E_INVALID, mistake};
        return error.status;
    }
    if (how.stale_is_answer) context.call.flags |= AURELIS_CALL_ALLOW_STALE;
    Wanted wanted{name, named, computation, read, how, context, loader().landings(named.key.hash)};
    aurelis_entry entry;
    make_empty(entry);
    Chain& chain = *named.policy->chain;
    if (chain.is_stack_alone()) {
        status = chain.stack().get(context, named.key, wanted.lookup, entry);
        if (status == AURELIS_OK && !how.may_refresh_early()) [[likely]] return give_or_miss(entry, status, out);
    }
    if (!terms) terms.emplace(*named.policy);
    return load_wanted(wanted, *terms, status, entry, out, error);
}

// status, entry: what the stack has answered; if there are strategies, they are asked here.
aurelis_status Cache::load_wanted(Wanted& wanted, EntryTerms& terms, aurelis_status status, aurelis_entry& entry,
                                  aurelis_answer& out, Error& error) {
    const aurelis_name& name = wanted.name;
    const Named& named = wanted.named;
    const LoadTerms& how = wanted.how;
    CallContext& context = wanted.context;
    aurelis_entry stale{};  // The copy whose time has passed, while has_stale.
    bool has_stale = false;
    NameLoad load{*this, name, named, wanted.computation, terms, context};
    const auto run = [&](Loaded& loaded) { return load.run(loaded); };
    const auto describe = [&](const Loaded& loaded, int64_t created, aurelis_meta& meta, std::string& attrs) {
        load.describe(loaded, created, meta, attrs);
    };
    Chain& chain = *named.policy->chain;
    LoadRequest request{named.key, named.identity(), chain, wanted.lookup, wanted.landings_seen, run, describe,
                        how.failure_pause_ns};
    AskedKey asked{.name = &name, .load = &request, .landings_seen = wanted.landings_seen};
    Asking asking{.keys = {&asked, 1}};
    if (!chain.is_stack_alone()) status = chain.get(context, named.key, wanted.lookup, entry, &asking);
    if (status == AURELIS_OK) {
        if (how.may_refresh_early() && !asked.origin_asked && !is_negative(entry.meta)) {
            load.stale = &entry;
            refresh_early(load, request, how.refresh);
        }
        return give_or_miss(entry, status, out);
    }
    Pinned stale_value;
    stale = entry;
    has_stale = status == AURELIS_STALE;
    if (has_stale && is_negative(entry.meta)) {  // That there was none is no value to fall back on.
        aurelis_buf_release(&entry.value);
        stale = entry = aurelis_entry{};
        has_stale = false;
        status = AURELIS_NOT_FOUND;
    }
    if (has_stale) {
        stale_value = Pinned(entry.value);
        load.stale = &stale;
    }
    const bool has_other = (has_stale && how.stale_is_answer) || how.default_value != nullptr;
    const bool is_paused = has_other && !asked.origin_asked && status >= 0 && loader().is_paused(named.key.hash);
    // If a strategy has asked the origin, its answer stands; else the cache asks it.
    if (!asked.origin_asked && status >= 0 && !is_paused) {
        if (std::string mistake = mistake_in_origin(load); !mistake.empty()) {
            error = Error{AURELIS_E_INVALID, std::move(mistake)};
            return AURELIS_E_INVALID;
        }
        request.has_stale = has_stale && how.stale_is_answer;
        request.patience_ns = request.has_stale ? how.soft_timeout_ns : how.hard_timeout_ns;
        std::unique_ptr<OwnedLoad> owned;
        if (how.may_go_on && (request.has_stale || how.hard_timeout_ns != 0)) owned = OwnedNameLoads::of(load, request);
        status = owned != nullptr ? loader().load_behind(context, request, std::move(owned), entry)
                                  : loader().load(context, request, entry);
        if (status == AURELIS_OK) return give(entry, status, out), status;
        if (status == AURELIS_NOT_FOUND) has_stale = false;  // The origin no longer has a value.
    }
    if (how.stale_is_answer && status < 0 && !has_stale && !chain.is_stack_alone()) {
        has_stale = find_stale(named, wanted.read, stale);
        if (has_stale) stale_value = Pinned(stale.value);
    }
    has_stale = has_stale && how.stale_is_answer;
    if (has_stale) stale.value = stale_value.give();
    status = give_otherwise(request, how, status, is_paused, has_stale ? &stale : nullptr, context.error, out);
    if (status < 0) error = Error{status, std::move(context.error)};
    return status;
}

}  // namespace aurelis::core
