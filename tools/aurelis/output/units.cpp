// Quantities for people. Numbers keep three significant digits: enough to compare, few enough to read.
#include "output/units.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <limits>

namespace aurelis::cli {
namespace {

struct Unit {
    std::string_view name;
    double factor;
};

// Largest first: in a sum of several units they come in this order.
constexpr std::array<Unit, 7> kDurationUnits{
    {{"d", 86400e9}, {"h", 3600e9}, {"m", 60e9}, {"s", 1e9}, {"ms", 1e6}, {"us", 1e3}, {"ns", 1}}};

constexpr std::array<Unit, 10> kSizeUnits{{{"", 1},
                                           {"b", 1},
                                           {"kb", 1e3},
                                           {"mb", 1e6},
                                           {"gb", 1e9},
                                           {"tb", 1e12},
                                           {"kib", 1024.0},
                                           {"mib", 1048576.0},
                                           {"gib", 1073741824.0},
                                           {"tib", 1099511627776.0}}};

std::string three_digits(double value, const char* unit) {
    const int decimals = value < 10 ? 2 : value < 100 ? 1 : 0;
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%.*f %s", decimals, value, unit);
    return text.data();
}

// Removes a decimal number and the letters after it from the front of text; false: there is no number.
bool take_quantity(std::string_view& text, double& number, std::string_view& unit) {
    const auto [rest, problem] =
        std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    if (problem != std::errc{} || !std::isfinite(number)) return false;
    text.remove_prefix(static_cast<size_t>(rest - text.data()));
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    const auto end =
        static_cast<size_t>(std::find_if_not(text.begin(), text.end(), is_letter) - text.begin());
    unit = text.substr(0, end);
    text.remove_prefix(end);
    return true;
}

// NaN: not a duration.
double duration_in(std::string_view text) {
    double sum = 0, number = 0;
    std::string_view name;
    size_t next = 0;
    bool bare = false;
    do {
        if (bare || !take_quantity(text, number, name)) return std::nan("");
        bare = name.empty();
        if (bare && next > 0) return std::nan("");
        size_t at = next;
        while (!bare && at < kDurationUnits.size() && kDurationUnits[at].name != name) ++at;
        if (at == kDurationUnits.size()) return std::nan("");
        sum += number * (bare ? 1e9 : kDurationUnits[at].factor);
        next = at + 1;
    } while (!text.empty());
    return sum;
}

// NaN: not a size.
double size_in(std::string_view text) {
    double number = 0;
    std::string_view given;
    if (!take_quantity(text, number, given) || !text.empty()) return std::nan("");
    std::string name(given);
    for (char& c : name)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    for (const Unit& unit : kSizeUnits)
        if (unit.name == name) return number * unit.factor;
    return std::nan("");
}

}  // namespace

std::string format_bytes(uint64_t bytes) {
    if (bytes < 1024) return std::to_string(bytes) + " B";
    constexpr std::array<const char*, 6> kUnits{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double value = static_cast<double>(bytes) / 1024;
    size_t unit = 0;
    for (; value >= 1023.5 && unit + 1 < kUnits.size(); ++unit) value /= 1024;
    return three_digits(value, kUnits[unit]);
}

std::string format_duration(int64_t ns) {
    if (ns < 0) return "-" + format_duration(ns == std::numeric_limits<int64_t>::min() ? INT64_MAX : -ns);
    if (ns < 1000) return std::to_string(ns) + " ns";
    const double value = static_cast<double>(ns);
    if (value < 999.5e3) return three_digits(value / 1e3, "µs");
    if (value < 999.5e6) return three_digits(value / 1e6, "ms");
    if (value < 120e9) return three_digits(value / 1e9, "s");
    const int64_t minutes = ns / 60'000'000'000;
    if (minutes < 120) return std::to_string(minutes) + " min";
    const int64_t hours = minutes / 60;
    std::array<char, 64> text{};
    if (hours < 48)
        std::snprintf(text.data(), text.size(), "%lld h %02lld min", static_cast<long long>(hours),
                      static_cast<long long>(minutes % 60));
    else
        std::snprintf(text.data(), text.size(), "%lld d %02lld h", static_cast<long long>(hours / 24),
                      static_cast<long long>(hours % 24));
    return text.data();
}

std::string format_count(uint64_t count) {
    std::string text = std::to_string(count);
    for (size_t place = text.size(); place > 3;) text.insert(place -= 3, 1, ',');
    return text;
}

std::string format_ratio(double ratio) {
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%.1f %%", ratio * 100);
    return text.data();
}

Result<int64_t> parse_duration(std::string_view text) {
    const double ns = duration_in(text);
    if (std::isnan(ns))
        return fail(AURELIS_E_INVALID, "'" + std::string(text) +
                                           "' is not a duration; write 30 (seconds), 250ms, 90s, "
                                           "5m, 1h30m or 1d");
    if (ns < 0) return fail(AURELIS_E_INVALID, "'" + std::string(text) + "' is below 0; give a longer time");
    if (ns > 106751 * 86400e9)  // The library's limit: about 292 years, in whole days.
        return fail(AURELIS_E_INVALID,
                    "'" + std::string(text) + "' is longer than 106751 days; give a shorter time");
    return static_cast<int64_t>(std::llround(ns));
}

Result<int64_t> parse_time(std::string_view text) {
    AURELIS_TRY(ns, parse_duration(text));
    if (ns == 0)
        return fail(AURELIS_E_INVALID, "'" + std::string(text) + "' is not above 0; give a longer time");
    return ns;
}

Result<uint64_t> parse_size(std::string_view text) {
    const double bytes = size_in(text);
    if (std::isnan(bytes))
        return fail(AURELIS_E_INVALID,
                    "'" + std::string(text) + "' is not a size; write 4096 (bytes), 64KiB, 10MB or 1GiB");
    if (bytes < 1)
        return fail(AURELIS_E_INVALID, "'" + std::string(text) + "' is not above 0; give more bytes");
    if (bytes >= 9.2e18)
        return fail(AURELIS_E_INVALID, "'" + std::string(text) + "' is too large; give fewer bytes");
    return static_cast<uint64_t>(std::llround(bytes));
}

}  // namespace aurelis::cli
