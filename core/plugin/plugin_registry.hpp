// PluginRegistry: which component a name in the YAML stands for, as one cache sees it: its own files and folders.
// Leaves to others: loading (plugin_module), what is done with a component (host/cache_builder).
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
    std::vector<std::string> passed_over = {};  // Files that offer, or by their name seem to offer, the same, and lost.
};

class PluginRegistry {
public:
    // Folders are searched in their order, then the folder beside the library, then AURELIS_PLUGIN_PATH (unless the
    // process runs with another user's rights).
    explicit PluginRegistry(std::vector<std::string> folders);

    // Loads a file that the configuration names; its components are found by their type names from now on.
    Result<void> add_file(const std::string& file, const std::string& sha256_pin);
    // "memory", "memory.so" or "com.example.acme:memory". The error lists where was looked, and says what is there that
    // may have been meant; for that no file is loaded.
    Result<FoundComponent> find(uint32_t kind, std::string_view name);

    // The serializer of a format id: of the files that the configuration names, by the name that the id is registered
    // for (sdk/README.md), or, for ids of private use, of whatever lies in the folders.
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
