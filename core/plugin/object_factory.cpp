#include "plugin/object_factory.hpp"

namespace aurelis::core {

Result<aurelis_object> make_object(const FoundComponent& found, const HostServices& services, const Node& options) {
    CallContext context;
    const auto* factory = static_cast<const aurelis_object_factory*>(found.component->factory);
    aurelis_env env{};
    env.struct_size = sizeof env;
    env.category = "";
    const auto* node = reinterpret_cast<const aurelis_node*>(&options);
    aurelis_object made{};
    const aurelis_status created = factory->create(found.component, services.table(), node, &env, &context.call, &made);
    if (created != AURELIS_OK)
        return fail(created < 0 ? created : aurelis_status{AURELIS_E_FAILED},
                    context.error.empty() ? "the plugin could not make it and did not say why" : context.error);
    if (made.ops == nullptr)
        return fail(AURELIS_E_CONFIG, "plugin " + found.module->file + " gave no table of functions; tell its author");
    return made;
}

}  // namespace aurelis::core
