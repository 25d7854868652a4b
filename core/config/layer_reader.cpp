// The section `layers`. The limits that may be written on a layer are options of its backend, so they are merged into
// those; max_size is an old name of max_entries.
#include "config/config_reader.hpp"
#include "config/map_reader.hpp"
#include "config/section_readers.hpp"
#include "config/values.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace aurelis::core {
namespace {

constexpr std::string_view kEntries = "max_entries";
constexpr std::string_view kSize = "max_size";
constexpr std::string_view kBytes = "max_bytes";

// One layer while it is read.
struct Draft {
    LayerConfig layer;
    bool has_priority = true;  // false: what was written is not a number.
};

Node options_of(const MapReader& reader) {
    Node none;
    none.kind = Node::Kind::Map;
    none.line = reader.line();
    const Node* given = reader.map("options");
    return given == nullptr ? none : *given;
}

// In the options max_size becomes max_entries, too.
void rename_size_option(Node& options, const std::string& place, Problems& problems) {
    for (auto& [key, member] : options.members) {
        if (key != kSize) continue;
        if (options.find(kEntries) != nullptr)
            problems.add(member.line_of_key(),
                         place + "options 'max_size' and 'max_entries' are the same limit; remove one of the two");
        else
            key = kEntries;
        return;
    }
}

// The limit of the layer that is written under this key, checked.
const Node* limit(const MapReader& reader, std::string_view key) {
    if (key == kBytes) return reader.size(key) ? reader.find(key) : nullptr;
    const auto entries = reader.integer(key);
    if (!entries) return nullptr;
    const Node* node = reader.find(key);
    if (*entries > 0) return node;
    reader.report(*node, key, "must be at least 1, got " + shown(*node) + "; raise it or remove the line");
    return nullptr;
}

void merge_limits(const Node& node, const MapReader& reader, const std::string& place, Node& options,
                  Problems& problems) {
    rename_size_option(options, place, problems);
    const Node* size = node.find(kSize);
    if (size != nullptr && node.find(kEntries) != nullptr)
        problems.add(size->line_of_key(),
                     place + "'max_size' and 'max_entries' are the same limit; remove one of the two");
    for (const std::string_view key : {kEntries, kSize, kBytes}) {
        const Node* value = limit(reader, key);
        if (value == nullptr) continue;
        const std::string_view option = key == kSize ? kEntries : key;
        const Node* twice = options.find(option);
        if (twice == nullptr)
            options.members.emplace_back(option, *value);
        else if (key != kSize || node.find(kEntries) == nullptr)  // Otherwise it has been reported above.
            problems.add(value->line_of_key(), place + "'" + std::string(key) +
                                                   "' is given on the layer and in its options (line " +
                                                   std::to_string(twice->line_of_key()) + "); remove one of the two");
    }
}

std::string place_of(const Node& node, size_t index) {
    const Node* name = node.find("name");
    if (name == nullptr || name->kind != Node::Kind::Scalar || name->text.empty() || name->secret)
        return "layer " + std::to_string(index + 1) + ": ";
    return "layer " + printable(name->text) + ": ";
}

// `frame: none`, and what cannot be combined with it.
bool read_bare(const MapReader& reader, const Node& node, const std::string& place, Problems& problems) {
    const auto frame = reader.text("frame");
    if (!frame) return false;
    if (*frame != "none") {
        reader.report(*reader.find("frame"), "frame",
                      "can only be none, got '" + printable(*frame) + "'; remove the line for entries with a frame");
        return false;
    }
    if (const Node* serializers = node.find("serializers"))
        problems.add(serializers->line_of_key(),
                     place + "'serializers' need the frame to be remembered; remove them, or 'frame: none'");
    problems.warn(reader.find("frame")->line,
                  place +
                      "without a frame there is no check that an entry is the one asked for, no checksum, and no tags; "
                      "ages are unknown, and whatever others write into this store is believed");
    return true;
}

Draft read_layer(const Node& node, size_t index, Problems& problems) {
    Draft draft;
    LayerConfig& layer = draft.layer;
    const std::string place = place_of(node, index);
    const MapReader reader(node, place,
                           {"name", "backend", "priority", "ttl", kEntries, kSize, kBytes, "max_value_bytes", "shared",
                            "frame", "serializers", "timeout", "soft_timeout", "breaker", "trust", "after_gap",
                            "options"},
                           problems);
    layer.line = node.line;
    layer.name = reader.required_text("name", "name: L1_memory").value_or("");
    const std::string mistake = layer.name.empty() ? std::string() : mistake_in_name(layer.name);
    if (!mistake.empty()) reader.report(*node.find("name"), "name", mistake);
    layer.backend = reader.required_text("backend", "backend: memory").value_or("");
    const Node* backend = node.find("backend");
    layer.backend_line = backend == nullptr ? layer.line : backend->line;
    const auto priority = reader.integer("priority");
    layer.priority = priority.value_or(0);
    draft.has_priority = priority.has_value() || node.find("priority") == nullptr;
    layer.ttl = reader.ttl("ttl");
    layer.max_value_bytes = reader.size("max_value_bytes");
    layer.shared = reader.boolean("shared").value_or(true);
    layer.resilience = read_resilience(reader, place, problems);
    layer.bare = read_bare(reader, node, place, problems);
    if (const Node* serializers = reader.list("serializers"))
        layer.serializers = read_serializers(*serializers, place, problems);
    layer.options = options_of(reader);
    merge_limits(node, reader, place, layer.options, problems);
    return draft;
}

void check_against_earlier(const Draft& draft, const std::vector<Draft>& earlier, Problems& problems) {
    const LayerConfig& layer = draft.layer;
    for (const Draft& other : earlier) {
        const std::string where = "(line " + std::to_string(other.layer.line) + ")";
        if (!layer.name.empty() && other.layer.name == layer.name)
            problems.add(layer.line, "layer " + printable(layer.name) + ": another layer has this name " + where +
                                         "; rename one of the two");
        if (draft.has_priority && other.has_priority && other.layer.priority == layer.priority)
            problems.add(layer.line, "layer " + printable(layer.name) + ": layer " + printable(other.layer.name) + " " +
                                         where + " has priority " + std::to_string(layer.priority) +
                                         " too; give each its own, the highest is asked first");
    }
}

}  // namespace

void read_layers(const Node& list, Config& config, Problems& problems) {
    if (list.items.empty()) problems.add(list.line, "'layers' is empty; write at least: [{name: L1, backend: memory}]");
    std::vector<Draft> drafts;
    for (const Node& item : list.items) {
        if (drafts.size() == kLayersMax) {
            problems.add(item.line, "there are " + std::to_string(list.items.size()) + " layers, at most " +
                                        std::to_string(kLayersMax) + " are possible; remove some");
            break;
        }
        Draft draft = read_layer(item, drafts.size(), problems);
        check_against_earlier(draft, drafts, problems);
        drafts.push_back(std::move(draft));
    }
    for (Draft& draft : drafts) config.layers.push_back(std::move(draft.layer));
    std::stable_sort(config.layers.begin(), config.layers.end(),
                     [](const LayerConfig& left, const LayerConfig& right) { return left.priority > right.priority; });
}

}  // namespace aurelis::core
