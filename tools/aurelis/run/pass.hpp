// One pass of the main job: every request of a trace through get_or_compute, each hit checked, all counted.
// It runs in a process of its own, which gets PassOptions as arguments and answers with a report as JSON:
//   requests, hits, hit_ratio, origin_calls, origin_calls_avoided, seconds_saved, seconds, keys, mismatches,
//   first_mismatch, interrupted,
//   layers: [{name, hits, misses, hit_ratio, bytes, p50_ns, p99_ns, found_keys, found_bytes}]
// found_*: keys that a layer already held when this pass first asked for them. If something failed, also
// error and error_status, and what was done until then. Leaves to others: the passes together
// (commands/run.cpp).
#pragma once

#include "output/table.hpp"

#include <aurelis/base/result.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace aurelis::cli {

struct PassOptions {
    std::string config;  // Empty: the usual places.
    std::string data_folder;
    std::string trace;
    uint64_t requests_max = 0;  // 0: all.
    uint64_t value_bytes = 0;   // 0: the sizes of PageValues.
    int64_t origin_cost_ns = 0;
    uint64_t number = 1;  // Which pass, for the progress bar.

    // As the options of kPassCommand.
    std::vector<std::string> to_arguments() const;
};

// The hidden command with which the program starts itself for one pass; its options are those of PassOptions.
inline constexpr const char* kPassCommand = "run-one-pass";

// Ends early, with what was done so far, when the process is interrupted.
Json run_pass(const PassOptions& options);

}  // namespace aurelis::cli
