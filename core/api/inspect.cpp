#include "api/inspect.hpp"

#include "config/option_check.hpp"
#include "config/show.hpp"
#include "config/suggest.hpp"
#include "api/cache_builder.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>

namespace aurelis::core {
namespace {

using Json = nlohmann::ordered_json;

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }
Json text_or_null(const char* text) { return text == nullptr ? Json(nullptr) : Json(text); }

Json told(const std::vector<Problem>& problems) {
    Json all = Json::array();
    for (const Problem& problem : problems)
        all.push_back({{"line", problem.line == 0 ? Json(nullptr) : Json(problem.line)}, {"message", problem.message}});
    return all;
}

const char* type_name(uint16_t type) noexcept {
    switch (type) {
        case AURELIS_OPT_STRING: return "string";
        case AURELIS_OPT_INT: return "int";
        case AURELIS_OPT_DOUBLE: return "double";
        case AURELIS_OPT_BOOL: return "bool";
        case AURELIS_OPT_DURATION: return "duration";
        case AURELIS_OPT_BYTES: return "bytes";
        case AURELIS_OPT_PATH: return "path";
        case AURELIS_OPT_REF: return "ref";
        default: return "any";
    }
}

constexpr std::pair<uint64_t, const char*> kCapNames[] = {
    {AURELIS_CAP_EXPIRY, "expiry"}, {AURELIS_CAP_META, "meta"}, {AURELIS_CAP_CAS, "cas"}, {AURELIS_CAP_LEASE, "lease"},
    {AURELIS_CAP_MULTI, "multi"}, {AURELIS_CAP_ATOMIC, "atomic"}, {AURELIS_CAP_SCAN, "scan"},
    {AURELIS_CAP_ZERO_COPY, "zero_copy"}, {AURELIS_CAP_ADOPT, "adopt"}, {AURELIS_CAP_NO_BLOCK, "no_block"},
    {AURELIS_CAP_TOKEN, "token"}, {AURELIS_CAP_PERSISTENT, "persistent"}, {AURELIS_CAP_SHARED, "shared"},
    {AURELIS_CAP_REMOTE, "remote"}, {AURELIS_CAP_FENCED, "fenced"},
    {AURELIS_CAP_READ_ONLY, "read_only"}, {AURELIS_CAP_SUBJECT, "subject"},
};

constexpr std::pair<uint64_t, const char*> kStageNames[] = {{AURELIS_STAGE_COMPRESSES, "compresses"},
                                                            {AURELIS_STAGE_MARKS, "marks"},
                                                            {AURELIS_STAGE_ANY_BYTES, "any_bytes"}};

// What the bits of a component mean depends on its kind.
Json capabilities(const aurelis_component& component) {
    Json names = Json::array();
    const auto add = [&](const auto& table) {
        for (const auto& [bit, name] : table)
            if ((component.caps & bit) != 0) names.push_back(name);
    };
    if (component.kind == AURELIS_KIND_SERIALIZER)
        add(kStageNames);
    else
        add(kCapNames);
    return names;
}

Json described(const aurelis_option& option) {
    Json json;
    json["name"] = option.name;
    json["type"] = type_name(option.type);
    json["list"] = (option.flags & AURELIS_OPT_LIST) != 0;
    json["required"] = (option.flags & AURELIS_OPT_REQUIRED) != 0;
    json["secret"] = (option.flags & AURELIS_OPT_SECRET) != 0;
    json["default"] = text_or_null(option.fallback);
    json["min"] = text_or_null(option.min);
    json["max"] = text_or_null(option.max);
    json["words"] = text_or_null(option.words);
    json["unit"] = text_or_null(option.unit);
    json["help"] = text_or_null(option.help);
    return json;
}

Json described(const aurelis_component& component) {
    Json json;
    json["kind"] = kind_name(component.kind);
    json["name"] = component.type_name;
    json["description"] = text_or_null(component.description);
    json["threads"] = component.threads == AURELIS_THREADS_SERIAL ? "serial" : "parallel";
    json["capabilities"] = capabilities(component);
    if (component.kind == AURELIS_KIND_SERIALIZER) json["format_id"] = component.format_id;
    json["options"] = Json::array();
    for (size_t i = 0; i < component.option_count; ++i) json["options"].push_back(described(*component.options[i]));
    return json;
}

Json described(const PluginModule& module) {
    const aurelis_plugin& plugin = *module.plugin;
    Json json;
    json["file"] = module.file;
    json["sha256"] = module.sha256;
    json["id"] = plugin.id;
    json["version"] = text_or_null(plugin.version);
    json["name"] = text_or_null(plugin.name);
    json["vendor"] = text_or_null(plugin.vendor);
    json["license"] = text_or_null(plugin.license);
    json["abi"] = std::to_string(plugin.abi_major) + "." + std::to_string(plugin.abi_minor);
    json["needs"] = std::to_string(plugin.abi_major) + "." + std::to_string(plugin.min_host_minor);
    json["build"] = text_or_null(plugin.build);
    json["components"] = Json::array();
    for (size_t i = 0; i < plugin.component_count; ++i) json["components"].push_back(described(*plugin.components[i]));
    return json;
}

// What a configuration says about plugins; empty if there is none to read. No plugin is loaded.
struct PluginPlaces {
    std::vector<PluginFileConfig> files;
    PluginRegistry registry;

    explicit PluginPlaces(const Config& config) : files(config.plugin_files), registry(config.plugin_folders) {}
};
PluginPlaces places_of(const aurelis_open_options& options) {
    auto plan = read_plan(options);
    return PluginPlaces(plan ? plan.value()->config : Config{});
}

std::string stem_of(const std::string& file) { return std::filesystem::path(file).stem().string(); }

bool offers(const PluginModule& module, std::string_view name) {
    for (size_t i = 0; i < module.plugin->component_count; ++i)
        if (name == module.plugin->components[i]->type_name) return true;
    return false;
}

Json with_plugin(const std::string& name, const char* kind, const std::string& use, const FoundComponent& found) {
    return {{"name", name}, {kind, use}, {"plugin", found.module->file}};
}

}  // namespace

Result<CheckedConfig> check_config(const aurelis_open_options& options) {
    AURELIS_TRY(plan, make_plan(options));
    Json json;
    json["file"] = plan->problems.file();
    json["problems"] = told(plan->problems.all());
    json["warnings"] = told(plan->problems.warnings());
    json["layers"] = Json::array();
    for (const LayerSpec& layer : plan->layers) {
        Json told = with_plugin(layer.name, "backend", layer.backend, layer.component);
        told["serializers"] = Json::array();
        for (const Stage& stage : layer.stages)
            told["serializers"].push_back({{"name", stage.serializer->name()}, {"plugin", stage.serializer->file()}});
        json["layers"].push_back(std::move(told));
    }
    json["origins"] = Json::array();
    for (const Plan::Origin& origin : plan->origins)
        json["origins"].push_back(
            with_plugin(origin.name, "backend", origin.component.component->type_name, origin.component));
    json["embedders"] = Json::array();
    for (const auto& [name, embedder] : plan->embedders)
        json["embedders"].push_back(
            with_plugin(name, "use", embedder->component().component->type_name, embedder->component()));
    json["categories"] = Json::array();
    for (const CategoryConfig& category : plan->config.categories) {
        Json strategies = Json::array();
        for (const Assembly::ChainSpec& chain : plan->chains) {
            if (chain.category != category.name) continue;
            for (const StrategySpec& strategy : chain.strategies)
                strategies.push_back({{"name", strategy.name}, {"plugin", strategy.component.module->file}});
        }
        json["categories"].push_back(
            {{"name", category.name}, {"glob", category.is_glob()}, {"strategies", std::move(strategies)}});
    }
    return CheckedConfig{dump(json), plan->problems.text()};
}

Result<std::string> show_config(const aurelis_open_options& options, bool yaml) {
    AURELIS_TRY(plan, make_plan(options));
    Node root = plan->config.root;
    if (root.kind == Node::Kind::Null) return fail(AURELIS_E_CONFIG, plan->problems.text());
    // A file with mistakes is shown as far as it is understood; secrets of plugins that are missing are recognized by
    // name only.
    const auto mark = [](const FoundComponent& found, Node* given) {
        if (given != nullptr) mark_declared_secrets(found.component->options, found.component->option_count, *given);
    };
    for (const LayerSpec& layer : plan->layers) mark(layer.component, layer_options(root, layer.name));
    for (const Plan::Origin& origin : plan->origins) mark(origin.component, origin_options(root, origin.name));
    for (const auto& [name, embedder] : plan->embedders) mark(embedder->component(), embedder_options(root, name));
    for (const Assembly::ChainSpec& chain : plan->chains)
        for (size_t i = 0; i < chain.strategies.size(); ++i)
            mark(chain.strategies[i].component, strategy_options(root, chain.category, i));
    return yaml ? show_yaml(root) : show_json(root);
}

Result<std::string> list_plugins(const aurelis_open_options& options) {
    const PluginPlaces places = places_of(options);
    Json json;
    json["folders"] = places.registry.folders();
    json["files"] = json["named"] = Json::array();
    for (const PluginFileConfig& file : places.files) json["named"].push_back(file.file);
    json["files"] = json["named"];
    for (const std::string& file : places.registry.files()) {
        const bool is_there = std::any_of(places.files.begin(), places.files.end(), [&](const PluginFileConfig& other) {
            return other.file == file;
        });
        if (!is_there) json["files"].push_back(file);
    }
    return dump(json);
}

// Finds the plugin by path, else by the name of a file that the configuration lists or that is in a folder, else by
// what a file that the configuration lists offers.
Result<std::string> inspect_plugin(const aurelis_open_options& options, const char* plugin) {
    if (plugin == nullptr || *plugin == '\0')
        return fail(AURELIS_E_INVALID, "no plugin is named; give a name such as memory, or a path");
    const std::string name = plugin;
    const auto described_file = [](const std::string& file, const std::string& pin) -> Result<std::string> {
        AURELIS_TRY(module, load_plugin(file, pin));
        return dump(described(*module));
    };
    if (name.find('/') != std::string::npos) return described_file(name, {});
    const PluginPlaces places = places_of(options);
    const std::string stem = name.ends_with(".so") ? name.substr(0, name.size() - 3) : name;
    for (const PluginFileConfig& file : places.files)
        if (stem_of(file.file) == stem) return described_file(file.file, file.sha256);
    std::string looked;
    for (const std::string& folder : places.registry.folders()) {
        const std::string file = folder + "/" + stem + ".so";
        looked += (looked.empty() ? "" : ", ") + file;
        std::error_code error;
        if (std::filesystem::exists(file, error)) return described_file(file, {});
    }
    std::vector<std::string> known;
    for (const PluginFileConfig& file : places.files) {
        auto module = load_plugin(file.file, file.sha256);
        if (module && offers(*module.value(), stem)) return dump(described(*module.value()));
        known.push_back(stem_of(file.file));
    }
    for (const std::string& file : places.registry.files()) known.push_back(stem_of(file));
    const std::string near = nearest_name(stem, known);
    return fail(AURELIS_E_CONFIG, "no plugin '" + name + "'; looked for " + looked +
                                      (near.empty() ? "; see: aurelis plugin list" : "; did you mean '" + near + "'?"));
}

}  // namespace aurelis::core
