// aurelis explain: what every layer holds for one name, and why a get would miss. Changes nothing.
#include "commands/commands.hpp"
#include "commands/name_arguments.hpp"
#include "commands/only_layer_option.hpp"
#include "output/table.hpp"
#include "output/terminal.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace aurelis::cli {
namespace {

Colour colour_of(const std::string& status) {
    return status == "hit" ? Colour::Green : status == "miss" ? Colour::Red : Colour::Yellow;
}

// null is shown as "never" for an entry that never expires, as "-" if there is no entry.
std::string ttl_cell(const Json& layer) {
    const bool present = text_cell(layer, "state") == "present";
    const bool never = present && layer.contains("ttl_left_ms") && layer["ttl_left_ms"].is_null();
    return never ? "never" : ms_cell(layer, "ttl_left_ms");
}

// A breaker may be reported as a word or as an object with its state.
std::string breaker_cell(const Json& layer) {
    if (layer.is_object() && layer.contains("breaker") && layer["breaker"].is_object())
        return text_cell(layer["breaker"], "state");
    return text_cell(layer, "breaker");
}

void print_text(const Json& answer) {
    const std::string status = text_cell(answer, "status");
    print_line("key     " + text_cell(answer, "key"));
    print_line("status  " + coloured(colour_of(status), status));
    if (answer.contains("policy")) print_line("policy  " + text_cell(answer, "policy"));
    if (!answer.value("strategies", Json::array()).empty())
        print_line("through " + text_cell(answer, "strategies"));
    if (!answer.contains("layers") || !answer["layers"].is_array()) return;
    // One column less for the many entries that never become stale.
    const bool any_stale = std::any_of(answer["layers"].begin(), answer["layers"].end(), [](const Json& layer) {
        return layer.is_object() && layer.contains("stale_left_ms") && !layer["stale_left_ms"].is_null();
    });
    std::vector<Table::Column> columns{{"layer"}, {"state"}, {"age", true}, {"ttl left", true}};
    if (any_stale) columns.push_back({"stale left", true});
    columns.insert(columns.end(),
                   {{"stale"}, {"tags"}, {"raw", true}, {"stored", true}, {"stages"}, {"breaker"}, {"reason"}});
    Table table(columns);
    for (const Json& layer : answer["layers"]) {
        std::vector<std::string> cells{text_cell(layer, "name"), text_cell(layer, "state"), ms_cell(layer, "age_ms"),
                                       ttl_cell(layer)};
        if (any_stale) cells.push_back(ms_cell(layer, "stale_left_ms"));
        cells.insert(cells.end(), {text_cell(layer, "stale"), text_cell(layer, "tags"),
                                   bytes_cell(layer, "bytes_raw"), bytes_cell(layer, "bytes_stored"),
                                   text_cell(layer, "stages"), breaker_cell(layer), text_cell(layer, "reason")});
        table.add(std::move(cells));
    }
    print_line("");
    table.print();
}

class Explain final : public Command {
public:
    std::string name() const override { return "explain"; }
    std::string summary() const override {
        return "show what each layer holds for one entry, and why a get would miss";
    }
    std::string examples() const override {
        return "aurelis explain user_data user123\n"
               "aurelis explain aurelis:v1:user_data:user123 --json";
    }

    void describe(CLI::App& app) override {
        name_.describe(app);
        only_layer_.describe(app);
    }

    Result<Exit> run() override {
        AURELIS_TRY(cache, Cache::open(common.opening()));
        AURELIS_TRY(skipped, only_layer_.skipped_layers(cache));
        AURELIS_TRY(entry, name_.resolve(cache, name()));
        AURELIS_TRY(text, entry.category.explain_json(entry.id, {.skip_layers = skipped}));
        const Json answer = parse_json(text);
        if (common.json || !answer.is_object())
            print_line(text);
        else
            print_text(answer);
        AURELIS_TRY_VOID(cache.close());
        const std::string status = text_cell(answer, "status");
        return status == "miss" || status == "negative" ? Exit::Miss : Exit::Done;
    }

private:
    NameArguments name_;
    OnlyLayerOption only_layer_;
};

}  // namespace

std::unique_ptr<Command> make_explain() { return std::make_unique<Explain>(); }

}  // namespace aurelis::cli
