// Writing a file in one step: it appears complete or not at all, and an existing one is replaced only if that is
// wanted.
#pragma once

#include <aurelis/base/result.hpp>

#include <string>
#include <string_view>

namespace aurelis::cli {

// An error, worded for the user of a command, if the file cannot be created: its folder is missing, or it exists.
Result<void> check_new_file(const std::string& path, bool replace);
// 0644 less the umask. Written beside its place, flushed to disk, then given its name.
Result<void> write_new_file(const std::string& path, std::string_view content, bool replace);

}  // namespace aurelis::cli
