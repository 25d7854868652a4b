// JSON numbers: integers stay as written, however long; whatever has a point or an exponent is a double and is written
// as Python's repr: the shortest digits that read back the same, without an exponent from 1e-04 up to below 1e+16.
#include "keys/json_lexer.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <system_error>

namespace aurelis::core {
namespace {

void skip_digits(JsonCursor& in) noexcept {
    while (in.next_is_digit()) ++in.at;
}

// The grammar; `is_float` says whether there was a point or an exponent.
bool scan_number(JsonCursor& in, bool& is_float) noexcept {
    if (in.next_is('-')) ++in.at;
    if (in.next_is('I')) return in.expected("a finite number (Infinity is not JSON)");
    if (!in.next_is_digit()) return in.expected("a digit");
    if (in.next_is('0')) {
        ++in.at;
    } else {
        skip_digits(in);
    }
    if (in.next_is('.')) {
        is_float = true;
        ++in.at;
        if (!in.next_is_digit()) return in.expected("a digit after the decimal point");
        skip_digits(in);
    }
    if (in.next_is('e') || in.next_is('E')) {
        is_float = true;
        ++in.at;
        if (in.next_is('+') || in.next_is('-')) ++in.at;
        if (!in.next_is_digit()) return in.expected("a digit in the exponent");
        skip_digits(in);
    }
    return true;
}

// Whether a number that no double can hold is too large, as opposed to too close to 0; decided by the power of ten of
// its first digit that is not 0.
bool is_huge(std::string_view text) noexcept {
    constexpr long long kExponentMax =
        1'000'000'000;  // Beyond any power that kJsonBytesMax digits could make up for.
    const size_t first = text.find_first_of("123456789");
    const size_t exponent_at = text.find_first_of("eE");
    if (first == std::string_view::npos || first > exponent_at) return false;  // 0e999
    const std::string_view mantissa = text.substr(0, exponent_at);
    const size_t point = std::min(mantissa.find('.'), mantissa.size());
    long long power = static_cast<long long>(point) - static_cast<long long>(first);
    if (exponent_at == std::string_view::npos) return power > 0;
    const bool negative = text[exponent_at + 1] == '-';
    long long exponent = 0;
    for (const char digit : text.substr(exponent_at + 1)) {
        if (digit >= '0' && digit <= '9' && exponent < kExponentMax) exponent = exponent * 10 + (digit - '0');
    }
    power += negative ? -exponent : exponent;
    return power > 0;
}

bool to_double(std::string_view text, double& value) noexcept {
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    if (read.ec == std::errc::result_out_of_range) {
        if (is_huge(text)) return false;
        value = text.front() == '-' ? -0.0 : 0.0;
    }
    return std::isfinite(value);
}

}  // namespace

char* write_python_float(double value, char* to) noexcept {
    char text[kFloatTextMax];
    const char* const end = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific).ptr;
    const char* from = text;
    if (*from == '-') *to++ = *from++;

    char digits[kFloatTextMax];
    int count = 0;
    const char* exponent_at = from;
    for (; *exponent_at != 'e'; ++exponent_at) {
        if (*exponent_at != '.') digits[count++] = *exponent_at;
    }
    int exponent = 0;
    std::from_chars(exponent_at + (exponent_at[1] == '+' ? 2 : 1), end, exponent);

    if (exponent < -4 || exponent >= 16) {  // The exponent's form is the same here and in Python.
        while (from != end) *to++ = *from++;
        return to;
    }
    if (exponent < 0) {
        *to++ = '0';
        *to++ = '.';
        for (int zeros = -exponent - 1; zeros > 0; --zeros) *to++ = '0';
        for (int at = 0; at < count; ++at) *to++ = digits[at];
        return to;
    }
    for (int at = 0; at <= exponent; ++at) *to++ = at < count ? digits[at] : '0';
    *to++ = '.';
    for (int at = exponent + 1; at < count; ++at) *to++ = digits[at];
    if (exponent + 1 >= count) *to++ = '0';
    return to;
}

bool read_json_number(JsonCursor& in, std::string& out) {
    const char* const start = in.at;
    bool is_float = false;
    if (!scan_number(in, is_float)) return false;
    const std::string_view text(start, static_cast<size_t>(in.at - start));
    if (!is_float) {
        out += text == "-0" ? std::string_view("0") : text;
        return true;
    }
    double value = 0;
    if (!to_double(text, value)) return in.expected("a number that fits a double (below 1.8e+308)", start);
    char written[kFloatTextMax];
    out.append(written, write_python_float(value, written));
    return true;
}

}  // namespace aurelis::core
