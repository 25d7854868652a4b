// What the vectors cannot express: limits, the text of refusals, and how the output is treated.
// Covers: core/keys/json_number.cpp, core/keys/json_string.cpp
#include "keys/canonical_json.hpp"

#include "support/catch.hpp"

#include <string>

namespace aurelis::core {
namespace {

std::string canonical(std::string_view text) {
    const auto result = canonical_json(text);
    return result ? result.value() : "refused: " + result.error().message;
}

std::string nested(size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

TEST_CASE("canonical JSON of the origin document's last example") {
    CHECK(canonical(R"({"stop":["\n","é"],"top_p":1.0,"nested":{"b":null,"a":true},"big":1e16,"small":1e-05,)"
                    R"("n":12345678901234567890})") ==
          R"({"big": 1e+16, "n": 12345678901234567890, "nested": {"a": true, "b": null}, "small": 1e-05, )"
          R"("stop": ["\n", "\u00e9"], "top_p": 1.0})");
}

TEST_CASE("canonical JSON sorts by code point, not by UTF-16 unit") {
    CHECK(canonical(R"({"🌍": 1, "￿": 2, "\ud83c": 3})") ==
          R"({"\ud83c": 3, "\uffff": 2, "\ud83c\udf0d": 1})");
}

TEST_CASE("canonical JSON keeps the last of equal names, on every level") {
    CHECK(canonical(R"({"b":1,"a":{"y":1,"x":2,"y":3},"b":2,"\u0062":[]})") ==
          R"({"a": {"x": 2, "y": 3}, "b": []})");
}

TEST_CASE("canonical JSON refuses by naming the byte and what was expected") {
    CHECK(canonical("") == "refused: JSON text at byte 0: expected a value");
    CHECK(canonical("{\"a\" 1}") == "refused: JSON text at byte 5: expected ':' after a member's name");
    CHECK(canonical("{\"a\":1,}") ==
          "refused: JSON text at byte 7: expected a member's name in double quotes");
    CHECK(canonical("{\"a\":1 2}") ==
          "refused: JSON text at byte 7: expected ',' or '}' after an object's member");
    CHECK(canonical("[1 2]") == "refused: JSON text at byte 3: expected ',' or ']' after an array's item");
    CHECK(canonical("{} x") == "refused: JSON text at byte 3: expected the end of the text");
    CHECK(canonical("[NaN]") ==
          "refused: JSON text at byte 1: expected a value (NaN and Infinity are not JSON)");
    CHECK(canonical("-Infinity") ==
          "refused: JSON text at byte 1: expected a finite number (Infinity is not JSON)");
    CHECK(canonical("[-]") == "refused: JSON text at byte 2: expected a digit");
    CHECK(canonical("1.") == "refused: JSON text at byte 2: expected a digit after the decimal point");
    CHECK(canonical("1e+") == "refused: JSON text at byte 3: expected a digit in the exponent");
    CHECK(canonical("[1e400]") ==
          "refused: JSON text at byte 1: expected a number that fits a double (below 1.8e+308)");
    CHECK(canonical("nil") ==
          "refused: JSON text at byte 0: expected a value (true, false and null are the only bare words)");
    CHECK(canonical("\"ab\xff\"") == "refused: JSON text at byte 3: expected valid UTF-8");
    CHECK(canonical("\"a") == "refused: JSON text at byte 2: expected '\"' to end the string");
    CHECK(canonical("\"\\u12x4\"") == "refused: JSON text at byte 3: expected four hex digits after \\u");
    CHECK(canonical("\"\\") ==
          "refused: JSON text at byte 2: expected one of \" \\ / b f n r t u after the backslash");
    CHECK(canonical("\"\n\"") ==
          "refused: JSON text at byte 1: expected an escape such as \\n in place of a raw control byte");
}

TEST_CASE("canonical JSON takes 64 levels and refuses 65") {
    CHECK(canonical(nested(kJsonDepthMax)) == nested(kJsonDepthMax));
    CHECK(canonical(nested(kJsonDepthMax + 1)) ==
          "refused: JSON text at byte 64: expected at most 64 levels of arrays and objects");
    std::string objects;
    for (size_t level = 0; level < kJsonDepthMax; ++level) objects += "{\"a\": ";
    CHECK(canonical(objects + "1" + std::string(kJsonDepthMax, '}')) ==
          objects + "1" + std::string(kJsonDepthMax, '}'));
    CHECK_FALSE(canonical_json(objects + "{}" + std::string(kJsonDepthMax, '}')).has_value());
}

TEST_CASE("canonical JSON takes 1 MiB and refuses a byte more") {
    const std::string longest = '"' + std::string(kJsonBytesMax - 2, 'x') + '"';
    CHECK(canonical(longest) == longest);
    const auto refused = canonical_json(longest + ' ');
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().status == AURELIS_E_TOO_LARGE);
    CHECK(refused.error().message ==
          "JSON text at byte 1048576: expected the end of the text, which may have 1 MiB at most");
}

TEST_CASE("canonical JSON is appended, and taken back when the text is refused") {
    JsonScratch scratch;
    JsonProblem problem;
    std::string out = "kept:";
    REQUIRE(append_canonical_json("{\"b\":1,\"a\":2}", JsonTop::Object, scratch, out, problem));
    CHECK(out == "kept:{\"a\": 2, \"b\": 1}");
    const std::string before = out;
    REQUIRE_FALSE(append_canonical_json("{\"b\":1,\"a\":2", JsonTop::Object, scratch, out, problem));
    CHECK(out == before);
    REQUIRE_FALSE(append_canonical_json(" [1]", JsonTop::Object, scratch, out, problem));
    CHECK(describe(problem) == "at byte 1: expected an object, which begins with '{'");
    REQUIRE(append_canonical_json("[{\"b\":1,\"a\":2}]", JsonTop::AnyValue, scratch, out, problem));
    CHECK(out == before + "[{\"a\": 2, \"b\": 1}]");
}

TEST_CASE("empty params are nothing at all or an object without members") {
    for (const char* text : {"", "{}", " {}", "{ }", "\n{\t}\r "}) CHECK(is_empty_params(text));
    for (const char* text : {" ", "[]", "null", "{", "}", "{}}", "{} x", "{\"a\":1}", "{x"})
        CHECK_FALSE(is_empty_params(text));
}

}  // namespace
}  // namespace aurelis::core
