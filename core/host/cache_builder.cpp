#include "host/cache_builder.hpp"

#include "config/config_reader.hpp"
#include "config/environment.hpp"
#include "config/locate.hpp"
#include "config/option_check.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <filesystem>

namespace aurelis::core {
namespace {

std::string library_folder() {
    Dl_info info{};
    if (dladdr(reinterpret_cast<const void*>(&make_plan), &info) == 0 || info.dli_fname == nullptr) return {};
    std::error_code error;
    const auto self = std::filesystem::canonical(info.dli_fname, error);
    return error ? std::string{} : self.parent_path().string();
}

std::string place_of(const Config& config, int line) { return config.file + ":" + std::to_string(line); }

// One component of the configuration: found, and its options checked.
struct Wanted {
    const char* what;  // "layer", "origin"
    const std::string& name;
    const std::string& backend;
    const Node& options;
    int line;
    int backend_line;
};

bool plan_component(Plan& plan, const Wanted& wanted, const std::string& data_folder, FoundComponent& found, Node& checked) {
    const std::string owner = std::string(wanted.what) + " " + wanted.name + " (" + wanted.backend + "): ";
    auto component = plan.plugins->find(AURELIS_KIND_BACKEND, wanted.backend);
    if (!component) {
        plan.problems.add(wanted.backend_line, owner + component.error().message);
        return false;
    }
    found = component.value();
    const OptionContext context{owner, plan.config.folder, data_folder, wanted.line};
    checked = check_options(found.component->options, found.component->option_count, wanted.options, context, plan.problems);
    return true;
}

void plan_layers(Plan& plan, const std::string& data_folder) {
    for (const LayerConfig& layer : plan.config.layers) {
        LayerSpec spec;
        spec.name = layer.name;
        spec.backend = layer.backend;
        spec.place = place_of(plan.config, layer.line);
        spec.priority = layer.priority;
        spec.ttl = layer.ttl;
        spec.max_value_bytes = layer.max_value_bytes.value_or(plan.config.max_value_bytes);
        spec.shared = layer.shared;
        const Wanted wanted{"layer", layer.name, layer.backend, layer.options, layer.line, layer.backend_line};
        if (plan_component(plan, wanted, data_folder, spec.component, spec.options)) plan.layers.push_back(std::move(spec));
    }
}

void plan_origins(Plan& plan, const std::string& data_folder) {
    for (const OriginConfig& origin : plan.config.origins) {
        Plan::Origin planned{origin.name, place_of(plan.config, origin.line), {}, {}};
        const Wanted wanted{"origin", origin.name, origin.backend, origin.options, origin.line, origin.backend_line};
        if (plan_component(plan, wanted, data_folder, planned.component, planned.options)) plan.origins.push_back(std::move(planned));
    }
}

Policy policy_of(const CategoryConfig& category, const CategoryConfig* fallback) {
    Policy policy{category.ttl, category.stale, category.origin, category.tags};
    if (fallback == nullptr) return policy;
    if (!policy.ttl) policy.ttl = fallback->ttl;
    if (!policy.stale) policy.stale = fallback->stale;
    if (policy.origin.empty()) policy.origin = fallback->origin;
    if (policy.tags.empty()) policy.tags = fallback->tags;
    return policy;
}

CacheSpec spec_of(const Config& config) {
    CacheSpec spec{config.name_space, config.version, config.max_value_bytes, config.close_timeout_ns, {}, {}};
    const CategoryConfig* fallback = nullptr;
    for (const CategoryConfig& category : config.categories)
        if (category.name == "default") fallback = &category;
    if (fallback != nullptr) spec.default_policy = policy_of(*fallback, nullptr);
    for (const CategoryConfig& category : config.categories)
        if (&category != fallback) spec.policies.emplace(category.name, policy_of(category, fallback));
    return spec;
}

Result<std::string> file_to_read(const aurelis_open_options& options) {
    ConfigPlaces places;
    if (options.file != nullptr) places.explicit_path = options.file;
    places.library_folder = library_folder();
    return locate_config(places, process_environment());
}

Result<std::unique_ptr<StoreHandle>> start_origin(Runtime& runtime, const Plan::Origin& origin) {
    auto started = StoreHandle::start(runtime, origin.component, origin.name, origin.options);
    if (!started) return fail(started.error().status, origin.place + ": origin " + origin.name + ": " + started.error().message);
    return started;
}

}  // namespace

Result<std::unique_ptr<Plan>> make_plan(const aurelis_open_options& options) {
    std::optional<Config> config;
    std::unique_ptr<Plan> plan;
    const Environment environment = process_environment();
    if (options.text.size != 0) {
        plan = std::make_unique<Plan>("(text)");
        config = load_config_text(view(options.text), options.folder != nullptr ? options.folder : ".", environment, plan->problems);
    } else {
        AURELIS_TRY(file, file_to_read(options));
        plan = std::make_unique<Plan>(file);
        config = load_config_file(file, environment, plan->problems);
    }
    if (!config) return plan;
    plan->config = std::move(*config);
    plan->config.file = plan->problems.file();
    if (options.name_space != nullptr) plan->config.name_space = options.name_space;
    const std::string data_folder = options.data_folder != nullptr ? options.data_folder : "";
    std::error_code ignored;
    const std::string data = data_folder.empty() ? data_folder : std::filesystem::absolute(data_folder, ignored).string();

    plan->plugins = std::make_unique<PluginRegistry>(plan->config.plugin_folders);
    for (const PluginFileConfig& file : plan->config.plugin_files) {
        const auto added = plan->plugins->add_file(file.file, file.sha256);
        if (!added) plan->problems.add(file.line, added.error().message);
    }
    plan_layers(*plan, data);
    plan_origins(*plan, data);
    const auto keys = KeyBuilder::create(plan->config.name_space, plan->config.version, plan->config.key_format);
    if (!keys) plan->problems.add(0, keys.error().message);
    return plan;
}

Result<std::unique_ptr<Cache>> build_cache(const aurelis_open_options& options) {
    AURELIS_TRY(plan, make_plan(options));
    if (!plan->problems.empty()) return fail(AURELIS_E_CONFIG, plan->problems.text());
    auto runtime = std::make_unique<Runtime>(options.clock, options.log, options.log_user, options.log_level);
    runtime->lease_ns = plan->config.lease_ns;
    for (const Problem& warning : plan->problems.warnings())
        runtime->log.write(AURELIS_LOG_WARN, place_of(plan->config, warning.line) + ": " + warning.message);
    std::map<std::string, std::unique_ptr<StoreHandle>, std::less<>> origins;
    for (const Plan::Origin& origin : plan->origins) {
        AURELIS_TRY(started, start_origin(*runtime, origin));
        origins.emplace(origin.name, std::move(started));
    }
    AURELIS_TRY(keys, KeyBuilder::create(plan->config.name_space, plan->config.version, plan->config.key_format));
    return std::make_unique<Cache>(std::move(runtime), std::move(keys), spec_of(plan->config), std::move(plan->layers),
                                   std::move(origins));
}

}  // namespace aurelis::core
