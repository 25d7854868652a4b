// ConfigTree: the options of one component as an aurelis_config_api sees them, from name=value pairs. Fills
// in declared fallbacks and refuses what the declaration does not allow, as a real host does. Leaves to
// others: YAML.
#pragma once

#include <aurelis/abi.h>
#include <aurelis/base/result.hpp>

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

struct aurelis_node {
    std::string name;
    std::string text;
    std::vector<aurelis_node> items;                                // Of a list.
    const std::map<std::string, aurelis_node>* children = nullptr;  // Of the root.
    bool list = false;
};

namespace aurelis::conformance {

using OptionValues = std::vector<std::pair<std::string, std::string>>;

// What is wrong with the limits and the default that an option declares; nothing, if a host can read them all.
std::vector<std::string> limit_faults(const aurelis_option& option);

class ConfigTree {
public:
    // Values of lists are separated by commas. A limit or default that the component declares and nobody can read is an
    // error that names it.
    static Result<ConfigTree> make(const aurelis_component& component, const OptionValues& values);
    ConfigTree(ConfigTree&& other) noexcept : children_(std::move(other.children_)) {
        root_.children = &children_;
    }

    const aurelis_node* root() const noexcept { return &root_; }
    static const aurelis_config_api* api() noexcept;

private:
    ConfigTree() { root_.children = &children_; }
    std::map<std::string, aurelis_node> children_;
    aurelis_node root_;
};

}  // namespace aurelis::conformance
