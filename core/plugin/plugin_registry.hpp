// PluginRegistry: which component a name in the YAML stands for, in the files and folders of one cache.
// Leaves to others: loading (plugin_module), what is done with a component (api/cache_builder).
#pragma once

#include "plugin/plugin_module.hpp"

#include <aurelis/abi.h>
#include <aurelis/base/result.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace aurelis::core {

struct FoundComponent {
    const PluginModule* module = nullptr;
    const aurelis_component* component = nullptr;
    std::vector<std::string> passed_over =
        {};  // Files that offer the same, or seem to by their name, but were not chosen.
};

class PluginRegistry {
public:
    // The folders are searched in order, then the folder beside the library, then AURELIS_PLUGIN_PATH (unless the
    // process runs with another user's rights).
    explicit PluginRegistry(std::vector<std::string> folders);

    // Loads a file that the configuration names; from then on its components are found by their type names.
    Result<void> add_file(const std::string& file, const std::string& sha256_pin);
    // "memory", "memory.so" or "com.example.acme:memory". The error lists the places that were searched and what may
    // have been meant; no file is loaded to find that out.
    Result<FoundComponent> find(uint32_t kind, std::string_view name);

    // The serializer of a format id: from the files that the configuration names, by the name that the id is registered
    // for (sdk/README.md), or, for ids of private use, from any file in the folders.
    Result<FoundComponent> find_serializer(uint8_t format_id);

    const std::vector<std::string>& folders() const noexcept { return folders_; }
    // All plugin files in the folders, sorted within each; the first of equal names is the one that find() takes.
    std::vector<std::string> files() const;
    // What is wrong with AURELIS_PLUGIN_PATH; one line each.
    const std::vector<std::string>& remarks() const noexcept { return remarks_; }

private:
    Error not_found(uint32_t kind, std::string_view name, std::string_view type, const std::string& looked) const;

    std::vector<std::string> folders_;
    std::vector<std::string> remarks_;
    std::vector<const PluginModule*> added_;
};

const char* kind_name(uint32_t kind) noexcept;

}  // namespace aurelis::core
