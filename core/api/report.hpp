// Reports: what a cache knows about itself, as JSON text. Scripts may rely on the keys.
#pragma once

#include "api/cache.hpp"

#include <string>

namespace aurelis::core {

std::string stats_json(Cache& cache);
// The rules for events: [{"on", "targets"}].
std::string rules_json(Cache& cache);
// What every layer holds for a name; nothing is promoted, counted or refreshed.
Result<std::string> explain_json(Cache& cache, const aurelis_name& name, const aurelis_read_options* options);

}  // namespace aurelis::core
