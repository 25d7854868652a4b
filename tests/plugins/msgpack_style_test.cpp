// The stage msgpack and the styles of JSON writers: which of them it keeps, in which bytes, and that a text in two
// styles, or in none, is declined.
#include "plugins/stage_rig.hpp"
#include "support/catch.hpp"

#include <nlohmann/json.hpp>

#include <cstdio>
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

std::string from_hex(std::string_view digits) {
    std::string bytes;
    for (size_t i = 0; i + 1 < digits.size(); i += 2)
        bytes += static_cast<char>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16));
    return bytes;
}

// Encoded, in hexadecimal digits; and back, which must be the text. "" if declined.
std::string encoded(const Stage& stage, std::string_view text) {
    const auto forward = stage.encode(text);
    if (forward.status != AURELIS_OK) return "";
    CHECK(forward.written <= stage.bound(text.size()));
    CHECK(stage.decode(forward.output, text.size()).gives(text));
    return hex(forward.output);
}

std::string unit(uint32_t number) {
    char text[8];
    std::snprintf(text, sizeof text, "\\u%04x", number);
    return text;
}

// As Python writes it with ensure_ascii.
std::string escaped(uint32_t c) {
    return c < 0x10000 ? unit(c) : unit(0xd800 + ((c - 0x10000) >> 10)) + unit(0xdc00 + ((c - 0x10000) & 0x3ff));
}

std::string utf8(uint32_t c) {
    const auto byte = [](uint32_t number) { return static_cast<char>(number); };
    const auto next = [&](int shift) { return byte(0x80 | (c >> shift & 0x3f)); };
    if (c < 0x80) return {byte(c)};
    if (c < 0x800) return {byte(0xc0 | c >> 6), next(0)};
    if (c < 0x10000) return {byte(0xe0 | c >> 12), next(6), next(0)};
    return {byte(0xf0 | c >> 18), next(12), next(6), next(0)};
}

bool is_surrogate(uint32_t c) { return c >= 0xd800 && c < 0xe000; }

}  // namespace

TEST_CASE("msgpack keeps a style in two bytes before the value") {
    const Stage msgpack("msgpack");
    const std::pair<const char*, const char*> cases[] = {
        {R"([1,"é"])", "9201a2c3a9"},
        {R"([1, "é"])", "c1019201a2c3a9"},
        {"[\n  1,\n  \"é\"\n]", "c1029201a2c3a9"},
        {"[\n    1,\n    \"é\"\n]", "c1039201a2c3a9"},
        {R"([1,"\u00e9"])", "c1049201a2c3a9"},
        {R"([1, "\u00e9"])", "c1059201a2c3a9"},
        {"[\n  1,\n  \"\\u00e9\"\n]", "c1069201a2c3a9"},
        {"[\n    1,\n    \"\\u00e9\"\n]", "c1079201a2c3a9"},
        {"[1,\"é\"]\n", "c1089201a2c3a9"},
        {"[1, \"é\"]\n", "c1099201a2c3a9"},
        {"[\n  1,\n  \"é\"\n]\n", "c10a9201a2c3a9"},
        {"[\n    1,\n    \"é\"\n]\n", "c10b9201a2c3a9"},
        {"[1,\"\\u00e9\"]\n", "c10c9201a2c3a9"},
        {"[1, \"\\u00e9\"]\n", "c10d9201a2c3a9"},
        {"[\n  1,\n  \"\\u00e9\"\n]\n", "c10e9201a2c3a9"},
        {"[\n    1,\n    \"\\u00e9\"\n]\n", "c10f9201a2c3a9"},
        {R"({"a": 1})", "c10181a16101"},
        {R"({"\u00e9": {}})", "c10581a2c3a980"},
        {R"({"a": [], "b": {}, "c": [1]})", "c10183a16190a16280a1639101"},
        {"{\n  \"a\": [],\n  \"b\": {\n    \"c\": [\n      1\n    ]\n  }\n}", "c10282a16190a16281a1639101"},
        {"[\n  [],\n  [\n    {}\n  ]\n]", "c10292909180"},
        {"1\n", "c10801"},
        {"{}\n", "c10880"},
        {R"("\u007f")", "c104a17f"},
        {R"("\ud83d\ude00\n")", "c104a5f09f98800a"},
    };
    for (const auto& [text, expected] : cases) {
        INFO(text);
        CHECK(encoded(msgpack, text) == expected);
    }
}

TEST_CASE("msgpack takes a text that shows no style for a plain one") {
    const Stage msgpack("msgpack");
    const std::pair<const char*, const char*> cases[] = {
        {"[]", "90"}, {"[[1]]", "919101"}, {"[{}]", "9180"}, {"\"a\"", "a161"}, {R"("\u001f\n\"")", "a31f0a22"}};
    for (const auto& [text, expected] : cases) CHECK(encoded(msgpack, text) == expected);
}

TEST_CASE("msgpack declines what fits no style, and two styles in one text") {
    const Stage msgpack("msgpack");
    const char* const cases[] = {
        // Compact here, spaced there.
        R"([1, 2,3])", R"([1,2, 3])", R"({"a":1, "b":2})", R"({"a": 1,"b": 2})", R"({"a": 1, "b":2})",
        R"([[1,2], 3])", R"([[1, 2],3])", R"({"a": [1,2]})", R"({"a":[1, 2]})", R"([1,  2])", R"({"a":  1})",
        R"([1 , 2])", "[1,\t2]",
        // Almost indented.
        "[\n1\n]", "[\n 1\n]", "[\n   1\n]", "[\n     1\n]", "[\n        1\n]", "[\n\t1\n]", "[\r\n  1\r\n]",
        "[\n  1, 2\n]", "[\n  1,2\n]", "[\n  1,\n 2\n]", "[\n  1,\n   2\n]", "[\n  1,\n    2\n]", "[\n  1\n ]",
        "[\n  1]", "[\n  1\n  ]", "[1\n]", "[1,\n  2\n]", "[\n  [1]\n]", "[\n  [\n  1\n  ]\n]",
        "[\n  [\n      1\n  ]\n]", "[[\n  1\n]]", "[[\n    1\n  ]]", "[\n  \n  1\n]", "[\n\n  1\n]",
        "[\n  1,\n\n  2\n]", "[\n]", "{\n}", "[\n  ]", "[\n  [\n  ]\n]", "[\n  []]", "{\n  \"a\":1\n}",
        "{\n  \"a\" : 1\n}", "{\n  \"a\":  1\n}", "{\n  \"a\":\n  1\n}", "{\n  \"a\": 1, \"b\": 2\n}",
        "{\n  \"a\": 1 ,\n  \"b\": 2\n}", "{\n  \"a\": 1,\n  \"b\": [1]\n}", "{\"a\": [\n  1\n]}",
        "{\"a\":1,\"b\":[\n  1\n]}", "[\n  1\n", "[\n  1", "[\n  ", "[\n", "{\n  \"a\": ", "{\n  \"a\":",
        "[\n  1,\n  ]", "[\n  1,\n]",
        // Around the value.
        "\n", "\n\n", "1\n\n", "[1]\r\n", "[1] \n", "\n[1]", " [1]", "[1]\n ", "[1]\n\r",
        // Raw here, escaped there.
        R"(["é","\u00e9"])", R"(["\u00e9","é"])", R"(["é\u00e9"])", R"({"\u00e9":1,"é":2})",
        "[\"\x7f\",\"\\u00e9\"]", "[\"\\u007f\",\"é\"]", "[\"\\u007f\x7f\"]",
        "[\"a text of more than sixteen bytes, é\",\"\\u00e9\"]",
        "[\"\\u00e9\",\"a text of more than sixteen bytes\x7f\"]",
        // Spelt otherwise.
        R"("\u00E9")", R"("\u00eA")", R"("\uD83D\uDE00")", R"("\ud83d\uDE00")", R"("\u00e")", R"("\u00eg")",
        R"("\u")", R"("\u0041\u00e9")", R"("\u002f\u00e9")", R"("\u00e9\/")", R"("\u000a\u00e9")",
        // Surrogates without their other half, which no UTF-8 can hold.
        R"("\ud800")", R"("\udbff")", R"("\udc00")", R"("\udfff")", R"("\ud800a")", R"("\ud800\n")",
        R"("\ud800\u0041")", R"("\ud800\ud800\udc00")", R"("\udc00\ud800")", R"("\ud800\u")", R"("\ud800\udc0")",
        R"("\ud800 dc00")", R"(["a","\ud800"])", R"({"\udfff": 1})"};
    for (const char* text : cases) {
        INFO(text);
        CHECK(msgpack.declines(text));
    }
}

TEST_CASE("msgpack keeps keys apart in every style") {
    const Stage msgpack("msgpack");
    for (const char* text : {R"({"a": 1, "a": 2})", R"({"\u00e9":1,"\u00e9":2})", "{\n  \"a\": 1,\n  \"a\": 2\n}"}) {
        INFO(text);
        CHECK(msgpack.declines(text));
    }
    CHECK_FALSE(encoded(msgpack, R"({"\u00e9": 1, "\u00e8": 2, "\\u00e9": 3})").empty());
}

TEST_CASE("msgpack keeps every character, raw and escaped") {
    const Stage msgpack("msgpack");
    std::string raw = "\"", ascii = "\"";
    for (uint32_t c = 0x7f; c < 0x110000; ++c) {
        if (is_surrogate(c)) continue;
        raw += utf8(c);
        ascii += escaped(c);
        if (c % 997 != 0 && c > 0x900 && c < 0x10ff00 && c != 0xffff && c != 0x10000) continue;
        // Alone, among ASCII, and where blocks begin and end.
        for (const char* around : {"", "x", "a beginning of 18 ", "\\n"}) {
            INFO(c << ' ' << around);
            const std::string before = std::string("[\"") + around;
            const std::string as_utf8 = hex(utf8(c));
            const std::string text = before + escaped(c) + around + "\"]";
            const std::string made = encoded(msgpack, text);
            if (made.substr(0, 4) != "c104" || made.find(as_utf8) == std::string::npos) FAIL(text);
            const std::string plain = encoded(msgpack, before + utf8(c) + around + "\"]");
            if (plain.empty() || made.substr(4) != plain) FAIL(text);
        }
    }
    const std::string made = encoded(msgpack, ascii + '"');
    CHECK_FALSE(made.empty());
    CHECK((made.substr(4) == encoded(msgpack, raw + '"')));  // Too long to be shown.
}

TEST_CASE("msgpack takes each \\u of four lower-case digits that Python writes, and no other") {
    const Stage msgpack("msgpack");
    for (uint32_t c = 0; c < 0x10000; ++c) {
        const bool is_short = c == '\b' || c == '\f' || c == '\n' || c == '\r' || c == '\t';
        const bool is_written = c >= 0x7f ? !is_surrogate(c) : c < 0x20 && !is_short;
        if (msgpack.takes('"' + unit(c) + '"') != is_written) FAIL(c);
    }
}

TEST_CASE("msgpack finds a style that shows late") {
    const Stage msgpack("msgpack");
    // Headers of many members are open, noted and filled before the style moves them all.
    const std::string inner = repeated("[", 20) + "\"x\"" + repeated("]", 20);
    const std::string wide = repeated("\"abcdefghijklmnopqrstuvwxyz 0123456789\",", 40000);
    const auto text = [&](const std::string& last) { return "[[" + wide + inner + "," + inner + "]," + last + "]"; };
    const std::string plain = encoded(msgpack, text("[\"é\",{\"a\":1}]"));
    CHECK_FALSE(plain.empty());
    CHECK((encoded(msgpack, text("[\"\\u00e9\",{\"a\":1}]")) == "c104" + plain));  // Too long to be shown.
    CHECK((encoded(msgpack, text("[\"é\",{\"a\":1}]") + "\n") == "c108" + plain));
    CHECK(msgpack.declines(text("[\"é\",{\"a\": 1}]")));
    // One long string in as many brackets as there may be, then the first comma.
    const std::string deep = repeated("[", 511) + '"' + std::string(100000, 'x') + "\"" + repeated("]", 510);
    CHECK(encoded(msgpack, deep + ", 1]").substr(0, 8) == "c1019291");
    CHECK(encoded(msgpack, deep + ",1]").substr(0, 4) == "9291");
}

TEST_CASE("msgpack goes 512 brackets deep in every style and no deeper") {
    const Stage msgpack("msgpack");
    for (const size_t width : {2, 4}) {
        const auto text = [width](size_t depth) {
            std::string all;
            for (size_t i = 1; i < depth; ++i) all += "[\n" + std::string(i * width, ' ');
            all += "[]";
            for (size_t i = depth - 1; i-- > 0;) all += "\n" + std::string(i * width, ' ') + "]";
            return all;
        };
        CHECK(encoded(msgpack, text(512)) == (width == 2 ? "c102" : "c103") + repeated("91", 511) + "90");
        CHECK(msgpack.declines(text(513)));
    }
}

TEST_CASE("msgpack decode refuses a style that encode would not have kept") {
    const Stage msgpack("msgpack");
    for (const char* digits : {"c1",         "c101",       "c10001",     "c11001",   "c1ff01",       "c1c10101",
                               "c1019101",   "c10101",     "c10190",     "c1029090", "c10290",       "c1029190ff",
                               "c103a161",   "c10380",     "c10401",     "c104a161", "c1049201a161", "c104a10a",
                               "c105a2c3a9", "c1059201a1", "c106a2c3a9", "c1ca01",   "92c1010201",   "c10e80",
                               "c104a2c328", "c104a1ff",   "c104a3eda080", "c104a4f4908080", "c104a2c080"}) {
        INFO(digits);
        CHECK(msgpack.decode(from_hex(digits), 4096).status == AURELIS_E_CORRUPT);
    }
}

TEST_CASE("msgpack decode of a style survives every replaced byte, every room and every cut") {
    const Stage msgpack("msgpack");
    const nlohmann::ordered_json value{{"id", 12},
                                       {"name", "Zoë \"Ж\" 東京 😀 and more than a block \x7f"},
                                       {"n", {0, -1, 0.5, 1e-7, nullptr}},
                                       {"deep", {{{{"a", nlohmann::json::object()}}}, nlohmann::json::array()}}};
    std::vector<std::string> texts;
    for (const bool ascii : {false, true})
        for (const int indentation : {-1, 2, 4}) texts.push_back(value.dump(indentation, ' ', ascii) + "\n");
    texts.push_back(R"({"id": 12, "name": "Zo\u00eb \ud83d\ude00", "list": [1, 2, {"a": []}]})");
    for (const std::string& text : texts) {
        const auto forward = msgpack.encode(text);
        REQUIRE(forward.status == AURELIS_OK);
        CHECK(msgpack.decode(forward.output, text.size() + 100).gives(text));
        for (size_t room = 0; room < text.size(); ++room)
            if (msgpack.decode(forward.output, room).status != AURELIS_E_SPACE) FAIL(room);
        for (size_t size = 0; size < forward.written; ++size)
            if (msgpack.decode(forward.output.substr(0, size), 4096).status != AURELIS_E_CORRUPT) FAIL(size);
        for (size_t i = 0; i < forward.written; ++i) {
            for (int byte = 0; byte < 256; ++byte) {
                std::string changed = forward.output;
                changed[i] = static_cast<char>(byte);
                for (const size_t room : {text.size(), size_t{8192}}) {
                    const auto back = msgpack.decode(changed, room);
                    if (back.status != AURELIS_OK) continue;
                    const auto again = msgpack.encode(back.output);
                    // A repeated key is the only thing that decode does not check.
                    if (again.status != AURELIS_DECLINED && !again.gives(changed)) FAIL(back.output);
                }
            }
        }
    }
}
