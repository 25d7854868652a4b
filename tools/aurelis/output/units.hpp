// Quantities for people: bytes, durations, counts and ratios as text, and durations and sizes as they are typed. Leaves
// to others: where they are printed (table, terminal), and what a configuration file may contain (the library).
#pragma once

#include <aurelis/base/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace aurelis::cli {

std::string format_bytes(uint64_t bytes);  // "512 B", "1.5 KiB"
std::string format_duration(int64_t ns);   // "850 ns", "12.3 µs", "4.50 s", "2 h 05 min"
std::string format_count(uint64_t count);  // "76,118"
std::string format_ratio(double ratio);    // "85.5 %"

// Nanoseconds, 0 to 106751 days: "90s", "1h30m", "250ms"; a bare number is seconds, as in YAML. The error says what
// may be written.
Result<int64_t> parse_duration(std::string_view text);
// The same, above 0.
Result<int64_t> parse_time(std::string_view text);
// Bytes, above 0: "64KiB", "10MB", "512", in any case; a bare number is bytes.
Result<uint64_t> parse_size(std::string_view text);

}  // namespace aurelis::cli
