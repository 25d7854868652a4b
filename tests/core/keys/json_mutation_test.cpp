// Valid texts, damaged at random: nothing may crash, whatever is accepted must be stable, and a second parser
// must agree about what is JSON.
#include "keys/canonical_json.hpp"

#include "key_test_support.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <memory>

namespace aurelis::core {
namespace {

constexpr std::array<std::string_view, 12> kSeeds = {
    R"({"page":1,"limit":10})",
    R"({"temperature":0.7,"max_tokens":256,"stop":["\n","é"],"top_p":1.0})",
    R"({"b":{"z":[1,2,{"y":null}],"a":{}},"a":[[],[true,false]],"b":-0.0})",
    R"(["\ud83c\udf0d","\ud800","\\\"\/\b\f\n\r\t","🌍 世界 ÿ"])",
    R"([0,-0,1e16,1E-5,-12.5e+3,0.0001,12345678901234567890,5e-324])",
    R"("a")",
    "-1.5",
    "null",
    " [ ] ",
    R"({"":{"":{"":[]}}})",
    R"({"a":1,"a":2,"A":3,"b":4,"a":5})",
    "[[[[[[[[1]]]]]]]]"};

constexpr std::array<std::string_view, 24> kPieces = {
    "{", "}", "[",     "]",    ",",   ":", "\"", "\\",       "\\u",  "\\ud800",  "0",       "-",
    ".", "e", "1e309", "null", "tru", " ", "\n", "\xf0\x9f", "\x80", "\xc3\xa9", "{\"a\":", "\x7f"};

std::string damaged(Random& random, std::string text) {
    for (size_t times = 1 + random.below(3); times > 0; --times) {
        const size_t at = random.below(text.size() + 1);
        switch (random.below(5)) {
            case 0:
                text.insert(at, random.pick(kPieces));
                break;
            case 1:
                text.erase(at, 1 + random.below(3));
                break;
            case 2:
                text.resize(at);
                break;
            case 3:
                text.insert(at, text.substr(random.below(text.size() + 1), random.below(8)));
                break;
            default:
                if (at < text.size()) text[at] = static_cast<char>(random.bits());
        }
    }
    return text;
}

// The two differ on purpose only about lone surrogates and integers that no double can hold, both of which we keep, and
// about a byte order mark.
bool may_differ(std::string_view text) {
    return text.find("\\u") != std::string_view::npos || text.starts_with("\xef\xbb\xbf") ||
           text.find('\0') != std::string_view::npos || text.size() > 300;
}

TEST_CASE("canonical JSON of damaged texts is refused, or is stable") {
    Random random(20240301);
    JsonScratch scratch;
    size_t accepted = 0;
    for (int round = 0; round < 150000; ++round) {
        const std::string text = damaged(random, std::string(random.pick(kSeeds)));
        const std::unique_ptr<char[]> alone(
            new char[text.size()]);  // A sanitizer notices any byte read beyond it.
        std::copy(text.begin(), text.end(), alone.get());
        const std::string_view input(alone.get(), text.size());
        std::string once;
        std::string twice;
        JsonProblem problem;
        const bool valid = append_canonical_json(input, JsonTop::AnyValue, scratch, once, problem);
        if (!may_differ(text) && valid != nlohmann::json::accept(text)) FAIL("disagreement about " << text);
        if (!valid) {
            if (!once.empty() || problem.offset > text.size() || *problem.expected == '\0')
                FAIL("refusal of " << text);
            continue;
        }
        ++accepted;
        const bool ascii =
            std::all_of(once.begin(), once.end(), [](char byte) { return byte >= 0x20 && byte < 0x7f; });
        if (!ascii) FAIL("not ASCII: " << once);
        if (!append_canonical_json(once, JsonTop::AnyValue, scratch, twice, problem) || twice != once)
            FAIL("not stable: " << text);
    }
    CHECK(accepted > 5000);
}

TEST_CASE("canonical JSON refuses every proper beginning of an object") {
    for (const std::string_view seed : kSeeds) {
        if (seed.front() != '{') continue;
        for (size_t size = 0; size < seed.size(); ++size)
            CHECK_FALSE(canonical_json(seed.substr(0, size)).has_value());
    }
}

}  // namespace
}  // namespace aurelis::core
