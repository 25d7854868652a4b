// The plugin "msgpack": one stage that keeps JSON text as MessagePack.
#include "msgpack_stage.hpp"

#include <aurelis/plugin/export.hpp>

AURELIS_PLUGIN("org.aurelis.msgpack", "1.0.0", "Keeps JSON text as MessagePack.",
               aurelis::plugin::serializer<aurelis::msgpack::MsgpackStage>(
                   "msgpack", "Transcodes JSON text to MessagePack and back to the same bytes."));
