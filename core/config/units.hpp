// Durations, sizes and rates as people write them: 250ms, 1h30m, 10 KiB, 100/s. The errors say what was read and what
// is expected, so that a caller only adds the place. Leaves to others: where `never` is allowed (parse_ttl's callers).
#pragma once

#include <aurelis/base/result.hpp>

#include "config/config.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace aurelis::core {

// Nanoseconds, 0 and above. Numbers with a unit (ns us ms s m h d), largest unit first, each at most once; fractions
// are allowed and truncated to nanoseconds. A bare number means seconds.
Result<int64_t> parse_duration(std::string_view text);

// A duration above 0, or the word `never`.
Result<Ttl> parse_ttl(std::string_view text);

// Bytes. A number with B, KB MB GB TB (thousands) or KiB MiB GiB TiB (1024s), in any case; a bare number means bytes.
Result<uint64_t> parse_size(std::string_view text);

// A share of 0 to below 1, as people write it: "5%" or "0.05".
Result<double> parse_share(std::string_view text);

// How many calls per unit of time (s, m, h or d): "100/s". 1 to kRateCallsMax calls.
inline constexpr int64_t kRateCallsMax = 1'000'000;
Result<RateConfig> parse_rate(std::string_view text);

// "100/s"; only of a rate that parse_rate has read.
std::string format_rate(const RateConfig& rate);

// The shortest exact text: "1h30m", "250ms", "0s".
std::string format_duration(int64_t ns);

// "256MiB" where it is exact, else one decimal: "1.4GiB".
std::string format_size(uint64_t bytes);

}  // namespace aurelis::core
