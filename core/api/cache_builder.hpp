// The builder: from a YAML file to a running cache. The only file that sees both the configuration and the plugins, so
// wrong options are reported here with their lines.
#pragma once

#include "config/config.hpp"
#include "config/problems.hpp"
#include "api/cache.hpp"
#include "keys/key_pattern.hpp"
#include "plugin/plugin_registry.hpp"

#include <aurelis/aurelis.h>

#include <memory>
#include <string>

namespace aurelis::core {

// A configuration with its plugins found and its options checked; no store is started.
struct Plan {
    struct Origin {
        std::string name;
        std::string place;
        DoorConfig door;
        FoundComponent component;
        Node options;
        uint64_t caps = 0;
    };

    Config config;
    bool readable = false;  // Else there are too many mistakes to use anything of it.
    Problems problems;
    std::unique_ptr<Runtime> runtime;
    std::unique_ptr<SerializerShelf> serializers;  // Created already: what they refuse is a mistake in the file, too.
    std::vector<LayerSpec> layers;
    std::vector<uint64_t> layer_caps;  // Of the layers that could be tried out.
    std::vector<Origin> origins;  // The backends; those of the host are in config.origins only.
    Assembly::Embedders embedders;              // Created already, like the serializers.
    std::vector<Assembly::ChainSpec> chains;    // For the categories that have strategies.
    std::shared_ptr<PluginRegistry> plugins;  // The shelf asks it for serializers that only frames name.

    explicit Plan(std::string file) : problems(std::move(file)) {}
};

// Reads only the configuration; no plugin is looked for or loaded.
Result<std::unique_ptr<Plan>> read_plan(const aurelis_open_options& options);
// Reads and checks everything; the mistakes are in plan->problems. An error: there was nothing to read.
Result<std::unique_ptr<Plan>> make_plan(const aurelis_open_options& options);
// What an invalidation by this pattern hides.
PatternMatch match_of(KeyPattern pattern);
// Starts what a plan without problems describes.
Result<std::unique_ptr<Cache>> build_cache(const aurelis_open_options& options);

}  // namespace aurelis::core
