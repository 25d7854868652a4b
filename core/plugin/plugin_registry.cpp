#include "plugin/plugin_registry.hpp"

#include "config/suggest.hpp"

#include <dlfcn.h>
#include <sys/auxv.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

namespace aurelis::core {
namespace {

namespace fs = std::filesystem;

#if defined(_WIN32)
constexpr std::string_view kSuffix = ".dll";
#else
constexpr std::string_view kSuffix = ".so";
#endif

// <folder of this library>/aurelis/plugins, else <folder of the program>/../lib/aurelis/plugins.
std::vector<std::string> folders_beside_us() {
    std::vector<std::string> found;
    Dl_info info{};
    if (dladdr(reinterpret_cast<const void*>(&kind_name), &info) == 0 || info.dli_fname == nullptr) return found;
    std::error_code error;
    const fs::path self = fs::canonical(info.dli_fname, error);
    if (error) return found;
    const fs::path folder = self.parent_path();
    for (const fs::path& candidate :
         {folder / "aurelis" / "plugins", folder.parent_path() / "lib" / "aurelis" / "plugins"})
        if (found.empty() && fs::is_directory(candidate, error)) found.push_back(fs::canonical(candidate).string());
    if (found.empty()) found.push_back((folder / "aurelis" / "plugins").string());
    return found;
}

std::vector<std::string> folders_of_environment(std::vector<std::string>& remarks) {
    std::vector<std::string> found;
    const char* text = getauxval(AT_SECURE) != 0 ? nullptr : std::getenv("AURELIS_PLUGIN_PATH");
    if (text == nullptr) return found;
    std::string_view rest = text;
    while (!rest.empty()) {
        const size_t end = std::min(rest.find(':'), rest.size());
        const std::string folder(rest.substr(0, end));
        std::error_code error;
        if (folder.empty()) {
        } else if (folder.front() != '/') {  // It would depend on where the host was started.
            remarks.push_back("AURELIS_PLUGIN_PATH: '" + folder +
                              "' is passed over, since it does not begin with /; write the whole path");
        } else {
            if (!fs::is_directory(folder, error))
                remarks.push_back("AURELIS_PLUGIN_PATH: " + folder +
                                  " is not a folder that can be read; create it or remove it");
            found.push_back(folder);
        }
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return found;
}

const aurelis_component* component_of(const PluginModule& module, uint32_t kind, std::string_view type) {
    for (size_t i = 0; i < module.plugin->component_count; ++i) {
        const aurelis_component* component = module.plugin->components[i];
        if (component->kind == kind && type == component->type_name) return component;
    }
    return nullptr;
}

// The format ids that sdk/README.md assigns.
struct RegisteredFormat {
    uint8_t format_id;
    std::string_view name;
};
constexpr RegisteredFormat kRegisteredFormats[] = {{1, "json"}, {2, "msgpack"}, {3, "gzip"}, {4, "lz4"}, {5, "zstd"}};
constexpr uint8_t kPrivateFormats = 192;

bool is_same_file(const std::string& left, const std::string& right) {
    std::error_code error;
    return left == right || fs::equivalent(left, right, error);
}

void add_once(std::vector<std::string>& names, std::string name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(std::move(name));
}

// What a plugin offers of this kind, or of all kinds if it has none of this one: "backend 'x'", "backend 'x' and
// serializer 'y'".
std::string offered_by(const PluginModule& module, uint32_t kind) {
    std::vector<std::string> of_kind, all;
    for (size_t i = 0; i < module.plugin->component_count; ++i) {
        const aurelis_component* component = module.plugin->components[i];
        const std::string offer = std::string(kind_name(component->kind)) + " '" + component->type_name + "'";
        all.push_back(offer);
        if (component->kind == kind) of_kind.push_back(offer);
    }
    const std::vector<std::string>& told = of_kind.empty() ? all : of_kind;
    std::string text;
    for (size_t i = 0; i < told.size(); ++i)
        text += (i == 0 ? "" : i + 1 == told.size() ? " and " : ", ") + told[i];
    return text.empty() ? "nothing" : text;
}

// Can a file of this name be of the kind? Files in the folders are known only by their names, and some names belong to
// a known kind.
bool may_be(uint32_t kind, std::string_view name) {
    if (kind == AURELIS_KIND_SERIALIZER) return true;
    for (const RegisteredFormat& format : kRegisteredFormats)
        if (format.name == name) return false;
    return true;
}

const aurelis_component* serializer_of(const PluginModule& module, uint8_t format_id) {
    for (size_t i = 0; i < module.plugin->component_count; ++i) {
        const aurelis_component* component = module.plugin->components[i];
        if (component->kind == AURELIS_KIND_SERIALIZER && component->format_id == format_id) return component;
    }
    return nullptr;
}

}  // namespace

const char* kind_name(uint32_t kind) noexcept {
    switch (kind) {
        case AURELIS_KIND_BACKEND: return "backend";
        case AURELIS_KIND_STRATEGY: return "strategy";
        case AURELIS_KIND_SERIALIZER: return "serializer";
        case AURELIS_KIND_EMBEDDER: return "embedder";
        default: return "component";
    }
}

PluginRegistry::PluginRegistry(std::vector<std::string> folders) : folders_(std::move(folders)) {
    const auto add = [&](const std::vector<std::string>& more) {
        for (const std::string& folder : more)
            if (std::find(folders_.begin(), folders_.end(), folder) == folders_.end()) folders_.push_back(folder);
    };
    add(folders_beside_us());
    add(folders_of_environment(remarks_));
}

Result<void> PluginRegistry::add_file(const std::string& file, const std::string& sha256_pin) {
    AURELIS_TRY(module, load_plugin(file, sha256_pin));
    added_.push_back(module);
    return {};
}

Result<FoundComponent> PluginRegistry::find(uint32_t kind, std::string_view name) {
    std::string_view id;
    std::string_view type = name;
    if (const size_t colon = name.find(':'); colon != std::string_view::npos) {
        id = name.substr(0, colon);
        type = name.substr(colon + 1);
    }
    if (type.size() > kSuffix.size() && type.ends_with(kSuffix)) type.remove_suffix(kSuffix.size());
    if (type.empty() || type.find('/') != std::string_view::npos || type == "." || type == "..")
        return fail(AURELIS_E_CONFIG, "'" + std::string(name) +
                                          "' is not the name of a plugin; a file of your own goes to plugins: files:");

    const auto fits = [&](const PluginModule& module) { return id.empty() || id == module.plugin->id; };
    FoundComponent found;
    const auto take = [&](const PluginModule* module, const aurelis_component* component) {
        if (found.component == nullptr)
            found.module = module, found.component = component;
        else if (!is_same_file(found.module->file, module->file))
            add_once(found.passed_over, module->file);
    };
    for (const PluginModule* module : added_)
        if (fits(*module))
            if (const auto* component = component_of(*module, kind, type)) take(module, component);

    std::string looked;
    for (const std::string& folder : folders_) {
        const std::string file = folder + "/" + std::string(type) + std::string(kSuffix);
        looked += (looked.empty() ? "" : ", ") + file;
        std::error_code error;
        if (!fs::exists(file, error)) continue;
        if (found.component !=
            nullptr) {  // One is found already: the others are not loaded, so that their code never runs.
            if (id.empty() && !is_same_file(found.module->file, file)) add_once(found.passed_over, file);
            continue;
        }
        AURELIS_TRY(module, load_plugin(file, {}));
        if (!fits(*module)) continue;
        const auto* component = component_of(*module, kind, type);
        if (component == nullptr)
            return fail(AURELIS_E_CONFIG,
                        "plugin " + module->file + " has no " + kind_name(kind) + " '" + std::string(type) +
                            "', it offers " + offered_by(*module, kind) +
                            "; rename the file after it, or name the file in plugins: files: and use that name");
        take(module, component);
    }
    if (found.component != nullptr) return found;
    return not_found(kind, name, type, looked);
}

Error PluginRegistry::not_found(uint32_t kind, std::string_view name, std::string_view type,
                                const std::string& looked) const {
    std::vector<std::string> known;
    std::string offers;  // Of the files that the configuration names, under whatever name.
    for (const PluginModule* module : added_) {
        offers += ", and " + module->file + " offers " + offered_by(*module, kind);
        for (size_t i = 0; i < module->plugin->component_count; ++i)
            if (module->plugin->components[i]->kind == kind) add_once(known, module->plugin->components[i]->type_name);
    }
    for (const std::string& file : files())
        if (const std::string stem = fs::path(file).stem().string(); may_be(kind, stem)) add_once(known, stem);
    const std::string near = nearest_name(type, known);
    std::string there;
    for (const std::string& one : known) there += (there.empty() ? "" : ", ") + one;
    const std::string way_out =
        !near.empty()   ? "; did you mean '" + near + "'?"
        : known.empty() ? offers + "; install it there, or name its folder in plugins: search:"
                        : offers + "; found: " + there + "; install it, or name its folder in plugins: search:";
    return fail(AURELIS_E_CONFIG, std::string("no ") + kind_name(kind) + " plugin '" + std::string(name) +
                                      "'; looked for " + looked + way_out);
}

Result<FoundComponent> PluginRegistry::find_serializer(uint8_t format_id) {
    for (const PluginModule* module : added_)
        if (const auto* component = serializer_of(*module, format_id)) return FoundComponent{module, component, {}};
    for (const RegisteredFormat& format : kRegisteredFormats)
        if (format.format_id == format_id) return find(AURELIS_KIND_SERIALIZER, format.name);
    const std::string what = "no serializer plugin for the format id " + std::to_string(format_id);
    if (format_id < kPrivateFormats)
        return fail(AURELIS_E_CONFIG, what + ", which this release does not know; install a newer aurelis");
    for (const std::string& file : files()) {
        auto module = load_plugin(file, {});
        if (!module) continue;
        if (const auto* component = serializer_of(*module.value(), format_id))
            return FoundComponent{module.value(), component, {}};
    }
    return fail(AURELIS_E_CONFIG,
                what + " is in the plugin folders; install it there, or name its file in plugins: files:");
}

std::vector<std::string> PluginRegistry::files() const {
    std::vector<std::string> all;
    for (const std::string& folder : folders_) {
        std::vector<std::string> here;
        std::error_code error;
        for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
            if (it->path().extension() == kSuffix) here.push_back(it->path().string());
        std::sort(here.begin(), here.end());
        all.insert(all.end(), here.begin(), here.end());
    }
    return all;
}

}  // namespace aurelis::core
