// The section `embedders`, and the key `strategies` of a category: a list of names, or maps of `use` and the plugin's
// own options beside it.
#include "config/map_reader.hpp"
#include "config/section_readers.hpp"
#include "config/use_reader.hpp"
#include "config/values.hpp"

#include <utility>

namespace aurelis::core {
namespace {

constexpr UsedKind kStrategy{"strategy", "read-through", "{use: write-behind, batch_size: 10}"};
constexpr size_t kStrategiesMax = 8;

}  // namespace

std::vector<StrategyConfig> read_strategies(const Node& list, const std::string& place, Problems& problems) {
    std::vector<StrategyConfig> strategies;
    if (list.items.size() > kStrategiesMax)
        problems.add(list.line, place + "there are " + std::to_string(list.items.size()) + " strategies, at most " +
                                    std::to_string(kStrategiesMax) + " are possible; remove some");
    for (const Node& item : list.items) {
        if (strategies.size() == kStrategiesMax) break;
        Used used = read_use(item, strategies.size(), place, kStrategy, problems);
        for (const StrategyConfig& other : strategies)
            if (!used.use.empty() && other.use == used.use)
                problems.add(used.line, used.place + "is listed twice (line " + std::to_string(other.line) +
                                            "); remove one of the two");
        strategies.push_back({std::move(used.use), std::move(used.options), used.line});
    }
    return strategies;
}

void read_embedders(const Node& section, Config& config, Problems& problems) {
    for (const auto& [name, node] : section.members) {
        const std::string place = "embedder " + printable(name) + ": ";
        const MapReader reader(node, place, {"use", "options"}, problems);
        EmbedderConfig embedder;
        embedder.name = name;
        embedder.line = embedder.use_line = node.line_of_key();
        const std::string mistake = mistake_in_name(name);
        if (!mistake.empty()) problems.add(embedder.line, place + "the name " + mistake);
        embedder.use = reader.required_text("use", "use: static").value_or("");
        if (const Node* use = node.find("use")) embedder.use_line = use->line;
        embedder.options.kind = Node::Kind::Map;
        embedder.options.line = embedder.line;
        if (const Node* options = reader.map("options")) embedder.options = *options;
        config.embedders.push_back(std::move(embedder));
    }
}

}  // namespace aurelis::core
