// Exact integer arithmetic throughout: no duration or size suffers from floating-point rounding, and whatever does not
// fit is an error, never a wrapped number.
#include "config/units.hpp"

#include "config/values.hpp"

#include <array>
#include <limits>
#include <optional>
#include <utility>


namespace aurelis::core {
namespace {

__extension__ typedef unsigned __int128 Wide;

struct Unit {
    std::string_view name;
    uint64_t factor;
};
constexpr std::array<Unit, 7> kTimes{{{"d", 86'400'000'000'000},
                                      {"h", 3'600'000'000'000},
                                      {"m", 60'000'000'000},
                                      {"s", 1'000'000'000},
                                      {"ms", 1'000'000},
                                      {"us", 1'000},
                                      {"ns", 1}}};
constexpr std::array<Unit, 9> kSizes{{{"TiB", uint64_t{1} << 40},
                                      {"TB", 1'000'000'000'000},
                                      {"GiB", uint64_t{1} << 30},
                                      {"GB", 1'000'000'000},
                                      {"MiB", uint64_t{1} << 20},
                                      {"MB", 1'000'000},
                                      {"KiB", uint64_t{1} << 10},
                                      {"KB", 1'000},
                                      {"B", 1}}};
constexpr std::string_view kDurationForm = "expected a duration such as 250ms, 30s, 5m, 1h30m or 7d";
constexpr std::string_view kSizeForm = "expected a size such as 64KiB, 256MiB, 1GiB or a number of bytes";
constexpr size_t kFractionDigits = 18;  // As many as an unsigned 64-bit number always holds.

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// One "number unit" from the front of a text.
struct Amount {
    bool overflow = false;
    bool has_fraction = false;
    uint64_t whole = 0;
    uint64_t fraction = 0;       // Digits after the point ...
    uint64_t fraction_base = 1;  // ... over this power of ten.
    std::string_view unit;
};

void skip_spaces(std::string_view& rest) {
    while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
}

void take_fraction(std::string_view& rest, Amount& amount) {
    size_t digits = 0;
    for (rest.remove_prefix(1); !rest.empty() && is_digit(rest.front()); rest.remove_prefix(1), ++digits) {
        if (digits >= kFractionDigits) continue;
        amount.fraction = amount.fraction * 10 + static_cast<uint64_t>(rest.front() - '0');
        amount.fraction_base *= 10;
    }
    amount.has_fraction = digits > 0;
}

std::optional<Amount> take_amount(std::string_view& rest) {
    if (rest.empty() || !is_digit(rest.front())) return std::nullopt;
    Amount amount;
    for (; !rest.empty() && is_digit(rest.front()); rest.remove_prefix(1)) {
        const auto digit = static_cast<uint64_t>(rest.front() - '0');
        amount.overflow |= __builtin_mul_overflow(amount.whole, uint64_t{10}, &amount.whole);
        amount.overflow |= __builtin_add_overflow(amount.whole, digit, &amount.whole);
    }
    if (rest.size() > 1 && rest.front() == '.' && is_digit(rest[1])) take_fraction(rest, amount);
    skip_spaces(rest);
    size_t length = 0;
    while (length < rest.size() && is_letter(rest[length])) ++length;
    amount.unit = rest.substr(0, length);
    rest.remove_prefix(length);
    skip_spaces(rest);
    return amount;
}

// amount * factor, cut to a whole number; none if it is above the limit.
std::optional<uint64_t> scaled(const Amount& amount, uint64_t factor, uint64_t limit) {
    if (amount.overflow) return std::nullopt;
    const Wide total = Wide{amount.whole} * factor + Wide{amount.fraction} * factor / amount.fraction_base;
    if (total > limit) return std::nullopt;
    return static_cast<uint64_t>(total);
}

Error refuse(std::string_view form, std::string_view text, const std::string& why) {
    return fail(AURELIS_E_CONFIG, std::string(form) + ", got '" + printable(text) + "'" + why);
}

// The unit meant by a common name that is not ours.
std::string_view usual_time_unit(std::string_view unit) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 21> kUsual{{
        {"sec", "s"}, {"secs", "s"}, {"second", "s"}, {"seconds", "s"}, {"S", "s"}, {"min", "m"}, {"mins", "m"},
        {"minute", "m"}, {"minutes", "m"}, {"M", "m"}, {"hr", "h"}, {"hrs", "h"}, {"hour", "h"}, {"hours", "h"},
        {"H", "h"}, {"day", "d"}, {"days", "d"}, {"D", "d"}, {"msec", "ms"}, {"usec", "us"}, {"nsec", "ns"}}};
    for (const auto& [written, meant] : kUsual)
        if (unit == written) return meant;
    return {};
}

std::string unknown_time_unit(std::string_view unit) {
    const std::string_view meant = usual_time_unit(unit);
    const std::string start = "; '" + printable(unit) + "' is not a unit of time";
    if (!meant.empty()) return start + ", write '" + std::string(meant) + "'";
    return start + " (d h m s ms us ns are)";
}

std::string unknown_size_unit(std::string_view unit) {
    const std::string start = "; '" + printable(unit) + "' is not a unit of size";
    const char first = static_cast<char>(unit.front() & ~0x20);
    if (unit.size() == 1 && (first == 'K' || first == 'M' || first == 'G' || first == 'T'))
        return start + ", write '" + std::string(1, first) + "iB' (1024s) or '" + std::string(1, first) + "B' (1000s)";
    return start + " (B KiB MiB GiB TiB KB MB GB TB are)";
}

bool equal_in_any_case(std::string_view left, std::string_view right) {
    if (left.size() != right.size()) return false;
    for (size_t i = 0; i < left.size(); ++i)
        if ((left[i] | 0x20) != (right[i] | 0x20)) return false;
    return true;
}

std::string_view trimmed(std::string_view text) {
    skip_spaces(text);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
}

}  // namespace

Result<int64_t> parse_duration(std::string_view text) {
    constexpr auto kLongest = static_cast<uint64_t>(kLongestNs);
    const auto bad = [text](const std::string& why) { return refuse(kDurationForm, text, why); };
    std::string_view rest = trimmed(text);
    if (rest.empty()) return bad("");
    if (rest.front() == '-') return bad("; it must not be negative");
    uint64_t total = 0;
    uint64_t smallest = std::numeric_limits<uint64_t>::max();
    for (bool first = true; !rest.empty(); first = false) {
        const auto amount = take_amount(rest);
        if (!amount) return bad("");
        uint64_t factor = 0;
        if (amount->unit.empty() && first && rest.empty()) factor = 1'000'000'000;
        for (const Unit& unit : kTimes)
            if (unit.name == amount->unit) factor = unit.factor;
        if (factor == 0 && !amount->unit.empty()) return bad(unknown_time_unit(amount->unit));
        if (factor == 0) return bad(rest.empty() || is_digit(rest.front()) ? "; a number has no unit" : "");
        if (factor >= smallest) return bad("; larger units come first, each once");
        smallest = factor;
        const auto part = scaled(*amount, factor, kLongest - total);
        if (!part) return bad("; the longest is 106751d, or 'never' where that is allowed");
        total += *part;
    }
    return static_cast<int64_t>(total);
}

Result<Ttl> parse_ttl(std::string_view text) {
    if (text == "never") return Ttl{0, true};
    auto ns = parse_duration(text);
    if (!ns) return fail(AURELIS_E_CONFIG, ns.error().message + " (or the word never)");
    if (*ns <= 0) return refuse("expected a duration above 0", text, "; for no expiry write 'never'");
    return Ttl{*ns, false};
}

Result<uint64_t> parse_size(std::string_view text) {
    const auto bad = [text](const std::string& why) { return refuse(kSizeForm, text, why); };
    std::string_view rest = trimmed(text);
    if (!rest.empty() && rest.front() == '-') return bad("; it must not be negative");
    const auto amount = take_amount(rest);
    if (!amount || !rest.empty()) return bad("");
    uint64_t factor = amount->unit.empty() ? 1 : 0;
    for (const Unit& unit : kSizes)
        if (equal_in_any_case(unit.name, amount->unit)) factor = unit.factor;
    if (factor == 0) return bad(unknown_size_unit(amount->unit));
    if (factor == 1 && amount->has_fraction) return bad("; there are no fractions of a byte");
    const auto bytes = scaled(*amount, factor, std::numeric_limits<uint64_t>::max());
    if (!bytes) return bad("; the largest is 2^64-1 bytes");
    return *bytes;
}

Result<RateConfig> parse_rate(std::string_view text) {
    const auto bad = [text](const std::string& why) {
        return refuse("expected a rate such as 100/s, 10/m, 1000/h or 5000/d", text, why);
    };
    std::string_view rest = trimmed(text);
    if (!rest.empty() && rest.front() == '-') return bad("; it must be at least 1");
    const auto calls = take_amount(rest);
    if (!calls || !calls->unit.empty()) return bad("");
    if (calls->has_fraction) return bad("; the number must be whole, so use a longer time, as in 30/m");
    if (rest.empty()) return bad("; it lacks the time, as in 100/s");
    if (rest.front() != '/') return bad("");
    if (calls->overflow || calls->whole > uint64_t{kRateCallsMax})
        return bad("; the number is at most " + std::to_string(kRateCallsMax));
    if (calls->whole == 0) return bad("; it must be at least 1, and without a limit the line is left out");
    const std::string_view unit = trimmed(rest.substr(1));
    for (const Unit& time : kTimes)
        if (time.name == unit && time.factor >= 1'000'000'000)
            return RateConfig{static_cast<int64_t>(calls->whole), static_cast<int64_t>(time.factor)};
    return bad("; the time is one of s, m, h and d");
}

Result<double> parse_share(std::string_view text) {
    const auto bad = [text](const std::string& why) {
        return refuse("expected a share such as 5% or 0.05", text, why);
    };
    std::string_view rest = trimmed(text);
    const bool percent = !rest.empty() && rest.back() == '%';
    if (percent) rest = trimmed(rest.substr(0, rest.size() - 1));
    const auto amount = take_amount(rest);
    if (!amount || !rest.empty() || !amount->unit.empty()) return bad("");
    const double number = static_cast<double>(amount->whole) +
                          static_cast<double>(amount->fraction) / static_cast<double>(amount->fraction_base);
    const double share = percent ? number / 100 : number;
    if (amount->overflow || share >= 1)
        return bad(percent ? "; it must be below 100%" : "; it must be below 1; write percent with '%'");
    return share;
}

std::string format_rate(const RateConfig& rate) {
    std::string text = std::to_string(rate.calls) + "/";
    for (const Unit& time : kTimes)
        if (time.factor == static_cast<uint64_t>(rate.per_ns)) text += time.name;
    return text;
}

std::string format_duration(int64_t ns) {
    auto left = static_cast<uint64_t>(ns < 0 ? 0 : ns);
    std::string text;
    for (const Unit& unit : kTimes) {
        if (left < unit.factor) continue;
        text += std::to_string(left / unit.factor) + std::string(unit.name);
        left %= unit.factor;
    }
    return text.empty() ? std::string("0s") : text;
}

std::string format_size(uint64_t bytes) {
    static constexpr std::array<Unit, 4> kBinary{{kSizes[0], kSizes[2], kSizes[4], kSizes[6]}};
    for (const Unit& unit : kBinary) {
        if (bytes < unit.factor) continue;
        const uint64_t tenths = static_cast<uint64_t>(Wide{bytes} * 10 / unit.factor);
        const bool exact = bytes % unit.factor == 0;
        return std::to_string(tenths / 10) + (exact ? "" : "." + std::to_string(tenths % 10)) + std::string(unit.name);
    }
    return std::to_string(bytes) + "B";
}

}  // namespace aurelis::core
