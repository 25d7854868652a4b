// The plugin "json": one stage that marks values which are JSON text.
#include "json_stage.hpp"

#include <aurelis/plugin/export.hpp>

AURELIS_PLUGIN("org.aurelis.json", "1.0.0", "Marks values that are JSON text.",
               aurelis::plugin::serializer<aurelis::json::JsonStage>(
                   "json", "Checks that a value is JSON text (RFC 8259) and changes no byte of it."));
