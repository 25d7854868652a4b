// The builder: from a YAML file to a running cache. The only room that sees both the configuration and the plugins, so
// it is where a wrong option meets the line that says it.
#pragma once

#include "config/config.hpp"
#include "config/problems.hpp"
#include "api/cache.hpp"
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
        FoundComponent component;
        Node options;
        uint64_t caps = 0;
    };

    Config config;
    bool readable = false;  // Else the mistakes left nothing to go by.
    Problems problems;
    std::unique_ptr<Runtime> runtime;
    std::unique_ptr<SerializerShelf> serializers;  // Made already: whatever they refuse is a mistake of the file, too.
    std::vector<LayerSpec> layers;
    std::vector<uint64_t> layer_caps;  // Of those that could be tried out.
    std::vector<Origin> origins;
    Assembly::Embedders embedders;              // Made already, like the serializers.
    std::vector<Assembly::ChainSpec> chains;    // Of the categories that have strategies.
    std::shared_ptr<PluginRegistry> plugins;  // The shelf asks it for serializers that only a frame names.

    explicit Plan(std::string file) : problems(std::move(file)) {}
};

// Reads the configuration alone; no plugin is looked for or loaded.
Result<std::unique_ptr<Plan>> read_plan(const aurelis_open_options& options);
// Reads and checks all of it; the mistakes are in plan->problems. An error: there is nothing to read.
Result<std::unique_ptr<Plan>> make_plan(const aurelis_open_options& options);
// Starts what a plan without problems describes.
Result<std::unique_ptr<Cache>> build_cache(const aurelis_open_options& options);

}  // namespace aurelis::core
