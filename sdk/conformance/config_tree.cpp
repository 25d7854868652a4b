// Parsing and checking of option values, and the table through which a plugin reads them.
#include "config_tree.hpp"

#include "units.hpp"

#include <aurelis/base/bytes.hpp>
#include <aurelis/plugin/door.hpp>

#include <charconv>
#include <cstdlib>
#include <optional>

namespace aurelis::conformance {

namespace {

Result<int64_t> parse_int(std::string_view text) {
    int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc() && end == text.data() + text.size()) return value;
    return fail(AURELIS_E_CONFIG, "'" + std::string(text) + "' is no whole number");
}

Result<double> parse_double(std::string_view text) {
    const std::string owned(text);
    char* end = nullptr;
    const double value = std::strtod(owned.c_str(), &end);
    if (!owned.empty() && end == owned.c_str() + owned.size() && value == value) return value;
    return fail(AURELIS_E_CONFIG, "'" + owned + "' is no number");
}

// For comparisons; exact up to 64 bits where a long double has as many.
Result<long double> as_number(uint16_t type, std::string_view text) {
    const auto widened = [](auto read) -> Result<long double> {
        if (!read) return read.error();
        return static_cast<long double>(read.value());
    };
    if (type == AURELIS_OPT_DURATION) return widened(parse_duration_ns(text));
    if (type == AURELIS_OPT_BYTES) return widened(parse_bytes(text));
    return type == AURELIS_OPT_INT ? widened(parse_int(text)) : widened(parse_double(text));
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

// A limit as the component declares it; none if it declares none.
Result<std::optional<long double>> limit_of(const aurelis_option& option, const char* text, const char* which) {
    if (text == nullptr) return std::optional<long double>{};
    auto number = as_number(option.type, text);
    if (number) return std::optional<long double>{number.value()};
    return fail(AURELIS_E_CONFIG, std::string("option '") + option.name + "': its declared " + which +
                                      " cannot be read: " + number.error().message);
}

Result<void> check_scalar(const aurelis_option& option, const std::string& text) {
    const std::string place = std::string("option '") + option.name + "': ";
    if (option.words != nullptr && !among(option.words, text))
        return fail(AURELIS_E_CONFIG, place + "'" + text + "' is none of " + option.words);
    if (!is_number(option.type)) return {};
    AURELIS_TRY(least, limit_of(option, option.min, "minimum"));
    AURELIS_TRY(most, limit_of(option, option.max, "maximum"));
    auto number = as_number(option.type, text);
    if (!number) return fail(AURELIS_E_CONFIG, place + number.error().message);
    if (least && number.value() < *least) return fail(AURELIS_E_CONFIG, place + text + " is below " + option.min);
    if (most && number.value() > *most) return fail(AURELIS_E_CONFIG, place + text + " is above " + option.max);
    return {};
}

std::string_view without_spaces(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

bool stands_between(std::string_view text, char first, char last) {
    return text.size() >= 2 && text.front() == first && text.back() == last;
}

// A declared default is YAML; of that, quotes and [a, b] are understood, which is what defaults are made of.
std::string plain(std::string_view text) {
    text = without_spaces(text);
    const bool quoted = stands_between(text, '"', '"') || stands_between(text, '\'', '\'');
    return std::string(quoted ? text.substr(1, text.size() - 2) : text);
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
    std::string_view left = without_spaces(text);
    if (stands_between(left, '[', ']')) left = without_spaces(left.substr(1, left.size() - 2));
    for (size_t begin = 0; begin < left.size();) {
        const size_t end = std::min(left.find(',', begin), left.size());
        aurelis_node item;
        item.name = option.name;
        item.text = plain(left.substr(begin, end - begin));
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
    return read_as(node, call, out, parse_double);
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

std::vector<std::string> limit_faults(const aurelis_option& option) {
    std::vector<std::string> faults;
    const auto read = [&](const char* text, const char* which) {
        std::optional<long double> none;
        if (text == nullptr || !is_number(option.type)) return none;
        auto number = as_number(option.type, text);
        if (number) return std::optional<long double>{number.value()};
        faults.push_back(std::string("its declared ") + which + " cannot be read: " + number.error().message);
        return none;
    };
    const auto least = read(option.min, "minimum");
    const auto most = read(option.max, "maximum");
    if (least && most && *least > *most) faults.push_back("its declared minimum is above its maximum");
    if (faults.empty() && option.fallback != nullptr && option.type != AURELIS_OPT_ANY) {
        auto made = make_node(option, plain(option.fallback));
        if (!made) faults.push_back("its declared default is refused: " + made.error().message);
    }
    return faults;
}

const aurelis_config_api* ConfigTree::api() noexcept { return &kApi; }

Result<ConfigTree> ConfigTree::make(const aurelis_component& component, const OptionValues& values) {
    ConfigTree tree;
    std::map<std::string, std::string> left(values.begin(), values.end());
    for (size_t i = 0; i < component.option_count; ++i) {
        if (component.options == nullptr || component.options[i] == nullptr || component.options[i]->name == nullptr)
            return fail(AURELIS_E_CONFIG, std::string(component.type_name) + ": lacks its option " +
                                              std::to_string(i + 1) + " or the option's name");
        const aurelis_option& option = *component.options[i];
        const auto given = left.find(option.name);
        if (given == left.end() && option.fallback == nullptr) {
            if ((option.flags & AURELIS_OPT_REQUIRED) != 0)
                return fail(AURELIS_E_CONFIG, std::string("option '") + option.name + "' is required; give " +
                                                  option.name + "=value");
            continue;
        }
        AURELIS_TRY(node, make_node(option, given != left.end() ? given->second : plain(option.fallback)));
        tree.children_.emplace(option.name, std::move(node));
        if (given != left.end()) left.erase(given);
    }
    if (!left.empty())
        return fail(AURELIS_E_CONFIG,
                    std::string(component.type_name) + ": unknown option '" + left.begin()->first + "'");
    return tree;
}

}  // namespace aurelis::conformance
