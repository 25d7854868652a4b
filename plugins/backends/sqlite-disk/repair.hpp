// Repair: looking for damage that no statement has hit yet, and rebuilding the indices of a file from its rows.
// Leaves to others: damage to the rows themselves (salvage.hpp).
#pragma once

#include "newest.hpp"
#include "settings.hpp"

namespace aurelis::sqlite_disk {

// E_CORRUPT if SQLite's own check of all pages finds something within the time; what is not checked in time counts as
// sound. Bounded by the connection's patience, too.
Result<void> look_over(Database& database, int64_t at_most_ns);

// Rebuilds the indices and the newest versions. Of several rows with one key the newest stays. One transaction,
// committed only if all pages are sound afterwards; a file with damaged rows stays as it is. E_CORRUPT: the file is
// damaged, or the time was too short.
Result<void> make_indices_anew(Database& database, int64_t at_most_ns);

}  // namespace aurelis::sqlite_disk
