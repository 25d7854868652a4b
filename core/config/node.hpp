// Node: configuration as a plain tree that remembers its lines. What the YAML reader makes, what the config reader
// and the option check walk, and what a plugin sees through aurelis_config_api (aurelis_node is a Node).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aurelis::core {

// Where a checked option stands, for messages that come from a plugin's create(). Shared by nobody but copies.
struct NodePlace {
    std::string file;    // As it is named in messages.
    std::string folder;  // Absolute: relative paths count from here.
    std::string owner;   // "layer L3_disk (sqlite-disk): "
    std::string path;    // "tls.ca", "hosts[2]"; empty: the options as a whole.
};

struct Node {
    enum class Kind : uint8_t { Null, Scalar, List, Map };

    Kind kind = Kind::Null;
    bool quoted = false;   // Scalar in quotes: never a number, a boolean or null.
    bool secret = false;   // From ${...} or file:, or an option declared secret: masked wherever it is printed.
    bool damaged = false;  // Scalar whose ${...} or file: failed, which has been reported: readers ask no more of it.
    int line = 0;          // 1 is the first line of the file; 0: not from a file (a default).
    int key_line = 0;      // Member of a map: the line of its key, where that is another one; else 0.
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
    // Where a message about the member as such (unknown, given twice) points.
    int line_of_key() const noexcept { return key_line != 0 ? key_line : line; }
};

}  // namespace aurelis::core
