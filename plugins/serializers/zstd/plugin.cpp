// The plugin "zstd": one serializer.
#include "zstd_serializer.hpp"

#include <aurelis/plugin/export.hpp>

AURELIS_PLUGIN("org.aurelis.zstd", "1.0.0", "Shrinks values to Zstandard frames, with a dictionary per category.",
               aurelis::plugin::serializer<aurelis::zstd::ZstdSerializer>(
                   "zstd",
                   "One Zstandard frame per value, as the zstd tool reads it; trained dictionaries by category."));
