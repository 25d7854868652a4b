// Repair: looking for damage that no statement has met yet, and making the indices of a file anew from its rows.
// Leaves to others: damage to the rows themselves (salvage.hpp).
#pragma once

#include "newest.hpp"
#include "settings.hpp"

namespace aurelis::sqlite_disk {

// E_CORRUPT if SQLite's own look at all pages finds something within the time; what is not looked at in time counts as
// sound. Bounded by the connection's patience, too.
Result<void> look_over(Database& database, int64_t at_most_ns);

// Makes the indices and the newest versions anew. Of two rows with one key the newest stays. One transaction, kept only
// if all pages are sound behind it; a file whose rows are damaged stays as it is. E_CORRUPT: it is, or the time was too
// short.
Result<void> make_indices_anew(Database& database, int64_t at_most_ns);

}  // namespace aurelis::sqlite_disk
