#include "config/units.hpp"
#include "support/catch.hpp"

#include <limits>

using namespace aurelis;
using namespace aurelis::core;

namespace {

constexpr int64_t kSecond = 1'000'000'000;

int64_t ns(const char* text) {
    const auto value = parse_duration(text);
    INFO(text << (value ? "" : value.error().message));
    REQUIRE(value);
    return value.value();
}
std::string duration_error(const char* text) {
    const auto value = parse_duration(text);
    INFO(text);
    REQUIRE_FALSE(value);
    CHECK(value.error().status == AURELIS_E_CONFIG);
    return value.error().message;
}
uint64_t bytes_of(const char* text) {
    const auto value = parse_size(text);
    INFO(text << (value ? "" : value.error().message));
    REQUIRE(value);
    return value.value();
}
std::string size_error(const char* text) {
    const auto value = parse_size(text);
    INFO(text);
    REQUIRE_FALSE(value);
    return value.error().message;
}
const std::string kDuration = "expected a duration such as 250ms, 30s, 5m, 1h30m or 7d, got ";
const std::string kSize = "expected a size such as 64KiB, 256MiB, 1GiB or a number of bytes, got ";

}  // namespace

TEST_CASE("durations: each unit, compounds, fractions, and a bare number means seconds") {
    CHECK(ns("250ms") == 250'000'000);
    CHECK(ns("30s") == 30 * kSecond);
    CHECK(ns("5m") == 300 * kSecond);
    CHECK(ns("1h") == 3600 * kSecond);
    CHECK(ns("7d") == 7 * 86400 * kSecond);
    CHECK(ns("1h30m") == 5400 * kSecond);
    CHECK(ns("1d2h3m4s5ms6us7ns") == 93'784'005'006'007);
    CHECK(ns("500us") == 500'000);
    CHECK(ns("100ns") == 100);
    CHECK(ns("3600") == 3600 * kSecond);
    CHECK(ns("0.25") == kSecond / 4);
    CHECK(ns("1.5h") == 5400 * kSecond);
    CHECK(ns("0") == 0);
    CHECK(ns(" 5 m ") == 300 * kSecond);
    CHECK(ns("1h 30m") == 5400 * kSecond);
}

TEST_CASE("durations: fractions are exact and cut below a nanosecond") {
    CHECK(ns("0.1") == 100'000'000);
    CHECK(ns("0.3") == 300'000'000);
    CHECK(ns("1.000000001") == kSecond + 1);
    CHECK(ns("1.0000000019") == kSecond + 1);
    CHECK(ns("0.0000000000000000000000001d") == 0);
    CHECK(ns("0.999999999999999999999d") == 86'399'999'999'999);
}

TEST_CASE("durations: the longest is exact, one more is an error and never wraps") {
    CHECK(ns("106751d") == kLongestNs);
    CHECK(ns("9223286400000000000ns") == kLongestNs);
    CHECK(ns("9223286400") == kLongestNs);
    const std::string tail = "; the longest is 106751d, or 'never' where that is allowed";
    CHECK(duration_error("9223286400000000001ns") == kDuration + "'9223286400000000001ns'" + tail);
    CHECK(duration_error("9223286400000000000ns1ns").find("larger units come first") != std::string::npos);
    CHECK(duration_error("106751d24h") == kDuration + "'106751d24h'" + tail);
    CHECK(duration_error("99999999999999999999999999s") == kDuration + "'99999999999999999999999999s'" + tail);
    CHECK(duration_error("18446744073709551616ns") == kDuration + "'18446744073709551616ns'" + tail);
    CHECK(duration_error("18446744073709551620ns") == kDuration + "'18446744073709551620ns'" + tail);
}

TEST_CASE("durations: mistakes say what was read and what is expected") {
    CHECK(duration_error("") == kDuration + "''");
    CHECK(duration_error("soon") == kDuration + "'soon'");
    CHECK(duration_error("-5s") == kDuration + "'-5s'; it must not be negative");
    CHECK(duration_error("5 min") == kDuration + "'5 min'; 'min' is not a unit of time, write 'm'");
    CHECK(duration_error("3 hours") == kDuration + "'3 hours'; 'hours' is not a unit of time, write 'h'");
    CHECK(duration_error("5x") == kDuration + "'5x'; 'x' is not a unit of time (d h m s ms us ns are)");
    CHECK(duration_error("1h30") == kDuration + "'1h30'; a number has no unit");
    CHECK(duration_error("1 2") == kDuration + "'1 2'; a number has no unit");
    CHECK(duration_error("30m1h") == kDuration + "'30m1h'; larger units come first, each once");
    CHECK(duration_error("5m5m") == kDuration + "'5m5m'; larger units come first, each once");
    CHECK(duration_error("1.h") == kDuration + "'1.h'");
    CHECK(duration_error(".5s") == kDuration + "'.5s'");
    CHECK(duration_error("1,5s") == kDuration + "'1,5s'");
    CHECK(duration_error("5s!") == kDuration + "'5s!'");
    CHECK(duration_error("5\ns") == kDuration + "'5?s'");
}

TEST_CASE("ttl: above 0, or the word never") {
    CHECK(parse_ttl("5m")->ns == 300 * kSecond);
    CHECK_FALSE(parse_ttl("5m")->never);
    CHECK(parse_ttl("never")->never);
    CHECK(parse_ttl("1ns")->ns == 1);
    for (const char* zero : {"0", "0s", "0h0m", "0.0000000001"}) {
        const auto value = parse_ttl(zero);
        REQUIRE_FALSE(value);
        CHECK(value.error().message ==
              "expected a duration above 0, got '" + std::string(zero) + "'; for no expiry write 'never'");
    }
    CHECK(parse_ttl("Never").error().message == kDuration + "'Never' (or the word never)");
    CHECK_FALSE(parse_ttl("-1s"));
    CHECK_FALSE(parse_duration("never"));
}

TEST_CASE("sizes: each unit in any case, with or without a space") {
    CHECK(bytes_of("1048576") == 1048576);
    CHECK(bytes_of("0") == 0);
    CHECK(bytes_of("10 KiB") == 10240);
    CHECK(bytes_of("1GiB") == uint64_t{1} << 30);
    CHECK(bytes_of("2TiB") == uint64_t{2} << 40);
    CHECK(bytes_of("256MiB") == uint64_t{256} << 20);
    CHECK(bytes_of("64MB") == 64'000'000);
    CHECK(bytes_of("1KB") == 1000);
    CHECK(bytes_of("1kB") == 1000);
    CHECK(bytes_of("3GB") == 3'000'000'000);
    CHECK(bytes_of("1TB") == 1'000'000'000'000);
    CHECK(bytes_of("12B") == 12);
    CHECK(bytes_of("256mib") == uint64_t{256} << 20);
    CHECK(bytes_of("1.5KiB") == 1536);
    CHECK(bytes_of("0.1KB") == 100);
}

TEST_CASE("sizes: overflow and mistakes") {
    CHECK(bytes_of("18446744073709551615") == std::numeric_limits<uint64_t>::max());
    CHECK(size_error("18446744073709551616") == kSize + "'18446744073709551616'; the largest is 2^64-1 bytes");
    CHECK(size_error("16777216TiB") == kSize + "'16777216TiB'; the largest is 2^64-1 bytes");
    CHECK(bytes_of("16777215TiB") == uint64_t{16777215} << 40);
    CHECK(size_error("") == kSize + "''");
    CHECK(size_error("much") == kSize + "'much'");
    CHECK(size_error("-1") == kSize + "'-1'; it must not be negative");
    CHECK(size_error("1.5") == kSize + "'1.5'; there are no fractions of a byte");
    CHECK(size_error("1.5B") == kSize + "'1.5B'; there are no fractions of a byte");
    CHECK(size_error("256M") == kSize + "'256M'; 'M' is not a unit of size, write 'MiB' (1024s) or 'MB' (1000s)");
    CHECK(size_error("4k") == kSize + "'4k'; 'k' is not a unit of size, write 'KiB' (1024s) or 'KB' (1000s)");
    CHECK(size_error("4x") == kSize + "'4x'; 'x' is not a unit of size (B KiB MiB GiB TiB KB MB GB TB are)");
    CHECK(size_error("4 bytes") ==
          kSize + "'4 bytes'; 'bytes' is not a unit of size (B KiB MiB GiB TiB KB MB GB TB are)");
    CHECK(size_error("4g") == kSize + "'4g'; 'g' is not a unit of size, write 'GiB' (1024s) or 'GB' (1000s)");
    CHECK(size_error("4T") == kSize + "'4T'; 'T' is not a unit of size, write 'TiB' (1024s) or 'TB' (1000s)");
    CHECK(size_error("4{") == kSize + "'4{'");
    CHECK(size_error("4[") == kSize + "'4['");
    CHECK(size_error("1MiB 5KiB") == kSize + "'1MiB 5KiB'");
}

TEST_CASE("durations and sizes are formatted so that they read back") {
    CHECK(format_duration(0) == "0s");
    CHECK(format_duration(-5) == "0s");
    CHECK(format_duration(5400 * kSecond) == "1h30m");
    CHECK(format_duration(250'000'000) == "250ms");
    CHECK(format_duration(86400 * kSecond + 1) == "1d1ns");
    for (const int64_t value : {int64_t{1}, int64_t{999}, 61 * kSecond, kLongestNs})
        CHECK(ns(format_duration(value).c_str()) == value);
    CHECK(format_size(0) == "0B");
    CHECK(format_size(1023) == "1023B");
    CHECK(format_size(1024) == "1KiB");
    CHECK(format_size(uint64_t{256} << 20) == "256MiB");
    CHECK(format_size((uint64_t{1} << 30) + (uint64_t{1} << 29)) == "1.5GiB");
    CHECK(format_size(std::numeric_limits<uint64_t>::max()) == "16777215.9TiB");
}

TEST_CASE("rates: a whole number of calls per second, minute, hour or day") {
    const auto read_back = [](const char* text) {
        const auto rate = parse_rate(text);
        INFO(text);
        REQUIRE(rate);
        return format_rate(*rate);
    };
    CHECK(parse_rate("100/s")->calls == 100);
    CHECK(parse_rate("100/s")->per_ns == kSecond);
    CHECK(parse_rate("10/m")->per_ns == 60 * kSecond);
    CHECK(parse_rate("1/h")->per_ns == 3600 * kSecond);
    CHECK(parse_rate("1/d")->per_ns == 86400 * kSecond);
    CHECK(read_back("100/s") == "100/s");
    CHECK(read_back(" 1000000 / d ") == "1000000/d");
    const auto error = [](const char* text) {
        const auto rate = parse_rate(text);
        INFO(text);
        REQUIRE_FALSE(rate);
        return rate.error().message.substr(rate.error().message.find("got '"));
    };
    CHECK(error("") == "got ''");
    CHECK(error("fast") == "got 'fast'");
    CHECK(error("100") == "got '100'; it lacks the time, as in 100/s");
    CHECK(error("0/s") == "got '0/s'; it must be at least 1, and without a limit the line is left out");
    CHECK(error("-1/s") == "got '-1/s'; it must be at least 1");
    CHECK(error("0.5/s") == "got '0.5/s'; the number must be whole, so use a longer time, as in 30/m");
    CHECK(error("1000001/s") == "got '1000001/s'; the number is at most 1000000");
    CHECK(error("99999999999999999999/s") == "got '99999999999999999999/s'; the number is at most 1000000");
    CHECK(error("5/ms") == "got '5/ms'; the time is one of s, m, h and d");
    CHECK(error("5/") == "got '5/'; the time is one of s, m, h and d");
    CHECK(error("5s/s") == "got '5s/s'");
    CHECK(error("5 per s") == "got '5 per s'");
}
