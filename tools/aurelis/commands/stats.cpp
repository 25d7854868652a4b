// aurelis stats: what the layers hold and how they have answered since this program opened them.
#include "commands/commands.hpp"
#include "output/table.hpp"
#include "output/terminal.hpp"

namespace aurelis::cli {
namespace {

// If nothing was read, shows no time instead of 0 ns.
std::string time_cell(const Json& layer, const char* name) {
    return layer.is_object() && layer.value(name, Json()) == 0 ? "-" : ns_cell(layer, name);
}

// What the table of layers shows; other members of a layer are shown only with --json.
Table table_of(const Json& layers) {
    Table table({{"layer"},
                 {"backend"},
                 {"state"},
                 {"hits", true},
                 {"misses", true},
                 {"ratio", true},
                 {"errors", true},
                 {"entries", true},
                 {"of", true},
                 {"bytes", true},
                 {"of", true},
                 {"p50", true},
                 {"p99", true}});
    for (const Json& layer : layers)
        table.add({text_cell(layer, "name"), text_cell(layer, "backend"), text_cell(layer, "state"),
                   count_cell(layer, "hits"), count_cell(layer, "misses"), ratio_cell(layer, "hit_ratio"),
                   count_cell(layer, "errors"), count_cell(layer, "entries"), count_cell(layer, "capacity_entries"),
                   bytes_cell(layer, "bytes"), bytes_cell(layer, "capacity_bytes"), time_cell(layer, "p50_ns"),
                   time_cell(layer, "p99_ns")});
    return table;
}

// How the layers cope with failures: breaker, writes waiting to be reconciled, changes by other processes.
Table resilience_of(const Json& layers) {
    Table table({{"layer"},
                 {"breaker"},
                 {"opened", true},
                 {"missed writes", true},
                 {"noted", true},
                 {"settled", true},
                 {"follows"},
                 {"changes", true},
                 {"gaps", true},
                 {"lives at most", true}});
    for (const Json& layer : layers) {
        const Json breaker = layer.value("breaker", Json::object());
        const Json missed = layer.value("missed_writes", Json::object());
        const Json following = layer.value("following", Json::object());
        table.add({text_cell(layer, "name"), text_cell(breaker, "state"), count_cell(breaker, "opened"),
                   count_cell(missed, "waiting"), count_cell(missed, "noted"), count_cell(missed, "settled"),
                   text_cell(following, "state"), count_cell(following, "changes"), count_cell(following, "gaps"),
                   time_cell(layer, "life_limit_ns")});
    }
    return table;
}

// What the origins have answered, and how often a call had to wait or was not made.
Table origins_of(const Json& origins) {
    Table table({{"origin"},
                 {"backend"},
                 {"breaker"},
                 {"opened", true},
                 {"calls", true},
                 {"not found", true},
                 {"failures", true},
                 {"timeouts", true},
                 {"refused", true},
                 {"waited", true},
                 {"too late", true},
                 {"p50", true},
                 {"p99", true}});
    for (const Json& origin : origins) {
        const Json breaker = origin.value("breaker", Json::object());
        const Json waited = {{"calls", origin.value("waited_for_place", uint64_t{0}) +
                                           origin.value("waited_for_turn", uint64_t{0})}};
        table.add({text_cell(origin, "name"), text_cell(origin, "backend"), text_cell(breaker, "state"),
                   count_cell(breaker, "opened"), count_cell(origin, "calls"), count_cell(origin, "not_found"),
                   count_cell(origin, "failures"), count_cell(origin, "timeouts"), count_cell(origin, "refused"),
                   count_cell(waited, "calls"), count_cell(origin, "wait_timeouts"), time_cell(origin, "p50_ns"),
                   time_cell(origin, "p99_ns")});
    }
    return table;
}

// Which file serves each layer.
Table plugins_of(const Json& layers) {
    Table table({{"layer"}, {"plugin"}});
    for (const Json& layer : layers) table.add({text_cell(layer, "name"), text_cell(layer, "plugin")});
    return table;
}

// A plugin's own counters in one line, such as a backend's pool and evictions. Those that are 0 are left out.
std::string counts_line(const std::string& of, const Json& stats) {
    std::string line;
    for (const auto& [name, value] : stats.items()) {
        if (!value.is_number() || value == 0) continue;
        line += (line.empty() ? "" : ", ") + name + " " + count_cell(stats, name.c_str());
    }
    return line.empty() ? line : of + ": " + line;
}

void print_counts(const Json& stats) {
    const auto print = [](const std::string& line) {
        if (!line.empty()) print_line(line);
    };
    for (const Json& layer : stats["layers"])
        print(counts_line(text_cell(layer, "name"), layer.value("backend_stats", Json::object())));
    for (const Json& category : stats.value("categories", Json::array()))
        for (const Json& strategy : category.value("strategies", Json::array()))
            print(counts_line(text_cell(category, "category") + "/" + text_cell(strategy, "name"),
                              strategy.value("stats", Json::object())));
}

// Of layers or origins.
void print_errors(const Json& all) {
    for (const Json& one : all)
        if (text_cell(one, "last_error") != "-")
            print_line(coloured(Colour::Red, text_cell(one, "name") + ": ") + text_cell(one, "last_error"));
}

class Stats final : public Command {
public:
    std::string name() const override { return "stats"; }
    std::string summary() const override { return "show what each layer holds and how it is doing"; }
    std::string examples() const override { return "aurelis stats\naurelis stats --json"; }
    void describe(CLI::App&) override {}

    Result<Exit> run() override {
        AURELIS_TRY(cache, Cache::open(common.opening()));
        AURELIS_TRY(text, cache.stats_json());
        Json stats = parse_json(text);
        if (common.json || !stats.is_object()) {
            print_line(text);
        } else {
            if (stats.contains("layers")) {
                table_of(stats["layers"]).print();
                print_line("");
                resilience_of(stats["layers"]).print();
                print_line("");
                plugins_of(stats["layers"]).print();
                print_line("");
                const Json origins = stats.value("origins", Json::array());
                if (!origins.empty()) {
                    origins_of(origins).print();
                    print_line("");
                }
                print_counts(stats);
                print_errors(stats["layers"]);
                print_errors(origins);
                print_line("");
                Table invalidations({{"invalidations"}, {"", true}});
                const Json counts = stats.value("invalidations", Json::object());
                for (const auto& [name, value] : counts.items())
                    invalidations.add({name, count_cell(counts, name.c_str())});
                invalidations.print();
                stats.erase("invalidations");
                stats.erase("layers");
                stats.erase("origins");
                stats.erase("categories");
                print_line("");
            }
            print_as_text(stats);
        }
        AURELIS_TRY_VOID(cache.close());
        return Exit::Done;
    }
};

}  // namespace

std::unique_ptr<Command> make_stats() { return std::make_unique<Stats>(); }

}  // namespace aurelis::cli
