#include "flow/origins.hpp"

#include "base/buffer.hpp"
#include "flow/coalescer.hpp"
#include "layer/health.hpp"
#include "layer/answers.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

namespace aurelis::core {
namespace {

std::string_view name_at_host(std::string_view origin) { return origin.substr(kHostOriginMark.size()); }

// Which item of a request says how the origin is: one that tells of an outage, else one that has failed, else any.
template <typename StatusOf>
size_t decisive_of(size_t n, StatusOf&& status_of) {
    size_t decisive = 0;
    for (size_t k = 1; k < n; ++k) {
        const bool is_worse = status_of(decisive) >= 0 ? status_of(k) < 0
                                                       : is_outage(status_of(k)) && !is_outage(status_of(decisive));
        if (is_worse) decisive = k;
    }
    return decisive;
}

void fail(std::span<NameToLoad> names, aurelis_status status, const std::string& why) {
    for (NameToLoad& one : names) {
        one.loaded.error = why;
        one.status = status;
    }
}

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
    Registered& place = registered_[std::string(name)];
    if (place.door == nullptr) place.door = door_of_host(name);
    place.origin.swap(kept);
    lock.unlock();  // The replaced one is destroyed outside the lock.
    return AURELIS_OK;
}

OriginDoor* Origins::door_of_host(std::string_view name) {
    mutex_.assert_held();
    OriginSpec spec;
    spec.name = std::string(kHostOriginMark) + std::string(name);
    if (const auto found = doors_.find(spec.name); found != doors_.end()) return found->second.get();
    spec.door.breaker.on = false;
    std::string key = spec.name;
    auto door = std::make_unique<OriginDoor>(runtime_, std::move(spec), nullptr);
    return unconfigured_.emplace(std::move(key), std::move(door)).first->second.get();
}

Origins::Registered Origins::registered(std::string_view name) {
    SharedLock lock(mutex_);
    const auto found = registered_.find(name);
    return found == registered_.end() ? Registered{} : found->second;
}

OriginDoor* Origins::configured(std::string_view name) const {
    const auto found = doors_.find(name);
    return found == doors_.end() || found->second->store() == nullptr ? nullptr : found->second.get();
}

void Origins::for_each(FunctionRef<void(OriginDoor&)> look_at) {
    for (const auto& [name, door] : doors_) look_at(*door);
    SharedLock lock(mutex_);
    for (const auto& [name, door] : unconfigured_) look_at(*door);
}

std::string Origins::mistake_in(const std::string& origin) {
    if (origin.empty())
        return "there is neither a compute function nor an origin of the category; pass a function, or name an origin "
               "in the YAML";
    if (origin.starts_with(kHostOriginMark)) {
        if (registered(name_at_host(origin)).origin != nullptr) return {};
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
    if (!origin.starts_with(kHostOriginMark)) return true;
    const Registered host = registered(name_at_host(origin));
    return host.origin != nullptr && host.origin->table.load_many != nullptr;
}

void Origins::load_together(const std::string& origin, std::span<NameToLoad> names, CallContext& context,
                            uint64_t max_value_bytes) {
    if (const std::string mistake = mistake_in(origin); !mistake.empty())
        fail(names, AURELIS_E_INVALID, mistake);
    else if (origin.starts_with(kHostOriginMark))
        ask_host(registered(name_at_host(origin)), names, context);
    else
        ask_store(*configured(origin), names, context);
    for (NameToLoad& one : names)
        if (one.status == AURELIS_OK && one.loaded.value.size() > max_value_bytes) one.loaded.too_large = true;
}

void Origins::ask_host(const Registered& host, std::span<NameToLoad> names, CallContext& context) {
    const aurelis_origin& table = host.origin->table;
    const bool at_once = table.load_many != nullptr && (names.size() > 1 || table.load == nullptr);
    const size_t step = at_once ? names.size() : 1;
    for (size_t i = 0; i < names.size(); i += step) {
        const std::span<NameToLoad> some = names.subspan(i, step);
        OriginDoor::Visit visit(*host.door, context.call);
        std::string why;
        if (const aurelis_status refused = visit.enter(why); refused != AURELIS_OK) {
            fail(some, refused, why);
            continue;
        }
        NameToLoad& one = some[0];
        if (at_once)
            run_computations(table.load_many, table.user, context.call, some);
        else
            one.status =
                run_computation(table.load, table.user, one.name, context.call, one.stale, one.terms, one.loaded);
        const NameToLoad& decisive = some[decisive_of(some.size(), [&](size_t k) { return some[k].status; })];
        visit.end(decisive.status, decisive.loaded.error);
    }
}

void Origins::ask_store(OriginDoor& door, std::span<NameToLoad> names, CallContext& context) {
    const size_t n = names.size();
    std::vector<aurelis_key> keys;
    std::vector<aurelis_entry> entries(n);
    for (const NameToLoad& one : names) keys.push_back(one.key);
    context.item_errors.clear();
    bool has_each = false;  // Each item has a status of its own.
    const auto get = [&](StoreHandle& store, aurelis_call& call) {
        if (n == 1) return answer_of_look(store.ops().get(store.store(), &call, keys.data(), entries.data()));
        const aurelis_status all = store.ops().multi_get(store.store(), &call, keys.data(), n, entries.data());
        if (all < 0) return all;
        has_each = true;
        for (aurelis_entry& entry : entries) entry.status = answer_of_look(entry.status);
        const size_t decisive = decisive_of(n, [&](size_t k) { return entries[k].status; });
        if (entries[decisive].status < 0) context.error = std::string(context.error_of(decisive, context.error));
        return std::min<aurelis_status>(entries[decisive].status, AURELIS_OK);
    };
    const aurelis_status judged = door.call_store(context, n == 1 ? "get" : "multi_get", get);
    for (size_t i = 0; i < n; ++i) {
        NameToLoad& one = names[i];
        aurelis_entry& entry = entries[i];
        one.status = has_each ? entry.status : judged;
        if (one.status < 0) {
            const std::string* const own = context.item_errors.of(i);
            one.loaded.error = own != nullptr ? "origin " + door.spec().name + ": " + *own : context.error;
        }
        if (one.status == AURELIS_OK) {
            const bool is_removal = is_negative(entry.meta);  // It waits in the store's queue.
            if (is_removal) one.status = AURELIS_NOT_FOUND;
            if (!is_removal) one.loaded.value = keep_buffer(entry.value);
            aurelis_buf_release(&entry.value);
        }
        if (one.status == AURELIS_NOT_FOUND) one.loaded.is_negative = one.terms.has_negative_ttl();
    }
}

aurelis_status Origins::flush(CallContext& context) {
    aurelis_status result = AURELIS_OK;
    for (const auto& [name, door] : doors_) {
        if (door->store() == nullptr) continue;
        const aurelis_status status = door->flush(context);
        if (status < 0) result = status;
    }
    return result;
}

void Origins::close() {
    for (const auto& [name, door] : doors_) door->close();
    decltype(registered_) ended;  // Destroying them calls the host.
    ExclusiveLock lock(mutex_);
    ended.swap(registered_);
    lock.unlock();
}

}  // namespace aurelis::core
