// The cache's writing half: what a caller says of ttl, stale time and tags becomes absolute times and attributes.
#include "host/cache.hpp"

#include "base/buffer.hpp"

#include <algorithm>
#include <unordered_map>

namespace aurelis::core {
namespace {

aurelis_status refuse(Error& error, aurelis_status status, std::string why) {
    error = Error{status, std::move(why)};
    return status;
}

void report_layers(const aurelis_status* each, size_t n, aurelis_write_report* report) {
    if (report == nullptr) return;
    report->layer_count = static_cast<uint32_t>(n);
    std::copy(each, each + n, report->layers);
}

void append_attr(std::string& to, uint32_t kind, std::string_view value) {
    const size_t before = to.size();
    to.resize(before + aurelis_attr_put(nullptr, 0, kind, bytes(value)));
    aurelis_attr_put(to.data() + before, to.size() - before, kind, bytes(value));
}

}  // namespace

void Cache::Times::apply(int64_t begun, int64_t created, aurelis_meta& meta) const noexcept {
    meta.created_wall = created;
    if (ttl_ns == 0) return;
    const int64_t end = saturating_add(begun, ttl_ns);
    meta.stale_wall = stale_ns != 0 ? end : 0;
    meta.expires_wall = saturating_add(end, stale_ns);
}

std::string pack_attrs(const std::vector<std::string>& policy_tags, const aurelis_bytes* tags, size_t tag_count,
                       const std::vector<std::string>* more_tags, std::string_view identity, uint32_t& flags) {
    std::string packed;
    std::vector<std::string_view> all(policy_tags.begin(), policy_tags.end());
    for (size_t i = 0; i < tag_count; ++i) all.push_back(view(tags[i]));
    if (more_tags != nullptr) all.insert(all.end(), more_tags->begin(), more_tags->end());
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    for (std::string_view tag : all) append_attr(packed, AURELIS_ATTR_TAG, tag);
    if (!all.empty()) flags |= AURELIS_ENTRY_TAGGED;
    if (!identity.empty()) append_attr(packed, AURELIS_ATTR_IDENTITY, identity);
    return packed;
}

// Says what is wrong with the options, or what times they mean under the policy.
aurelis_status Cache::check(const aurelis_write_options* options, const Policy& policy, Times& times,
                            Error& error) const {
    if (policy.ttl && !policy.ttl->never) times.ttl_ns = policy.ttl->ns;
    if (policy.stale && !policy.stale->never) times.stale_ns = policy.stale->ns;
    if (options == nullptr) return AURELIS_OK;
    const bool ttl = (options->flags & AURELIS_WRITE_TTL) != 0, never = (options->flags & AURELIS_WRITE_NEVER) != 0;
    const bool stale = (options->flags & AURELIS_WRITE_STALE) != 0;
    if (ttl && never) return refuse(error, AURELIS_E_INVALID, "both a ttl and 'never' are given; give one of them");
    if (ttl && options->ttl_ns <= 0) return refuse(error, AURELIS_E_INVALID, "the ttl must be above 0; to keep an entry for ever say 'never'");
    if (!ttl && options->ttl_ns != 0) return refuse(error, AURELIS_E_INVALID, "ttl_ns is set without AURELIS_WRITE_TTL in flags; set both");
    if (stale && options->stale_ns < 0) return refuse(error, AURELIS_E_INVALID, "the stale time must not be below 0");
    if (!stale && options->stale_ns != 0) return refuse(error, AURELIS_E_INVALID, "stale_ns is set without AURELIS_WRITE_STALE in flags; set both");
    if ((options->entry_flags & 0xffffu) != 0) return refuse(error, AURELIS_E_INVALID, "entry_flags: only bits 16 to 31 are the application's");
    for (size_t i = 0; i < options->tag_count; ++i)
        if (options->tags[i].size == 0 || options->tags[i].size > 1024)
            return refuse(error, AURELIS_E_INVALID, "a tag must have 1 to 1024 bytes");
    if (options->tag_count > 128) return refuse(error, AURELIS_E_INVALID, "more than 128 tags on one entry; use fewer");
    if (ttl) times.ttl_ns = options->ttl_ns;
    if (never) times.ttl_ns = 0;
    if (stale) times.stale_ns = options->stale_ns;
    return AURELIS_OK;
}

aurelis_status Cache::set(const aurelis_name& name, std::string_view value, const aurelis_write_options* options,
                          aurelis_write_report* report, Error& error) {
    Named named;
    aurelis_status status = resolve(name, named, error);
    if (status != AURELIS_OK) return status;
    Times times;
    status = check(options, *named.policy, times, error);
    if (status != AURELIS_OK) return status;
    if (value.size() > spec_.max_value_bytes)
        return refuse(error, AURELIS_E_TOO_LARGE, "the value has " + std::to_string(value.size()) + " bytes, cache.max_value_bytes is " + std::to_string(spec_.max_value_bytes) + "; raise it or store less");
    CallContext context;
    begin(context, options);
    aurelis_write write{};
    times.apply(context.call.now_wall, runtime_->clock.stamp(), write.meta);
    if (options != nullptr) {
        write.meta.flags = options->entry_flags;
        write.meta.cost = options->cost;
    }
    const std::string attrs = pack_attrs(named.policy->tags, options ? options->tags : nullptr, options ? options->tag_count : 0,
                                         nullptr, named.built.identity, write.meta.flags);
    write.attrs = bytes(attrs);
    write.value = borrowed(value);
    aurelis_status each[kStackLayersMax];
    status = stack_.set(context, named.key, write, each);
    if (status != AURELIS_E_TIMEOUT || context.error_status != AURELIS_OK) report_layers(each, stack_.size(), report);
    if (status < 0) error = Error{status, context.error.empty() ? "no layer took the value" : context.error};
    return status;
}

aurelis_status Cache::remove(const aurelis_name& name, const aurelis_write_options* options,
                             aurelis_write_report* report, Error& error) {
    Named named;
    aurelis_status status = resolve(name, named, error);
    if (status != AURELIS_OK) return status;
    CallContext context;
    begin(context, options);
    aurelis_status each[kStackLayersMax];
    status = stack_.remove(context, named.key, each);
    report_layers(each, stack_.size(), report);
    if (status < 0) error = Error{status, context.error.empty() ? "a layer could not remove the key" : context.error};
    return status;
}

aurelis_status Cache::multi_write(const aurelis_name* names, const aurelis_bytes* values, size_t n,
                                  const aurelis_write_options* options, aurelis_status* each, Error& error) {
    constexpr size_t kBatchMax = 1024;
    aurelis_status all = AURELIS_OK;
    CallContext context;
    begin(context, options);
    const int64_t stamp = runtime_->clock.stamp();
    std::vector<std::unique_ptr<Named>> named;
    std::vector<std::string> attrs;
    std::vector<aurelis_key> keys;
    std::vector<aurelis_write> writes;
    std::vector<std::vector<size_t>> items;             // items[j]: who wrote keys[j]; the last one's value counts.
    std::unordered_map<std::string_view, size_t> first;
    const auto settle = [&](size_t i, aurelis_status status) {
        if (each != nullptr) each[i] = status;
        if (status != AURELIS_OK && status != AURELIS_NOT_FOUND) all = AURELIS_PARTIAL;
    };
    const auto send = [&] {
        std::vector<aurelis_status> said(keys.size(), AURELIS_E_FAILED);
        for (size_t j = 0; j < keys.size(); ++j) writes[j].attrs = bytes(attrs[j]);
        if (!keys.empty()) stack_.multi_write(context, keys.data(), writes.data(), keys.size(), said.data());
        for (size_t j = 0; j < keys.size(); ++j)
            for (size_t i : items[j]) settle(i, said[j]);
        named.clear(), attrs.clear(), keys.clear(), writes.clear(), items.clear(), first.clear();
    };
    for (size_t i = 0; i < n; ++i) {
        auto one = std::make_unique<Named>();
        aurelis_status status = resolve(names[i], *one, error);
        Times times;
        if (status == AURELIS_OK) status = check(options, *one->policy, times, error);
        if (status == AURELIS_OK && values != nullptr && values[i].size > spec_.max_value_bytes)
            status = refuse(error, AURELIS_E_TOO_LARGE, "value " + std::to_string(i + 1) + " of the batch is above cache.max_value_bytes");
        if (status != AURELIS_OK) {
            settle(i, status);
            continue;
        }
        aurelis_write write{};
        if (values == nullptr) {
            write.flags = AURELIS_SET_REMOVE;
        } else {
            times.apply(context.call.now_wall, stamp, write.meta);
            write.meta.flags = options != nullptr ? options->entry_flags : 0;
            write.value = borrowed(view(values[i]));
        }
        std::string packed = values == nullptr ? std::string{}
                                               : pack_attrs(one->policy->tags, options ? options->tags : nullptr,
                                                            options ? options->tag_count : 0, nullptr,
                                                            one->built.identity, write.meta.flags);
        const auto [place, fresh] = first.emplace(one->built.key, keys.size());
        const size_t j = place->second;
        if (fresh) {
            keys.push_back(one->key);
            writes.push_back(write);
            attrs.push_back(std::move(packed));
            items.push_back({i});
            named.push_back(std::move(one));
        } else {
            writes[j] = write;
            attrs[j] = std::move(packed);
            items[j].push_back(i);
        }
        if (keys.size() == kBatchMax) send();
    }
    send();
    if (all == AURELIS_PARTIAL && error.message.empty() && !context.error.empty()) error = Error{AURELIS_PARTIAL, context.error};
    return all;
}

}  // namespace aurelis::core
