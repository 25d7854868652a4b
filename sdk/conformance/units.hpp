// Durations and sizes as a real host reads them in options and in what an option declares: 1h30m, 250ms, 1TiB. Leaves to
// others: where they stand, and what is allowed there (config_tree).
#pragma once

#include <aurelis/base/result.hpp>

#include <cstdint>
#include <string_view>

namespace aurelis::conformance {

// Nanoseconds. Numbers with a unit (d h m s ms us ns), largest first, each once; a bare number means seconds.
Result<int64_t> parse_duration_ns(std::string_view text);
// Bytes. B, KB MB GB TB (thousands) or KiB MiB GiB TiB (1024s), in any case; a bare number means bytes.
Result<uint64_t> parse_bytes(std::string_view text);

}  // namespace aurelis::conformance
