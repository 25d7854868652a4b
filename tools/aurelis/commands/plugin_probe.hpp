// Inspecting a plugin in a separate process: it is loaded in a child with a time limit, since loading runs its code,
// which may end, crash or hang the process. Leaves to others: showing what was found (plugin.cpp).
#pragma once

#include <aurelis/base/result.hpp>

#include <cstdint>
#include <string>

namespace aurelis::cli {

// The hidden command with which the program starts itself; its arguments are the plugin and --config.
inline constexpr const char* kInspectCommand = "inspect-here";

// The description of a plugin, by name or path, as the library gives it (JSON). The error names the plugin and what
// happened to the process that loaded it.
Result<std::string> probe_plugin(const std::string& plugin, const std::string& config, int64_t limit_ns);

// What the child does: loads the plugin in this process and answers its parent. Ends the process.
[[noreturn]] void inspect_and_end(const std::string& plugin, const std::string& config);

}  // namespace aurelis::cli
