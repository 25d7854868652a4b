// Writers for two formats with one rule for what may be shown.
#include "config/show.hpp"

#include "config/expand.hpp"
#include "config/values.hpp"

#include <algorithm>
#include <array>

namespace aurelis::core {
namespace {

using Kind = Node::Kind;

// The text of a scalar as it may be shown.
struct Seen {
    std::string text;
    bool masked;
};
Seen seen(const Node& node, bool suspicious) {
    if (node.secret || (suspicious && !is_secret_file(node.text))) return {std::string(kMask), true};
    return {without_url_password(node.text), false};
}

void append_escaped_control(std::string& out, unsigned char c) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    out += "\\u00";
    out += kDigits[c >> 4];
    out += kDigits[c & 15];
}

// Valid in JSON and in YAML's double quotes alike.
std::string in_quotes(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\')
            (out += '\\') += c;
        else if (c == '\n')
            out += "\\n";
        else if (c == '\t')
            out += "\\t";
        else if (byte < 0x20 || byte == 0x7f)
            append_escaped_control(out, byte);
        else
            out += c;
    }
    return out + "\"";
}

// Text that YAML reads back as itself without quotes.
bool is_plain(std::string_view text) {
    static constexpr std::array<std::string_view, 6> kTaken{"null", "Null", "NULL", "-", "...", "---"};
    if (text.empty() || std::find(kTaken.begin(), kTaken.end(), text) != kTaken.end()) return false;
    return std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-' ||
               c == '.' || c == '/' || c == '+';
    });
}

// A literal "${" is escaped as it has to be in a file.
std::string with_literal_dollars(std::string_view text) {
    std::string out;
    for (size_t i = 0; i < text.size(); ++i) {
        if (text.substr(i, 2) == "${") out += '$';
        out += text[i];
    }
    return out;
}

std::string yaml_scalar(const Node& node, bool suspicious) {
    const Seen value = seen(node, suspicious);
    const std::string text = node.damaged ? value.text : with_literal_dollars(value.text);
    return !value.masked && !node.quoted && is_plain(text) ? text : in_quotes(text);
}

// A key is text: one that would be read as a number or a boolean needs quotes.
std::string yaml_key(const std::string& key) {
    Node node;
    node.kind = Kind::Scalar;
    node.text = key;
    return is_plain(key) && !to_double(node) && !to_bool(node) ? key : in_quotes(key);
}

// The value after "key:" or "-", with the line end. Nested blocks begin on the next line.
void write_yaml(const Node& node, size_t indent, bool suspicious, std::string& out) {
    const std::string margin(indent, ' ');
    switch (node.kind) {
        case Kind::Null: out += " null\n"; return;
        case Kind::Scalar: out += " " + yaml_scalar(node, suspicious) + "\n"; return;
        case Kind::List:
            out += node.items.empty() ? " []\n" : "\n";
            for (const Node& item : node.items) {
                out += margin + "-";
                write_yaml(item, indent + 2, suspicious, out);
            }
            return;
        case Kind::Map:
            out += node.members.empty() ? " {}\n" : "\n";
            for (const auto& [key, member] : node.members) {
                out += margin + yaml_key(key) + ":";
                write_yaml(member, indent + 2, suspicious || key_suggests_secret(key), out);
            }
            return;
    }
}

std::string json_scalar(const Node& node, bool suspicious) {
    const Seen value = seen(node, suspicious);
    if (value.masked || node.quoted || value.text != node.text) return in_quotes(value.text);
    if (const auto number = to_int(node)) return node.text == "-0" ? "0" : node.text;
    if (const auto truth = to_bool(node)) return truth.value() ? "true" : "false";
    // JSON wants a digit on both sides of the point, and no leading zero.
    const std::string_view text = node.text;
    const std::string_view digits = text.substr(text.front() == '-' ? 1 : 0);
    const bool zero_first = digits.size() > 1 && digits[0] == '0' && digits[1] != '.';
    const size_t point = digits.find('.');
    const bool bare_point =
        point == 0 || (point != std::string_view::npos &&
                       (point + 1 == digits.size() || digits[point + 1] < '0' || digits[point + 1] > '9'));
    return to_double(node) && !zero_first && !bare_point ? node.text : in_quotes(value.text);
}

void write_json(const Node& node, size_t indent, bool suspicious, std::string& out) {
    const std::string margin(indent + 2, ' ');
    const std::string close = "\n" + std::string(indent, ' ');
    const char* separator = "\n";
    switch (node.kind) {
        case Kind::Null: out += "null"; return;
        case Kind::Scalar: out += node.text.empty() ? "\"\"" : json_scalar(node, suspicious); return;
        case Kind::List:
            out += "[";
            for (const Node& item : node.items) {
                out += separator + margin;
                write_json(item, indent + 2, suspicious, out);
                separator = ",\n";
            }
            out += node.items.empty() ? "]" : close + "]";
            return;
        case Kind::Map:
            out += "{";
            for (const auto& [key, member] : node.members) {
                out += separator + margin + in_quotes(key) + ": ";
                write_json(member, indent + 2, suspicious || key_suggests_secret(key), out);
                separator = ",\n";
            }
            out += node.members.empty() ? "}" : close + "}";
            return;
    }
}

Node* member_of(Node& map, std::string_view key) {
    for (auto& [name, member] : map.members)
        if (name == key) return &member;
    return nullptr;
}

Node* options_in(Node& root, std::string_view section, std::string_view name) {
    Node* all = member_of(root, section);
    Node* found = all == nullptr ? nullptr : member_of(*all, name);
    return found == nullptr ? nullptr : member_of(*found, "options");
}

}  // namespace

std::string show_yaml(const Node& root) {
    std::string out;
    write_yaml(root, 0, false, out);
    out.erase(0, 1);  // The space or line end that separates a value from its key.
    return out;
}

std::string show_json(const Node& root) {
    std::string out;
    write_json(root, 0, false, out);
    return out + "\n";
}

Node* layer_options(Node& root, std::string_view layer) {
    Node* layers = member_of(root, "layers");
    if (layers == nullptr) return nullptr;
    for (Node& item : layers->items) {
        const Node* name = item.find("name");
        if (name != nullptr && name->text == layer) return member_of(item, "options");
    }
    return nullptr;
}

Node* origin_options(Node& root, std::string_view origin) { return options_in(root, "origins", origin); }

Node* embedder_options(Node& root, std::string_view embedder) { return options_in(root, "embedders", embedder); }

Node* strategy_options(Node& root, std::string_view category, size_t index) {
    Node* categories = member_of(root, "categories");
    Node* found = categories == nullptr ? nullptr : member_of(*categories, category);
    Node* strategies = found == nullptr ? nullptr : member_of(*found, "strategies");
    return strategies == nullptr || index >= strategies->items.size() ? nullptr : &strategies->items[index];
}

}  // namespace aurelis::core
