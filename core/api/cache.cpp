#include "api/cache.hpp"

#include "base/hash.hpp"

#include <algorithm>

namespace aurelis::core {
namespace {

constexpr uint64_t kAllLayers = 0xffffffffu;
constexpr size_t kBatchMax = 1024;

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

void give(const aurelis_entry& entry, aurelis_status status, aurelis_answer& out) noexcept {
    out.value = entry.value;
    out.created_wall = entry.meta.created_wall;
    out.stale_wall = entry.meta.stale_wall;
    out.expires_wall = entry.meta.expires_wall;
    out.version = entry.meta.version;
    out.flags = entry.meta.flags;
    out.cost = entry.meta.cost;
    out.attrs = entry.attrs;
    out.status = status;
    out.layer = entry.layer;
    out.reserved0 = 0;
    out.reserved1[0] = out.reserved1[1] = 0;
}

Cache::Cache(std::unique_ptr<Runtime> runtime, std::unique_ptr<SerializerShelf> serializers, KeyBuilder keys,
             CacheSpec spec, std::vector<LayerSpec> layers,
             std::map<std::string, std::unique_ptr<StoreHandle>, std::less<>> origins)
    : runtime_(std::move(runtime)),
      serializers_(std::move(serializers)),
      keys_(std::move(keys)),
      spec_(std::move(spec)),
      stack_(*runtime_, std::move(layers), {keys_.namespace_prefix(), keys_.own_prefix()}),
      loader_(*runtime_, stack_),
      origins_(std::move(origins)) {
    stack_.open();
}

Cache::~Cache() = default;

aurelis_status Cache::close(int64_t timeout_ns, Error& error) {
    const char* const mistake = mistake_in_timeout(timeout_ns);  // It is closed all the same, as it was configured.
    const int64_t deadline =
        saturating_add(runtime_->clock.mono(), timeout_ns > 0 ? timeout_ns : spec_.close_timeout_ns);
    aurelis_status status = flush_until(deadline, error);
    for (const auto& [name, origin] : origins_) {
        CallContext context;
        context.call.now_wall = runtime_->clock.wall();
        context.call.deadline_mono = deadline;  // One for all of them.
        const aurelis_status flushed = origin->ops().flush(origin->store(), &context.call);
        if (flushed < 0) status = told(context, flushed, "an origin could not be flushed", error);
    }
    stack_.close();
    origins_.clear();
    host_origins_.clear();
    runtime_->tasks.stop();
    return mistake != nullptr ? refuse(error, AURELIS_E_INVALID, std::string(mistake) + "; the cache is closed") : status;
}

const Policy& Cache::policy_of(std::string_view category) const {
    const auto found = spec_.policies.find(category);
    return found == spec_.policies.end() ? spec_.default_policy : found->second;
}

Result<const aurelis_category*> Cache::category(std::string_view name) {
    {
        std::shared_lock lock(mutex_);
        const auto found = categories_.find(name);
        if (found != categories_.end()) return found->second.get();
    }
    AURELIS_TRY(keys, keys_.open(name));
    std::unique_lock lock(mutex_);
    auto& place = categories_[std::string(name)];
    if (!place) {
        place = std::make_unique<aurelis_category>();
        place->keys = std::move(keys);
        place->policy = &policy_of(name);
    }
    return place.get();
}

aurelis_status Cache::resolve_full_key(const aurelis_name& name, Named& out, Error& error) {
    if (name.category != nullptr || name.part_count != 0 || name.params.size != 0)
        return refuse(error, AURELIS_E_INVALID, "a full key was given together with a category, identifier or params; give one or the other");
    if (name.key.size > kKeyBytesMax)
        return refuse(error, AURELIS_E_INVALID, "the key has " + std::to_string(name.key.size) + " bytes, the limit is 65536; shorten it or hash it");
    const std::string_view key = view(name.key);
    if (keys_.is_reserved(key)) return refuse(error, AURELIS_E_INVALID, "the key lies in the range that the cache keeps for itself; choose another category");
    out.key = aurelis_key{key.data(), key.size(), hash_bytes(key.data(), key.size()), nullptr};
    out.built = BuiltKey{key, {}, {}};
    const auto category = keys_.category_of(key);
    out.policy = category ? &policy_of(*category) : &spec_.default_policy;
    return AURELIS_OK;
}

aurelis_status Cache::resolve(const aurelis_name& name, Named& out, Error& error) {
    if (name.key.size != 0) return resolve_full_key(name, out, error);
    if (name.category == nullptr)
        return refuse(error, AURELIS_E_INVALID, "the key is empty; give a category and an identifier, or a full key");
    if (name.part_count != 0 && name.parts == nullptr)
        return refuse(error, AURELIS_E_INVALID, "part_count is above 0 but parts is NULL; point it to the identifier");
    for (size_t i = 0; i < std::min(name.part_count, kPartsMax); ++i)
        if (name.parts[i].data == nullptr && name.parts[i].size != 0)
            return refuse(error, AURELIS_E_INVALID, "a part of the identifier has a size but no data; point it to its bytes");
    const aurelis_status status =
        keys_.build(name.category->keys, Parts(name.parts, name.part_count), name.params, out.scratch, out.built, &error);
    if (status != AURELIS_OK) return status;
    out.subject = aurelis_subject{};
    out.subject.struct_size = sizeof out.subject;
    out.subject.identity = bytes(out.built.identity);
    out.subject.category = bytes(name.category->keys.category());
    if (name.part_count == 1) out.subject.identifier = name.parts[0];
    out.subject.params = bytes(out.built.params);
    const std::string_view key = out.built.key;
    out.key = aurelis_key{key.data(), key.size(), hash_bytes(key.data(), key.size()), &out.subject};
    out.policy = name.category->policy;
    return AURELIS_OK;
}

aurelis_status Cache::begin(CallContext& context, const aurelis_read_options* options, Error& error) {
    context.call.now_wall = runtime_->clock.wall();
    if (options == nullptr) return AURELIS_OK;
    if (const char* mistake = mistake_in(*options)) return refuse(error, AURELIS_E_INVALID, mistake);
    uint32_t flags = 0;
    if ((options->flags & AURELIS_READ_ALLOW_STALE) != 0) flags |= AURELIS_CALL_ALLOW_STALE;
    if ((options->flags & AURELIS_READ_PEEK) != 0) flags |= AURELIS_CALL_PEEK | AURELIS_CALL_NO_FILL;
    if ((options->flags & AURELIS_READ_NO_PROMOTE) != 0) flags |= AURELIS_CALL_NO_FILL;
    context.call.flags = flags;
    context.call.layers = options->skip_layers & kAllLayers;
    if (options->timeout_ns > 0) context.call.deadline_mono = saturating_add(runtime_->clock.mono(), options->timeout_ns);
    return AURELIS_OK;
}

aurelis_status Cache::begin(CallContext& context, const aurelis_write_options* options, Error& error) {
    context.call.now_wall = runtime_->clock.wall();
    if (options == nullptr) return AURELIS_OK;
    const char* mistake = mistake_in(said_by(*options));
    if (mistake == nullptr) mistake = mistake_in_timeout(options->timeout_ns);
    if (mistake != nullptr) return refuse(error, AURELIS_E_INVALID, mistake);
    context.call.layers = (options->skip_layers & kAllLayers) << 32;
    if (options->timeout_ns > 0) context.call.deadline_mono = saturating_add(runtime_->clock.mono(), options->timeout_ns);
    return AURELIS_OK;
}

aurelis_status Cache::get(const aurelis_name& name, const aurelis_read_options* options, aurelis_answer& out,
                          Error& error) {
    Named named;
    const aurelis_status resolved = resolve(name, named, error);
    if (resolved != AURELIS_OK) return resolved;
    CallContext context;
    if (begin(context, options, error) != AURELIS_OK) return error.status;
    return get_named(context, named, out);
}

aurelis_status Cache::get_named(CallContext& context, const Named& named, aurelis_answer& out) {
    Lookup lookup;
    aurelis_entry entry{};
    aurelis_status status = stack_.get(context, named.key, lookup, entry);
    if (status == AURELIS_STALE && (context.call.flags & AURELIS_CALL_ALLOW_STALE) == 0) {
        aurelis_buf_release(&entry.value);
        status = AURELIS_NOT_FOUND;
    }
    if (status == AURELIS_NOT_FOUND) entry = aurelis_entry{};
    give(entry, status, out);
    return status;
}

aurelis_status Cache::flush(int64_t timeout_ns, Error& error) {
    if (const char* mistake = mistake_in_timeout(timeout_ns)) return refuse(error, AURELIS_E_INVALID, mistake);
    return flush_until(saturating_add(runtime_->clock.mono(), timeout_ns > 0 ? timeout_ns : runtime_->wait_ns), error);
}

aurelis_status Cache::flush_until(int64_t deadline, Error& error) {
    CallContext context;
    context.call.now_wall = runtime_->clock.wall();
    return told(context, stack_.flush(context, deadline), "what waits could not be written in time; give it more time", error);
}

aurelis_status Cache::clear(const aurelis_write_options* options, uint64_t& removed, Error& error) {
    CallContext context;
    if (begin(context, options, error) != AURELIS_OK) return error.status;
    return told(context, stack_.clear(context, keys_.namespace_prefix(), removed), "a layer could not be cleared", error);
}

aurelis_status Cache::multi_get(const aurelis_name* names, size_t n, const aurelis_read_options* options,
                                aurelis_answer* out, Error& error) {
    CallContext context;
    if (begin(context, options, error) != AURELIS_OK) {
        for (size_t i = 0; i < n; ++i) give(aurelis_entry{}, error.status, out[i]);
        return error.status;
    }
    aurelis_status all = AURELIS_OK;
    for (size_t i = 0; i < n; i += kBatchMax)
        if (get_batch(context, names + i, std::min(kBatchMax, n - i), out + i, error) != AURELIS_OK) all = AURELIS_PARTIAL;
    return all;
}

// One batch. Keys are asked for once; two things that share a short key are asked for one after the other, since a
// backend's batch has each key but once.
aurelis_status Cache::get_batch(CallContext& context, const aurelis_name* names, size_t n, aurelis_answer* out,
                                Error& error) {
    std::vector<std::unique_ptr<Named>> named(n);
    std::vector<aurelis_key> keys;
    std::vector<size_t> item_of;                         // keys[j] was first asked for by item_of[j].
    std::unordered_map<std::string_view, size_t> first;  // Key bytes to j.
    std::vector<size_t> key_of(n, SIZE_MAX);
    std::vector<size_t> others;  // Items whose key stands for something else in this batch.
    aurelis_status all = AURELIS_OK;
    for (size_t i = 0; i < n; ++i) {
        named[i] = std::make_unique<Named>();
        const aurelis_status resolved = resolve(names[i], *named[i], error);
        if (resolved != AURELIS_OK) {
            give(aurelis_entry{}, resolved, out[i]);
            all = AURELIS_PARTIAL;
            continue;
        }
        const auto [place, fresh] = first.emplace(named[i]->built.key, keys.size());
        if (!fresh && named[item_of[place->second]]->identity() != named[i]->identity()) {
            others.push_back(i);
            continue;
        }
        key_of[i] = place->second;
        if (!fresh) continue;
        keys.push_back(named[i]->key);
        item_of.push_back(i);
    }
    std::vector<aurelis_entry> found(keys.size());
    if (!keys.empty()) stack_.multi_get(context, keys.data(), keys.size(), found.data());
    const bool stale_too = (context.call.flags & AURELIS_CALL_ALLOW_STALE) != 0;
    for (size_t i = 0; i < n; ++i) {
        if (key_of[i] == SIZE_MAX) continue;
        const aurelis_entry& entry = found[key_of[i]];
        const bool has = entry.status == AURELIS_OK || (entry.status == AURELIS_STALE && stale_too);
        if (has) aurelis_buf_share(&entry.value);
        give(has ? entry : aurelis_entry{}, has ? entry.status : aurelis_status{AURELIS_NOT_FOUND}, out[i]);
    }
    for (aurelis_entry& entry : found)
        if (entry.status == AURELIS_OK || entry.status == AURELIS_STALE) aurelis_buf_release(&entry.value);
    for (const size_t i : others) get_named(context, *named[i], out[i]);
    return all;
}

}  // namespace aurelis::core
