// The tables at the end of the main job. Leaves to others: counting (pass), and the same as JSON
// (commands/run.cpp).
#pragma once

#include "output/table.hpp"

namespace aurelis::cli {

// A report: {"trace", "config", "data_folder", "origin_cost_ms", "interrupted", "passes": [as in pass.hpp]}.
void print_run_report(const Json& report);

}  // namespace aurelis::cli
