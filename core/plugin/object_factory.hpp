// Making components that are not stores: serializers and embedders come from the same kind of factory. Leaves to
// others: what their tables must have (serializer_handle, embedder_handle).
#pragma once

#include "config/node.hpp"
#include "plugin/host_services.hpp"
#include "plugin/plugin_registry.hpp"

#include <aurelis/abi.h>
#include <aurelis/base/result.hpp>

namespace aurelis::core {

// options: checked against the component's declaration. The error names no place: the caller knows the line.
Result<aurelis_object> make_object(const FoundComponent& found, const HostServices& services, const Node& options);

}  // namespace aurelis::core
