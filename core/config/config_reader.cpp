// The order of the sections, and the one check that spans two of them: origins that categories name.
#include "config/config_reader.hpp"

#include "config/section_readers.hpp"
#include "config/expand.hpp"
#include "config/files.hpp"
#include "config/map_reader.hpp"
#include "config/suggest.hpp"
#include "config/values.hpp"
#include "config/yaml_reader.hpp"
#include "config/yaml_text.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace aurelis::core {
namespace {

void check_origins_of_categories(const Config& config, Problems& problems) {
    std::vector<std::string> known;
    for (const OriginConfig& origin : config.origins) known.push_back(origin.name);
    for (const CategoryConfig& category : config.categories) {
        const std::string& origin = category.origin;
        if (origin.empty() || origin.starts_with(kHostOriginMark)) continue;
        if (std::find(known.begin(), known.end(), origin) != known.end()) continue;
        problems.add(category.origin_line,
                     "category " + printable(category.name) + ": 'origin' names '" + printable(origin) +
                         "', which is not in 'origins'" + suggestion(origin, known) +
                         " (if the host registers it, write: origin: {host: " + printable(origin) + "})");
    }
}

}  // namespace

Config read_config(Node root, const std::string& folder, Problems& problems) {
    Config config;
    config.file = problems.file();
    config.folder = folder;
    if (root.kind == Node::Kind::Null) {
        problems.add(1, "the file is empty; write at least: layers: [{name: L1, backend: memory}]");
        return config;
    }
    const MapReader reader(root, "",
                           {"cache", "keys", "plugins", "layers", "origins", "embedders", "categories", "invalidation"},
                           problems);
    if (const Node* section = reader.map("cache")) read_cache_section(*section, config, problems);
    if (const Node* section = reader.map("keys")) read_keys_section(*section, config, problems);
    if (const Node* section = reader.map("plugins")) read_plugins_section(*section, config, problems);
    if (const Node* section = reader.list("layers")) read_layers(*section, config, problems);
    if (const Node* section = reader.map("origins")) read_origins(*section, config, problems);
    if (const Node* section = reader.map("embedders")) read_embedders(*section, config, problems);
    if (const Node* section = reader.map("categories")) read_categories(*section, config, problems);
    if (const Node* section = reader.list("invalidation")) read_rules(*section, config, problems);
    if (root.kind == Node::Kind::Map && root.find("layers") == nullptr)
        problems.add(1, "'layers' is missing; write at least: layers: [{name: L1, backend: memory}]");
    check_origins_of_categories(config, problems);
    config.root = std::move(root);
    return config;
}

std::optional<Config> load_config_text(std::string_view text, const std::string& folder,
                                       const Environment& environment, Problems& problems) {
    std::optional<Node> root = read_yaml(text, problems);
    if (!root) return std::nullopt;
    expand_variables(*root, environment, problems);
    const auto absolute = absolute_path(folder.empty() ? "." : folder, "");
    if (!absolute) {
        problems.add(0, absolute.error().message);
        return std::nullopt;
    }
    return read_config(std::move(*root), absolute.value(), problems);
}

std::optional<Config> load_config_file(const std::string& path, const Environment& environment, Problems& problems) {
    const auto text = read_regular_file(path, kYamlBytesMax);
    if (!text) {
        problems.add(0, "the configuration cannot be read: " + text.error().message);
        return std::nullopt;
    }
    return load_config_text(text.value(), folder_of(path), environment, problems);
}

}  // namespace aurelis::core
