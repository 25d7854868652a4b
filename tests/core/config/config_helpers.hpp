// What the tests of the configuration share: an environment of their own, and helpers that turn a text into a tree or a
// Config with its problems as text.
#pragma once

#include "config/config_reader.hpp"
#include "config/environment.hpp"
#include "config/yaml_reader.hpp"
#include "support/folder.hpp"

#include <map>
#include <optional>
#include <string>
#include <utility>

namespace aurelis::core::test {

inline Environment environment_of(std::map<std::string, std::string> variables) {
    return [variables = std::move(variables)](const std::string& name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        return found == variables.end() ? std::nullopt : std::optional<std::string>(found->second);
    };
}

using aurelis::test::Folder;

struct Read {
    std::optional<Config> config;
    std::string problems;  // "t.yaml:3: ..." lines.
};
inline Read read(const std::string& text, std::map<std::string, std::string> variables = {}) {
    Problems problems("t.yaml");
    auto config = load_config_text(text, "/etc/app", environment_of(std::move(variables)), problems);
    return {std::move(config), problems.text()};
}

struct Tree {
    std::optional<Node> root;
    std::string problems;
};
inline Tree tree(const std::string& text) {
    Problems problems("t.yaml");
    auto root = read_yaml(text, problems);
    return {std::move(root), problems.text()};
}

inline bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

inline Node scalar(std::string text, bool quoted = false) {
    Node node;
    node.kind = Node::Kind::Scalar;
    node.text = std::move(text);
    node.quoted = quoted;
    return node;
}

}  // namespace aurelis::core::test
