#include "api/cache.hpp"

#include "api/call_terms.hpp"
#include "api/chain_parts.hpp"
#include "api/name_batch.hpp"

#include <algorithm>

namespace aurelis::core {
namespace {

constexpr uint64_t kAllLayers = 0xffffffffu;

aurelis_status refuse(Error& error, aurelis_status status, std::string why) {
    error = Error{status, std::move(why)};
    return status;
}

// The error that the layers left behind, if the outcome is one.
aurelis_status told(CallContext& context, aurelis_status status, const char* otherwise, Error& error) {
    if (status < 0) error = Error{status, context.error.empty() ? std::string(otherwise) : std::move(context.error)};
    return status;
}

}  // namespace

aurelis_status give_or_miss(aurelis_entry& entry, aurelis_status status, aurelis_answer& out) noexcept {
    if (is_negative(entry.meta)) [[unlikely]] {
        aurelis_buf_release(&entry.value);
        entry.attrs = aurelis_bytes{};
        status = AURELIS_NOT_FOUND;
    }
    give(entry, status, out);
    return status;
}

Cache::Cache(CacheSpec spec, KeyBuilder keys, std::unique_ptr<Assembly> assembly)
    : spec_(std::move(spec)), names_(std::move(keys)), rules_(names_.keys()), assembly_(std::move(assembly)) {
    names_.use(assembly_->policies);
}

Cache::~Cache() = default;

aurelis_status Cache::close(int64_t timeout_ns, Error& error) {
    const char* const mistake = mistake_in_timeout(timeout_ns);  // It is closed nevertheless, as configured.
    const int64_t deadline =
        saturating_add(runtime().clock.mono(), timeout_ns > 0 ? timeout_ns : spec_.close_timeout_ns);
    aurelis_status status = flush_until(deadline, error);
    CallContext context;
    context.call.now_wall = runtime().clock.wall();
    context.call.deadline_mono = deadline;  // One for all origins.
    const aurelis_status flushed = assembly_->origins.flush(context);
    if (flushed < 0) status = told(context, flushed, "an origin could not be flushed", error);
    assembly_->close();
    return mistake != nullptr ? refuse(error, AURELIS_E_INVALID, std::string(mistake) + "; the cache is closed")
                              : status;
}

aurelis_status Cache::begin(CallContext& context, const aurelis_read_options* options, Error& error) {
    context.call.now_wall = runtime().clock.wall();
    if (options == nullptr) return AURELIS_OK;
    if (const char* mistake = mistake_in(*options)) return refuse(error, AURELIS_E_INVALID, mistake);
    uint32_t flags = 0;
    if ((options->flags & AURELIS_READ_ALLOW_STALE) != 0) flags |= AURELIS_CALL_ALLOW_STALE;
    if ((options->flags & AURELIS_READ_PEEK) != 0) flags |= AURELIS_CALL_PEEK | AURELIS_CALL_NO_FILL;
    if ((options->flags & AURELIS_READ_NO_PROMOTE) != 0) flags |= AURELIS_CALL_NO_FILL;
    context.call.flags = flags;
    context.call.layers = options->skip_layers & kAllLayers;
    if (options->timeout_ns > 0)
        context.call.deadline_mono = saturating_add(runtime().clock.mono(), options->timeout_ns);
    return take_call_terms(*options, context, error);
}

aurelis_status Cache::begin(CallContext& context, const aurelis_write_options* options, Error& error) {
    context.call.now_wall = runtime().clock.wall();
    if (options == nullptr) return AURELIS_OK;
    const char* mistake = mistake_in(said_by(*options));
    if (mistake == nullptr) mistake = mistake_in_timeout(options->timeout_ns);
    if (mistake != nullptr) return refuse(error, AURELIS_E_INVALID, mistake);
    context.call.layers = (options->skip_layers & kAllLayers) << 32;
    if (options->timeout_ns > 0)
        context.call.deadline_mono = saturating_add(runtime().clock.mono(), options->timeout_ns);
    return take_call_terms(*options, context, error);
}

aurelis_status Cache::get(const aurelis_name& name, const aurelis_read_options* options, aurelis_answer& out,
                          Error& error) {
    Named named;
    const aurelis_status resolved = names_.resolve(name, named, error);
    if (resolved != AURELIS_OK) return resolved;
    CallContext context;
    if (begin(context, options, error) != AURELIS_OK) return error.status;
    return get_named(context, name, named, out, error);
}

[[gnu::noinline]] aurelis_status Cache::get_through(Chain& chain, CallContext& context, const aurelis_name& name,
                                                    const Named& named, Lookup& lookup, aurelis_entry& entry,
                                                    Error& error) {
    AskedKey asked{.name = &name, .landings_seen = loader().landings(named.key.hash)};
    Asking asking{.keys = {&asked, 1}};
    const aurelis_status status = chain.get(context, named.key, lookup, entry, &asking);
    return told(context, status, "a strategy of the category failed and did not say why", error);
}

aurelis_status Cache::get_named(CallContext& context, const aurelis_name& name, const Named& named,
                                aurelis_answer& out, Error& error) {
    Lookup lookup;
    aurelis_entry entry;
    make_empty(entry);
    Chain& chain = *named.policy->chain;
    aurelis_status status = chain.is_stack_alone() ? chain.stack().get(context, named.key, lookup, entry)
                                                   : get_through(chain, context, name, named, lookup, entry, error);
    if (status == AURELIS_STALE && (context.call.flags & AURELIS_CALL_ALLOW_STALE) == 0) {
        aurelis_buf_release(&entry.value);
        status = AURELIS_NOT_FOUND;
    }
    if (status != AURELIS_OK && status != AURELIS_STALE) entry = aurelis_entry{};
    return give_or_miss(entry, status, out);
}

aurelis_status Cache::flush(int64_t timeout_ns, Error& error) {
    if (const char* mistake = mistake_in_timeout(timeout_ns)) return refuse(error, AURELIS_E_INVALID, mistake);
    return flush_until(saturating_add(runtime().clock.mono(), timeout_ns > 0 ? timeout_ns : runtime().wait_ns), error);
}

aurelis_status Cache::flush_until(int64_t deadline, Error& error) {
    CallContext context;
    context.call.now_wall = runtime().clock.wall();
    return told(context, assembly_->flush(context, deadline),
                "what was pending could not be written in time; give it more time", error);
}

aurelis_status Cache::clear(const aurelis_write_options* options, uint64_t& removed, Error& error) {
    CallContext context;
    if (begin(context, options, error) != AURELIS_OK) return error.status;
    // What a layer still holds is hidden: a layer that fails is not a failing cache.
    if (stack().clear(context, keys().namespace_prefix(), removed) >= 0) return AURELIS_OK;
    return refuse(error, AURELIS_PARTIAL, std::move(context.error));
}

aurelis_status Cache::multi_get(const aurelis_name* names, size_t n, const aurelis_read_options* options,
                                aurelis_answer* out, Error& error, ItemErrors& errors) {
    CallContext context;
    if (begin(context, options, error) != AURELIS_OK) {
        for (size_t i = 0; i < n; ++i) give(aurelis_entry{}, error.status, out[i]);
        return error.status;
    }
    for (size_t i = 0; i < n; i += kBatchMax) get_batch(context, names, i, std::min(kBatchMax, n - i), out, errors);
    return errors.empty() ? aurelis_status{AURELIS_OK} : refuse(error, AURELIS_PARTIAL, errors.first());
}

// One batch: n items, beginning with `first`. Names whose key is taken in it are asked for one after the other.
void Cache::get_batch(CallContext& context, const aurelis_name* names, size_t first, size_t n, aurelis_answer* out,
                      ItemErrors& errors) {
    names += first;
    out += first;
    const NameBatch batch(names_, names, n);
    const std::vector<aurelis_key>& keys = batch.keys();
    for (const ItemErrors::One& refused : batch.refused()) {
        give(aurelis_entry{}, AURELIS_E_INVALID, out[refused.item]);
        errors.put(first + refused.item, refused.text);
    }
    std::vector<aurelis_entry> found(keys.size());
    ItemErrors failed;  // Errors by key.
    for_each_chain(keys.size(), [&](size_t j) { return batch.of_key(j).policy->chain; },
                   [&](Chain& chain, const ChainPart& part) {
                       std::vector<aurelis_key> some_keys;
                       std::vector<aurelis_entry> some_found;
                       const std::vector<aurelis_key>& asked = part.of(keys, some_keys);
                       std::vector<aurelis_entry>& got = part.answers(found, some_found);
                       chain.multi_get(context, asked.data(), asked.size(), got.data());
                       for (const ItemErrors::One& one : context.item_errors)
                           failed.put(part.item(one.item), one.text);
                       part.give_back(some_found, found);
                   });
    const bool stale_too = (context.call.flags & AURELIS_CALL_ALLOW_STALE) != 0;
    for (size_t i = 0; i < n; ++i) {
        if (batch.key_of(i) == NameBatch::kNoKey) continue;
        aurelis_entry& entry = found[batch.key_of(i)];
        if ((entry.status == AURELIS_OK || entry.status == AURELIS_STALE) && is_negative(entry.meta)) {
            aurelis_entry negative = entry;
            negative.value = aurelis_buf{};  // It stays that of `found`.
            give_or_miss(negative, AURELIS_OK, out[i]);
            continue;
        }
        const bool has = entry.status == AURELIS_OK || (entry.status == AURELIS_STALE && stale_too);
        if (has) aurelis_buf_share(&entry.value);
        const bool is_error = entry.status < 0;
        give(has ? entry : aurelis_entry{}, has || is_error ? entry.status : aurelis_status{AURELIS_NOT_FOUND}, out[i]);
        if (is_error) errors.put(first + i, failed.of(batch.key_of(i), std::string()));
    }
    for (aurelis_entry& entry : found)
        if (entry.status == AURELIS_OK || entry.status == AURELIS_STALE) aurelis_buf_release(&entry.value);
    for (const size_t i : batch.others()) {
        context.error.clear();
        Error error;
        if (get_named(context, names[i], batch.named(i), out[i], error) < 0) errors.put(first + i, error.message);
    }
}

}  // namespace aurelis::core
