// The plugin "memory": one backend.
#include "memory_backend.hpp"

#include <aurelis/plugin/export.hpp>

AURELIS_PLUGIN("org.aurelis.memory", "1.0.0", "Entries in the memory of this process.",
               aurelis::plugin::backend<aurelis::memory::MemoryBackend>(
                   "memory", "Sharded, bounded by entries and bytes, zero-copy reads, S3-FIFO eviction."));
