// The plugin sqlite-disk: a backend that keeps entries in one SQLite file.
#include "backend.hpp"

#include <aurelis/plugin/export.hpp>

AURELIS_PLUGIN("org.aurelis.sqlite-disk", "1.0.0", "Keeps entries in one SQLite file.",
               aurelis::plugin::backend<aurelis::sqlite_disk::SqliteDiskBackend>(
                   "sqlite-disk",
                   "Entries in one SQLite file: durable, shared by processes, bounded by bytes and "
                   "entries, expired and evicted by itself."));
