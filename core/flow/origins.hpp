// Origins: where values come from on a full miss: backends that the configuration names, and functions that the host
// has registered. Each is called through its door.
// Leaves to others: when to ask (loader), which origin a category has (policy), limits and outages (origin_door).
// Threads: any; close: the cache's owner.
#pragma once

#include "base/locks.hpp"
#include "flow/computation.hpp"
#include "flow/entry_terms.hpp"
#include "flow/loader.hpp"
#include "flow/origin_door.hpp"

#include <aurelis/aurelis.h>

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace aurelis::core {

// An origin of the host; destroyed with the last load that uses it.
struct HostOrigin {
    aurelis_origin table{};
    ~HostOrigin() {
        if (table.destroy != nullptr) table.destroy(table.user);
    }
};

class Origins {
public:
    using Doors = std::map<std::string, std::unique_ptr<OriginDoor>, std::less<>>;

    // doors: of all that are configured, by name; those of the host are named "host:NAME".
    Origins(Runtime& runtime, Doors doors) : runtime_(runtime), doors_(std::move(doors)) {}

    // A later one of the same name replaces it for loads that begin then.
    aurelis_status add(std::string_view name, const aurelis_origin& origin, Error& error) AURELIS_EXCLUDES(mutex_);
    // The door of a configured backend; NULL: there is none of that name.
    OriginDoor* configured(std::string_view name) const;
    // All doors, also of functions that are configured but not registered.
    void for_each(FunctionRef<void(OriginDoor&)> look_at) AURELIS_EXCLUDES(mutex_);
    // What is wrong with the origin of a category: none is named, or there is none of that name; empty: nothing.
    std::string mistake_in(const std::string& origin);
    // Asks the origin of a category for a name, together with others if the policy gathers them and the caller may wait
    // for them. Terms: what its function specifies for the value is added. A value above max_value_bytes is only given
    // to those that ask now. Below 0: its loaded.error says why.
    aurelis_status load(const Policy& policy, NameToLoad& name, CallContext& context, uint64_t max_value_bytes,
                        bool may_gather = true);
    // Whether it can be asked for several names at once.
    bool can_load_together(const std::string& origin);
    // The same for at least one name, with one request if the origin can answer several at once.
    void load_together(const std::string& origin, std::span<NameToLoad> names, CallContext& context,
                       uint64_t max_value_bytes);
    // Flushes all of them, until one deadline (mono). Returns the last failure; context.error says why.
    aurelis_status flush(CallContext& context);
    void close() AURELIS_EXCLUDES(mutex_);

private:
    struct Registered {
        std::shared_ptr<HostOrigin> origin;  // NULL: none of that name.
        OriginDoor* door = nullptr;
    };
    Registered registered(std::string_view name) AURELIS_EXCLUDES(mutex_);
    OriginDoor* door_of_host(std::string_view name) AURELIS_REQUIRES(mutex_);
    static void ask_host(const Registered& host, std::span<NameToLoad> names, CallContext& context);
    static void ask_store(OriginDoor& door, std::span<NameToLoad> names, CallContext& context);

    Runtime& runtime_;
    const Doors doors_;
    SharedMutex mutex_;  // Never held during a call.
    Doors unconfigured_ AURELIS_GUARDED_BY(mutex_);  // Of functions that the configuration does not name.
    std::map<std::string, Registered, std::less<>> registered_ AURELIS_GUARDED_BY(mutex_);
};

}  // namespace aurelis::core
