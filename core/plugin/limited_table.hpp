// LimitedTable: functions for the table of a store that has limits. Each keeps the call within them and passes it on to
// the table behind (StoreHandle::behind_limits). Leaves to others: what the limits are (store_limits.hpp). Threads: as
// those functions.
#pragma once

#include <aurelis/abi.h>

namespace aurelis::core {

class StoreHandle;

struct LimitedTable {
    // A store's own batches are split; loops over the single forms need not be.
    static void install(aurelis_store_ops& ops, bool has_batches) noexcept;

private:
    class Parts;

    static StoreHandle& self(aurelis_store* store) noexcept;
    static aurelis_status get(aurelis_store* store, aurelis_call* call, const aurelis_key* key,
                              aurelis_entry* out) noexcept;
    static aurelis_status set(aurelis_store* store, aurelis_call* call, const aurelis_key* key,
                              const aurelis_write* write, uint64_t* version) noexcept;
    static aurelis_status remove(aurelis_store* store, aurelis_call* call, const aurelis_key* key) noexcept;
    static aurelis_status touch(aurelis_store* store, aurelis_call* call, const aurelis_key* key,
                                int64_t expires) noexcept;
    static aurelis_status multi_get(aurelis_store* store, aurelis_call* call, const aurelis_key* keys, size_t n,
                                    aurelis_entry* out) noexcept;
    static aurelis_status multi_write(aurelis_store* store, aurelis_call* call, const aurelis_key* keys,
                                      const aurelis_write* writes, size_t n, aurelis_status* each,
                                      uint64_t* versions) noexcept;
};

}  // namespace aurelis::core
