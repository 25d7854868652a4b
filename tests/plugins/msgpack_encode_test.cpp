// The stage msgpack, encoding: what is accepted and becomes which bytes, and what is declined since it would not come
// back.
#include "plugins/stage_rig.hpp"
#include "support/catch.hpp"

#include <nlohmann/json.hpp>

#include <vector>

namespace {

using namespace aurelis::test;

std::string hex(std::string_view bytes) {
    std::string all;
    for (const char c : bytes) {
        all += "0123456789abcdef"[static_cast<uint8_t>(c) >> 4];
        all += "0123456789abcdef"[static_cast<uint8_t>(c) & 15];
    }
    return all;
}

// Encoded, in hexadecimal digits; and back, which must be the text. "" if declined.
std::string encoded(const Stage& stage, std::string_view text) {
    const auto forward = stage.encode(text);
    if (forward.status != AURELIS_OK) return "";
    CHECK(forward.written <= stage.bound(text.size()));
    CHECK(stage.decode(forward.output, text.size()).gives(text));
    return hex(forward.output);
}

// Both as an item between others and alone.
bool declined(const Stage& stage, const std::string& value) {
    const std::string among = "[\"a\"," + value + ",{\"k\":" + value + "},\"0123456789abcdef0123456789abcdef\"]";
    return stage.declines(value) && stage.declines(among);
}

std::string array_of(size_t members, std::string_view member) {
    return "[" + repeated(std::string(member) + ",", members - 1) + std::string(member) + "]";
}

}  // namespace

TEST_CASE("msgpack declares a stage without special natures") {
    const Stage msgpack("msgpack");
    CHECK(std::string(msgpack.component().type_name) == "msgpack");
    CHECK(msgpack.component().kind == uint32_t{AURELIS_KIND_SERIALIZER});
    CHECK(msgpack.component().caps == 0);
    CHECK(msgpack.component().format_id == 2);
    CHECK(msgpack.ops().format_id == 2);
}

TEST_CASE("msgpack encode writes the shortest form of each value") {
    const Stage msgpack("msgpack");
    const std::pair<const char*, const char*> cases[] = {
        {"null", "c0"},
        {"false", "c2"},
        {"true", "c3"},
        {"0", "00"},
        {"127", "7f"},
        {"128", "cc80"},
        {"255", "ccff"},
        {"256", "cd0100"},
        {"65535", "cdffff"},
        {"65536", "ce00010000"},
        {"4294967295", "ceffffffff"},
        {"4294967296", "cf0000000100000000"},
        {"9999999999999999999", "cf8ac7230489e7ffff"},
        {"18446744073709551615", "cfffffffffffffffff"},
        {"-1", "ff"},
        {"-32", "e0"},
        {"-33", "d0df"},
        {"-128", "d080"},
        {"-129", "d1ff7f"},
        {"-32768", "d18000"},
        {"-32769", "d2ffff7fff"},
        {"-2147483648", "d280000000"},
        {"-2147483649", "d3ffffffff7fffffff"},
        {"-9223372036854775808", "d38000000000000000"},
        {"0.5", "ca3f000000"},
        {"-0.0", "ca80000000"},
        {"1.0", "ca3f800000"},
        {"0.1", "cb3fb999999999999a"},
        {"1e-05", "cb3ee4f8b588e368f1"},
        {"1e+300", "cb7e37e43c8800759c"},
        {"\"\"", "a0"},
        {"\"a\\n\\u0001\\\"\\\\\"", "a5610a01225c"},
        {"\"\xC3\xA9\x7f\"", "a3c3a97f"},
        {"[]", "90"},
        {"{}", "80"},
        {"[1,[2,{}],\"x\"]",
         "930192028"
         "0a178"},
        {"{\"a\":1,\"b\":{\"a\":[]}}", "82a16101a16281a16190"},
    };
    for (const auto& [text, expected] : cases) {
        INFO(text);
        CHECK(encoded(msgpack, text) == expected);
    }
}

TEST_CASE("msgpack encode chooses the header of strings by their size") {
    const Stage msgpack("msgpack");
    const std::pair<size_t, const char*> cases[] = {{15, "af"},        {16, "b0"},           {31, "bf"},
                                                    {32, "d920"},      {255, "d9ff"},        {256, "da0100"},
                                                    {65535, "daffff"}, {65536, "db00010000"}};
    for (const auto& [size, header] : cases) {
        CHECK(encoded(msgpack, "\"" + std::string(size, 'x') + "\"") == header + repeated("78", size));
        // Escapes count as what they stand for.
        CHECK(encoded(msgpack, "\"" + repeated("\\n", size) + "\"") == header + repeated("0a", size));
        CHECK(encoded(msgpack, "\"" + repeated("\\u001f", size) + "\"") == header + repeated("1f", size));
    }
}

TEST_CASE("msgpack encode chooses the header of arrays and maps by their members") {
    const Stage msgpack("msgpack");
    const std::pair<size_t, const char*> cases[] = {
        {1, "91"}, {15, "9f"}, {16, "dc0010"}, {65535, "dcffff"}, {65536, "dd00010000"}};
    for (const auto& [members, header] : cases)
        CHECK(encoded(msgpack, array_of(members, "7")) == header + repeated("07", members));

    for (const size_t members : {15, 16, 1000, 65535, 65536}) {
        std::string text = "{";
        for (size_t i = 0; i < members; ++i)
            text += std::string(i > 0 ? "," : "") + '"' + std::to_string(i) + "\":" + std::to_string(i % 3);
        const std::string bytes = encoded(msgpack, text + "}");
        const std::string header = members < 16 ? "8f" : members < 65536 ? "de" : "df";
        CHECK(bytes.substr(0, 2) == header);
    }
}

TEST_CASE("msgpack encode widens headers within headers") {
    const Stage msgpack("msgpack");
    const std::string inner = array_of(16, "1"), wide = array_of(70000, "2");
    const std::string inner_hex = "dc0010" + repeated("01", 16), wide_hex = "dd00011170" + repeated("02", 70000);
    CHECK(encoded(msgpack, array_of(16, inner)) == "dc0010" + repeated(inner_hex, 16));
    CHECK(encoded(msgpack, "[" + inner + "," + wide + ",{\"a\":" + inner + "}," + inner + "]") ==
          "94" + inner_hex + wide_hex + "81a161" + inner_hex + inner_hex);
    std::string deep = "1", deep_hex = "01";
    for (int i = 0; i < 200; ++i) {
        deep = "[" + deep + "," + inner + repeated(",3", 20) + "]";
        deep_hex = "dc0016" + deep_hex + inner_hex + repeated("03", 20);
    }
    CHECK(encoded(msgpack, deep) == deep_hex);
}

TEST_CASE("msgpack declines white space between tokens that is no style's") {
    const Stage msgpack("msgpack");
    for (const char* text : {" 1", "1 ", "[ ]", "[ 1]", "[1 ]", "[1 ,2]", "{ }", "{ \"a\":1}", "{\"a\" :1}",
                             "{\"a\":1 }", "{\"a\":1, \"b\":2}", "\t[1]", "[1,\r\n2]"}) {
        INFO(text);
        CHECK(declined(msgpack, text));
    }
}

TEST_CASE("msgpack declines numbers that would come back in another form") {
    const Stage msgpack("msgpack");
    for (const char* text : {"-0",
                             "1.50",
                             "0.10",
                             "1.00",
                             "0.00",
                             "-0.00",
                             "1e5",
                             "1E5",
                             "1e+5",
                             "1e+05",
                             "1E+16",
                             "1e16",
                             "1e+016",
                             "1.0e+16",
                             "10e+15",
                             "0e+00",
                             "1e-5",
                             "1e-4",
                             "0.00001",
                             "0.00010",
                             "0.000099",
                             "1e-007",
                             "1e400",
                             "-1e400",
                             "1e-400",
                             "18446744073709551616",
                             "-9223372036854775809",
                             "99999999999999999999",
                             "28446744073709551616",
                             "100000000000000000000",
                             "123456789012345678901234567890",
                             "0.30000000000000001",
                             "0.1000000000000000055511151231257827",
                             "12345678901234567.0",
                             "10000000000000000.0",
                             "1.7976931348623159e+308",
                             "9007199254740993.0",
                             "2.50e-07"}) {
        INFO(text);
        CHECK(declined(msgpack, text));
    }
}

TEST_CASE("msgpack takes the forms of numbers that writers with shortest digits make") {
    const Stage msgpack("msgpack");
    for (const char* text : {"0.0",
                             "-0.0",
                             "1.0",
                             "100.0",
                             "0.1",
                             "-0.25",
                             "3.141592653589793",
                             "0.30000000000000004",
                             "0.0001",
                             "0.00012",
                             "1e-05",
                             "1.5e-07",
                             "-4.547132266452536e-05",
                             "1e-10",
                             "5e-324",
                             "2.2250738585072014e-308",
                             "1e+16",
                             "1.7976931348623157e+308",
                             "1e+22",
                             "1e+100",
                             "123456789012345.6",
                             "1234567890123456.0",
                             "9007199254740992.0",
                             "1000000000000000.0",
                             "999999999999999.9",
                             "12.99",
                             "55.755826",
                             "1e+21",
                             "3.4028234663852886e+38",
                             "0.10000000149011612",
                             "16777217.0"}) {
        INFO(text);
        CHECK_FALSE(encoded(msgpack, text).empty());
    }
}

TEST_CASE("msgpack declines strings that would come back in another spelling") {
    const Stage msgpack("msgpack");
    for (const char* text : {"\"\\/\"", "\"\\u0041\"", "\"\\u00E9\"", "\"\\u0022\"", "\"\\u005c\"", "\"\\u0008\"",
                             "\"\\u0009\"", "\"\\u000a\"", "\"\\u000A\"", "\"\\u000c\"", "\"\\u000d\"", "\"\\u001F\"",
                             "\"\\u007F\"", "\"\\u007e\"", "\"\\uD83D\\uDE00\"", "\"\\ud83d\\uDE00\"",
                             "\"\\u0020\"", "\"\\U00e9\"", "\"\\u 0e9\"", "\"\\u+0e9\"", "\"\\u-0e9\""}) {
        INFO(text);
        CHECK(declined(msgpack, text));
        CHECK(declined(msgpack, "{" + std::string(text) + ":1}"));
        CHECK(declined(msgpack, "\"a long beginning before it: " + std::string(text).substr(1)));
    }
    for (int c = 0; c < 0x20; ++c) {
        const auto text = nlohmann::json(std::string("ab") + static_cast<char>(c) + "cd").dump();
        INFO(text);
        CHECK_FALSE(encoded(msgpack, text).empty());
    }
}

TEST_CASE("msgpack declines keys that stand twice in one object") {
    const Stage msgpack("msgpack");
    for (const char* text : {R"({"a":1,"a":1})", R"({"a":1,"b":2,"a":3})", R"({"":1,"":2})", R"({"\n":1,"x":2,"\n":3})",
                             R"({"x":{"a":1,"a":2}})", R"({"a\"b":1,"a\"b":2})", R"({"a":{"b":1},"c":[],"a":2})"}) {
        INFO(text);
        CHECK(declined(msgpack, text));
    }
    for (const char* text : {R"({"a":{"a":{"a":1}},"b":{"a":1}})", R"([{"a":1},{"a":1}])",
                             R"({"a\"b":1,"a\"c":2,"a":3})", R"({"a":1,"A":2,"":3,"\\":4,"a\\":5})"}) {
        INFO(text);
        CHECK_FALSE(encoded(msgpack, text).empty());
    }
}

TEST_CASE("msgpack finds the repeated key wherever it stands among many") {
    const Stage msgpack("msgpack");
    for (const size_t members : {2, 3, 8, 20, 32, 33, 34, 100, 1000}) {
        std::vector<std::string> keys;
        for (size_t i = 0; i < members; ++i) keys.push_back("key_with_a_long_beginning_" + std::to_string(i * 7919));
        const auto object = [&] {
            std::string text = "{";
            for (const std::string& key : keys) text += (text.size() > 1 ? ",\"" : "\"") + key + "\":0";
            return text + "}";
        };
        CHECK_FALSE(encoded(msgpack, object()).empty());
        for (size_t at = 0; at + 1 < members; at += members / 8 + 1) {
            const std::string before = keys[members - 1];
            keys[members - 1] = keys[at];
            CHECK(msgpack.declines(object()));
            keys[members - 1] = before;
        }
    }
}

TEST_CASE("msgpack takes an object of a million keys in linear time") {
    const Stage msgpack("msgpack");
    std::string text = "{";
    for (size_t i = 0; i < 1000000; ++i)
        text += (i > 0 ? ",\"k" : "\"k") + std::to_string(i) + "\":" + std::to_string(i);
    text += "}";
    CHECK_FALSE(encoded(msgpack, text).empty());
    text.insert(text.size() - 1, ",\"k500000\":0");
    CHECK(msgpack.declines(text));
}

TEST_CASE("msgpack tells keys apart that share a hash and begin alike") {
    const Stage msgpack("msgpack");
    // Among this many keys about ten pairs share their 32 bits.
    std::string text = "{";
    for (size_t i = 0; i < 300000; ++i) text += (i > 0 ? R"(,"q\")" : R"("q\")") + std::to_string(i) + "\":0";
    CHECK_FALSE(encoded(msgpack, text + "}").empty());
}

TEST_CASE("msgpack goes 512 brackets deep and no deeper") {
    const Stage msgpack("msgpack");
    CHECK(encoded(msgpack, nested(512)) == repeated("91", 511) + "90");
    CHECK(msgpack.declines(nested(513)));
    CHECK(msgpack.declines(repeated("[", 1 << 20)));
    CHECK(msgpack.declines(repeated("{\"a\":", 513) + "1" + repeated("}", 513)));
}

TEST_CASE("msgpack declines what is no JSON text") {
    const Stage msgpack("msgpack");
    for (const char* text : {"nul",       "nulll",      "True",
                             "NaN",       "Infinity",   "+1",
                             "-",         "--1",        "01",
                             "-01",       "1.",         "1.]",
                             ".5",        "-.5",        "1.e5",
                             "1e",        "1e+",        "0x10",
                             "1 2",       "[",          "]",
                             "{",         "}",          "[1",
                             "[1,",       "[1,]",       "[,1]",
                             "[1}",       "{]",         "{\"a\"",
                             "{\"a\":",   "{\"a\":}",   "{\"a\":1",
                             "{\"a\":1,", "{\"a\":1,}", "{\"a\"::1}",
                             "{a:1}",     "{1:1}",      "{,}",
                             "{\"a\":1]", "[\"a\":1]",  "\"",
                             "\"a",       "'a'",        "\"\\\"",
                             "\"\\x\"",   "\"\\u\"",    "\"\\u00\"",
                             "\"a\nb\"",  "\"\x1f\"",   "\xEF\xBB\xBF[]",
                             "[]x",       "[][]",       "inf",
                             "nan",       "-inf",       "1.5.5",
                             "1-1"}) {
        INFO(text);
        CHECK(msgpack.declines(text));
        CHECK(msgpack.declines("[" + std::string(text) + ",\"0123456789abcdef0123456789abcdef\"]"));
    }
    for (const char* cut :
         {"\"\\u", "\"\\u0", "\"\\u00", "\"\\u001", "\"\\u001f", "\"\\", "t", "n", "fals", "1.", "1e+", "0.0000"})
        CHECK(msgpack.declines(cut));
    for (char c = 0; c < 0x20; ++c)
        CHECK(declined(msgpack, "\"a long beginning before it: " + std::string(1, c) + "and an end behind it\""));
    CHECK(msgpack.declines(""));
    CHECK(msgpack.declines(std::string_view("1\0", 2)));
    CHECK(msgpack.declines(std::string_view("\"\\\0\"", 4)));
}

TEST_CASE("msgpack declines strings that are no UTF-8") {
    const Stage msgpack("msgpack");
    for (const char* bad : {"\x80", "\xC0\x80", "\xC2", "\xE0\x9F\xBF", "\xE1\x80", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF",
                            "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\xE9"}) {
        for (const size_t before : {0, 1, 14, 15, 16, 31, 40}) {
            INFO(before << " before " << bad);
            CHECK(declined(msgpack, "\"" + std::string(before, 'x') + bad + std::string(before, 'y') + "\""));
            CHECK(declined(msgpack, "\"\\n" + std::string(before, 'x') + bad + "\""));
        }
    }
}

TEST_CASE("msgpack bound covers the texts that grow most") {
    const Stage msgpack("msgpack");
    for (const size_t members : {1, 2, 15, 16, 17, 65535, 65536, 300000}) {
        for (const char* member : {"0.1", "[0.1]", "-0.1", "[]", "\"\"", "{\"\":0.1}"}) {
            const std::string text = array_of(members, member);
            const auto forward = msgpack.encode(text);
            REQUIRE(forward.status == AURELIS_OK);
            CHECK(forward.written <= msgpack.bound(text.size()));
        }
    }
    CHECK(msgpack.bound(0) >= 9);
    CHECK(msgpack.bound(3) >= 9);
    CHECK(msgpack.bound(SIZE_MAX) >= msgpack.bound(1 << 30));
}

TEST_CASE("msgpack encode uses the room that there is, to the byte") {
    const Stage msgpack("msgpack");
    const std::string text = R"({"name":"x","list":[1,0.1,"0123456789abcdefghijklmnopqrstuvwxyz"]})";
    const auto whole = msgpack.encode(text);
    REQUIRE(whole.status == AURELIS_OK);
    CHECK(msgpack.encode_into(text, whole.written).gives(whole.output));
    for (size_t room = 0; room < whole.written; ++room) {
        const auto cramped = msgpack.encode_into(text, room);
        CHECK(cramped.status == AURELIS_E_SPACE);
        CHECK(cramped.written == whole.written);
    }
    CHECK(msgpack.encode_into("[1 , 2]", 0).status == AURELIS_DECLINED);
}
