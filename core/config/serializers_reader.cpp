// The key `serializers` of a layer: its stages in order, each a name or a map of `use`, what the core makes of the
// stage (threshold, min_gain) and the plugin's own options beside them.
#include "config/map_reader.hpp"
#include "config/section_readers.hpp"
#include "config/units.hpp"
#include "config/values.hpp"

#include <utility>

namespace aurelis::core {
namespace {

constexpr std::string_view kUse = "use";
constexpr std::string_view kThreshold = "threshold";
constexpr std::string_view kMinGain = "min_gain";

// A value of a stage, or nothing and a report.
template <typename T>
std::optional<T> value_of(const Node& item, std::string_view key, Result<T> (*reader)(const Node&),
                          const std::string& place, Problems& problems) {
    const Node* node = item.find(key);
    if (node == nullptr || node->damaged) return std::nullopt;
    Result<T> value = reader(*node);
    if (value) return std::move(*value);
    problems.add(node->line, place + "'" + std::string(key) + "': " + value.error().message);
    return std::nullopt;
}

Result<double> to_share(const Node& node) {
    AURELIS_TRY(text, to_text(node));
    return parse_share(text);
}

SerializerConfig read_stage(const Node& item, size_t index, const std::string& layer_place, Problems& problems) {
    SerializerConfig stage;
    stage.line = item.line;
    stage.options.kind = Node::Kind::Map;
    stage.options.line = item.line;
    const std::string number = layer_place + "serializer " + std::to_string(index + 1) + ": ";
    if (item.damaged) return stage;
    if (item.kind != Node::Kind::Map) {
        Result<std::string> name = to_text(item);
        if (name && !name->empty())
            stage.use = *name;
        else
            problems.add(item.line,
                         number + "expected a name such as json, or a map such as {use: lz4, threshold: 1KiB}, got " +
                             shown(item));
        return stage;
    }
    if (item.find(kUse) == nullptr) problems.add(item.line, number + "'use' is missing; add it, such as use: lz4");
    stage.use = value_of<std::string>(item, kUse, to_text, number, problems).value_or("");
    const std::string place = stage.use.empty() ? number : layer_place + "serializer " + printable(stage.use) + ": ";
    stage.threshold = value_of<uint64_t>(item, kThreshold, to_size, place, problems);
    stage.min_gain = value_of<double>(item, kMinGain, to_share, place, problems);
    for (const auto& [key, member] : item.members)
        if (key != kUse && key != kThreshold && key != kMinGain) stage.options.members.emplace_back(key, member);
    return stage;
}

}  // namespace

std::vector<SerializerConfig> read_serializers(const Node& list, const std::string& layer_place, Problems& problems) {
    std::vector<SerializerConfig> stages;
    if (list.items.size() > kSerializersMax)
        problems.add(list.line, layer_place + "there are " + std::to_string(list.items.size()) +
                                    " serializers, at most " + std::to_string(kSerializersMax) +
                                    " are possible; remove some");
    for (const Node& item : list.items) {
        if (stages.size() == kSerializersMax) break;
        SerializerConfig stage = read_stage(item, stages.size(), layer_place, problems);
        for (const SerializerConfig& other : stages)
            if (!stage.use.empty() && other.use == stage.use)
                problems.add(stage.line, layer_place + "serializer " + printable(stage.use) +
                                             " is listed twice (line " + std::to_string(other.line) +
                                             "); remove one of the two");
        stages.push_back(std::move(stage));
    }
    return stages;
}

}  // namespace aurelis::core
