// The cache's writing half: a caller's ttl, stale time and tags become absolute times and attributes.
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

// Returns the outcome of a write to its caller: in the report, if there is one, and as an error with its reason.
aurelis_status reported(aurelis_status status, const aurelis_status* each, size_t layers, const CallContext& context,
                        aurelis_write_report* report, const char* otherwise, Error& error) {
    if (report != nullptr) {
        report->layer_count = static_cast<uint32_t>(layers);
        std::copy(each, each + layers, report->layers);
        // Callers built before this field existed have no room for it.
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
    terms.apply(context.call.now_wall, runtime().clock.stamp(), named.key.hash, write.meta);
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

namespace {

// The items of a batch of writes, gathered until they are sent; each key goes once, with the value that was written
// last. Reports the outcome of each item, with a text if it failed.
class WriteBatch {
public:
    WriteBatch(CallContext& context, bool removes, aurelis_status* each, ItemErrors& errors)
        : context_(context), removes_(removes), each_(each), errors_(errors) {}

    bool is_full() const noexcept { return keys_.size() == kBatchMax; }
    // Two names that share a short key are written one after the other, as they would be without a batch.
    bool has_another(const Named& name) const {
        const auto found = place_of_.find(name.built.key);
        return found != place_of_.end() && named_[found->second]->identity() != name.identity();
    }
    void add(size_t item, std::unique_ptr<Named> name, const aurelis_write& write, std::string attrs, bool persistent) {
        const auto [place, fresh] = place_of_.emplace(name->built.key, keys_.size());
        if (!fresh) {
            const size_t j = place->second;
            writes_[j] = write;
            attrs_[j] = std::move(attrs);
            items_[j].push_back(item);
            return;
        }
        keys_.push_back(name->key);
        writes_.push_back(write);
        persistent_.push_back(persistent);
        attrs_.push_back(std::move(attrs));
        items_.push_back({item});
        named_.push_back(std::move(name));
    }
    void refuse(size_t item, const Error& error) {
        if (each_ != nullptr) each_[item] = error.status;
        errors_.put(item, error.message);
    }
    void send() {
        std::vector<aurelis_status> said(keys_.size(), AURELIS_E_FAILED);
        ItemErrors failed;  // Errors by key.
        for (size_t j = 0; j < keys_.size(); ++j) writes_[j].attrs = bytes(attrs_[j]);
        for_each_chain(keys_.size(), [&](size_t j) { return named_[j]->policy->chain; },
                       [&](Chain& chain, const ChainPart& part) { write_through(chain, part, said, failed); });
        for (size_t j = 0; j < keys_.size(); ++j) settle(said[j], failed.of(j), items_[j]);
        named_.clear(), attrs_.clear(), keys_.clear(), writes_.clear(), persistent_.clear(), items_.clear();
        place_of_.clear();
    }

private:
    void write_through(Chain& chain, const ChainPart& part, std::vector<aurelis_status>& said, ItemErrors& failed) {
        std::vector<aurelis_key> some_keys;
        std::vector<aurelis_write> some_writes;
        std::vector<bool> some_persistent;
        std::vector<aurelis_status> some_said;
        const std::vector<aurelis_key>& keys = part.of(keys_, some_keys);
        chain.multi_write(context_, keys.data(), part.of(writes_, some_writes).data(), keys.size(),
                          part.answers(said, some_said).data(), &part.of(persistent_, some_persistent));
        part.give_back(some_said, said);
        for (const ItemErrors::One& one : context_.item_errors) failed.put(part.item(one.item), one.text);
    }
    void settle(aurelis_status status, const std::string* why, const std::vector<size_t>& items) {
        const bool has_failed = status != AURELIS_OK && status != AURELIS_NOT_FOUND;
        for (const size_t item : items) {
            if (each_ != nullptr) each_[item] = status;
            if (has_failed) errors_.put(item, why != nullptr && !why->empty() ? *why : otherwise(status));
        }
    }
    const char* otherwise(aurelis_status status) const noexcept {
        if (removes_) return "a layer could not remove the key";
        return status == AURELIS_NOT_STORED ? "no layer admitted the value" : "no layer took the value";
    }

    CallContext& context_;
    const bool removes_;
    aurelis_status* const each_;  // NULL: not wanted.
    ItemErrors& errors_;
    std::vector<std::unique_ptr<Named>> named_;
    std::vector<std::string> attrs_;
    std::vector<aurelis_key> keys_;
    std::vector<aurelis_write> writes_;
    std::vector<bool> persistent_;
    std::vector<std::vector<size_t>> items_;                  // items_[j]: the items that write keys_[j].
    std::unordered_map<std::string_view, size_t> place_of_;  // Key bytes to j.
};

}  // namespace

// Checks a value and says what is wrong with it.
aurelis_status Cache::check_value(size_t item, const aurelis_bytes& value, Error& error) const {
    const auto the_value = [&] { return "value " + std::to_string(item + 1) + " of the batch has "; };
    if (value.size != 0 && value.data == nullptr)
        return refuse(error, AURELIS_E_INVALID, the_value() + "a size but no data; point it to its bytes");
    if (value.size > spec_.max_value_bytes)
        return refuse(error, AURELIS_E_TOO_LARGE,
                      the_value() + std::to_string(value.size) + " bytes, cache.max_value_bytes is " +
                          std::to_string(spec_.max_value_bytes) + "; raise it or store less");
    return AURELIS_OK;
}

aurelis_status Cache::multi_write(const aurelis_name* names, const aurelis_bytes* values, size_t n,
                                  const aurelis_write_options* options, aurelis_status* each, Error& error,
                                  ItemErrors& errors) {
    CallContext context;
    if (begin(context, options, error) != AURELIS_OK) {
        if (each != nullptr) std::fill(each, each + n, error.status);
        return error.status;
    }
    const int64_t stamp = runtime().clock.stamp();
    const bool removes = values == nullptr;
    WriteBatch batch(context, removes, each, errors);
    for (size_t i = 0; i < n; ++i) {
        auto name = std::make_unique<Named>();
        aurelis_status status = names_.resolve(names[i], *name, error);
        const Policy none;
        EntryTerms terms(status == AURELIS_OK ? *name->policy : none);
        if (status == AURELIS_OK && !removes && options != nullptr)
            if (const char* mistake = terms.say(said_by(*options))) status = refuse(error, AURELIS_E_INVALID, mistake);
        if (status == AURELIS_OK && !removes) status = check_value(i, values[i], error);
        if (status != AURELIS_OK) {
            batch.refuse(i, error);
            continue;
        }
        aurelis_write write{};
        if (removes) {
            write.flags = AURELIS_SET_REMOVE;
        } else {
            terms.apply(context.call.now_wall, stamp, name->key.hash, write.meta);
            write.value = borrowed(view(values[i]));
        }
        if (batch.has_another(*name)) batch.send();
        const bool persistent = requires_persistent(options, *name->policy);
        std::string attrs = removes ? std::string{} : terms.attrs(name->built.identity);
        batch.add(i, std::move(name), write, std::move(attrs), persistent);
        if (batch.is_full()) batch.send();
    }
    batch.send();
    return errors.empty() ? aurelis_status{AURELIS_OK} : refuse(error, AURELIS_PARTIAL, errors.first());
}

}  // namespace aurelis::core
