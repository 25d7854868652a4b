#include "plugin/plugin_module.hpp"

#include "base/locks.hpp"
#include "base/names.hpp"
#include "keys/digest.hpp"
#include "plugin/host_services.hpp"
#include "plugin/elf_file.hpp"

#include <aurelis/base/trusted_path.hpp>

#ifndef BOOST_DLL_USE_STD_FS
#define BOOST_DLL_USE_STD_FS
#endif
#include <boost/dll/shared_library.hpp>
#include <dlfcn.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>

namespace aurelis::core {
namespace {

struct Loaded {
    PluginModule module;
    boost::dll::shared_library library;
};

// Process-wide and never destroyed: code that is loaded stays loaded.
struct Modules {
    Mutex mutex;
    std::map<std::pair<dev_t, ino_t>, std::unique_ptr<Loaded>> by_inode AURELIS_GUARDED_BY(mutex);
};
Modules& modules() {
    static auto* const all = new Modules;
    return *all;
}

Error refuse(const std::string& file, const std::string& why) {
    return fail(AURELIS_E_CONFIG, "plugin " + file + ": " + why);
}

// The opened file and what it holds, read once.
struct Opened {
    TrustedFile opened;
    std::string contents;
    std::string sha256;
};

Result<Opened> open_checked(const std::string& file) {
    int code = 0;
    auto opened = open_trusted(file, O_RDONLY, {.own_folder = true, .no_group = true}, &code);
    const std::string shown = std::filesystem::path(file).lexically_normal().string();
    if (!opened && code == 0) return refuse(shown, opened.error().message);
    if (!opened && (code == ENOENT || code == ENOTDIR))
        return refuse(shown, "does not exist; build it or correct the path");
    if (!opened && code == EINVAL) return refuse(shown, "is not a regular file; name the .so file itself");
    if (!opened) return refuse(shown, opened.error().message + "; check its permissions");
    return Opened{std::move(opened).value(), {}, {}};
}

Result<void> read_contents(Opened& file) {
    auto text = read_up_to(file.opened.file, SIZE_MAX);
    if (!text) return refuse(file.opened.place.path, "cannot be read; check its permissions");
    if (text->empty()) return refuse(file.opened.place.path, "is empty; build or install it again");
    file.contents = std::move(*text);
    file.sha256 = hex(sha256(file.contents));
    return {};
}

// A descriptor, and a name based on it by which the linker finds exactly this file, even if its path now leads to
// another one. A library that looks for others beside itself must be named by its folder. The name contains the
// process's number, so that debuggers find the file, too.
std::pair<Descriptor, std::string> name_to_load(Opened& file) {
    TrustedPlace& place = file.opened.place;
    const bool looks_beside =
        file.contents.find("$ORIGIN") != std::string::npos || file.contents.find("${ORIGIN}") != std::string::npos;
    Descriptor kept = std::move(looks_beside ? place.folder : file.opened.file);
    std::string name = "/proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(kept.number());
    if (looks_beside) name += "/" + place.name;
    if (access(name.c_str(), F_OK) != 0) name = place.path;
    return {std::move(kept), std::move(name)};
}

Error refuse_digest(const std::string& file, const std::string& digest, const std::string& pin) {
    return refuse(file,
                  "its sha256 is " + digest + ", not the pinned " + pin + "; change the pin if you trust the file");
}

// Both kinds of factory begin with their size and create().
static_assert(offsetof(aurelis_store_factory, create) == offsetof(aurelis_object_factory, create));
bool can_create(const void* factory) {
    const auto* const table = static_cast<const aurelis_store_factory*>(factory);
    return table != nullptr && AURELIS_HAS(table, aurelis_store_factory, create);
}

std::string component_fault(const aurelis_component* component) {
    if (component == nullptr) return "is missing";
    if (component->struct_size < sizeof(aurelis_component)) return "is cut short";
    if (component->type_name == nullptr || *component->type_name == '\0') return "lacks a type name";
    if (!can_create(component->factory)) return "lacks a factory with create";
    if (component->option_count != 0 && component->options == nullptr) return "lacks the table of its options";
    for (size_t i = 0; i < component->option_count; ++i)
        if (component->options[i] == nullptr || component->options[i]->name == nullptr)
            return "lacks its option " + std::to_string(i + 1) + " or the option's name";
    return {};
}

Result<void> check_plugin(const std::string& file, const aurelis_plugin* plugin) {
    if (plugin == nullptr)
        return refuse(file, "its entry function returned NULL; it may need a newer core than 1." +
                                std::to_string(AURELIS_ABI_MINOR) + "; install a newer aurelis");
    if (plugin->struct_size < sizeof(aurelis_plugin) && !aurelis_abi_ok(plugin, AURELIS_ABI_MAJOR, AURELIS_ABI_MINOR))
        return refuse(file, "its description is cut short; rebuild it with this SDK");
    if (plugin->abi_major != AURELIS_ABI_MAJOR)
        return refuse(file, "speaks ABI " + std::to_string(plugin->abi_major) + ", this core speaks " +
                                std::to_string(AURELIS_ABI_MAJOR) + "; rebuild it");
    if (plugin->min_host_minor > AURELIS_ABI_MINOR)
        return refuse(file, "needs ABI 1." + std::to_string(plugin->min_host_minor) + ", this core has 1." +
                                std::to_string(AURELIS_ABI_MINOR) + "; install a newer aurelis");
    if (plugin->id == nullptr || *plugin->id == '\0') return refuse(file, "has no id; set aurelis_plugin.id");
    if (plugin->component_count != 0 && plugin->components == nullptr)
        return refuse(file, "lists components but has none; set aurelis_plugin.components");
    for (size_t i = 0; i < plugin->component_count; ++i) {
        const std::string fault = component_fault(plugin->components[i]);
        if (!fault.empty())
            return refuse(file, "its component " + std::to_string(i + 1) + " " + fault + "; rebuild it with this SDK");
    }
    return {};
}

// What init() may use must live as long as the library: for ever.
Result<void> initialise(const PluginModule& module) {
    if (module.plugin->init == nullptr) return {};
    static auto* const runtime = new Runtime(nullptr, nullptr, nullptr, AURELIS_LOG_WARN);
    auto* const services = new HostServices(*runtime, module.plugin->id, nullptr);  // There are no options to read.
    CallContext context;
    const aurelis_status status = module.plugin->init(services->table(), &context.call);
    if (status == AURELIS_OK) return {};
    return refuse(module.file,
                  "its init failed: " + (context.error.empty() ? std::string(status_name(status)) : context.error) +
                      "; correct that, or remove the plugin");
}

Result<std::unique_ptr<Loaded>> load_file(Opened& opened) {
    auto loaded = std::make_unique<Loaded>();
    const std::string& file = opened.opened.place.path;
    loaded->module.file = file;
    loaded->module.sha256 = opened.sha256;
    if (const std::string fault = elf_fault(opened.contents); !fault.empty()) return refuse(file, fault);
    auto [kept, name] = name_to_load(opened);
    std::error_code error;
    namespace dll = boost::dll;
    try {
        loaded->library.load(std::filesystem::path(name), dll::load_mode::rtld_now | dll::load_mode::rtld_local, error);
        // Boost.DLL says only "bad file descriptor"; the linker's own text is still available.
        const char* const said = error ? dlerror() : nullptr;
        if (error)
            return refuse(file, "cannot be loaded: " + (said != nullptr ? std::string(said) : error.message()) +
                                    "; rebuild it on this system, with all its libraries installed");
        kept.give();  // The linker identifies libraries by these names: the number must not be reused for another one.
        if (!loaded->library.has(AURELIS_ENTRY_SYMBOL))
            return refuse(file, std::string("is not an aurelis plugin: it does not export ") + AURELIS_ENTRY_SYMBOL +
                                    "; name a plugin, or export it with AURELIS_PLUGIN()");
        const auto entry = loaded->library.get<const aurelis_plugin*(uint32_t)>(AURELIS_ENTRY_SYMBOL);
        loaded->module.plugin = entry(AURELIS_ABI_MINOR);
    } catch (const std::exception& caught) {
        return refuse(file, std::string("cannot be loaded: ") + caught.what());
    }
    AURELIS_TRY_VOID(check_plugin(file, loaded->module.plugin));
    AURELIS_TRY_VOID(initialise(loaded->module));
    return loaded;
}

}  // namespace

Result<const PluginModule*> load_plugin(const std::string& file, const std::string& sha256_pin) {
    AURELIS_TRY(opened, open_checked(file));
    const std::string& real = opened.opened.place.path;
    struct stat info {};
    if (fstat(opened.opened.file.number(), &info) != 0) return refuse(real, "cannot be read; check its permissions");

    Modules& all = modules();
    MutexLock lock(all.mutex);
    auto& place = all.by_inode[{info.st_dev, info.st_ino}];
    if (!place) {
        AURELIS_TRY_VOID(read_contents(opened));
        if (!sha256_pin.empty() && opened.sha256 != sha256_pin)  // Before any of its code runs.
            return refuse_digest(real, opened.sha256, sha256_pin);
        auto loaded = load_file(opened);
        if (!loaded) return loaded.error();
        for (const auto& [inode, other] : all.by_inode)
            if (other && std::string_view(other->module.plugin->id) == loaded.value()->module.plugin->id)
                return refuse(real, std::string("has the id ") + other->module.plugin->id + ", which " +
                                        other->module.file + " has already; remove one of them");
        place = std::move(loaded).value();
    }
    if (!sha256_pin.empty() && place->module.sha256 != sha256_pin)
        return refuse_digest(real, place->module.sha256, sha256_pin);
    return &place->module;
}

}  // namespace aurelis::core
