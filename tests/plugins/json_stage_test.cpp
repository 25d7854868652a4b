// The stage json: what RFC 8259 calls a JSON text, and that no byte is touched.
#include "plugins/stage_rig.hpp"
#include "support/catch.hpp"

#include <nlohmann/json.hpp>

#include <random>
#include <vector>

namespace {

using namespace aurelis::test;

const std::string kSample =
    R"( {"id": 12, "name":"Zo\u00eb \"Ж\" 東京 😀","ok" : [true,false , null],
)"
    "\t"
    R"("n":[0,-0,1.5e+10,-0.25E-3,9007199254740993,1e99],"deep":[[{"a":{}}],[]], "esc":"\\\/\b\f\n\r\t"}
)";

}  // namespace

TEST_CASE("json declares a stage that marks") {
    const Stage json("json");
    CHECK(std::string(json.component().type_name) == "json");
    CHECK(json.component().kind == uint32_t{AURELIS_KIND_SERIALIZER});
    CHECK(json.component().caps == uint64_t{AURELIS_STAGE_MARKS});
    CHECK(json.component().format_id == 1);
    CHECK(json.ops().format_id == 1);
    CHECK(json.bound(1000) == 1000);
}

TEST_CASE("json encode marks without room and says the size of the source") {
    const Stage json("json");
    const auto marked = json.encode(kSample);
    CHECK(marked.status == AURELIS_OK);
    CHECK(marked.written == kSample.size());
}

TEST_CASE("json decode gives back the bytes if they fit and are JSON") {
    const Stage json("json");
    CHECK(json.decode(kSample, kSample.size()).gives(kSample));
    const auto cramped = json.decode(kSample, kSample.size() - 1);
    CHECK(cramped.status == AURELIS_E_SPACE);
    CHECK(cramped.written == kSample.size());
    CHECK(json.decode("{", 1).status == AURELIS_E_CORRUPT);
}

TEST_CASE("json takes every kind of value") {
    const Stage json("json");
    for (const char* text : {"null",
                             "true",
                             "false",
                             "0",
                             "-0",
                             "1",
                             "-1",
                             "10",
                             "0.0",
                             "0.10",
                             "-0.5",
                             "1e5",
                             "1E+5",
                             "1e-05",
                             "123456789012345678901234567890",
                             "1e999",
                             "\"\"",
                             "\"a\"",
                             "[]",
                             "{}",
                             "[1]",
                             "[1,2]",
                             "[[],[[]],{}]",
                             "{\"a\":1}",
                             "{\"\":[]}",
                             "{\"a\":1,\"a\":2}",
                             " 1 ",
                             "\t[\n1\r,\t2 ]\n",
                             "{ \"a\" : { } }",
                             "\"\\u0000\"",
                             "\"\\uD834\\uDD1E\"",
                             "\"\\ud800\"",
                             "\"\\/\"",
                             "\"\x7f\"",
                             "\"0123456789abcdef0123456789abcdef\""}) {
        INFO(text);
        CHECK(json.takes(text));
    }
}

TEST_CASE("json declines what is no JSON text") {
    const Stage json("json");
    for (const char* text : {"",
                             " ",
                             "nul",
                             "nulll",
                             "True",
                             "tru",
                             "fals",
                             "NaN",
                             "Infinity",
                             "-Infinity",
                             "+1",
                             "-",
                             "--1",
                             "01",
                             "-01",
                             "1.",
                             ".5",
                             "1.e5",
                             "1e",
                             "1e+",
                             "1e+-1",
                             "0x10",
                             "1 2",
                             "1,",
                             "[",
                             "]",
                             "{",
                             "}",
                             "[1",
                             "[1,",
                             "[1,]",
                             "[,1]",
                             "[1 2]",
                             "[1}",
                             "{]",
                             "{\"a\"",
                             "{\"a\":",
                             "{\"a\":1",
                             "{\"a\":1,",
                             "{\"a\":1,}",
                             "{\"a\" 1}",
                             "{\"a\"::1}",
                             "{a:1}",
                             "{1:1}",
                             "{,}",
                             "{\"a\":1 \"b\":2}",
                             "{\"a\":1]",
                             "[\"a\":1]",
                             "\"",
                             "\"a",
                             "'a'",
                             "\"\\\"",
                             "\"\\",
                             "\"\\x\"",
                             "\"\\u\"",
                             "\"\\u12\"",
                             "\"\\u12g4\"",
                             "\"\\U0041\"",
                             "\"a\nb\"",
                             "\"a\tb\"",
                             "\"\x1f\"",
                             "// c\n1",
                             "[1]/**/",
                             "\xEF\xBB\xBF[]",
                             "[]x",
                             "[] []",
                             "\f1",
                             "\v1",
                             "1\xC2\xA0"}) {
        INFO(text);
        CHECK(json.declines(text));
    }
    for (const char* cut : {"\"\\u", "\"\\u1", "\"\\u12", "\"\\u123", "\"\\u1234", "t", "n", "fals", "1.", "1e+"})
        CHECK(json.declines(cut));
    for (char c = 0; c < 0x20; ++c) {
        CHECK(json.declines("\"a long beginning before it: " + std::string(1, c) + "and an end behind it\""));
        CHECK(json.takes(std::string("\"before it: ") + char(c + 0x60) + "and behind it\""));
    }
    CHECK(json.declines(std::string_view("1\0", 2)));
    CHECK(json.declines(std::string_view("\"\0\"", 3)));
}

TEST_CASE("json declines what is no UTF-8, wherever it stands") {
    const Stage json("json");
    for (const char* good : {"\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80", "\xEF\xBF\xBF",
                             "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
        for (const size_t before : {0, 1, 13, 14, 15, 16, 31, 40})
            CHECK(json.takes("\"" + std::string(before, 'x') + good + std::string(before, 'y') + "\""));
    }
    for (const char* bad : {"\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xC2", "\xC2x", "\xE0\x9F\xBF", "\xE1\x80",
                            "\xE1\x80x", "\xED\xA0\x80", "\xED\xBF\xBF", "\xF0\x8F\xBF\xBF", "\xF0\x90\x80",
                            "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFE", "\xFF", "\xE9"}) {
        for (const size_t before : {0, 1, 13, 14, 15, 16, 31, 40}) {
            INFO(before << " before " << bad);
            CHECK(json.declines("\"" + std::string(before, 'x') + bad + std::string(before, 'y') + "\""));
        }
    }
}

TEST_CASE("json goes 512 brackets deep and no deeper") {
    const Stage json("json");
    CHECK(json.takes(nested(512)));
    CHECK(json.declines(nested(513)));
    CHECK(json.takes(repeated("{\"a\":", 512) + "1" + repeated("}", 512)));
    CHECK(json.declines(repeated("{\"a\":", 513) + "1" + repeated("}", 513)));
    CHECK(json.declines(repeated("[", 1 << 20)));
    CHECK(json.takes("[" + repeated("[[]],", 10000) + "[]]"));
}

TEST_CASE("json agrees with nlohmann-json on every prefix and every flipped bit of a sample") {
    const Stage json("json");
    for (size_t size = 0; size <= kSample.size(); ++size)
        CHECK(json.takes(kSample.substr(0, size)) == nlohmann::json::accept(kSample.substr(0, size)));
    for (size_t i = 0; i < kSample.size() * 8; ++i) {
        std::string flipped = kSample;
        flipped[i / 8] = static_cast<char>(flipped[i / 8] ^ (1 << i % 8));
        INFO(flipped);
        CHECK(json.takes(flipped) == nlohmann::json::accept(flipped));
    }
}

TEST_CASE("json agrees with nlohmann-json on random tokens") {
    const Stage json("json");
    const std::vector<std::string> tokens{"{", "}",       "[",    "]",    ",", ":",     "\"a\"", "\"\\n\"",
                                          "1", "-2.5E-3", "true", "null", " ", "\"é\"", "0"};
    std::mt19937 random(8259);
    size_t taken = 0;
    for (int i = 0; i < 200000; ++i) {
        std::string text;
        for (size_t n = random() % 8; n-- > 0;) text += tokens[random() % tokens.size()];
        const bool takes = json.takes(text);
        if (takes != nlohmann::json::accept(text)) FAIL(text);
        taken += takes ? 1 : 0;
    }
    CHECK(taken > 1000);
}
