#include "api/cache_builder.hpp"

#include "config/config_reader.hpp"
#include "config/environment.hpp"
#include "config/locate.hpp"
#include "config/option_check.hpp"
#include "config/suggest.hpp"
#include "flow/event_rules.hpp"
#include "plugin/absent_store.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <charconv>
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
    uint32_t kind;
    std::string owner;  // "layer L3_disk (sqlite-disk): "
    const std::string& plugin;
    const Node& options;
    int line;
    int plugin_line;
};

std::string owner_of(const char* what, const std::string& name, const std::string& plugin) {
    return std::string(what) + " " + name + " (" + plugin + "): ";
}

// The line of the option that the sentence begins with ("'tls.ca' is ..."), else that of the component.
int line_of(const Wanted& wanted, const std::string& why) {
    if (!why.starts_with('\'')) return wanted.line;
    const std::string path = why.substr(1, std::min(why.find('\'', 1), why.size()) - 1);
    const Node* at = &wanted.options;
    for (size_t begin = 0; at != nullptr && begin <= path.size();) {
        const size_t end = std::min(path.find('.', begin), path.size());
        at = at->find(path.substr(begin, end - begin));
        begin = end + 1;
    }
    return at == nullptr || at->line == 0 ? wanted.line : at->line;
}

// Adds what a component refuses when it is created as a mistake in the file. If its text names a line, that line is
// used.
void add_refusal(Plan& plan, const Wanted& wanted, std::string why) {
    int line = line_of(wanted, why);
    const std::string file = plan.problems.file() + ":";
    if (why.starts_with(file)) {
        const size_t end = why.find(": ", file.size());
        const char* const digits = why.data() + file.size();
        int named = 0;
        const auto [stop, error] = std::from_chars(digits, why.data() + std::min(end, why.size()), named);
        if (end != std::string::npos && error == std::errc() && stop == why.data() + end) {
            line = named;
            why.erase(0, end + 2);
        }
    }
    plan.problems.add(line, why.starts_with(wanted.owner) ? why : wanted.owner + why);
}

bool plan_component(Plan& plan, const Wanted& wanted, const std::string& data_folder, FoundComponent& found,
                    Node& checked) {
    const std::string& owner = wanted.owner;
    auto component = plan.plugins->find(wanted.kind, wanted.plugin);
    if (!component) {
        plan.problems.add(wanted.plugin_line, owner + component.error().message);
        return false;
    }
    found = component.value();
    if (!found.passed_over.empty()) {
        std::string others;
        for (const std::string& file : found.passed_over) others += (others.empty() ? "" : ", ") + file;
        const std::string by_id = std::string(found.module->plugin->id) + ":" + found.component->type_name;
        plan.problems.warn(wanted.plugin_line,
                           owner + "it is taken from " + found.module->file + ", not from " + others +
                               " of the same name; remove the one that is not wanted, or write '" + by_id + "'");
    }
    const OptionContext context{owner, plan.config.folder, data_folder, wanted.line};
    checked =
        check_options(found.component->options, found.component->option_count, wanted.options, context, plan.problems);
    return true;
}

// Defaults for a stage that compresses; any other is always applied, and its result kept.
constexpr uint64_t kThreshold = 1024;
constexpr double kMinGain = 0.05;

void plan_stages(Plan& plan, const LayerConfig& layer, const std::string& data_folder, LayerSpec& spec) {
    std::string shrunk_by;
    std::string sealed_by;  // Takes any bytes and is not a compressor: its output is treated as incompressible.
    spec.shelf = plan.serializers.get();
    for (const SerializerConfig& stage : layer.serializers) {
        if (stage.use.empty()) continue;
        FoundComponent found;
        Node options;
        const Wanted wanted{AURELIS_KIND_SERIALIZER,
                            owner_of("layer", layer.name, stage.use),
                            stage.use,
                            stage.options,
                            stage.line,
                            stage.line};
        const size_t problems = plan.problems.all().size();
        if (!plan_component(plan, wanted, data_folder, found, options) || plan.problems.all().size() != problems)
            continue;
        auto made = SerializerHandle::make(*plan.runtime, found, layer.name + "/" + stage.use, options);
        if (!made) {
            add_refusal(plan, wanted, made.error().message);
            continue;
        }
        const SerializerHandle* const serializer = plan.serializers->add(std::move(made).value());
        const std::string unreadable = !sealed_by.empty() ? sealed_by : shrunk_by;
        if (!unreadable.empty() && !serializer->takes_any_bytes())
            plan.problems.warn(stage.line, wanted.owner + "it comes after " + unreadable +
                                               ", whose output it cannot read; put it before that");
        if (!sealed_by.empty() && serializer->compresses())
            plan.problems.warn(stage.line, wanted.owner + "it comes after " + sealed_by +
                                               ", whose output does not shrink; put it before that");
        if (serializer->compresses())
            shrunk_by = stage.use;
        else if (serializer->takes_any_bytes())
            sealed_by = stage.use;
        spec.stages.push_back({serializer, stage.threshold.value_or(serializer->compresses() ? kThreshold : 0),
                               stage.min_gain.value_or(serializer->compresses() ? kMinGain : -1)});
    }
}

// The option that tells a backend that its values have no frame (AURELIS_OPT_BARE); NULL if it has none.
const char* bare_option(const aurelis_component& component) {
    for (size_t i = 0; i < component.option_count; ++i)
        if ((component.options[i]->flags & AURELIS_OPT_BARE) != 0) return component.options[i]->name;
    return nullptr;
}

// A backend whose store other programs use as well must not add anything of its own to it: a layer without frames sets
// the option for that, unless its options do.
Node backend_options(Plan& plan, const LayerConfig& layer) {
    Node options = layer.options;
    if (!layer.bare) return options;
    auto found = plan.plugins->find(AURELIS_KIND_BACKEND, layer.backend);
    const char* const name = found ? bare_option(*found.value().component) : nullptr;
    if (name == nullptr || options.find(name) != nullptr) return options;
    Node yes;
    yes.kind = Node::Kind::Scalar;
    yes.text = "true";
    yes.line = layer.line;
    options.members.emplace_back(name, std::move(yes));
    return options;
}

// A store is created once to find out what it refuses, which does no I/O; a server that is down is noticed only at the
// start.
bool plan_store(Plan& plan, const Wanted& wanted, const std::string& instance, const std::string& data_folder,
                FoundComponent& found, Node& options, StoreHandle::Trial& trial, bool is_origin = false) {
    const size_t problems = plan.problems.all().size();
    if (!plan_component(plan, wanted, data_folder, found, options)) return false;
    if (plan.problems.all().size() != problems) return true;
    Wiring wiring;
    wiring.is_origin = is_origin;
    const auto tried = StoreHandle::try_out(*plan.runtime, found, instance, options, std::move(wiring));
    if (tried)
        trial = tried.value();
    else
        add_refusal(plan, wanted, tried.error().message);
    return true;
}

// If others write and changes are not reported, private copies of this process go out of date unnoticed.
void warn_of_untold(Plan& plan, const LayerConfig& layer, const StoreHandle::Trial& trial) {
    if (!layer.shared || (trial.caps & AURELIS_CAP_SHARED) == 0 || trial.tells_changes) return;
    const int64_t trust = layer.resilience.trust_ns;
    const std::string bound = trust == 0 ? "are believed forever ('trust: never')"
                                         : "live at most " + std::to_string(trust / 1'000'000) + " ms ('trust')";
    plan.problems.warn(layer.line,
                       "layer " + layer.name +
                           ": its backend does not report changes by other processes, so copies in private layers "
                           "of this process " +
                           bound + "; if no other process writes to it, set 'shared: false'");
}

void plan_layers(Plan& plan, const std::string& data_folder) {
    std::vector<StoreHandle::Trial> trials;
    for (const LayerConfig& layer : plan.config.layers) {
        LayerSpec spec;
        spec.name = layer.name;
        spec.backend = layer.backend;
        spec.place = place_of(plan.config, layer.line);
        spec.priority = layer.priority;
        spec.ttl = layer.ttl;
        spec.max_value_bytes = layer.max_value_bytes.value_or(plan.config.max_value_bytes);
        spec.shared = layer.shared;
        spec.bare = layer.bare;
        spec.resilience = layer.resilience;
        plan_stages(plan, layer, data_folder, spec);
        const Node options = backend_options(plan, layer);
        const Wanted wanted{AURELIS_KIND_BACKEND, owner_of("layer", layer.name, layer.backend),
                            layer.backend,        options,
                            layer.line,           layer.backend_line};
        StoreHandle::Trial trial;
        if (plan_store(plan, wanted, layer.name, data_folder, spec.component, spec.options, trial))
            plan.layers.push_back(std::move(spec));
        trials.push_back(trial);
        plan.layer_caps.push_back(trial.caps);
    }
    const bool has_copies = std::any_of(trials.begin(), trials.end(), [&](const StoreHandle::Trial& trial) {
        const LayerConfig& layer = plan.config.layers[static_cast<size_t>(&trial - trials.data())];
        return trial.caps != 0 && (!layer.shared || (trial.caps & AURELIS_CAP_SHARED) == 0);
    });
    for (size_t i = 0; has_copies && i < trials.size(); ++i) warn_of_untold(plan, plan.config.layers[i], trials[i]);
}

// Entries that end when they are not used need layers whose stores end them, and do so anew when they are used.
void refuse_idle_times(Plan& plan) {
    for (const CategoryConfig& category : plan.config.categories) {
        if (category.idle_ns.value_or(0) == 0) continue;
        for (size_t i = 0; i < plan.config.layers.size(); ++i) {
            const LayerConfig& layer = plan.config.layers[i];
            const bool unknown = plan.layer_caps[i] == 0;  // It has been reported that there is no such backend.
            if (unknown || (!layer.bare && (plan.layer_caps[i] & AURELIS_CAP_EXPIRY) != 0)) continue;
            plan.problems.add(category.idle_line,
                              "category " + category.name + ": 'idle' needs layers that end entries " +
                                  "themselves, and layer " + layer.name +
                                  (layer.bare ? " has 'frame: none'" : " (" + layer.backend + ") does not") +
                                  "; remove 'idle', or that layer");
        }
    }
}

void plan_origins(Plan& plan, const std::string& data_folder) {
    for (const OriginConfig& origin : plan.config.origins) {
        if (origin.is_of_host()) continue;
        Plan::Origin planned{origin.name, place_of(plan.config, origin.line), origin.door, {}, {}, 0};
        const Wanted wanted{AURELIS_KIND_BACKEND, owner_of("origin", origin.name, origin.backend),
                            origin.backend,       origin.options,
                            origin.line,          origin.backend_line};
        StoreHandle::Trial trial;
        if (!plan_store(plan, wanted, origin.name, data_folder, planned.component, planned.options, trial, true))
            continue;
        planned.caps = trial.caps;
        plan.origins.push_back(std::move(planned));
    }
}

void plan_embedders(Plan& plan, const std::string& data_folder) {
    for (const EmbedderConfig& embedder : plan.config.embedders) {
        const Wanted wanted{AURELIS_KIND_EMBEDDER, owner_of("embedder", embedder.name, embedder.use),
                            embedder.use,          embedder.options,
                            embedder.line,         embedder.use_line};
        FoundComponent found;
        Node options;
        const size_t problems = plan.problems.all().size();
        if (!plan_component(plan, wanted, data_folder, found, options) || plan.problems.all().size() != problems)
            continue;
        auto made = EmbedderHandle::make(*plan.runtime, found, embedder.name, options);
        if (made)
            plan.embedders.emplace(embedder.name, std::move(made).value());
        else
            add_refusal(plan, wanted, made.error().message);
    }
}

// The components that the options of a component refer to.
std::vector<aurelis_ref> refs_of(Plan& plan, const Wanted& wanted, const FoundComponent& found, const Node& options) {
    std::vector<aurelis_ref> refs;
    std::vector<std::string> known;
    for (const EmbedderConfig& embedder : plan.config.embedders) known.push_back(embedder.name);
    for (size_t i = 0; i < found.component->option_count; ++i) {
        const aurelis_option& option = *found.component->options[i];
        const Node* const named = option.type == AURELIS_OPT_REF ? options.find(option.name) : nullptr;
        if (named == nullptr) continue;
        const std::string place = wanted.owner + "'" + option.name + "' ";
        if (option.words == nullptr || std::string_view(option.words) != "embedder") {
            plan.problems.add(named->line, place +
                                               "names a component of a kind that this core cannot provide; report it "
                                               "to the author of the plugin");
        } else if (const auto made = plan.embedders.find(named->text); made != plan.embedders.end()) {
            refs.push_back({option.name, AURELIS_KIND_EMBEDDER, 0, made->second->object()});
        } else if (std::find(known.begin(), known.end(), named->text) == known.end()) {
            plan.problems.add(named->line, place + "names '" + named->text + "', which is not in 'embedders'" +
                                               suggestion(named->text, known));
        }  // Else it could not be created, which has been reported already.
    }
    return refs;
}

// The stand-ins for the neighbours of a category's strategies while these are tried out.
struct TrialSurroundings {
    aurelis_store stack;
    aurelis_store origin;
};

// Creates a strategy once to find out what it refuses; what it can do on top of `next` is not checked.
void try_strategy(Plan& plan, const Wanted& wanted, const StrategySpec& spec, TrialSurroundings& around,
                  const Wiring& common) {
    Wiring wiring = common;
    wiring.next = &around.stack;
    wiring.origin = &around.origin;
    wiring.refs = spec.refs;
    const auto tried = StoreHandle::try_out(*plan.runtime, spec.component, common.category + "/" + spec.name,
                                            spec.options, std::move(wiring));
    if (!tried) add_refusal(plan, wanted, tried.error().message);
}

// Plans the strategies of one category; messages name the category that lists them.
void plan_chain(Plan& plan, const std::string& data_folder, const CategoryConfig& category, const std::string& origin,
                const std::vector<StrategyConfig>& strategies) {
    Assembly::ChainSpec chain;
    chain.category = category.name;
    const auto keys = KeyBuilder::create(plan.config.name_space, plan.config.version, plan.config.key_format);
    if (keys && category.name != "default" && !category.is_glob() && plan.config.key_format == KeyFormat::Default)
        if (const auto opened = keys.value().open(category.name)) chain.key_prefix = opened.value().prefix();
    uint64_t origin_caps = AURELIS_CAP_READ_ONLY;
    for (const Plan::Origin& one : plan.origins)
        if (one.name == origin) origin_caps = one.caps;
    TrialSurroundings around{absent_store(StackStore::caps_of(plan.layer_caps)), absent_store(origin_caps)};
    Wiring common;
    common.category = category.name;
    common.key_prefix = chain.key_prefix;
    for (const StrategyConfig& strategy : strategies) {
        if (strategy.use.empty()) continue;
        const Wanted wanted{AURELIS_KIND_STRATEGY, "category " + category.name + ": strategy " + strategy.use + ": ",
                            strategy.use,          strategy.options,
                            strategy.line,         strategy.line};
        StrategySpec spec{strategy.use, place_of(plan.config, strategy.line), {}, {}, {}};
        const size_t problems = plan.problems.all().size();
        if (!plan_component(plan, wanted, data_folder, spec.component, spec.options)) continue;
        spec.refs = refs_of(plan, wanted, spec.component, spec.options);
        if (plan.problems.all().size() == problems) try_strategy(plan, wanted, spec, around, common);
        chain.strategies.push_back(std::move(spec));
    }
    if (!chain.strategies.empty()) plan.chains.push_back(std::move(chain));
}

void plan_chains(Plan& plan, const std::string& data_folder) {
    const CategoryConfig none;
    const CategoryConfig* const fallback = plan.config.category("default");
    const CategoryConfig& otherwise = fallback != nullptr ? *fallback : none;
    for (const CategoryConfig& category : plan.config.categories) {
        const auto& strategies = category.strategies ? category.strategies : otherwise.strategies;
        if (strategies)
            plan_chain(plan, data_folder, category, category.origin.empty() ? otherwise.origin : category.origin,
                       *strategies);
    }
}

// ---- two users of one store ---------------------------------------------------------------------------------

// Whether the option says where the store is: a path to data does, and so do options with the usual names.
bool names_a_place(const aurelis_option& option) {
    constexpr std::string_view kNames[] = {"url", "uri", "host", "hosts", "port", "socket", "address", "database", "db",
                                           "nodes", "sentinels", "sentinel_master", "bucket", "table", "prefix"};
    if (option.type == AURELIS_OPT_PATH) return (option.flags & AURELIS_OPT_DATA) != 0;
    return std::find(std::begin(kNames), std::end(kNames), std::string_view(option.name)) != std::end(kNames);
}

// URLs that differ only in the login or in a slash at the end are the same place.
std::string place_text(std::string_view text) {
    std::string place(text);
    if (const size_t scheme = place.find("://"); scheme != std::string::npos) {
        const size_t host = scheme + 3, at = place.rfind('@');
        if (at != std::string::npos && at >= host) place.erase(host, at + 1 - host);
        for (char& byte : place)
            if (byte >= 'A' && byte <= 'Z') byte = static_cast<char>(byte - 'A' + 'a');
    } else {
        // The same for all spellings of a path and through all links.
        std::error_code error;
        if (place.starts_with('/'))
            if (const auto real = std::filesystem::weakly_canonical(place, error); !error) place = real.string();
    }
    while (place.size() > 1 && place.back() == '/') place.pop_back();
    return place;
}

// Identifies the store by what the checked options say about its place; empty: nothing, or each instance has a store of
// its own.
std::string store_of(const FoundComponent& found, const Node& options) {
    const aurelis_component& component = *found.component;
    if ((component.caps & (AURELIS_CAP_PERSISTENT | AURELIS_CAP_SHARED | AURELIS_CAP_REMOTE)) == 0) return {};
    std::string place;
    for (size_t i = 0; i < component.option_count; ++i) {
        const aurelis_option& option = *component.options[i];
        const Node* const given = names_a_place(option) ? options.find(option.name) : nullptr;
        if (given == nullptr) continue;
        place += std::string(option.name) + "=" + (given->text.empty() ? "" : place_text(given->text));
        for (const Node& item : given->items) place += "," + place_text(item.text);
        place += '\n';
    }
    return place.empty() ? place : std::string(component.type_name) + '\n' + place;
}

// Two layers over one store hold each entry only once but count it twice, and what one removes, the other loses.
void warn_of_shared_stores(Plan& plan) {
    struct User {
        std::string what, store;
        int line;
    };
    std::vector<User> users;
    const auto add = [&](std::string what, const FoundComponent& found, const Node& options, int line) {
        std::string store = store_of(found, options);
        if (store.empty()) return;
        for (const User& other : users)
            if (other.store == store)
                plan.problems.warn(
                    line, what + ": it is kept in the same place as " + other.what + " (line " +
                              std::to_string(other.line) +
                              "), so each overwrites the other's entries; give one of them a place of its own");
        users.push_back({std::move(what), std::move(store), line});
    };
    const auto line_of = [](const auto& configured, const std::string& name) {
        for (const auto& one : configured)
            if (one.name == name) return one.line;
        return 0;
    };
    for (const LayerSpec& layer : plan.layers)
        add("layer " + layer.name, layer.component, layer.options, line_of(plan.config.layers, layer.name));
    for (const Plan::Origin& origin : plan.origins)
        add("origin " + origin.name, origin.component, origin.options, line_of(plan.config.origins, origin.name));
}

Result<std::string> file_to_read(const aurelis_open_options& options) {
    ConfigPlaces places;
    if (options.file != nullptr) places.explicit_path = options.file;
    places.library_folder = library_folder();
    return locate_config(places, process_environment());
}

Result<std::unique_ptr<StoreHandle>> start_origin(Runtime& runtime, const Plan::Origin& origin) {
    Wiring wiring;
    wiring.is_origin = true;
    auto started = StoreHandle::start(runtime, origin.component, origin.name, origin.options, std::move(wiring));
    if (!started)
        return fail(started.error().status, origin.place + ": origin " + origin.name + ": " + started.error().message);
    return started;
}

// A serializer that only a stored frame names, not a layer: found by its format id, with its default options.
SerializerShelf::Maker maker_of(Runtime& runtime, std::shared_ptr<PluginRegistry> plugins) {
    return [&runtime, plugins = std::move(plugins)](uint8_t format_id) -> Result<std::unique_ptr<SerializerHandle>> {
        AURELIS_TRY(found, plugins->find_serializer(format_id));
        Problems problems("");
        Node none;
        none.kind = Node::Kind::Map;
        const std::string name = found.component->type_name;
        const OptionContext context{"serializer " + name + ": ", "/", "", 0};
        const Node options =
            check_options(found.component->options, found.component->option_count, none, context, problems);
        if (!problems.empty()) return fail(AURELIS_E_CONFIG, problems.text());
        return SerializerHandle::make(runtime, found, name, options);
    };
}

}  // namespace

Result<std::unique_ptr<Plan>> read_plan(const aurelis_open_options& options) {
    std::optional<Config> config;
    std::unique_ptr<Plan> plan;
    const Environment environment = process_environment();
    if (options.text.size != 0) {
        plan = std::make_unique<Plan>("(text)");
        config = load_config_text(view(options.text), options.folder != nullptr ? options.folder : ".", environment,
                                  plan->problems);
    } else {
        AURELIS_TRY(file, file_to_read(options));
        plan = std::make_unique<Plan>(file);
        config = load_config_file(file, environment, plan->problems);
    }
    plan->readable = config.has_value();
    if (!config) return plan;
    plan->config = std::move(*config);
    plan->config.file = plan->problems.file();
    if (options.name_space != nullptr) plan->config.name_space = options.name_space;
    return plan;
}

Result<std::unique_ptr<Plan>> make_plan(const aurelis_open_options& options) {
    AURELIS_TRY(plan, read_plan(options));
    if (!plan->readable) return plan;
    const std::string data_folder = options.data_folder != nullptr ? options.data_folder : "";
    std::error_code ignored;
    const std::string data =
        data_folder.empty() ? data_folder : std::filesystem::absolute(data_folder, ignored).string();

    plan->runtime = std::make_unique<Runtime>(options.clock, options.log, options.log_user, options.log_level);
    plan->runtime->lease_ns = plan->config.lease_ns;
    plan->runtime->wait_ns = plan->config.wait_timeout_ns;
    plan->plugins = std::make_shared<PluginRegistry>(plan->config.plugin_folders);
    for (const std::string& remark : plan->plugins->remarks()) plan->problems.warn(0, remark);
    plan->serializers = std::make_unique<SerializerShelf>();
    plan->serializers->set_maker(maker_of(*plan->runtime, plan->plugins));
    for (const PluginFileConfig& file : plan->config.plugin_files) {
        const auto added = plan->plugins->add_file(file.file, file.sha256);
        if (!added) plan->problems.add(file.line, added.error().message);
    }
    plan_layers(*plan, data);
    refuse_idle_times(*plan);
    plan_origins(*plan, data);
    plan_embedders(*plan, data);
    plan_chains(*plan, data);
    warn_of_shared_stores(*plan);
    const auto keys = KeyBuilder::create(plan->config.name_space, plan->config.version, plan->config.key_format);
    if (!keys) {
        const Node* const section = plan->config.root.find("cache");
        plan->problems.add(section != nullptr && options.name_space == nullptr ? section->line_of_key() : 0,
                           keys.error().message);
        return plan;
    }
    EventRules rules(keys.value());
    add_rules(plan->config.rules, rules, plan->problems);
    return plan;
}

PatternMatch match_of(KeyPattern pattern) {
    auto kept = std::make_shared<const KeyPattern>(std::move(pattern));
    return [kept](std::string_view key, std::string_view identity) { return kept->matches(key, identity); };
}

static Stamps::ReadPattern pattern_reader(const KeyBuilder& keys) {
    return [keys](std::string_view text) {
        auto pattern = KeyPattern::parse(text, keys);
        return pattern ? match_of(std::move(pattern).value()) : PatternMatch();
    };
}

Result<std::unique_ptr<Cache>> build_cache(const aurelis_open_options& options) {
    AURELIS_TRY(plan, make_plan(options));
    if (!plan->problems.empty()) return fail(AURELIS_E_CONFIG, plan->problems.text());
    Runtime& runtime = *plan->runtime;
    for (const Problem& warning : plan->problems.warnings())
        runtime.log.write(
            AURELIS_LOG_WARN,
            (warning.line == 0 ? plan->config.file : place_of(plan->config, warning.line)) + ": " + warning.message);
    if (runtime.log.enabled(AURELIS_LOG_INFO)) {
        runtime.log.write(AURELIS_LOG_INFO, "the configuration is " + plan->config.file);
        for (const LayerSpec& layer : plan->layers)
            runtime.log.write(AURELIS_LOG_INFO, layer.place + ": layer " + layer.name + ": backend " + layer.backend +
                                                    " from " + layer.component.module->file);
    }
    const Config& config = plan->config;
    Origins::Doors origins;
    for (const Plan::Origin& origin : plan->origins) {
        AURELIS_TRY(started, start_origin(runtime, origin));
        origins.emplace(origin.name,
                        std::make_unique<OriginDoor>(
                            runtime, OriginSpec{origin.name, origin.place, origin.door, origin.component},
                            std::move(started)));
    }
    for (const OriginConfig& origin : config.origins)
        if (origin.is_of_host())
            origins.emplace(origin.name, std::make_unique<OriginDoor>(
                                             runtime,
                                             OriginSpec{origin.name, place_of(config, origin.line), origin.door, {}},
                                             nullptr));
    AURELIS_TRY(keys, KeyBuilder::create(config.name_space, config.version, config.key_format));
    auto assembly = std::make_unique<Assembly>(
        std::move(plan->runtime), std::move(plan->serializers), std::move(plan->embedders), std::move(plan->layers),
        KeySpace{keys.namespace_prefix(), keys.own_prefix()}, pattern_reader(keys), std::move(origins),
        Policies(config));
    if (auto started = assembly->start_chains(std::move(plan->chains), config.max_value_bytes); !started) {
        assembly->close();
        return started.error();
    }
    auto cache = std::make_unique<Cache>(
        CacheSpec{config.name_space, config.version, config.max_value_bytes, config.close_timeout_ns}, std::move(keys),
        std::move(assembly));
    Problems checked_before(config.file);
    add_rules(config.rules, cache->rules(), checked_before);
    return cache;
}

}  // namespace aurelis::core
