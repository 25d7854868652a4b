// aurelis config check: reports all mistakes in a configuration at once, without starting anything. aurelis config
// show: prints the configuration as it is understood, with secrets masked.
#include "commands/commands.hpp"
#include "output/table.hpp"
#include "output/terminal.hpp"
#include "output/text.hpp"

#include <utility>

namespace aurelis::cli {
namespace {

// "file:12: message" for each item of a list of {"line", "message"}.
void complain_of(const Json& report, const char* list, const std::string& file, const std::string& kind) {
    if (!report.is_object() || !report.contains(list) || !report[list].is_array()) return;
    for (const Json& item : report[list]) {
        const Json line = item.is_object() ? item.value("line", Json()) : Json();
        const bool has_line = line.is_number_integer() && line.get<int64_t>() > 0;
        const std::string place = has_line ? file + ":" + dump(line) : file;
        complain_at_place(place + ": " + kind + (item.is_object() ? text_cell(item, "message") : cell(item)));
    }
}

// Which plugin file serves what: two plugins may have the same name.
void print_layers(const Json& report) {
    const auto list = [&](const char* key) {
        const Json found = report.value(key, Json::array());
        return found.is_array() ? found : Json::array();
    };
    const Json layers = list("layers");
    if (layers.empty()) return;
    std::vector<std::string> names;
    for (const Json& layer : layers)
        names.push_back(layer.is_object() ? text_cell(layer, "name") : cell(layer));
    print_line("layers, highest first: " + listed(names));
    Table table({{"layer"}, {"plugin"}, {"file"}});
    for (const Json& layer : layers) {
        if (!layer.is_object()) return;
        table.add({text_cell(layer, "name"), text_cell(layer, "backend"), text_cell(layer, "plugin")});
        for (const Json& stage : layer.value("serializers", Json::array()))
            table.add({"", text_cell(stage, "name"), text_cell(stage, "plugin")});
    }
    for (const Json& origin : list("origins"))
        table.add({"origin " + text_cell(origin, "name"), text_cell(origin, "backend"), text_cell(origin, "plugin")});
    for (const Json& embedder : list("embedders"))
        table.add(
            {"embedder " + text_cell(embedder, "name"), text_cell(embedder, "use"), text_cell(embedder, "plugin")});
    for (const Json& category : list("categories")) {
        std::string first = "category " + text_cell(category, "name");
        for (const Json& strategy : category.value("strategies", Json::array()))
            table.add({std::exchange(first, ""), text_cell(strategy, "name"), text_cell(strategy, "plugin")});
    }
    table.print();
}

class ConfigCheck final : public Command {
public:
    std::string name() const override { return "config check"; }
    std::string summary() const override {
        return "check the configuration, including plugins and their options";
    }
    std::string examples() const override {
        return "aurelis config check\n"
               "aurelis config check --config ./aurelis.yaml --json";
    }
    void describe(CLI::App&) override {}

    Result<Exit> run() override {
        AURELIS_TRY(checked, check_config(common.opening()));
        if (common.json)
            print_line(checked.json);
        else
            print_report(parse_json(checked.json), checked.ok());
        return checked.ok() ? Exit::Done : Exit::Usage;
    }

private:
    static void print_report(const Json& report, bool ok) {
        const std::string file = text_cell(report, "file");
        complain_of(report, "problems", file, "");
        complain_of(report, "warnings", file, "warning: ");
        if (!ok) return;
        print_line(file + ": " + coloured(Colour::Green, "ok"));
        if (report.is_object()) print_layers(report);
    }
};

class ConfigShow final : public Command {
public:
    std::string name() const override { return "config show"; }
    std::string summary() const override {
        return "show the configuration as it is understood, with secrets masked";
    }
    std::string examples() const override {
        return "aurelis config show\n"
               "aurelis config show --json --config ./aurelis.yaml";
    }
    void describe(CLI::App&) override {}

    Result<Exit> run() override {
        AURELIS_TRY(text, show_config(common.opening(), common.json ? ConfigFormat::Json : ConfigFormat::Yaml));
        print(text);
        if (!text.empty() && text.back() != '\n') print("\n");
        return Exit::Done;
    }
};

}  // namespace

std::unique_ptr<Command> make_config_check() { return std::make_unique<ConfigCheck>(); }
std::unique_ptr<Command> make_config_show() { return std::make_unique<ConfigShow>(); }

}  // namespace aurelis::cli
