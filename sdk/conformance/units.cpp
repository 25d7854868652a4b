// Whole numbers throughout, so that no limit is off by a rounding; what does not fit is an error.
#include "units.hpp"

#include <limits>
#include <optional>
#include <string>

namespace aurelis::conformance {

namespace {

__extension__ typedef unsigned __int128 Wide;

struct Unit {
    std::string_view name;
    uint64_t factor;
};
constexpr Unit kTimes[] = {{"d", 86'400'000'000'000}, {"h", 3'600'000'000'000}, {"m", 60'000'000'000},
                           {"s", 1'000'000'000},      {"ms", 1'000'000},        {"us", 1'000},
                           {"ns", 1}};
constexpr Unit kSizes[] = {{"TiB", uint64_t{1} << 40}, {"TB", 1'000'000'000'000}, {"GiB", uint64_t{1} << 30},
                           {"GB", 1'000'000'000},      {"MiB", uint64_t{1} << 20}, {"MB", 1'000'000},
                           {"KiB", uint64_t{1} << 10}, {"KB", 1'000},              {"B", 1}};
constexpr Wide kTooMuch = Wide{1} << 96;  // Far above all that fits, far below where it wraps.

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool same_name(std::string_view left, std::string_view right, bool any_case) {
    if (!any_case || left.size() != right.size()) return left == right;
    for (size_t i = 0; i < left.size(); ++i)
        if ((left[i] | 0x20) != (right[i] | 0x20)) return false;
    return true;
}

void skip_spaces(std::string_view& rest) {
    while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
}

struct Amount {
    Wide whole = 0;
    uint64_t fraction = 0, fraction_base = 1;
    std::string_view unit;

    Wide times(uint64_t factor) const {
        return whole >= kTooMuch ? kTooMuch : whole * factor + Wide{fraction} * factor / fraction_base;
    }
};

// One "number unit" off the front.
std::optional<Amount> take_amount(std::string_view& rest) {
    if (rest.empty() || !is_digit(rest.front())) return std::nullopt;
    Amount amount;
    for (; !rest.empty() && is_digit(rest.front()); rest.remove_prefix(1))
        if (amount.whole < kTooMuch) amount.whole = amount.whole * 10 + static_cast<unsigned>(rest.front() - '0');
    if (amount.whole > std::numeric_limits<uint64_t>::max()) amount.whole = kTooMuch;
    if (rest.size() > 1 && rest.front() == '.' && is_digit(rest[1])) {
        for (rest.remove_prefix(1); !rest.empty() && is_digit(rest.front()); rest.remove_prefix(1)) {
            if (amount.fraction_base >= 1'000'000'000'000'000'000) continue;
            amount.fraction = amount.fraction * 10 + static_cast<uint64_t>(rest.front() - '0');
            amount.fraction_base *= 10;
        }
    }
    skip_spaces(rest);
    size_t length = 0;
    while (length < rest.size() && is_letter(rest[length])) ++length;
    amount.unit = rest.substr(0, length);
    rest.remove_prefix(length);
    skip_spaces(rest);
    return amount;
}

template <size_t N>
uint64_t factor_of(const Unit (&units)[N], std::string_view name, bool any_case) {
    for (const Unit& unit : units)
        if (same_name(unit.name, name, any_case)) return unit.factor;
    return 0;
}

Error refuse(std::string_view text, const char* what) {
    return fail(AURELIS_E_CONFIG, "'" + std::string(text) + "' is no " + what);
}

}  // namespace

Result<int64_t> parse_duration_ns(std::string_view text) {
    constexpr const char* kWhat = "duration such as 250ms, 1h30m or 7d";
    std::string_view rest = text;
    skip_spaces(rest);
    if (rest.empty()) return refuse(text, kWhat);
    Wide total = 0;
    for (uint64_t smallest = std::numeric_limits<uint64_t>::max(); !rest.empty();) {
        const bool first = smallest == std::numeric_limits<uint64_t>::max();
        const auto amount = take_amount(rest);
        if (!amount) return refuse(text, kWhat);
        const uint64_t factor = amount->unit.empty() ? (first && rest.empty() ? 1'000'000'000 : 0)
                                                     : factor_of(kTimes, amount->unit, false);
        if (factor == 0 || factor >= smallest) return refuse(text, kWhat);
        smallest = factor;
        total += amount->times(factor);
        if (total > static_cast<Wide>(std::numeric_limits<int64_t>::max()))
            return refuse(text, "duration that fits into 64 bits of nanoseconds");
    }
    return static_cast<int64_t>(total);
}

Result<uint64_t> parse_bytes(std::string_view text) {
    constexpr const char* kWhat = "size such as 4096, 64KiB, 10MB or 1TiB";
    std::string_view rest = text;
    skip_spaces(rest);
    const auto amount = take_amount(rest);
    if (!amount || !rest.empty()) return refuse(text, kWhat);
    const uint64_t factor = amount->unit.empty() ? 1 : factor_of(kSizes, amount->unit, true);
    if (factor == 0 || (factor == 1 && amount->fraction_base > 1)) return refuse(text, kWhat);
    const Wide bytes = amount->times(factor);
    if (bytes > std::numeric_limits<uint64_t>::max()) return refuse(text, "size that fits into 64 bits");
    return static_cast<uint64_t>(bytes);
}

}  // namespace aurelis::conformance
