// Looking at configurations and plugins without running a cache, as JSON or YAML text.
#pragma once

#include <aurelis/aurelis.h>
#include <aurelis/base/result.hpp>

#include <string>

namespace aurelis::core {

struct CheckedConfig {
    std::string json;
    std::string problems;  // One line each; empty: none.
};

Result<CheckedConfig> check_config(const aurelis_open_options& options);
Result<std::string> show_config(const aurelis_open_options& options, bool yaml);
Result<std::string> list_plugins(const aurelis_open_options& options);
// Loads the plugin into this process.
Result<std::string> inspect_plugin(const aurelis_open_options& options, const char* plugin);

}  // namespace aurelis::core
