// Typed access with messages; the part about the values themselves comes from values.cpp.
#include "config/map_reader.hpp"

#include "config/suggest.hpp"
#include "config/values.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace aurelis::core {
namespace {

constexpr size_t kNameBytesMax = 128;

std::string unknown_key(const std::string& key, const std::vector<std::string>& names) {
    const size_t colon = key.find(':');
    if (colon != std::string::npos && std::find(names.begin(), names.end(), key.substr(0, colon)) != names.end())
        return "'" + printable(key) + "': a space is missing after the ':'";
    return "unknown key '" + printable(key) + "'" + suggestion(key, names);
}

// "got 'a:b'; ..." for a node that should be a map.
std::string got_instead_of_map(const Node& node) {
    const bool glued = node.kind == Node::Kind::Scalar && !node.secret && node.text.find(':') != std::string::npos;
    return "got " + shown(node) + (glued ? "; a space is needed after the ':'" : "");
}

}  // namespace

MapReader::MapReader(const Node& node, std::string place, std::initializer_list<std::string_view> known,
                     Problems& problems)
    : node_(node), place_(std::move(place)), problems_(problems) {
    if (node.kind == Node::Kind::Scalar && node.damaged) return;
    if (node.kind == Node::Kind::Scalar || node.kind == Node::Kind::List)
        problems.add(node.line, place_ + "expected a map (key: value), " + got_instead_of_map(node));
    const std::vector<std::string> names(known.begin(), known.end());
    for (const auto& [key, member] : node.members) {
        if (std::find(names.begin(), names.end(), key) != names.end()) continue;
        problems.add(member.line_of_key(), place_ + unknown_key(key, names));
    }
}

const Node* MapReader::find(std::string_view key) const {
    const Node* found = node_.find(key);
    if (found == nullptr || found->damaged) return nullptr;
    if (found->kind != Node::Kind::Null) return found;
    report(*found, key, "has no value; give it one or remove the line");
    return nullptr;
}

void MapReader::report(const Node& at, std::string_view key, const std::string& why) const {
    problems_.add(at.line, place_ + "'" + std::string(key) + "' " + why);
}

template <typename T>
std::optional<T> MapReader::read(std::string_view key, Result<T> (*reader)(const Node&)) const {
    const Node* node = find(key);
    if (node == nullptr) return std::nullopt;
    Result<T> value = reader(*node);
    if (value.has_value()) return std::move(*value);
    problems_.add(node->line, place_ + "'" + std::string(key) + "': " + value.error().message);
    return std::nullopt;
}

std::optional<std::string> MapReader::text(std::string_view key) const {
    auto value = read<std::string>(key, to_text);
    if (!value || !value->empty()) return value;
    report(*node_.find(key), key, "is empty; give it a value or remove the line");
    return std::nullopt;
}

std::optional<int64_t> MapReader::integer(std::string_view key) const { return read<int64_t>(key, to_int); }
std::optional<bool> MapReader::boolean(std::string_view key) const { return read<bool>(key, to_bool); }
std::optional<double> MapReader::share(std::string_view key) const { return read<double>(key, to_share); }
std::optional<RateConfig> MapReader::rate(std::string_view key) const { return read<RateConfig>(key, to_rate); }
std::optional<Ttl> MapReader::ttl(std::string_view key) const { return read<Ttl>(key, to_ttl); }
std::optional<int64_t> MapReader::duration(std::string_view key) const { return read<int64_t>(key, to_duration); }

std::optional<uint64_t> MapReader::size(std::string_view key) const {
    auto value = read<uint64_t>(key, to_size);
    if (!value || *value > 0) return value;
    report(*node_.find(key), key, "is 0, which would hold nothing; raise it or remove the line");
    return std::nullopt;
}

const Node* MapReader::list(std::string_view key) const {
    const Node* node = find(key);
    if (node == nullptr || node->kind == Node::Kind::List) return node;
    report(*node, key, "must be a list ([a, b], or lines that begin with '- '), got " + shown(*node));
    return nullptr;
}

const Node* MapReader::map(std::string_view key) const {
    const Node* node = find(key);
    if (node == nullptr || node->kind == Node::Kind::Map) return node;
    report(*node, key, "must be a map (key: value), " + got_instead_of_map(*node));
    return nullptr;
}

std::optional<std::string> MapReader::required_text(std::string_view key, std::string_view example) const {
    if (node_.find(key) == nullptr && node_.kind != Node::Kind::Scalar && node_.kind != Node::Kind::List)
        problems_.add(line(),
                      place_ + "'" + std::string(key) + "' is missing; add it, such as " + std::string(example));
    return text(key);
}

std::string mistake_in_name(std::string_view name) {
    if (name.empty()) return "is empty; give it a name";
    if (name.size() > kNameBytesMax) return "is longer than 128 bytes; shorten it";
    if (name.front() == ' ' || name.back() == ' ') return "begins or ends with a space; remove it";
    for (const char c : name)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return "holds a control character; remove it";
    return {};
}

}  // namespace aurelis::core
