#include "flow/origins.hpp"

#include "base/buffer.hpp"
#include "base/names.hpp"
#include "flow/coalescer.hpp"
#include "flow/computation.hpp"
#include "layer/answers.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

namespace aurelis::core {
namespace {

constexpr std::string_view kHostMark = "host:";

}  // namespace

aurelis_status Origins::add(std::string_view name, const aurelis_origin& origin, Error& error) {
    if (name.empty() || (origin.load == nullptr && origin.load_many == nullptr)) {
        error = Error{AURELIS_E_INVALID, "an origin needs a name and a load function"};
        return AURELIS_E_INVALID;
    }
    auto kept = std::make_shared<HostOrigin>();
    const size_t known = std::min<size_t>(origin.struct_size, sizeof kept->table);
    std::memcpy(&kept->table, &origin, known);
    ExclusiveLock lock(mutex_);
    registered_[std::string(name)].swap(kept);
    lock.unlock();  // The replaced one is destroyed outside the lock.
    return AURELIS_OK;
}

std::shared_ptr<HostOrigin> Origins::registered(std::string_view name) {
    SharedLock lock(mutex_);
    const auto found = registered_.find(name);
    return found == registered_.end() ? nullptr : found->second;
}

StoreHandle* Origins::configured(std::string_view name) const {
    const auto found = stores_.find(name);
    return found == stores_.end() ? nullptr : found->second.get();
}

std::string Origins::mistake_in(const std::string& origin) {
    if (origin.empty())
        return "there is neither a compute function nor an origin of the category; pass a function, or name an origin "
               "in the YAML";
    if (origin.starts_with(kHostMark)) {
        if (registered(std::string_view(origin).substr(kHostMark.size())) != nullptr) return {};
        return "the origin '" + origin + "' is not registered; call aurelis_register_origin first";
    }
    if (configured(origin) != nullptr) return {};
    return "there is no origin '" + origin + "'; name it under origins:, or register it";
}

aurelis_status Origins::load(const Policy& policy, NameToLoad& name, CallContext& context, uint64_t max_value_bytes,
                             bool may_gather) {
    const auto ask = [&](std::span<NameToLoad> names, CallContext& for_all) {
        load_together(policy.origin, names, for_all, max_value_bytes);
    };
    if (policy.coalescer != nullptr && may_gather)
        policy.coalescer->load(context, name, ask);
    else
        ask({&name, 1}, context);
    return name.status;
}

bool Origins::can_load_together(const std::string& origin) {
    if (!origin.starts_with(kHostMark)) return true;
    const std::shared_ptr<HostOrigin> host = registered(std::string_view(origin).substr(kHostMark.size()));
    return host != nullptr && host->table.load_many != nullptr;
}

void Origins::load_together(const std::string& origin, std::span<NameToLoad> names, CallContext& context,
                            uint64_t max_value_bytes) {
    if (const std::string mistake = mistake_in(origin); !mistake.empty()) {
        for (NameToLoad& one : names) {
            one.loaded.error = mistake;
            one.status = AURELIS_E_INVALID;
        }
        return;
    }
    if (origin.starts_with(kHostMark))
        ask_host(*registered(std::string_view(origin).substr(kHostMark.size())), names, context);
    else
        ask_store(*configured(origin), origin, names, context);
    for (NameToLoad& one : names)
        if (one.status == AURELIS_OK && one.loaded.value.size() > max_value_bytes) one.loaded.too_large = true;
}

void Origins::ask_host(const HostOrigin& host, std::span<NameToLoad> names, CallContext& context) {
    const aurelis_origin& table = host.table;
    if (table.load_many != nullptr && (names.size() > 1 || table.load == nullptr))
        return run_computations(table.load_many, table.user, context.call, names);
    for (NameToLoad& one : names)
        one.status = run_computation(table.load, table.user, one.name, context.call, one.stale, one.terms, one.loaded);
}

void Origins::ask_store(StoreHandle& store, const std::string& origin, std::span<NameToLoad> names,
                        CallContext& context) {
    const size_t n = names.size();
    std::vector<aurelis_key> keys;
    std::vector<aurelis_entry> entries(n);
    for (const NameToLoad& one : names) keys.push_back(one.key);
    context.error.clear();
    context.item_errors.clear();
    const aurelis_status all =
        n == 1 ? (entries[0].status = store.ops().get(store.store(), &context.call, keys.data(), entries.data()))
               : store.ops().multi_get(store.store(), &context.call, keys.data(), n, entries.data());
    for (size_t i = 0; i < n; ++i) {
        NameToLoad& one = names[i];
        aurelis_entry& entry = entries[i];
        one.status = answer_of_look(n > 1 && all < 0 ? all : entry.status);
        if (one.status == AURELIS_OK && is_negative(entry.meta)) {  // A removal that waits in its queue.
            aurelis_buf_release(&entry.value);
            one.status = AURELIS_NOT_FOUND;
        } else if (one.status == AURELIS_OK) {
            one.loaded.value = keep_buffer(entry.value);
            aurelis_buf_release(&entry.value);
        } else if (one.status < 0) {
            const std::string& why = context.item_errors.of(i, context.error);
            one.loaded.error = "origin " + origin + ": " + (why.empty() ? status_name(one.status) : why);
        }
        if (one.status == AURELIS_NOT_FOUND) one.loaded.is_negative = one.terms.has_negative_ttl();
    }
}

aurelis_status Origins::flush(CallContext& context) {
    aurelis_status result = AURELIS_OK;
    for (const auto& [name, store] : stores_) {
        const aurelis_status status = store->ops().flush(store->store(), &context.call);
        if (status < 0) result = status;
    }
    return result;
}

void Origins::close() {
    stores_.clear();
    decltype(registered_) ended;  // Destroying them calls the host.
    ExclusiveLock lock(mutex_);
    ended.swap(registered_);
    lock.unlock();
}

}  // namespace aurelis::core
