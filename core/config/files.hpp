// What the configuration needs of the file system: small regular files as text, and paths made absolute. Nothing here
// blocks on a pipe or reads without bound.
#pragma once

#include <aurelis/base/result.hpp>

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace aurelis::core {

// The bytes of a regular file; refused if it is anything else, cannot be read, is longer than bytes_max, or if anyone
// but root and this user can change it or what its path leads to. *mode becomes the mode of the file that was read.
Result<std::string> read_regular_file(const std::string& path, size_t bytes_max, mode_t* mode = nullptr);

// The path, made absolute from the folder, without ".", ".." or a "/" at the end; links stay. Refused: an empty path,
// one with a NUL, and one that begins with "~", which is the shell's business.
Result<std::string> absolute_path(std::string_view path, const std::string& folder);

// The folder that contains a file, absolute ("" and "x.yaml" mean the working folder).
std::string folder_of(const std::string& file);

}  // namespace aurelis::core
