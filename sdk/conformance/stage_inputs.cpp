// The inputs, made once.
#include "stage_inputs.hpp"

#include "sections.hpp"

#include <string_view>

namespace aurelis::conformance {

namespace {

constexpr std::string_view kWords[] = {"cache", "the ",   "layer ", "of ",    "a ",     "value ",  "answers\n", "key, ",
                                       "in ",   "memory", ". ",     "Which ", "origin", "should ", "expire? ",  "\t"};

std::string repeated(std::string_view piece, size_t times) {
    std::string made;
    made.reserve(piece.size() * times);
    for (size_t i = 0; i < times; ++i) made += piece;
    return made;
}

std::vector<StageInput> json_inputs() {
    constexpr std::string_view kTexts[] = {
        "null", "true", "false", "0", "-0", "-1", "127", "128", "-129", "65536", "4294967296", "9223372036854775807",
        "-9223372036854775808", "18446744073709551615", "18446744073709551616", "1.0", "1.5", "-0.0", "0.1", "1e5",
        "1E+5", "1e400", "1e-400", "3.141592653589793", "0.30000000000000004", "123456789012345678901234567890", "[]",
        "{}", "[[]]", "[{}]", R"("")", R"("a")", R"("\u00e9")", "\"\xc3\xa9\"", R"("\ud83d\ude00")",
        "\"\xf0\x9f\x98\x80\"", R"("\ud800")", R"("\"\\\/\b\f\n\r\t")", R"("\u0000")", R"({"a":1})", R"({"a":1,"a":2})",
        R"({"b":1,"a":2})", R"({"":""})", R"({"a":[1,2,{"b":null}],"c":"d"})", "{ \"a\" : 1 }", "[1, 2, 3]",
        "[1,2,3]\n", " 1", "{\n  \"a\": 1,\n  \"b\": [\n    2\n  ]\n}\n", "\xef\xbb\xbf{}",
        R"({"a": "\u00e9", "b": [1, 2.5], "c": {}})", "{\"a\": \"\xc3\xa9\", \"b\": [1, 2.5]}", "[\n    1,\n    []\n]",
        R"(["\u00e9","\u007f"])", "[1, 2,3]", "[\n  1,\n    2\n]", "[\"\\u00e9\", \"\xc3\xa9\"]", "[1, 2]\n\n",
        // Not JSON, though some look like it.
        "nul", "[1,]", "{\"a\":}", "{'a':1}", "[", "]", "\"", "\"\x01\"", "\"\xff\"", "01", "+1", ".5", "1.", "NaN",
        "Infinity", "1 2", "{}{}", "// c\n1", "\"\\x41\"", "\"\\u12\""};
    std::vector<StageInput> made;
    for (const std::string_view text : kTexts) made.push_back({"JSON text " + std::string(text), std::string(text)});
    made.push_back({"JSON text with a NUL inside", std::string("[1\0]", 4)});
    for (const size_t depth : {64, 1000, 100000}) {
        const std::string nested = repeated("[", depth) + repeated("]", depth);
        made.push_back({"lists nested " + std::to_string(depth) + " deep", nested});
    }
    made.push_back({"an open list 100000 deep", repeated("[", 100000)});
    for (const size_t count : {15, 16, 31, 32, 255, 256, 65535, 65536}) {
        const std::string number = std::to_string(count);
        made.push_back({"a list of " + number, "[" + repeated("1,", count - 1) + "1]"});
        made.push_back({"a spaced list of " + number, "[" + repeated("1, ", count - 1) + "1]"});
        made.push_back({"a string of " + number, "\"" + repeated("s", count) + "\""});
        made.push_back({"a string of " + number + " escapes", "\"" + repeated("\\u00e9", count) + "\""});
    }
    return made;
}

std::vector<StageInput> all_inputs() {
    std::vector<StageInput> made{{"nothing", ""},
                                 {"one NUL", std::string(1, '\0')},
                                 {"one letter", "a"},
                                 {"two bytes", "\xff\xfe"},
                                 {"a sentence", "What is the capital of France?"},
                                 {"4096 zeros", std::string(4096, '\0')},
                                 {"1 MiB of zeros", std::string(size_t{1} << 20, '\0')},
                                 {"one word again and again", repeated("aurelis ", 1000)},
                                 {"a period of 65537 bytes", pattern_of(65537, 3) + pattern_of(65537, 3)},
                                 {"64 KiB of text", words_of(65536)},
                                 {"64 KiB of records", records_of(65536)},
                                 {"64 KiB of noise", pattern_of(65536, 4)},
                                 {"1 MiB of text", words_of(size_t{1} << 20)},
                                 {"1 MiB of records", records_of(size_t{1} << 20)},
                                 {"1 MiB of noise", pattern_of(size_t{1} << 20, 5)}};
    for (size_t power = 2; power <= 65536; power *= 2) {
        for (const size_t size : {power - 1, power, power + 1}) {
            made.push_back({std::to_string(size) + " bytes of text", words_of(size)});
            made.push_back({std::to_string(size) + " bytes of noise", pattern_of(size, size)});
        }
    }
    for (StageInput& input : json_inputs()) made.push_back(std::move(input));
    return made;
}

}  // namespace

std::string words_of(size_t bytes) {
    std::string made;
    uint64_t state = 7;
    while (made.size() < bytes) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        made += kWords[state >> 60];
    }
    made.resize(bytes);
    return made;
}

std::string records_of(size_t bytes) {
    std::string made = "[";
    for (int i = 0; made.size() < bytes; ++i) {
        const std::string number = std::to_string(i);
        made += made.size() > 1 ? "," : "";
        made += R"({"id":)" + number + R"(,"name":"user)" + number + R"(","active":)" +
                (i % 3 == 0 ? "true" : "false") + R"(,"score":)" + std::to_string(i % 100) + R"(.5,"tags":["a","b)" +
                number + R"("]})";
    }
    return made + "]";
}

const std::vector<StageInput>& stage_inputs() {
    static const std::vector<StageInput> kAll = all_inputs();
    return kAll;
}

const std::vector<StageInput>& small_stage_inputs() {
    static const std::vector<StageInput> kSmall{{"nothing", ""},
                                                {"one letter", "a"},
                                                {"a sentence", "What is the capital of France?"},
                                                {"a number", "42"},
                                                {"a record", R"({"id":7,"name":"user7","tags":["a","b"],"on":true})"},
                                                {"records", records_of(3000)},
                                                {"text", words_of(2000)},
                                                {"more text", words_of(8000)},
                                                {"zeros", std::string(5000, '\0')},
                                                {"one word again and again", repeated("aurelis ", 200)},
                                                {"noise", pattern_of(1000, 6)},
                                                {"no JSON", "[1,2,"}};
    return kSmall;
}

}  // namespace aurelis::conformance
