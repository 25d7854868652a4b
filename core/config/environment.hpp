// The environment as a function, so that tests can supply their own.
#pragma once

#include <functional>
#include <optional>
#include <string>

namespace aurelis::core {

// The value of a variable; nothing if it is not set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

// The variables of this process.
Environment process_environment();

}  // namespace aurelis::core
