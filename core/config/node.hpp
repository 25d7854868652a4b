// Node: configuration as a plain tree that remembers its lines. What the YAML reader makes, what the config reader
// and the option check walk, and what a plugin sees through aurelis_config_api (aurelis_node is a Node).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aurelis::core {

struct Node {
    enum class Kind : uint8_t { Null, Scalar, List, Map };

    Kind kind = Kind::Null;
    bool quoted = false;  // Scalar in quotes: never a number, a boolean or null.
    bool secret = false;  // From ${...} or file:, or an option declared secret: masked wherever it is printed.
    int line = 0;         // 1 is the first line of the file; 0: not from a file (a default).
    std::string text;     // Scalar: the text after expansion.
    std::vector<Node> items;                             // List.
    std::vector<std::pair<std::string, Node>> members;   // Map, in the file's order, keys distinct.

    const Node* find(std::string_view key) const noexcept {
        for (const auto& [name, node] : members)
            if (name == key) return &node;
        return nullptr;
    }
};

}  // namespace aurelis::core
