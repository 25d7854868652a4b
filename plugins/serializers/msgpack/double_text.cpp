// Numbers with few digits after the point, such as prices and coordinates, are found by trying; the others by
// std::to_chars, whose digits are then laid out.
#include "double_text.hpp"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>

namespace aurelis::msgpack {

namespace {

// This many digits are copied at once, where there is room; no double needs more than 17.
constexpr size_t kDigitsCopied = 20;

// Exactly `digits` digits, with leading zeros.
void write_padded(char* out, uint64_t number, int digits) noexcept {
    for (int i = digits; i-- > 0; number /= 10) out[i] = static_cast<char>('0' + number % 10);
}

// A whole number below 10^15 over a power of ten up to 10^22 rounds correctly in one division, and decimals of at most
// 15 digits never share a double: so a text that reads as this number is its shortest form. NULL: it needs more digits.
char* write_few_digits(char* out, double number) noexcept {
    constexpr double kUnit = 1e8;
    if (number < 1e-4 || number >= 1e7) return nullptr;
    auto units = static_cast<uint64_t>(number * kUnit + 0.5);
    if (static_cast<double>(units) / kUnit != number) return nullptr;
    int digits = 8;
    uint64_t unit = 100'000'000;
    if (units % 10'000 == 0) units /= 10'000, unit = 10'000, digits = 4;
    for (; digits > 1 && units % 10 == 0; --digits) units /= 10, unit /= 10;
    out = std::to_chars(out, out + kDoubleTextMax, units / unit).ptr;
    *out++ = '.';
    write_padded(out, units % unit, digits);
    return out + digits;
}

struct Decimal {
    const char* digits;  // kDigitsCopied can be read.
    int count;
    int point;  // The value is 0.DIGITS times ten to this.
};

// For a positive number. `text` holds the digits.
Decimal decimal_of(double number, char (&text)[kDoubleTextMax]) noexcept {
    const char* const end = std::to_chars(text, text + sizeof text, number, std::chars_format::scientific).ptr;
    const char* const letter = end[-4] == 'e' ? end - 4 : end - 5;
    int exponent = 0;
    for (const char* at = letter + 2; at != end; ++at) exponent = exponent * 10 + (*at - '0');
    if (letter[1] == '-') exponent = -exponent;
    if (letter == text + 1) return {text, 1, exponent + 1};
    text[1] = text[0];  // Overwrites the point.
    return {text + 1, static_cast<int>(letter - text) - 1, exponent + 1};
}

char* write_fixed(char* out, const Decimal& of) noexcept {
    if (of.point <= 0) {
        std::memcpy(out, "0.000", 5);
        std::memcpy(out + 2 - of.point, of.digits, kDigitsCopied);
        return out + 2 - of.point + of.count;
    }
    std::memcpy(out, of.digits, kDigitsCopied);
    if (of.count > of.point) {
        out[of.point] = '.';
        std::memcpy(out + of.point + 1, of.digits + of.point, static_cast<size_t>(of.count - of.point));
        return out + of.count + 1;
    }
    std::memset(out + of.count, '0', static_cast<size_t>(of.point - of.count));
    std::memcpy(out + of.point, ".0", 2);
    return out + of.point + 2;
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
    char text[kDoubleTextMax] = {};
    const Decimal decimal = decimal_of(number, text);
    return decimal.point > -4 && decimal.point <= 16 ? write_fixed(out, decimal) : write_scientific(out, decimal);
}

}  // namespace aurelis::msgpack
