// Turns pairs into a tree like the one from YAML, which the core then checks against the declaration.
#include "config_tree.hpp"

#include "config/node.hpp"
#include "config/option_access.hpp"
#include "config/option_check.hpp"
#include "config/problems.hpp"
#include "config/values.hpp"
#include "config/yaml_reader.hpp"

#include <filesystem>
#include <optional>
#include <utility>

namespace aurelis::conformance {

namespace {

using core::Node;

std::string lines_of(const core::Problems& problems) {
    std::string all;
    for (const core::Problem& problem : problems.all()) all += (all.empty() ? "" : "\n") + problem.message;
    return all;
}

Node scalar(std::string_view text) {
    Node node;
    node.kind = Node::Kind::Scalar;
    node.text = text;
    node.quoted = text.empty();  // Unquoted it would be null instead of an empty text.
    return node;
}

std::string_view without_spaces(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
}

Node list_of(std::string_view text) {
    Node list;
    list.kind = Node::Kind::List;
    for (size_t begin = 0; begin < text.size();) {
        const size_t end = std::min(text.find(',', begin), text.size());
        list.items.push_back(scalar(without_spaces(text.substr(begin, end - begin))));
        begin = end + 1;
    }
    return list;
}

const aurelis_option* option_named(const aurelis_component& component, std::string_view name) {
    for (size_t i = 0; i < component.option_count; ++i) {
        const aurelis_option* option = component.options[i];
        if (option != nullptr && option->name != nullptr && name == option->name) return option;
    }
    return nullptr;
}

// A name that is not declared is reported by the check.
Node node_of(const aurelis_option* option, const std::string& text, core::Problems& problems) {
    const bool is_list = option != nullptr && (option->flags & AURELIS_OPT_LIST) != 0;
    const bool is_yaml = option != nullptr && (option->type == AURELIS_OPT_ANY ||
                                               (is_list && without_spaces(text).starts_with('[')));
    if (is_yaml) return core::read_yaml(text, problems).value_or(Node{});
    return is_list ? list_of(text) : scalar(text);
}

// "tls.ca" is the member ca of the map tls.
void insert(Node& map, std::string_view path, Node value) {
    map.kind = Node::Kind::Map;
    const size_t dot = path.find('.');
    const std::string_view name = path.substr(0, dot);
    Node* member = nullptr;
    for (auto& [known, node] : map.members)
        if (known == name) member = &node;
    if (member == nullptr) member = &map.members.emplace_back(std::string(name), Node{}).second;
    if (dot == std::string_view::npos)
        *member = std::move(value);
    else
        insert(*member, path.substr(dot + 1), std::move(value));
}

core::OptionContext context() {
    core::OptionContext made;
    std::error_code ignored;
    made.folder = std::filesystem::current_path(ignored).string();
    return made;
}

// For comparisons; exact up to 64 bits where a long double has as many.
std::optional<Result<long double>> as_number(uint16_t type, const char* text) {
    const auto widened = [](const auto& read) -> Result<long double> {
        if (!read) return read.error();
        return static_cast<long double>(read.value());
    };
    switch (type) {
        case AURELIS_OPT_INT: return widened(core::to_int(scalar(text)));
        case AURELIS_OPT_DOUBLE: return widened(core::to_double(scalar(text)));
        case AURELIS_OPT_DURATION: return widened(core::to_duration(scalar(text)));
        case AURELIS_OPT_BYTES: return widened(core::to_size(scalar(text)));
        default: return std::nullopt;
    }
}

// A limit of a numeric option; none, with the fault noted, if it cannot be read.
std::optional<long double> limit_of(const aurelis_option& option, const char* text, const char* which,
                                    std::vector<std::string>& faults) {
    if (text == nullptr) return std::nullopt;
    const auto number = as_number(option.type, text);
    if (!number) return std::nullopt;
    if (*number) return number->value();
    faults.push_back(std::string("its declared ") + which + " cannot be read: " + number->error().message);
    return std::nullopt;
}

}  // namespace

std::vector<std::string> limit_faults(const aurelis_option& option) {
    std::vector<std::string> faults;
    const auto least = limit_of(option, option.min, "minimum", faults);
    const auto most = limit_of(option, option.max, "maximum", faults);
    if (least && most && *least > *most) faults.emplace_back("its declared minimum is above its maximum");
    if (!faults.empty() || option.fallback == nullptr) return faults;
    const aurelis_option* const alone = &option;
    core::Problems problems("");
    core::check_options(&alone, 1, Node{}, context(), problems);
    if (!problems.empty()) faults.push_back("its declared default is refused: " + lines_of(problems));
    return faults;
}

const aurelis_config_api* ConfigTree::api() noexcept { return core::config_api(); }

Result<ConfigTree> ConfigTree::make(const aurelis_component& component, const OptionValues& values) {
    if (component.option_count != 0 && component.options == nullptr)
        return fail(AURELIS_E_CONFIG, std::string(component.type_name) + ": lacks the table of its options");
    core::Problems problems("");
    Node given;
    for (const auto& [name, text] : values) insert(given, name, node_of(option_named(component, name), text, problems));
    auto root = std::make_shared<const Node>(
        core::check_options(component.options, component.option_count, given, context(), problems));
    if (!problems.empty()) return fail(AURELIS_E_CONFIG, lines_of(problems));
    return ConfigTree(std::move(root));
}

}  // namespace aurelis::conformance
