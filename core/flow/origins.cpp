#include "flow/origins.hpp"

#include "base/buffer.hpp"
#include "base/names.hpp"

#include <algorithm>
#include <cstring>
#include <mutex>

namespace aurelis::core {

aurelis_status Origins::add(std::string_view name, const aurelis_origin& origin, Error& error) {
    if (name.empty() || origin.load == nullptr) {
        error = Error{AURELIS_E_INVALID, "an origin needs a name and a load function"};
        return AURELIS_E_INVALID;
    }
    auto kept = std::make_shared<HostOrigin>();
    const size_t known = std::min<size_t>(origin.struct_size, sizeof kept->table);
    std::memcpy(&kept->table, &origin, known);
    std::unique_lock lock(mutex_);
    registered_[std::string(name)].swap(kept);
    lock.unlock();  // The one that was replaced ends outside the lock.
    return AURELIS_OK;
}

std::shared_ptr<HostOrigin> Origins::registered(std::string_view name) {
    std::shared_lock lock(mutex_);
    const auto found = registered_.find(name);
    return found == registered_.end() ? nullptr : found->second;
}

aurelis_status Origins::load(const std::string& name, const aurelis_key& key, CallContext& context, Loaded& loaded) {
    const auto found = stores_.find(name);
    if (found == stores_.end()) {
        loaded.error = "no origin '" + name + "' is there; name it under origins:, or register it";
        return AURELIS_E_INVALID;
    }
    StoreHandle& store = *found->second;
    aurelis_entry entry{};
    const aurelis_status status = store.ops().get(store.store(), &context.call, &key, &entry);
    if (status == AURELIS_OK) {
        loaded.value = keep_buffer(entry.value);
        aurelis_buf_release(&entry.value);
        return AURELIS_OK;
    }
    loaded.error = "origin " + name + ": " + (context.error.empty() ? status_name(status) : context.error);
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
    registered_.clear();
}

}  // namespace aurelis::core
