// What fills a store's table where the plugin has no function of its own. In a backend: batches are loops over the
// single forms, everything else answers "unsupported" or does nothing. In a strategy: a call to the next store, or a
// loop over the single form if the strategy has that one. Leaves to others: copying the table, locks, limits
// (store_handle, limited_table).
#pragma once

#include <aurelis/abi.h>

namespace aurelis::core {

// The plugin must have get, set, remove and destroy.
void fill_gaps_of_backend(aurelis_store_ops& ops) noexcept;
// The plugin must have destroy. The next store is that of the StoreHandle in host_data.
void fill_gaps_of_strategy(aurelis_store_ops& ops) noexcept;

// The loops over the single forms of the store itself.
aurelis_status multi_get_by_loop(aurelis_store* store, aurelis_call* call, const aurelis_key* keys, size_t n,
                                 aurelis_entry* out) noexcept;
aurelis_status multi_write_by_loop(aurelis_store* store, aurelis_call* call, const aurelis_key* keys,
                                   const aurelis_write* writes, size_t n, aurelis_status* each,
                                   uint64_t* versions) noexcept;

}  // namespace aurelis::core
