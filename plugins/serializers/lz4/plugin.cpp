// The plugin "lz4": one serializer.
#include "lz4_serializer.hpp"

#include <aurelis/plugin/export.hpp>

AURELIS_PLUGIN("org.aurelis.lz4", "1.0.0", "Shrinks values to LZ4 frames, fast.",
               aurelis::plugin::serializer<aurelis::lz4::Lz4Serializer>(
                   "lz4", "One LZ4 frame per value, as the lz4 tool reads it; fast or HC by level."));
