// aurelis plugin list: lists the plugins that can be found, and what is wrong with those that cannot be used. aurelis
// plugin inspect: shows what a plugin offers, with its options.
#include "commands/commands.hpp"
#include "commands/plugin_probe.hpp"
#include "output/table.hpp"
#include "output/terminal.hpp"
#include "output/text.hpp"
#include "output/units.hpp"

#include <algorithm>
#include <filesystem>
#include <map>

namespace aurelis::cli {
namespace {

// A file of the library's list: its path, or an object that has it.
std::string path_in(const Json& file) {
    if (file.is_string()) return file.get<std::string>();
    for (const char* name : {"path", "file", "name"})
        if (file.is_object() && file.contains(name) && file[name].is_string())
            return file[name].get<std::string>();
    return {};
}

// "backend memory, serializer json" of a description's components.
std::string components_of(const Json& description) {
    if (!description.is_object() || !description.contains("components")) return "-";
    std::string text;
    for (const Json& component : description["components"])
        text +=
            (text.empty() ? "" : ", ") + text_cell(component, "kind") + " " + text_cell(component, "name");
    return text.empty() ? "-" : text;
}

// --limit: how long the loading of a plugin may take.
class LimitOption {
public:
    void describe(CLI::App& app) {
        app.add_option("--limit", text_, "how long loading one plugin may take (10s)")
            ->type_name("DURATION");
    }
    Result<int64_t> read(const std::string& command) const {
        auto limit = parse_time(text_);
        if (!limit.has_value()) return usage_error(command + ": --limit: " + limit.error().message);
        return limit;
    }

private:
    std::string text_ = "10s";
};

class PluginList final : public Command {
public:
    std::string name() const override { return "plugin list"; }
    std::string summary() const override { return "list the plugins that can be found, usable or not"; }
    std::string examples() const override { return "aurelis plugin list\naurelis plugin list --json"; }
    void describe(CLI::App& app) override { limit_.describe(app); }

    Result<Exit> run() override {
        AURELIS_TRY(limit_ns, limit_.read(name()));
        AURELIS_TRY(listed, list_plugins_json(common.opening()));
        const Json found = parse_json(listed);
        const Json folders = found.is_object() ? found.value("folders", Json::array()) : Json::array();
        const Json plugins = look_at(found, limit_ns);
        if (common.json)
            print_line(dump({{"folders", folders}, {"plugins", plugins}}));
        else
            print_text(folders, plugins);
        return Exit::Done;
    }

private:
    Json look_at(const Json& found, int64_t limit_ns) const {
        Json plugins = Json::array();
        if (!found.is_object()) return plugins;
        const Json named = found.value("named", Json::array());
        for (const Json& file : found.value("files", Json::array())) {
            const std::string path = path_in(file);
            if (path.empty()) continue;
            const auto probed = probe_plugin(path, common.config, limit_ns);
            Json plugin{{"file", path},
                        {"named", std::find(named.begin(), named.end(), Json(path)) != named.end()},
                        {"usable", probed.has_value()}};
            if (probed.has_value())
                plugin["description"] = parse_json(probed.value());
            else
                plugin["reason"] = probed.error().message;
            plugins.push_back(std::move(plugin));
        }
        return plugins;
    }

    // Calls take(offer, file, reachable) for each "backend memory" of the plugins that can be used. A file that the
    // configuration names is found by what it offers, any other only by its own name.
    template <typename Take>
    static void each_offer(const Json& plugins, Take take) {
        for (const Json& plugin : plugins) {
            if (!plugin["usable"].get<bool>() || !plugin["description"].contains("components")) continue;
            const std::string file = text_cell(plugin, "file");
            for (const Json& component : plugin["description"]["components"]) {
                const std::string name = text_cell(component, "name");
                const bool reachable = plugin["named"].get<bool>() || std::filesystem::path(file).stem() == name;
                take(text_cell(component, "kind") + " " + name, file, reachable);
            }
        }
    }

    static void print_passed_over(const Json& plugins) {
        std::map<std::string, std::string> taken;
        each_offer(plugins, [&](const std::string& offer, const std::string& file, bool reachable) {
            if (reachable) taken.emplace(offer, file);
        });
        each_offer(plugins, [&](const std::string& offer, const std::string& file, bool) {
            const auto found = taken.find(offer);
            if (found != taken.end() && found->second == file) return;
            print_line(coloured(Colour::Yellow, "passed over") + "  " + file + ": " +
                       (found != taken.end()
                            ? offer + " is taken from " + found->second
                            : "its name is not that of " + offer + "; rename it, or name it in plugins: files:"));
        });
    }

    static void print_text(const Json& folders, const Json& plugins) {
        Table table({{"plugin"}, {"version"}, {"offers"}, {"file"}});
        for (const Json& plugin : plugins) {
            if (!plugin["usable"].get<bool>()) continue;
            const Json& description = plugin["description"];
            const std::string file = text_cell(plugin, "file");
            table.add({std::filesystem::path(file).stem().string(), text_cell(description, "version"),
                       components_of(description), file});
        }
        table.print();
        print_passed_over(plugins);
        for (const Json& plugin : plugins)
            if (!plugin["usable"].get<bool>())
                print_line(coloured(Colour::Red, "unusable") + "  " + text_cell(plugin, "file") + ": " +
                           text_cell(plugin, "reason"));
        print_line("looked in " + cell(folders));
    }

    LimitOption limit_;
};

class PluginInspect final : public Command {
public:
    std::string name() const override { return "plugin inspect"; }
    std::string summary() const override { return "show what a plugin offers, with its options"; }
    std::string examples() const override {
        return "aurelis plugin inspect memory\n"
               "aurelis plugin inspect ./my-backend.so --json";
    }

    void describe(CLI::App& app) override {
        plugin_option_ =
            app.add_option("NAME", plugin_, "a plugin's name, with or without .so, or a path to its file")
                ->type_name("");
        limit_.describe(app);
    }

    Result<Exit> run() override {
        AURELIS_TRY(limit_ns, limit_.read(name()));
        if (plugin_option_->count() == 0 || plugin_.empty())
            return usage_error("plugin inspect: NAME is missing; such as: aurelis plugin inspect memory");
        AURELIS_TRY(text, probe_plugin(plugin_, common.config, limit_ns));
        const Json description = parse_json(text);
        if (common.json || !description.is_object())
            print_line(text);
        else
            print_text(description);
        return Exit::Done;
    }

private:
    // Prints what the plugin is, then each component with the table of its options.
    static void print_text(const Json& description) {
        Json head = description;
        head.erase("components");
        print_as_text(head);
        if (!description.contains("components") || !description["components"].is_array()) return;
        for (const Json& component : description["components"]) {
            print_line("");
            print_line(
                coloured(Colour::Bold, text_cell(component, "kind") + " " + text_cell(component, "name")));
            Json rest = component;
            if (rest.is_object()) rest.erase("kind"), rest.erase("name");
            print_as_text(rest);
        }
    }

    std::string plugin_;
    LimitOption limit_;
    CLI::Option* plugin_option_ = nullptr;
};

class InspectHere final : public Command {
public:
    std::string name() const override { return kInspectCommand; }
    std::string summary() const override { return "used by plugin list and plugin inspect"; }
    std::string examples() const override { return "aurelis plugin inspect memory"; }
    bool hidden() const override { return true; }
    void describe(CLI::App& app) override { app.add_option("NAME", plugin_, "the plugin"); }
    Result<Exit> run() override { inspect_and_end(plugin_, common.config); }

private:
    std::string plugin_;
};

}  // namespace

std::unique_ptr<Command> make_plugin_list() { return std::make_unique<PluginList>(); }
std::unique_ptr<Command> make_plugin_inspect() { return std::make_unique<PluginInspect>(); }
std::unique_ptr<Command> make_inspect_here() { return std::make_unique<InspectHere>(); }

}  // namespace aurelis::cli
