// The cache's writing half: what a caller says of ttl, stale time and tags becomes absolute times and attributes.
#include "api/cache.hpp"

#include "api/chain_parts.hpp"
#include "base/buffer.hpp"

#include <algorithm>
#include <unordered_map>

namespace aurelis::core {
namespace {

aurelis_status refuse(Error& error, aurelis_status status, std::string why) {
    error = Error{status, std::move(why)};
    return status;
}

// What came of a write, told to its caller: to the report, if he wants one, and as an error with its reason.
aurelis_status reported(aurelis_status status, const aurelis_status* each, size_t layers, const CallContext& context,
                        aurelis_write_report* report, const char* otherwise, Error& error) {
    if (report != nullptr) {
        report->layer_count = static_cast<uint32_t>(layers);
        std::copy(each, each + layers, report->layers);
        // Callers from before the field have no room for it.
        if (report->struct_size >= sizeof *report) report->outdated = context.outdated_layers;
    }
    if (status < 0) error = Error{status, context.error.empty() ? otherwise : context.error};
    return status;
}

bool requires_persistent(const aurelis_write_options* options, const Policy& policy) noexcept {
    return policy.require_persistent || (options != nullptr && (options->flags & AURELIS_WRITE_PERSISTENT) != 0);
}

}  // namespace

aurelis_status Cache::set(const aurelis_name& name, std::string_view value, const aurelis_write_options* options,
                          aurelis_write_report* report, Error& error) {
    Named named;
    aurelis_status status = names_.resolve(name, named, error);
    if (status != AURELIS_OK) return status;
    CallContext context;
    if (begin(context, options, error) != AURELIS_OK) return error.status;
    EntryTerms terms(*named.policy);
    if (options != nullptr)
        if (const char* mistake = terms.say(said_by(*options))) return refuse(error, AURELIS_E_INVALID, mistake);
    if (value.size() > spec_.max_value_bytes)
        return refuse(error, AURELIS_E_TOO_LARGE,
                      "the value has " + std::to_string(value.size()) + " bytes, cache.max_value_bytes is " +
                          std::to_string(spec_.max_value_bytes) + "; raise it or store less");
    context.requires_persistent = requires_persistent(options, *named.policy);
    aurelis_write write{};
    terms.apply(context.call.now_wall, runtime().clock.stamp(), write.meta);
    if (options != nullptr) write.meta.cost = options->cost;
    const std::string attrs = terms.attrs(named.built.identity);
    write.attrs = bytes(attrs);
    write.value = borrowed(value);
    aurelis_status each[kStackLayersMax];
    return reported(named.policy->chain->set(context, named.key, write, each), each, stack().size(), context, report,
                    "no layer took the value", error);
}

aurelis_status Cache::remove(const aurelis_name& name, const aurelis_write_options* options,
                             aurelis_write_report* report, Error& error) {
    Named named;
    aurelis_status status = names_.resolve(name, named, error);
    if (status != AURELIS_OK) return status;
    CallContext context;
    if (begin(context, options, error) != AURELIS_OK) return error.status;
    aurelis_status each[kStackLayersMax];
    return reported(named.policy->chain->remove(context, named.key, each), each, stack().size(), context, report,
                    "a layer could not remove the key", error);
}

aurelis_status Cache::multi_write(const aurelis_name* names, const aurelis_bytes* values, size_t n,
                                  const aurelis_write_options* options, aurelis_status* each, Error& error) {
    constexpr size_t kBatchMax = 1024;
    aurelis_status all = AURELIS_OK;
    CallContext context;
    if (begin(context, options, error) != AURELIS_OK) {
        if (each != nullptr) std::fill(each, each + n, error.status);
        return error.status;
    }
    const int64_t stamp = runtime().clock.stamp();
    std::vector<std::unique_ptr<Named>> named;
    std::vector<std::string> attrs;
    std::vector<aurelis_key> keys;
    std::vector<aurelis_write> writes;
    std::vector<bool> persistent;
    std::vector<std::vector<size_t>> items;             // items[j]: who wrote keys[j]; the last one's value counts.
    std::unordered_map<std::string_view, size_t> first;
    const auto settle = [&](size_t i, aurelis_status status) {
        if (each != nullptr) each[i] = status;
        if (status != AURELIS_OK && status != AURELIS_NOT_FOUND) all = AURELIS_PARTIAL;
    };
    const auto send = [&] {
        std::vector<aurelis_status> said(keys.size(), AURELIS_E_FAILED);
        for (size_t j = 0; j < keys.size(); ++j) writes[j].attrs = bytes(attrs[j]);
        for_each_chain(keys.size(), [&](size_t j) { return named[j]->policy->chain; },
                       [&](Chain& chain, const std::vector<size_t>& part) {
                           const std::vector<bool> insists = picked(persistent, part);
                           std::vector<aurelis_status> each_of(part.size(), AURELIS_E_FAILED);
                           chain.multi_write(context, picked(keys, part).data(), picked(writes, part).data(),
                                             part.size(), each_of.data(), &insists);
                           for (size_t j = 0; j < part.size(); ++j) said[part[j]] = each_of[j];
                       });
        for (size_t j = 0; j < keys.size(); ++j)
            for (size_t i : items[j]) settle(i, said[j]);
        named.clear(), attrs.clear(), keys.clear(), writes.clear(), persistent.clear(), items.clear(), first.clear();
    };
    for (size_t i = 0; i < n; ++i) {
        auto one = std::make_unique<Named>();
        aurelis_status status = names_.resolve(names[i], *one, error);
        const Policy none;
        EntryTerms terms(status == AURELIS_OK ? *one->policy : none);
        if (status == AURELIS_OK && values != nullptr && options != nullptr)
            if (const char* mistake = terms.say(said_by(*options))) status = refuse(error, AURELIS_E_INVALID, mistake);
        if (status == AURELIS_OK && values != nullptr && values[i].size != 0 && values[i].data == nullptr)
            status = refuse(
                error, AURELIS_E_INVALID,
                "value " + std::to_string(i + 1) + " of the batch has a size but no data; point it to its bytes");
        if (status == AURELIS_OK && values != nullptr && values[i].size > spec_.max_value_bytes)
            status = refuse(error, AURELIS_E_TOO_LARGE,
                            "value " + std::to_string(i + 1) + " of the batch is above cache.max_value_bytes");
        if (status != AURELIS_OK) {
            settle(i, status);
            continue;
        }
        aurelis_write write{};
        if (values == nullptr) {
            write.flags = AURELIS_SET_REMOVE;
        } else {
            terms.apply(context.call.now_wall, stamp, write.meta);
            write.meta.cost = options != nullptr ? options->cost : 0;
            write.value = borrowed(view(values[i]));
        }
        std::string packed = values == nullptr ? std::string{} : terms.attrs(one->built.identity);
        // Two things that share a short key are written one after the other, as without a batch.
        const auto earlier = first.find(one->built.key);
        if (earlier != first.end() && named[earlier->second]->identity() != one->identity()) send();
        const auto [place, fresh] = first.emplace(one->built.key, keys.size());
        const size_t j = place->second;
        if (fresh) {
            keys.push_back(one->key);
            writes.push_back(write);
            persistent.push_back(requires_persistent(options, *one->policy));
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
    if (all == AURELIS_PARTIAL && error.message.empty() && !context.error.empty())
        error = Error{AURELIS_PARTIAL, context.error};
    return all;
}

}  // namespace aurelis::core
