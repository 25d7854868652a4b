// Types, ranges and words. Bounds are text in the declaration, so they are read like the value itself.
#include "config/option_value.hpp"

#include "config/expand.hpp"
#include "config/files.hpp"
#include "config/suggest.hpp"
#include "config/values.hpp"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <utility>
#include <vector>

namespace aurelis::core {
namespace {

bool has(const aurelis_option& option, uint16_t flag) { return (option.flags & flag) != 0; }

Node scalar(const char* text) {
    Node node;
    node.kind = Node::Kind::Scalar;
    node.text = text;
    return node;
}

Error refuse(std::string why) { return fail(AURELIS_E_CONFIG, std::move(why)); }

std::string bounds_of(const aurelis_option& option) {
    if (option.min != nullptr && option.max != nullptr)
        return "must be between " + std::string(option.min) + " and " + option.max;
    return option.min != nullptr ? "must be at least " + std::string(option.min)
                                 : "must be at most " + std::string(option.max);
}

// The value as a number within the bounds of the option.
template <typename T>
Result<void> within(const aurelis_option& option, const Node& node, Result<T> (*reader)(const Node&)) {
    AURELIS_TRY(value, reader(node));
    for (const bool is_min : {true, false}) {
        const char* text = is_min ? option.min : option.max;
        if (text == nullptr) continue;
        const Result<T> bound = reader(scalar(text));
        if (!bound)
            return refuse("is declared with the bound '" + printable(text) +
                          "', which cannot be read; tell the author of the plugin");
        if (is_min ? value < bound.value() : value > bound.value())
            return refuse(bounds_of(option) + ", got " + shown(node));
    }
    return {};
}

Result<void> check_words(const aurelis_option& option, const Node& node) {
    if (option.words == nullptr || option.type == AURELIS_OPT_REF) return {};
    std::vector<std::string> words;
    std::string_view rest = option.words;
    for (;;) {
        const size_t bar = rest.find('|');
        words.emplace_back(rest.substr(0, bar));
        if (bar == std::string_view::npos) break;
        rest.remove_prefix(bar + 1);
    }
    if (std::find(words.begin(), words.end(), node.text) != words.end()) return {};
    std::string all;
    for (const std::string& word : words) all += (all.empty() ? "" : ", ") + word;
    const std::string near = node.secret ? std::string() : nearest_name(node.text, words);
    return refuse("must be one of: " + all + "; got " + shown(node) +
                  (near.empty() ? std::string() : "; did you mean '" + near + "'?"));
}

Result<void> check_type(const aurelis_option& option, const Node& node) {
    switch (option.type) {
        case AURELIS_OPT_INT: return within<int64_t>(option, node, to_int);
        case AURELIS_OPT_DOUBLE: return within<double>(option, node, to_double);
        case AURELIS_OPT_DURATION: return within<int64_t>(option, node, to_duration);
        case AURELIS_OPT_BYTES: return within<uint64_t>(option, node, to_size);
        case AURELIS_OPT_BOOL: {
            AURELIS_TRY_VOID(to_bool(node));
            return {};
        }
        default: {  // STRING, PATH, REF, and types that are newer than this core.
            AURELIS_TRY_VOID(to_text(node));
            return {};
        }
    }
}

// The last part of the path, inside the data folder, if the option is declared as data and there is such a folder.
Result<std::string> path_of(const aurelis_option& option, const std::string& text, const OptionContext& context) {
    AURELIS_TRY(path, absolute_path(text, context.folder));
    if (!has(option, AURELIS_OPT_DATA) || context.data_folder.empty()) return path;
    std::filesystem::path name = std::filesystem::path(path).filename();
    if (name.empty()) name = "data";
    return (std::filesystem::path(context.data_folder) / name).string();
}

}  // namespace

aurelis_option copy_of(const aurelis_option& declared) {
    aurelis_option copy{};
    std::memcpy(&copy, &declared, std::min<size_t>(declared.struct_size, sizeof copy));
    return copy;
}

Result<Node> checked_scalar(const aurelis_option& option, const Node& node, const OptionContext& context,
                            std::string& warning) {
    if (node.kind == Node::Kind::Null) return refuse("has no value; give it one or remove it");
    Node checked = node;
    const bool is_secret = has(option, AURELIS_OPT_SECRET);
    checked.secret = checked.secret || is_secret;
    if (is_secret && checked.kind == Node::Kind::Scalar && is_secret_file(checked.text)) {
        AURELIS_TRY(file, read_secret_file(checked.text, context.folder));
        checked.text = std::move(file.text);
        warning = std::move(file.warning);
    }
    AURELIS_TRY_VOID(check_type(option, checked));
    AURELIS_TRY_VOID(check_words(option, checked));
    if (option.type == AURELIS_OPT_PATH) {
        auto path = path_of(option, checked.text, context);
        if (!path) return checked.secret ? refuse("must be a path, got " + shown(checked)) : std::move(path).error();
        checked.text = std::move(path).value();
    }
    return checked;
}

}  // namespace aurelis::core
