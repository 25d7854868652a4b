// Parsing and checking of option values, and the table through which a plugin reads them.
#include "config_tree.hpp"

#include <aurelis/base/bytes.hpp>
#include <aurelis/plugin/door.hpp>

#include <charconv>
#include <cstdlib>

namespace aurelis::conformance {

namespace {

struct Unit {
    std::string_view name;
    double factor;
};
constexpr Unit kDurations[] = {{"", 1e9},  {"ns", 1},   {"us", 1e3},   {"ms", 1e6},
                               {"s", 1e9}, {"m", 6e10}, {"h", 3.6e12}, {"d", 8.64e13}};
constexpr Unit kSizes[] = {{"", 1},     {"B", 1},        {"KB", 1e3},        {"MB", 1e6},
                           {"GB", 1e9}, {"KiB", 1024.0}, {"MiB", 1048576.0}, {"GiB", 1073741824.0}};

template <size_t N>
Result<double> with_unit(std::string_view text, const Unit (&units)[N]) {
    const std::string owned(text);
    char* end = nullptr;
    const double number = std::strtod(owned.c_str(), &end);
    std::string_view rest(end);
    while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
    if (end != owned.c_str()) {
        for (const Unit& unit : units) {
            if (unit.name == rest) return number * unit.factor;
        }
    }
    return fail(AURELIS_E_CONFIG, "'" + owned + "' is no number with a known unit");
}

Result<double> as_number(uint16_t type, std::string_view text) {
    if (type == AURELIS_OPT_DURATION) return with_unit(text, kDurations);
    if (type == AURELIS_OPT_BYTES) return with_unit(text, kSizes);
    constexpr Unit kNone[] = {{"", 1}};
    return with_unit(text, kNone);
}

bool is_number(uint16_t type) {
    return type == AURELIS_OPT_INT || type == AURELIS_OPT_DOUBLE || type == AURELIS_OPT_DURATION ||
           type == AURELIS_OPT_BYTES;
}

bool among(std::string_view words, std::string_view text) {
    for (size_t begin = 0; begin <= words.size();) {
        const size_t end = std::min(words.find('|', begin), words.size());
        if (words.substr(begin, end - begin) == text) return true;
        begin = end + 1;
    }
    return false;
}

Result<void> check_scalar(const aurelis_option& option, const std::string& text) {
    const std::string place = std::string("option '") + option.name + "': ";
    if (option.words != nullptr && !among(option.words, text))
        return fail(AURELIS_E_CONFIG, place + "'" + text + "' is none of " + option.words);
    if (!is_number(option.type)) return {};
    AURELIS_TRY(number, as_number(option.type, text));
    if (option.min != nullptr && number < as_number(option.type, option.min).value())
        return fail(AURELIS_E_CONFIG, place + text + " is below " + option.min);
    if (option.max != nullptr && number > as_number(option.type, option.max).value())
        return fail(AURELIS_E_CONFIG, place + text + " is above " + option.max);
    return {};
}

Result<aurelis_node> make_node(const aurelis_option& option, const std::string& text) {
    aurelis_node node;
    node.name = option.name;
    node.text = text;
    node.list = (option.flags & AURELIS_OPT_LIST) != 0;
    if (!node.list) {
        AURELIS_TRY_VOID(check_scalar(option, text));
        return node;
    }
    for (size_t begin = 0; begin < text.size();) {
        const size_t end = std::min(text.find(',', begin), text.size());
        aurelis_node item;
        item.name = option.name;
        item.text = text.substr(begin, end - begin);
        AURELIS_TRY_VOID(check_scalar(option, item.text));
        node.items.push_back(std::move(item));
        begin = end + 1;
    }
    return node;
}

template <typename T, typename Parse>
aurelis_status read_as(const aurelis_node* node, aurelis_call* call, T* out, Parse parse) noexcept {
    auto read = parse(node->text);
    if (!read)
        return plugin::report(call, AURELIS_E_CONFIG, "option '" + node->name + "': " + read.error().message);
    *out = static_cast<T>(read.value());
    return AURELIS_OK;
}

Result<int64_t> parse_int(std::string_view text) {
    int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc() && end == text.data() + text.size()) return value;
    return fail(AURELIS_E_CONFIG, "'" + std::string(text) + "' is no whole number");
}

Result<bool> parse_bool(std::string_view text) {
    if (text == "true" || text == "on" || text == "yes") return true;
    if (text == "false" || text == "off" || text == "no") return false;
    return fail(AURELIS_E_CONFIG, "'" + std::string(text) + "' is neither true nor false");
}

const aurelis_node* node_get(const aurelis_node* node, const char* path) noexcept {
    if (node->children == nullptr) return nullptr;
    const auto found = node->children->find(path);
    return found == node->children->end() ? nullptr : &found->second;
}
uint32_t node_kind(const aurelis_node* node) noexcept {
    if (node->children != nullptr) return AURELIS_NODE_MAP;
    return node->list ? AURELIS_NODE_LIST : AURELIS_NODE_SCALAR;
}
size_t node_count(const aurelis_node* node) noexcept {
    return node->children != nullptr ? node->children->size() : node->items.size();
}
const aurelis_node* node_at(const aurelis_node* node, size_t i, const char** key) noexcept {
    if (i >= node_count(node)) return nullptr;
    const aurelis_node* found = node->children != nullptr
                                    ? &std::next(node->children->begin(), static_cast<long>(i))->second
                                    : &node->items[i];
    if (key != nullptr) *key = node->children != nullptr ? found->name.c_str() : nullptr;
    return found;
}
aurelis_status node_string(const aurelis_node* node, aurelis_call*, aurelis_bytes* out) noexcept {
    *out = bytes(node->text);
    return AURELIS_OK;
}
aurelis_status node_int(const aurelis_node* node, aurelis_call* call, int64_t* out) noexcept {
    return read_as(node, call, out, parse_int);
}
aurelis_status node_double(const aurelis_node* node, aurelis_call* call, double* out) noexcept {
    return read_as(node, call, out,
                   [](const std::string& text) { return as_number(AURELIS_OPT_DOUBLE, text); });
}
aurelis_status node_bool(const aurelis_node* node, aurelis_call* call, uint32_t* out) noexcept {
    return read_as(node, call, out, parse_bool);
}
aurelis_status node_duration(const aurelis_node* node, aurelis_call* call, int64_t* out) noexcept {
    return read_as(node, call, out, parse_duration_ns);
}
aurelis_status node_bytes(const aurelis_node* node, aurelis_call* call, uint64_t* out) noexcept {
    return read_as(node, call, out, parse_bytes);
}
void node_reject(const aurelis_node* node, aurelis_call* call, const char* why) noexcept {
    plugin::report(call, AURELIS_E_CONFIG, "option '" + node->name + "': " + why);
}

aurelis_status node_path(const aurelis_node* node, aurelis_call*, aurelis_buf* out) noexcept {
    *out = aurelis_buf{node->text.c_str(), node->text.size(), nullptr, nullptr};
    return AURELIS_OK;
}

constexpr aurelis_config_api kApi{sizeof(aurelis_config_api),
                                  0,
                                  &node_get,
                                  &node_kind,
                                  &node_count,
                                  &node_at,
                                  &node_string,
                                  &node_int,
                                  &node_double,
                                  &node_bool,
                                  &node_duration,
                                  &node_bytes,
                                  &node_reject,
                                  &node_path};

}  // namespace

Result<int64_t> parse_duration_ns(std::string_view text) {
    AURELIS_TRY(number, with_unit(text, kDurations));
    return static_cast<int64_t>(number);
}

Result<uint64_t> parse_bytes(std::string_view text) {
    AURELIS_TRY(number, with_unit(text, kSizes));
    return static_cast<uint64_t>(number);
}

const aurelis_config_api* ConfigTree::api() noexcept { return &kApi; }

Result<ConfigTree> ConfigTree::make(const aurelis_component& component, const OptionValues& values) {
    ConfigTree tree;
    std::map<std::string, std::string> left(values.begin(), values.end());
    for (size_t i = 0; i < component.option_count; ++i) {
        const aurelis_option& option = *component.options[i];
        const auto given = left.find(option.name);
        if (given == left.end() && option.fallback == nullptr) {
            if ((option.flags & AURELIS_OPT_REQUIRED) != 0)
                return fail(AURELIS_E_CONFIG, std::string("option '") + option.name + "' is required; give " +
                                                  option.name + "=value");
            continue;
        }
        AURELIS_TRY(node, make_node(option, given != left.end() ? given->second : option.fallback));
        tree.children_.emplace(option.name, std::move(node));
        if (given != left.end()) left.erase(given);
    }
    if (!left.empty())
        return fail(AURELIS_E_CONFIG,
                    std::string(component.type_name) + ": unknown option '" + left.begin()->first + "'");
    return tree;
}

}  // namespace aurelis::conformance
