// Numbers with few digits behind the point, prices and coordinates, are found by trying; the others by std::to_chars,
// whose digits are then laid out.
#include "double_text.hpp"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>

namespace aurelis::msgpack {

namespace {

constexpr int kTriedDigitsMax = 6;
constexpr double kPowers[kTriedDigitsMax + 1] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6};
constexpr uint64_t kWholePowers[kTriedDigitsMax + 1] = {1, 10, 100, 1000, 10000, 100000, 1000000};

// As many digits as `digits` says, with zeros in front.
void write_padded(char* out, uint64_t number, int digits) noexcept {
    for (int i = digits; i-- > 0; number /= 10) out[i] = static_cast<char>('0' + number % 10);
}

// A whole number below 10^15 over a power of ten up to 10^22 rounds correctly in one division, and decimals of at most
// 15 digits never share a double: so a hit is the shortest form. NULL: not found.
char* write_few_digits(char* out, double number) noexcept {
    if (number < 1e-4 || number >= 1e9) return nullptr;
    for (int digits = 1; digits <= kTriedDigitsMax; ++digits) {
        const auto whole = static_cast<int64_t>(number * kPowers[digits] + 0.5);
        if (static_cast<double>(whole) / kPowers[digits] != number) continue;
        const uint64_t unit = kWholePowers[digits];
        out = std::to_chars(out, out + kDoubleTextMax, static_cast<uint64_t>(whole) / unit).ptr;
        *out++ = '.';
        write_padded(out, static_cast<uint64_t>(whole) % unit, digits);
        return out + digits;
    }
    return nullptr;
}

struct Decimal {
    char digits[20];
    int count;
    int point;  // The value is 0.DIGITS times ten to this.
};

// Of a positive number.
Decimal decimal_of(double number) noexcept {
    char text[kDoubleTextMax];
    const char* const end = std::to_chars(text, text + sizeof text, number, std::chars_format::scientific).ptr;
    Decimal found{{text[0]}, 1, 0};
    const char* at = text + 1;
    if (*at == '.') {
        for (++at; *at != 'e'; ++at) found.digits[found.count++] = *at;
    }
    std::from_chars(at[1] == '+' ? at + 2 : at + 1, end, found.point);
    ++found.point;
    return found;
}

char* write_fixed(char* out, const Decimal& of) noexcept {
    if (of.point <= 0) {
        std::memcpy(out, "0.000", 5);
        out += 2 - of.point;
        std::memcpy(out, of.digits, static_cast<size_t>(of.count));
        return out + of.count;
    }
    for (int i = 0; i < of.point; ++i) *out++ = i < of.count ? of.digits[i] : '0';
    *out++ = '.';
    if (of.count <= of.point) *out++ = '0';
    for (int i = of.point; i < of.count; ++i) *out++ = of.digits[i];
    return out;
}

char* write_scientific(char* out, const Decimal& of) noexcept {
    *out++ = of.digits[0];
    if (of.count > 1) {
        *out++ = '.';
        std::memcpy(out, of.digits + 1, static_cast<size_t>(of.count - 1));
        out += of.count - 1;
    }
    const int exponent = of.point - 1;
    *out++ = 'e';
    *out++ = exponent < 0 ? '-' : '+';
    const int size = exponent < 0 ? -exponent : exponent;
    if (size < 10) *out++ = '0';
    return std::to_chars(out, out + 3, size).ptr;
}

}  // namespace

char* write_double(char* out, double number) noexcept {
    if (std::signbit(number)) *out++ = '-';
    number = std::fabs(number);
    if (number == 0) {
        std::memcpy(out, "0.0", 3);
        return out + 3;
    }
    if (char* const end = write_few_digits(out, number)) return end;
    const Decimal decimal = decimal_of(number);
    return decimal.point > -4 && decimal.point <= 16 ? write_fixed(out, decimal) : write_scientific(out, decimal);
}

}  // namespace aurelis::msgpack
