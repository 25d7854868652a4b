// Reading numbers. Decimals of at most 15 digits need no check: each of them is the shortest text of its double, which
// one division computes (W. D. Clinger, "How to read floating point numbers accurately", 1990). All others are read by
// std::from_chars, written back and compared.
#include "numbers.hpp"

#include "double_text.hpp"
#include "format.hpp"

#include <cfloat>
#include <charconv>
#include <cmath>

namespace aurelis::msgpack {

namespace {

constexpr uint64_t kTenTo15 = 1'000'000'000'000'000u;
constexpr uint64_t kTenTo19 = 10'000'000'000'000'000'000u;
constexpr int64_t kDigitsMax = 19;  // No number of this many digits overflows 64 bits.
constexpr double kPowers[kDigitsMax] = {1,    1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8, 1e9,
                                        1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18};

bool is_digit(char c) noexcept { return static_cast<uint8_t>(c - '0') < 10; }

const char* read_digits(const char* at, const char* end, uint64_t& number) noexcept {
    for (; at != end && is_digit(*at); ++at) number = number * 10 + static_cast<uint8_t>(*at - '0');
    return at;
}

char* store_unsigned(char* out, uint64_t number) noexcept {
    if (number < 0x80) return store(out, static_cast<uint8_t>(number));
    if (number <= UINT8_MAX) return store(out, first_byte::kUint8, static_cast<uint8_t>(number));
    if (number <= UINT16_MAX) return store(out, first_byte::kUint16, static_cast<uint16_t>(number));
    if (number <= UINT32_MAX) return store(out, first_byte::kUint32, static_cast<uint32_t>(number));
    return store(out, first_byte::kUint64, number);
}

// Stores minus `size`, which is 1 to 2^63.
char* store_negative(char* out, uint64_t size) noexcept {
    const uint64_t bits = 0 - size;
    if (size <= 32) return store(out, static_cast<uint8_t>(bits));
    if (size <= 0x80) return store(out, first_byte::kInt8, static_cast<uint8_t>(bits));
    if (size <= 0x8000) return store(out, first_byte::kInt16, static_cast<uint16_t>(bits));
    if (size <= 0x80000000u) return store(out, first_byte::kInt32, static_cast<uint32_t>(bits));
    return store(out, first_byte::kInt64, bits);
}

char* store_double(char* out, double number) noexcept {
    if (fits_float32(number))
        return store(out, first_byte::kFloat32, std::bit_cast<uint32_t>(static_cast<float>(number)));
    return store(out, first_byte::kFloat64, std::bit_cast<uint64_t>(number));
}

const char* past_exponent(const char* at, const char* end) noexcept {
    if (at == end || (*at != 'e' && *at != 'E')) return at;
    ++at;
    if (at != end && (*at == '+' || *at == '-')) ++at;
    while (at != end && is_digit(*at)) ++at;
    return at;
}

// Refuses any spelling other than the one that decoding gives, and so anything that is not a number.
Place encode_spelt_double(Place at, const char* last) noexcept {
    double number = 0;
    const auto read = std::from_chars(at.in, last, number);
    if (read.ec != std::errc() || read.ptr != last || !std::isfinite(number)) return kRefused;
    char written[kDoubleTextMax];
    const auto size = static_cast<size_t>(write_double(written, number) - written);
    const bool same = size == static_cast<size_t>(last - at.in) && std::memcmp(written, at.in, size) == 0;
    return same ? Place{last, store_double(at.out, number)} : kRefused;
}

// `whole` is the number between `digits` and `point`; `point` leads to the decimal point or the letter of an exponent.
Place encode_double(Place at, const char* digits, const char* point, uint64_t whole, const char* end) noexcept {
    const char* const fraction = *point == '.' ? point + 1 : point;
    uint64_t all = whole;
    const char* const last = read_digits(fraction, end, all);
    const bool plain = last != fraction && (last == end || (*last != 'e' && *last != 'E'));
    const bool few = last - digits - 1 <= kDigitsMax && all < kTenTo15;
    if (!plain || !few) return encode_spelt_double(at, past_exponent(last, end));

    const auto fraction_digits = static_cast<size_t>(last - fraction);
    if (fraction_digits > 1 && last[-1] == '0') return kRefused;
    const double number = static_cast<double>(all) / kPowers[fraction_digits];
    // Smaller ones are written with an exponent.
    if (all != 0 && static_cast<double>(all * 10000) < kPowers[fraction_digits]) return kRefused;
    return {last, store_double(at.out, *at.in == '-' ? -number : number)};
}

}  // namespace

bool fits_float32(double number) noexcept {
    return std::fabs(number) <= static_cast<double>(FLT_MAX) &&
           static_cast<double>(static_cast<float>(number)) == number;
}

Place encode_number(Place at, const char* end) noexcept {
    const bool negative = *at.in == '-';
    const char* const digits = at.in + (negative ? 1 : 0);
    uint64_t number = 0;
    const char* const last = read_digits(digits, end, number);
    const auto count = last - digits;
    if (count == 0 || (count > 1 && *digits == '0')) return kRefused;
    if (last != end && (*last == '.' || *last == 'e' || *last == 'E'))
        return encode_double(at, digits, last, number, end);

    // Of numbers with 20 digits those that begin with 1 fit, unless they wrapped around.
    const bool overflows = count > kDigitsMax && (count > kDigitsMax + 1 || *digits != '1' || number < kTenTo19);
    if (overflows || (negative && (number == 0 || number > uint64_t{1} << 63))) return kRefused;
    return {last, negative ? store_negative(at.out, number) : store_unsigned(at.out, number)};
}

}  // namespace aurelis::msgpack
