// The plugin "gzip": one serializer.
#include "gzip_serializer.hpp"

#include <aurelis/plugin/export.hpp>

AURELIS_PLUGIN("org.aurelis.gzip", "1.0.0", "Shrinks values to gzip members.",
               aurelis::plugin::serializer<aurelis::gzip::GzipSerializer>(
                   "gzip", "One gzip member per value, as the gzip tool reads it."));
