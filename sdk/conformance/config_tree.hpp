// ConfigTree: the options of one component as an aurelis_config_api sees them, from name=value pairs. The core's own
// code reads and checks them, so that the suite accepts exactly what a host accepts: units, bounds, words, defaults,
// secrets in files. Leaves to others: YAML files and ${...} (the core).
#pragma once

#include <aurelis/abi.h>
#include <aurelis/base/result.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aurelis::core {
struct Node;
}

namespace aurelis::conformance {

using OptionValues = std::vector<std::pair<std::string, std::string>>;

// What is wrong with the limits and the default that an option declares; empty if a host can read them all.
std::vector<std::string> limit_faults(const aurelis_option& option);

class ConfigTree {
public:
    // Items of lists are separated by commas, or written as YAML: [a, b]. Options of the type AURELIS_OPT_ANY are YAML.
    // An error names everything that is wrong, one mistake per line.
    static Result<ConfigTree> make(const aurelis_component& component, const OptionValues& values);

    const aurelis_node* root() const noexcept { return reinterpret_cast<const aurelis_node*>(root_.get()); }
    static const aurelis_config_api* api() noexcept;

private:
    explicit ConfigTree(std::shared_ptr<const core::Node> root) : root_(std::move(root)) {}
    std::shared_ptr<const core::Node> root_;
};

}  // namespace aurelis::conformance
