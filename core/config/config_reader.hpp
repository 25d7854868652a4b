// From a file or a text to Config: read, expand, check. All mistakes go into Problems, in one pass. Leaves to others:
// everything that needs a plugin (does the backend exist, are its options right: option_check), and where the file is
// (locate). Schema and defaults of each key: config/README.md.
#pragma once

#include "config/config.hpp"
#include "config/environment.hpp"
#include "config/problems.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace aurelis::core {

inline constexpr size_t kLayersMax = 32;

// Reads the file; relative paths start in its folder. Nothing: there is no tree to look at. A Config may come with
// problems, so that the options in it can be checked as well; it may be used only if there are none.
std::optional<Config> load_config_file(const std::string& path, const Environment& environment, Problems& problems);

// The same for a text that is not in a file; messages call it problems.file(), and folder is made absolute.
std::optional<Config> load_config_text(std::string_view text, const std::string& folder,
                                       const Environment& environment, Problems& problems);

// Reads the tree, in which variables are already expanded; folder is absolute.
Config read_config(Node root, const std::string& folder, Problems& problems);

}  // namespace aurelis::core
