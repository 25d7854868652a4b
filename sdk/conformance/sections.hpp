// The sections of the suite, by file. Each gets a bench with a fresh, empty, started instance.
#pragma once

#include "conformance.hpp"

#include <string>

namespace aurelis::conformance {

// Bytes that depend on seed and position, NULs among them.
std::string pattern_of(size_t size, uint64_t seed);

// section_claims.cpp
void claims_are_kept(Bench& bench);
void options_are_declared(Bench& bench);
// section_basics.cpp
void round_trips(Bench& bench);
void overwrites_and_removals(Bench& bench);
void misses_leave_out_alone(Bench& bench);
void unknown_flags(Bench& bench);
void unknown_conditions(Bench& bench);
void pinned_values_outlive(Bench& bench);
void sizes_are_sane(Bench& bench);
void reopens_and_flushes(Bench& bench);
// section_capabilities.cpp
void conditions(Bench& bench);
void leases(Bench& bench);
void expiry(Bench& bench);
void meta_and_attrs(Bench& bench);
void persistence(Bench& bench);
void sharing(Bench& bench);
// section_errors.cpp
void errors_are_told_once(Bench& bench);
void calls_that_must_not_block(Bench& bench);
void deadlines_that_have_passed(Bench& bench);
// section_promises.cpp
void never_blocks(Bench& bench);
void copies_nothing(Bench& bench);
void adopts_buffers(Bench& bench);
void batches_are_atomic(Bench& bench);
void batches_survive_whole(Bench& bench);
// section_many.cpp
void batches_equal_loops(Bench& bench);
void scans_resume(Bench& bench);
void scans_under_writes(Bench& bench);
void scans_by_condition(Bench& bench);
void removes_by_condition(Bench& bench);
// section_threads.cpp
void threads_see_registers(Bench& bench);

}  // namespace aurelis::conformance
