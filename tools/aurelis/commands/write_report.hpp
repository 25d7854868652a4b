// What each layer answered to a write: as text on standard error if one failed, and as JSON.
#pragma once

#include "command.hpp"
#include "output/table.hpp"

namespace aurelis::cli {

// [{"name", "status", "outdated"}], highest layer first; a status as named by aurelis_status_name.
Json layers_json(const Cache& cache, const WriteReport& report);
// Names each layer that failed. True if there was one.
bool complain_of_failures(const Cache& cache, const WriteReport& report, const std::string& what);

}  // namespace aurelis::cli
