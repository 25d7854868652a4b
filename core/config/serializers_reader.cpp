// The key `serializers` of a layer: its stages in order, each a name or a map of `use`, the keys that the core itself
// reads (threshold, min_gain) and the plugin's own options.
#include "config/map_reader.hpp"
#include "config/section_readers.hpp"
#include "config/use_reader.hpp"
#include "config/values.hpp"

#include <utility>

namespace aurelis::core {
namespace {

constexpr UsedKind kStage{"serializer", "json", "{use: lz4, threshold: 1KiB}"};

SerializerConfig read_stage(const Node& item, size_t index, const std::string& layer_place, Problems& problems) {
    Used used = read_use(item, index, layer_place, kStage, problems);
    SerializerConfig stage;
    stage.line = used.line;
    stage.threshold = take_value<uint64_t>(used, "threshold", to_size, problems);
    stage.min_gain = take_value<double>(used, "min_gain", to_share, problems);
    stage.use = std::move(used.use);
    stage.options = std::move(used.options);
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
