// Origins: where values come from on a full miss: backends that the configuration names, and functions that the host has
// registered. Leaves to others: when to ask (loader), which origin a category has (policy).
// Threads: any; close: the cache's owner.
#pragma once

#include "flow/loader.hpp"
#include "plugin/store_handle.hpp"

#include <aurelis/aurelis.h>

#include <map>
#include <memory>
#include <shared_mutex>
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
    using Stores = std::map<std::string, std::unique_ptr<StoreHandle>, std::less<>>;

    explicit Origins(Stores stores) : stores_(std::move(stores)) {}

    // A later one of the same name replaces it for loads that begin then.
    aurelis_status add(std::string_view name, const aurelis_origin& origin, Error& error);
    // NULL: none of that name has been registered.
    std::shared_ptr<HostOrigin> registered(std::string_view name);
    // Asks a configured origin. Below 0: loaded.error says why.
    aurelis_status load(const std::string& name, const aurelis_key& key, CallContext& context, Loaded& loaded);
    // All of them, until one deadline (mono). The last failure; context.error says why.
    aurelis_status flush(CallContext& context);
    void close();

private:
    Stores stores_;
    std::shared_mutex mutex_;  // Guards what follows; never held during a call.
    std::map<std::string, std::shared_ptr<HostOrigin>, std::less<>> registered_;
};

}  // namespace aurelis::core
