// ${NAME} and ${NAME:-default} in the values of a tree, and secrets in files of their own. Keys are left as they are.
// Leaves to others: which options are declared secret (option_check), masking (show, values).
#pragma once

#include <aurelis/base/result.hpp>

#include "config/environment.hpp"
#include "config/node.hpp"
#include "config/problems.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace aurelis::core {

inline constexpr size_t kExpandedTextMax = size_t{8} << 20;  // Of a whole tree.
inline constexpr size_t kExpandDepthMax = 16;                // Defaults within defaults.
inline constexpr size_t kSecretBytesMax = size_t{64} << 10;

// Replaces ${NAME} by the variable, ${NAME:-default} by the default if the variable is unset or empty (the default may
// contain ${...} itself), and $${ by a literal ${. An expanded scalar counts as unquoted, so `port: "${PORT}"` is a
// number. It is marked secret if the name of a variable in it suggests so, and damaged if something was reported.
void expand_variables(Node& root, const Environment& environment, Problems& problems);

// Does the name of a variable contain PASSWORD, PASSWD, SECRET, TOKEN, CREDENTIAL or KEY, in any case?
bool variable_suggests_secret(std::string_view name);

// A scalar "file:PATH" of a secret option; anything else is the secret itself.
bool is_secret_file(std::string_view text);

struct SecretFile {
    std::string text;     // Without the newline at the end.
    std::string warning;  // Not empty: usable, but not as safe as it could be.
};
// Reads "file:PATH", relative to the folder: a regular file of at most 64 KiB of UTF-8 without NUL, which others must
// not be able to write (refused) and should not be able to read (a warning, since container secrets are often mounted
// that way).
Result<SecretFile> read_secret_file(std::string_view reference, const std::string& folder);

}  // namespace aurelis::core
