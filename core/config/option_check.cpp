// A walk over what was given, then over what was declared and not given.
#include "config/option_check.hpp"

#include "config/expand.hpp"
#include "config/option_value.hpp"
#include "config/suggest.hpp"
#include "config/values.hpp"
#include "config/yaml_reader.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace aurelis::core {
namespace {

std::vector<aurelis_option> readable(const aurelis_option* const* declared, size_t count) {
    std::vector<aurelis_option> options;
    for (size_t i = 0; i < count; ++i) {
        if (declared[i] == nullptr) continue;
        const aurelis_option option = copy_of(*declared[i]);
        if (option.name != nullptr && option.name[0] != '\0') options.push_back(option);
    }
    return options;
}

const aurelis_option* option_named(const std::vector<aurelis_option>& options, std::string_view name) {
    for (const aurelis_option& option : options)
        if (name == option.name) return &option;
    return nullptr;
}

// Does a dotted option name begin with this path?
bool is_group(const std::vector<aurelis_option>& options, const std::string& path) {
    const std::string start = path + ".";
    return std::any_of(options.begin(), options.end(), [&start](const aurelis_option& option) {
        return std::strncmp(option.name, start.c_str(), start.size()) == 0;
    });
}

// "must be ..." makes a sentence with the option's name, "expected ..." does not.
bool goes_on_from_name(std::string_view why) {
    for (const std::string_view verb : {"must ", "is ", "has "})
        if (why.substr(0, verb.size()) == verb) return true;
    return false;
}

class OptionCheck {
public:
    OptionCheck(std::vector<aurelis_option> options, const OptionContext& context, Problems& problems)
        : options_(std::move(options)), context_(context), problems_(problems) {
        for (const aurelis_option& option : options_) names_.push_back(option.name);
        result_.kind = Node::Kind::Map;
        result_.place = place("");
    }

    Node run(const Node& given) {
        result_.line = given.line;
        walk(given, "");
        for (const aurelis_option& option : options_)
            if (std::find(seen_.begin(), seen_.end(), option.name) == seen_.end()) fill_in(option);
        return std::move(result_);
    }

private:
    void walk(const Node& map, const std::string& prefix) {
        if (map.damaged || map.kind == Node::Kind::Null) return;
        if (map.kind != Node::Kind::Map) {
            const std::string what =
                prefix.empty() ? "'options'" : "option '" + prefix.substr(0, prefix.size() - 1) + "'";
            report(map.line, what + " must be a map (key: value), got " + shown(map));
            return;
        }
        for (const auto& [key, member] : map.members) {
            const std::string path = prefix + key;
            const aurelis_option* option = key.find('.') == std::string::npos ? option_named(options_, path) : nullptr;
            if (option != nullptr) {
                seen_.push_back(path);
                take(*option, member, "");
            } else if (key.find('.') == std::string::npos && is_group(options_, path)) {
                walk(member, path + ".");
            } else {
                report(member.line_of_key(), unknown(path));
            }
        }
    }

    std::string unknown(const std::string& path) const {
        const size_t dot = path.rfind('.');
        if (option_named(options_, path) != nullptr)
            return "option '" + path + "' is written as a map: " + path.substr(0, dot) + ": {" + path.substr(dot + 1) +
                   ": ...}";
        return "unknown option '" + printable(path) + "'" + suggestion(path, names_);
    }

    void fill_in(const aurelis_option& option) {
        if (option.fallback != nullptr) {
            Problems mistakes("");
            std::optional<Node> node = read_yaml(option.fallback, mistakes);
            if (node && mistakes.empty()) {
                if (node->kind == Node::Kind::Null && option.type != AURELIS_OPT_ANY) node->kind = Node::Kind::Scalar;
                forget_lines(*node);
                take(option, *node, " (the default that the plugin declares)");
                return;
            }
            report(context_.line, label(option.name) + " is declared with a default that is not YAML: '" +
                                      printable(option.fallback) + "'; set it, and tell the author of the plugin");
        } else if ((option.flags & AURELIS_OPT_REQUIRED) != 0) {
            const std::string help = option.help == nullptr ? std::string() : " (" + printable(option.help) + ")";
            report(context_.line, label(option.name) + " is missing" + help + "; add it to 'options'");
        }
    }

    // Checks the value and puts it into the result; remark: what a message says about where it comes from.
    void take(const aurelis_option& option, const Node& node, const std::string& remark) {
        const std::string name = option.name;
        if (node.damaged) return;
        if (option.type == AURELIS_OPT_ANY) return insert(name, placed(node, name));
        if ((option.flags & AURELIS_OPT_LIST) == 0) {
            if (auto checked = one(option, node, name, remark)) insert(name, std::move(*checked));
            return;
        }
        if (node.kind != Node::Kind::List) {
            report(line_of(node), label(name) + " must be a list such as [a, b], got " +
                                      (is_secret(option) ? std::string(kMask) : shown(node)) + remark);
            return;
        }
        Node list = node;
        list.items.clear();
        list.place = place(name);
        for (size_t i = 0; i < node.items.size(); ++i)
            if (auto checked = one(option, node.items[i], name + "[" + std::to_string(i) + "]", remark))
                list.items.push_back(std::move(*checked));
        insert(name, std::move(list));
    }

    std::optional<Node> one(const aurelis_option& option, const Node& node, const std::string& path,
                            const std::string& remark) {
        if (node.damaged) return std::nullopt;
        std::string warning;
        auto checked = checked_scalar(option, node, context_, warning);
        if (!warning.empty()) problems_.warn(line_of(node), context_.owner + label(path) + ": " + warning);
        if (checked) {
            checked->place = place(path);
            return std::move(checked).value();
        }
        const std::string& why = checked.error().message;
        report(line_of(node), label(path) + (goes_on_from_name(why) ? " " : ": ") + why + remark);
        return std::nullopt;
    }

    // Puts a node at a dotted path, making the maps on the way.
    void insert(const std::string& path, Node node) {
        Node* map = &result_;
        size_t start = 0;
        for (size_t dot = path.find('.'); dot != std::string::npos; dot = path.find('.', start)) {
            map = &member_map(*map, path.substr(start, dot - start), path.substr(0, dot), node.line);
            start = dot + 1;
        }
        map->members.emplace_back(path.substr(start), std::move(node));
    }

    Node& member_map(Node& parent, const std::string& key, const std::string& path, int line) {
        for (auto& [name, member] : parent.members)
            if (name == key) return member;
        Node map;
        map.kind = Node::Kind::Map;
        map.line = line;
        map.place = place(path);
        return parent.members.emplace_back(key, std::move(map)).second;
    }

    // A copy of a subtree in which every node has its place.
    Node placed(Node node, const std::string& path) const {
        node.place = place(path);
        for (size_t i = 0; i < node.items.size(); ++i)
            node.items[i] = placed(std::move(node.items[i]), path + "[" + std::to_string(i) + "]");
        for (auto& [key, member] : node.members) member = placed(std::move(member), path + "." + key);
        return node;
    }

    static void forget_lines(Node& node) {
        node.line = 0;
        node.key_line = 0;
        for (Node& item : node.items) forget_lines(item);
        for (auto& [key, member] : node.members) forget_lines(member);
    }

    static bool is_secret(const aurelis_option& option) { return (option.flags & AURELIS_OPT_SECRET) != 0; }
    static std::string label(const std::string& path) { return "option '" + printable(path) + "'"; }
    int line_of(const Node& node) const { return node.line != 0 ? node.line : context_.line; }
    void report(int line, const std::string& what) { problems_.add(line, context_.owner + what); }
    std::shared_ptr<const NodePlace> place(const std::string& path) const {
        return std::make_shared<const NodePlace>(NodePlace{problems_.file(), context_.folder, context_.owner, path});
    }

    std::vector<aurelis_option> options_;
    std::vector<std::string> names_;
    const OptionContext& context_;
    Problems& problems_;
    std::vector<std::string> seen_;
    Node result_;
};

void mark_below(const std::vector<aurelis_option>& options, const std::string& prefix, Node& map) {
    for (auto& [key, member] : map.members) {
        const aurelis_option* option = option_named(options, prefix + key);
        if (option == nullptr) {
            mark_below(options, prefix + key + ".", member);
        } else if ((option->flags & AURELIS_OPT_SECRET) != 0) {
            member.secret = member.secret || !is_secret_file(member.text);
            for (Node& item : member.items) item.secret = item.secret || !is_secret_file(item.text);
        }
    }
}

}  // namespace

Node check_options(const aurelis_option* const* declared, size_t count, const Node& given,
                   const OptionContext& context, Problems& problems) {
    return OptionCheck(readable(declared, count), context, problems).run(given);
}

void mark_declared_secrets(const aurelis_option* const* declared, size_t count, Node& options) {
    mark_below(readable(declared, count), "", options);
}

}  // namespace aurelis::core
