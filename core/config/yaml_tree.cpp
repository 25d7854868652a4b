// A stack of open lists and maps. An anchored node is kept as a copy once it is complete, so an alias inside its own
// anchor finds nothing: that is how a cycle is detected.
#include "config/yaml_tree.hpp"

#include "config/values.hpp"
#include "config/yaml_reader.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace aurelis::core {
namespace {

constexpr std::string_view kCoreTags = "tag:yaml.org,2002:";

bool plain_tag(std::string_view tag) {
    if (tag.empty() || tag == "?" || tag == "!") return true;
    if (tag.substr(0, kCoreTags.size()) != kCoreTags) return false;
    static constexpr std::array<std::string_view, 6> kPlain{"str", "int", "float", "bool", "seq", "map"};
    return std::find(kPlain.begin(), kPlain.end(), tag.substr(kCoreTags.size())) != kPlain.end();
}

// A key that YAML itself takes for something other than text.
bool is_other_than_text(const Node& node) {
    return !node.quoted && (to_double(node).has_value() || to_bool(node).has_value());
}

}  // namespace

YamlTree::Extent YamlTree::extent_of(const Node& node) {
    Extent total{1, node.text.size(), 1};
    const auto add = [&total](const Node& child) {
        const Extent part = extent_of(child);
        total.nodes += part.nodes;
        total.bytes += part.bytes;
        total.depth = std::max(total.depth, part.depth + 1);
    };
    for (const Node& item : node.items) add(item);
    for (const auto& [key, member] : node.members) {
        total.bytes += key.size();
        add(member);
    }
    return total;
}

bool YamlTree::wants_key() const noexcept {
    return !open_.empty() && open_.back().node.kind == Node::Kind::Map && !open_.back().has_key;
}

void YamlTree::null(int line, Anchor anchor) {
    // A missing value is reported at the next token, which may be many lines on; the line of a '-' without a value is
    // nearer.
    const bool in_list = !open_.empty() && open_.back().node.kind == Node::Kind::List;
    if (in_list) line = std::min(line, last_line_ + (open_.back().node.items.empty() ? 0 : 1));
    last_line_ = line;
    if (stopped_) return;
    Node node;
    node.line = line;
    if (wants_key()) return refuse_key(line, "a key is missing before ':', or it is null; write a name");
    if (!spend({}, line)) return;
    keep(anchor, node);
    place(std::move(node));
}

void YamlTree::scalar(int line, std::string_view tag, Anchor anchor, const std::string& text) {
    last_line_ = line;
    if (stopped_) return;
    Node node;
    node.kind = Node::Kind::Scalar;
    node.line = line;
    node.quoted = tag == "!" || tag == "tag:yaml.org,2002:str";
    node.text = text;
    check_tag(line, tag);
    if (text.find('\0') != std::string::npos)
        problems_.add(line, "'" + printable(text) + "' holds a NUL byte (\\0); remove it");
    if (!spend({1, text.size(), 1}, line)) return;
    keep(anchor, node);
    if (wants_key()) return take_key(node);
    place(std::move(node));
}

void YamlTree::alias(int line, Anchor anchor) {
    last_line_ = line;
    if (stopped_) return;
    if (wants_key()) return refuse_key(line, "an alias (*name) cannot be a key; write the key out");
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) {
        problems_.add(line, "an alias (*name) is inside what it names, so it would never end; write it out");
        return place(Node{});
    }
    if (!spend(found->second.extent, line)) return;
    place(found->second.node);
}

void YamlTree::begin(Node::Kind kind, int line, std::string_view tag, Anchor anchor) {
    last_line_ = line;
    if (stopped_) return;
    check_tag(line, tag);
    if (wants_key()) {
        problems_.add(line, "a key must be text, not a list or a map; text that begins with '{' or '[' needs quotes");
        open_.back().drop = true;  // The key itself until end(), then its value.
    }
    if (!spend({}, line)) return;
    Frame frame;
    frame.node.kind = kind;
    frame.node.line = line;
    frame.anchor = anchor;
    open_.push_back(std::move(frame));
}

void YamlTree::end() {
    if (stopped_) return;
    Frame frame = std::move(open_.back());
    open_.pop_back();
    keep(frame.anchor, frame.node);
    const bool was_key = !open_.empty() && open_.back().drop && !open_.back().has_key;
    if (!was_key) return place(std::move(frame.node));
    open_.back().has_key = true;
}

void YamlTree::take_key(const Node& node) {
    Frame& map = open_.back();
    map.has_key = true;
    map.drop = true;
    const auto [earlier, is_new] = map.lines.emplace(node.text, node.line);
    if (is_other_than_text(node)) {
        problems_.add(node.line, "key " + printable(node.text) + " is not text; put it in quotes or write a name");
    } else if (!node.quoted && node.text == "<<") {
        problems_.add(node.line, "'<<' (merge) is not supported; write the keys out, or use *name as the whole value");
    } else if (!is_new) {
        problems_.add(node.line, "key '" + printable(node.text) + "' was given before, in line " +
                                     std::to_string(earlier->second) + "; remove one of the two");
    } else {
        map.drop = false;
        map.key = node.text;
        map.key_line = node.line;
    }
}

void YamlTree::refuse_key(int line, const std::string& why) {
    problems_.add(line, why);
    Frame& map = open_.back();
    map.drop = true;
    map.has_key = true;
}

void YamlTree::check_tag(int line, std::string_view tag) {
    if (plain_tag(tag)) return;
    problems_.add(line, "tag '" + printable(tag) + "' is not supported; remove it");
}

bool YamlTree::spend(const Extent& extent, int line) {
    nodes_ += extent.nodes;
    bytes_ += extent.bytes;
    if (open_.size() + extent.depth > kYamlDepthMax)
        stop(line, "nested deeper than " + std::to_string(kYamlDepthMax) + " levels; flatten it");
    else if (nodes_ > kYamlNodesMax)
        stop(line,
             "more than " + std::to_string(kYamlNodesMax) + " keys and values, aliases (*name) expanded; use fewer");
    else if (bytes_ > kYamlTextMax)
        stop(line, "more than 8 MiB of text, aliases (*name) expanded; use fewer");
    return !stopped_;
}

void YamlTree::keep(Anchor anchor, const Node& node) {
    if (anchor == 0) return;
    const Extent extent = extent_of(node);
    // The copy takes space, too: a chain of anchors around one big value would hold it once for each.
    Extent copy = extent;
    copy.depth = 0;
    if (spend(copy, node.line)) anchors_.insert_or_assign(anchor, Kept{node, extent});
}

void YamlTree::place(Node node) {
    if (stopped_) return;
    if (open_.empty()) {
        root_ = std::move(node);
        return;
    }
    Frame& into = open_.back();
    if (into.node.kind == Node::Kind::List) {
        into.node.items.push_back(std::move(node));
        return;
    }
    if (!into.drop) {
        if (node.kind == Node::Kind::Null) node.line = into.key_line;
        node.key_line = node.line == into.key_line ? 0 : into.key_line;
        into.node.members.emplace_back(std::move(into.key), std::move(node));
    }
    into.has_key = false;
    into.drop = false;
}

void YamlTree::stop(int line, std::string why) {
    problems_.add(line, std::move(why));
    stopped_ = true;
    open_.clear();
    anchors_.clear();
}

}  // namespace aurelis::core
