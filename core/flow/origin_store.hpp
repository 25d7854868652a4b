// OriginStore: the origin of one category as its strategies see it (aurelis_env::origin): one load per identity at a
// time, whose result the cache publishes from the top of the category's chain. What it loads from: the function that
// the call has brought, else the origin of the category. Writes go to a configured backend, through its door.
// Leaves to others: who may load when (loader), the stores and functions themselves (origins), what a strategy does
// with it. Threads: any; a function that a call has brought runs on the thread of its caller only.
#pragma once

#include "chain/chain.hpp"
#include "flow/loader.hpp"
#include "flow/origins.hpp"

#include <aurelis/abi.h>

#include <span>
#include <string>
#include <thread>

namespace aurelis::core {

// What the caller of a get brought along for one key, for an origin that a strategy asks on the way.
struct AskedKey {
    const aurelis_name* name = nullptr;
    LoadRequest* load = nullptr;  // NULL: it brought no function.
    uint64_t landings_seen = 0;   // Loader::landings() before the get.
    bool origin_asked = false;    // A strategy has asked for the key: its answer stands.
};
struct Asking {
    std::span<AskedKey> keys;  // As many as the walk has, in its order.
    std::thread::id caller = std::this_thread::get_id();
};

class OriginStore {
public:
    // policy: of the category; its chain is set before the first call. All of them outlive this.
    OriginStore(Runtime& runtime, Loader& loader, Origins& origins, const Policy& policy, uint64_t max_value_bytes);
    OriginStore(const OriginStore&) = delete;
    OriginStore& operator=(const OriginStore&) = delete;

    aurelis_store* store() noexcept { return &store_; }
    // What the origin of a policy can do; handle NULL: a function, which can only be asked.
    static uint64_t caps_of(const StoreHandle* handle) noexcept {
        return handle != nullptr ? handle->caps() : AURELIS_CAP_READ_ONLY;
    }

private:
    struct Table;
    static const aurelis_store_ops& table() noexcept;
    aurelis_status get(CallScope& scope, const aurelis_key& key, aurelis_entry& out);
    // NULL: the key is none of those that the caller asks for.
    static AskedKey* asked_key(const Walk& walk, const aurelis_key& key) noexcept;
    aurelis_status load(CallContext& context, LoadRequest& request, bool in_lane, aurelis_entry& out);

    Runtime& runtime_;
    Loader& loader_;
    Origins& origins_;
    const Policy& policy_;
    const uint64_t max_value_bytes_;
    OriginDoor* const door_;  // Of the configured backend, or NULL.
    aurelis_store store_{};
};

}  // namespace aurelis::core
