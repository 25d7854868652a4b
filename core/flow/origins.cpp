#include "flow/origins.hpp"

#include "base/buffer.hpp"
#include "base/names.hpp"
#include "flow/computation.hpp"
#include "layer/answers.hpp"

#include <algorithm>
#include <cstring>

namespace aurelis::core {
namespace {

constexpr std::string_view kHostMark = "host:";

}  // namespace

aurelis_status Origins::add(std::string_view name, const aurelis_origin& origin, Error& error) {
    if (name.empty() || origin.load == nullptr) {
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

aurelis_status Origins::load(const std::string& origin, const aurelis_name& name, const aurelis_key& key,
                             CallContext& context, const aurelis_entry* stale, EntryTerms& terms,
                             uint64_t max_value_bytes, Loaded& loaded) {
    loaded.error = mistake_in(origin);
    if (!loaded.error.empty()) return AURELIS_E_INVALID;
    aurelis_status status;
    if (origin.starts_with(kHostMark)) {
        const std::shared_ptr<HostOrigin> host = registered(std::string_view(origin).substr(kHostMark.size()));
        status = run_computation(host->table.load, host->table.user, name, context.call, stale, terms, loaded);
    } else {
        StoreHandle& store = *configured(origin);
        aurelis_entry entry{};
        status = answer_of_look(store.ops().get(store.store(), &context.call, &key, &entry));
        if (status == AURELIS_OK && is_negative(entry.meta)) {  // A removal that waits in its queue.
            aurelis_buf_release(&entry.value);
            status = AURELIS_NOT_FOUND;
        } else if (status == AURELIS_OK) {
            loaded.value = keep_buffer(entry.value);
            aurelis_buf_release(&entry.value);
        } else if (status < 0) {
            loaded.error = "origin " + origin + ": " + (context.error.empty() ? status_name(status) : context.error);
        }
    }
    if (status == AURELIS_NOT_FOUND && !origin.starts_with(kHostMark)) loaded.is_negative = terms.has_negative_ttl();
    if (status == AURELIS_OK && loaded.value.size() > max_value_bytes) loaded.too_large = true;
    return status;
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
