// Node: configuration as a plain tree that remembers its lines. The YAML reader makes it, the config reader and the
// option check walk it, and a plugin sees it through aurelis_config_api (an aurelis_node is a Node).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aurelis::core {

// Where a checked option comes from, for messages from a plugin's create(). Shared only by copies of the node.
struct NodePlace {
    std::string file;    // As it is named in messages.
    std::string folder;  // Absolute: relative paths start here.
    std::string owner;   // "layer L3_disk (sqlite-disk): "
    std::string path;    // "tls.ca", "hosts[2]"; empty: the options as a whole.
};

struct Node {
    enum class Kind : uint8_t { Null, Scalar, List, Map };

    Kind kind = Kind::Null;
    bool quoted = false;   // Scalar in quotes: never a number, a boolean or null.
    bool secret = false;   // From ${...} or file:, or an option declared secret: masked wherever it is printed.
    bool damaged = false;  // Scalar whose ${...} or file: failed, which has been reported: readers ignore it.
    int line = 0;          // 1 is the first line of the file; 0: not from a file (a default).
    int key_line = 0;      // Member of a map: the line of its key if it differs, else 0.
    std::string text;      // Scalar: the text after expansion.
    std::vector<Node> items;                             // List.
    std::vector<std::pair<std::string, Node>> members;   // Map, in the file's order, keys distinct.
    std::shared_ptr<const NodePlace> place;              // Set by the option check, in its own tree only.

    Node() = default;  // Clang needs it declared: it asks for it while std::pair<std::string, Node> is incomplete.
    const Node* find(std::string_view key) const noexcept {
        for (const auto& [name, node] : members)
            if (name == key) return &node;
        return nullptr;
    }
    // The line for a message about the member itself (unknown, given twice).
    int line_of_key() const noexcept { return key_line != 0 ? key_line : line; }
};

}  // namespace aurelis::core
