// YamlTree: builds Nodes from the events of a parser, which it does not know: tags and anchors come as plain text and
// numbers. Bounded in nodes, text and depth; once a bound is exceeded it ignores everything. One document, one thread.
#pragma once

#include "config/node.hpp"
#include "config/problems.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace aurelis::core {

class YamlTree {
public:
    // Anchors are numbers that are never reused; 0: none.
    using Anchor = size_t;

    explicit YamlTree(Problems& problems) : problems_(problems) {}

    void null(int line, Anchor anchor);
    void scalar(int line, std::string_view tag, Anchor anchor, const std::string& text);
    void alias(int line, Anchor anchor);
    void begin(Node::Kind kind, int line, std::string_view tag, Anchor anchor);
    void end();

    // False once a bound was exceeded: the tree is useless.
    bool sound() const noexcept { return !stopped_; }
    int last_line() const noexcept { return last_line_; }
    Node take_root() { return std::move(root_); }

private:
    // The size of one node with everything below it.
    struct Extent {
        size_t nodes = 1;
        size_t bytes = 0;
        size_t depth = 1;
    };
    struct Kept {
        Node node;
        Extent extent;
    };
    // A list or map that is still open.
    struct Frame {
        Node node;
        Anchor anchor = 0;
        bool has_key = false;  // A map that waits for the value of key.
        bool drop = false;     // The key was refused: its value goes nowhere.
        std::string key;
        int key_line = 0;
        std::unordered_map<std::string, int> lines;  // Of the keys so far.
    };

    static Extent extent_of(const Node& node);
    bool wants_key() const noexcept;
    void take_key(const Node& node);
    void refuse_key(int line, const std::string& why);
    void check_tag(int line, std::string_view tag);
    bool spend(const Extent& extent, int line);
    void keep(Anchor anchor, const Node& node);
    void place(Node node);
    void stop(int line, std::string why);

    Problems& problems_;
    std::vector<Frame> open_;
    std::unordered_map<Anchor, Kept> anchors_;
    Node root_;
    size_t nodes_ = 0;
    size_t bytes_ = 0;
    int last_line_ = 1;
    bool stopped_ = false;
};

}  // namespace aurelis::core
