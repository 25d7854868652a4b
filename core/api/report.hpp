// Reports: what a cache knows of itself, as JSON text. The keys are part of the promise to scripts.
#pragma once

#include "api/cache.hpp"

#include <string>

namespace aurelis::core {

std::string stats_json(Cache& cache);
// What every layer holds of a name; nothing is promoted, counted or renewed.
Result<std::string> explain_json(Cache& cache, const aurelis_name& name, const aurelis_read_options* options);

}  // namespace aurelis::core
