// Seeds: inputs of the conformance suite, nasty JSON, and frames written by hand.
#include "seeds.hpp"

#include <stage_inputs.hpp>

#include <algorithm>
#include <string_view>

namespace aurelis::fuzz {

namespace {

using namespace std::string_view_literals;
using conformance::Coded;

std::string repeated(std::string_view piece, size_t times) {
    std::string made;
    made.reserve(piece.size() * times);
    for (size_t i = 0; i < times; ++i) made += piece;
    return made;
}

// JSON, or almost JSON, on which parsers have been known to fail.
std::vector<std::string> nasty_json() {
    constexpr std::string_view kTexts[] = {
        R"({"a":{"b":{"c":[{"d":[[],{},"",0]}]}}})",
        R"([1.0,1.00,1e0,1E0,1e+0,10e-1,0.1e1])",
        R"([0.1,0.2,0.30000000000000004,5e-324,1.7976931348623157e308,2.2250738585072014e-308])",
        R"([123456789.123456789,1e21,1e22,1e23,-1e-7,0.000001,1e-6])",
        R"([-0,-0.0,0.0,0e0,-0e-0])",
        R"([9007199254740991,9007199254740992,9007199254740993,-9007199254740993])",
        R"({"a":1,"b":2,"a":3})",
        R"({"\u0061":1,"a":2})",
        R"({"":{"":{"":""}}})",
        R"("\u0000\u0001\u001f\u007f\u0080\u2028\u2029\uffff")",
        R"("\ud834\udd1e \uD834\uDD1E")",
        R"("\ud834")",
        R"("\udd1e\ud834")",
        R"("\ud834\u0041")",
        R"("\u00E9\u00e9")",
        "\"\xf4\x8f\xbf\xbf\"",
        "\"\xf4\x90\x80\x80\"",
        "\"\xed\x9f\xbf\xee\x80\x80\"",
        "\"\xe0\x80\x80\"",
        "\"\xc3\"",
        "\"\x7f\"",
        "\"\t\"",
        R"("\/ /")",
        R"("\a")",
        R"({"a" :1})",
        R"([ ])",
        R"([1 ,2])",
        "[1,\n2]",
        "[1]\n",
        "\n[1]",
        "[1]\r\n",
        "[1,2",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1,",
        "{\"a\":1,}",
        "[,1]",
        "{,}",
        "tru",
        "truex",
        "true,",
        "\"a",
        "\"\\",
        "\"\\u",
        "-",
        "1e",
        "1e+",
        "0x10",
        "1_000",
        "[1]]",
        "{\"a\":1}}",
        "{1:2}",
        "{\"a\":1 \"b\":2}",
        "['a']",
        "[\"a\" \"b\"]"};
    std::vector<std::string> made(std::begin(kTexts), std::end(kTexts));
    for (const size_t depth : {16, 100, 511, 512, 513, 1023, 1024, 1025, 2000}) {
        made.push_back(repeated("[", depth) + repeated("]", depth));
        made.push_back(repeated("{\"a\":", depth) + "1" + repeated("}", depth));
        made.push_back(repeated("[", depth));
    }
    std::string keys = "{";
    for (int i = 0; i < 300; ++i) keys += "\"key" + std::to_string(i * 7919 % 300) + "\":" + std::to_string(i) + ",";
    made.push_back(keys + "\"last\":0}");
    made.push_back(keys + "\"key0\":0}");
    made.push_back("\"" + repeated("\\u00e9", 200) + "\"");
    made.push_back("[" + repeated("0.1,", 300) + "0.1]");
    return made;
}

// JSON as its writers lay it out, and where two styles meet.
std::vector<std::string> styled_json() {
    constexpr std::string_view kTexts[] = {
        R"({"id": 12, "name": "Zo\u00eb \u0416 \u6771 \ud83d\ude00", "ok": [true, false, null], "n": [0, -1, 1e-07]})",
        R"({"id": 12, "name": "Zoë Ж 東京 😀 \u0001\n", "deep": [[{"a": {}}], []]})",
        R"({"id":12,"name":"Zo\u00eb \u007f \ud834\udd1e","list":[1,{"k\u00e9y":2.5}]})",
        "{\n  \"a\": [\n    1,\n    \"\\u00e9\"\n  ],\n  \"b\": {\n    \"c\": []\n  }\n}",
        "{\n  \"a\": [\n    1,\n    \"é\"\n  ],\n  \"b\": {}\n}\n",
        "{\n    \"a\": [\n        1,\n        \"\\u00e9\"\n    ],\n    \"b\": {\n        \"c\": []\n    }\n}",
        "{\n    \"a\": [\n        1,\n        \"é\"\n    ],\n    \"b\": {}\n}\n",
        "[\n  1,\n    2\n]",
        "[\n  1, 2\n]",
        "[1, 2,3]",
        R"({"a": 1,"b":2})",
        R"(["\u00e9","é"])",
        R"(["\u00e9", "\ud800"])",
        "[1, 2]\n",
        "\"\\u00e9\"\n",
        "1\n\n"};
    std::vector<std::string> made(std::begin(kTexts), std::end(kTexts));
    made.push_back("[" + repeated("0.1, ", 300) + "\"\\u00e9\"]");
    made.push_back("[\n  " + repeated("\"a text with an end\",\n  ", 40) + "0\n]\n");
    made.push_back("[" + repeated("[\"\\ud83d\\ude00\"],", 40) + "0]");
    for (const size_t depth : {3, 60, 511}) {
        std::string text;
        for (size_t i = 1; i <= depth; ++i) text += "[\n" + std::string(2 * i, ' ');
        text += "{}";
        for (size_t i = depth; i-- > 0;) text += "\n" + std::string(2 * i, ' ') + "]";
        made.push_back(text);
    }
    return made;
}

void append(std::vector<std::string>& all, std::initializer_list<std::string_view> more) {
    for (const std::string_view one : more) all.emplace_back(one);
}

// What none of our encoders makes: written by hand, after RFC 1952, the LZ4 frame format, RFC 8878 and the MessagePack
// specification.
std::vector<std::string> foreign_frames(const std::string& stage) {
    std::vector<std::string> made;
    if (stage == "gzip") {
        // The deflate data of an empty value, after headers with every optional field, and invalid blocks.
        append(
            made,
            {"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00"sv,
             "\x1f\x8b\x08\x08\x00\x00\x00\x00\x00\x03name\x00\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00"sv,
             "\x1f\x8b\x08\x14\x00\x00\x00\x00\x00\x03\x02\x00xyno comment\x00\x03"
             "\x00\x00\x00\x00\x00\x00\x00\x00\x00"sv,
             "\x1f\x8b\x08\x04\x00\x00\x00\x00\x00\x03\xff\xffshort"sv,
             "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x01\x05\x00\xfa\xffhello\x86\xa6\x10\x36\x05\x00\x00\x00"sv,
             "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x07"sv, "\x78\x9c\x03\x00\x00\x00\x00\x01"sv});
    } else if (stage == "lz4") {
        // A legacy frame, a skippable one, one without content size, one with linked blocks and checksums.
        append(made, {"\x02\x21\x4c\x18\x06\x00\x00\x00\x50hello"sv, "\x50\x2a\x4d\x18\x03\x00\x00\x00xyz"sv,
                      "\x04\x22\x4d\x18\x60\x40\x82\x05\x00\x00\x80hello\x00\x00\x00\x00"sv,
                      "\x04\x22\x4d\x18\x54\x40\xbe\x00\x00\x00\x00"sv,
                      "\x04\x22\x4d\x18\x68\x40\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00\x00"sv});
    } else if (stage == "zstd") {
        // Raw and run blocks with and without content size, a checksum, a dictionary, a huge window, skippable,
        // ancient.
        append(made,
               {"\x28\xb5\x2f\xfd\x20\x05\x29\x00\x00hello"sv, "\x28\xb5\x2f\xfd\x20\x64\x23\x03\x00\x00x"sv,
                "\x28\xb5\x2f\xfd\x00\x00\x29\x00\x00hello"sv, "\x28\xb5\x2f\xfd\x00\xff\x29\x00\x00hello"sv,
                "\x28\xb5\x2f\xfd\x23\xff\xff\xff\x7f\x05\x29\x00\x00hello"sv,
                "\x28\xb5\x2f\xfd\x24\x05\x29\x00\x00hello\x00\x00\x00\x00"sv, "\x50\x2a\x4d\x18\x03\x00\x00\x00xyz"sv,
                "\x28\xb5\x2f\xfd\xe0\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00\x00"sv, "\x27\xb5\x2f\xfd\x00\x00\x00"sv,
                "\x28\xb5\x2f\xfd\x20\x00\x01\x00\x00"sv, "\x28\xb5\x2f\xfd\x20\x05\x07\x00\x00"sv});
    } else if (stage == "msgpack") {
        // All heads, lengths beyond the end, longer forms than needed, extensions, binary, keys that are not strings.
        for (int head = 0; head < 256; ++head)
            made.push_back(std::string(1, static_cast<char>(head)) + "\x01\x02\x03\x04");
        append(made, {"\xdd\xff\xff\xff\xff"sv, "\xdf\x7f\xff\xff\xff\xa1x\x01"sv, "\xdb\x00\x00\x00\x01x"sv,
                      "\xcd\x00\x01"sv, "\xcf\x00\x00\x00\x00\x00\x00\x00\x01"sv, "\x81\x01\x02"sv, "\x81\xa1x\x01"sv,
                      "\x82\xa1x\x01\xa1x\x02"sv, "\xa2\xff\xfe"sv, "\xc4\x02hi"sv, "\xc7\x02\x01hi"sv, "\xc0\xc0"sv,
                      "\xcb\x7f\xf0\x00\x00\x00\x00\x00\x00"sv, "\xca\x3f\x80\x00\x00"sv});
        // Every style, before what shows it and before what does not; twice, and cut off.
        for (int style = 0; style < 256; style = style < 17 ? style + 1 : style * 2) {
            const std::string mark = std::string("\xc1") + static_cast<char>(style);
            for (const char* value : {"\x92\x01\xa2\xc3\xa9", "\x81\xa1k\x90", "\x91\x01", "\x01", ""})
                made.push_back(mark + value);
            made.push_back(mark + mark + "\x01");
            made.push_back(mark + repeated("\x91", 5000));
            made.push_back(mark + repeated("\x81\xa1x", 3000) + "\xc0");
        }
        made.push_back(repeated("\x91", 5000));
        made.push_back(repeated("\x81\xa1x", 3000) + "\xc0");
        made.push_back(repeated("\xdd\xff\xff\xff\xff", 800));
    }
    return made;
}

void add_encoded(const FuzzTarget& target, const std::string& source, size_t bytes_max, std::vector<std::string>& all) {
    Coded encoded = target.stage().encode(source);
    if (encoded.ok() && encoded.output.size() <= bytes_max) all.push_back(std::move(encoded.output));
}

std::vector<std::string> plain_inputs(size_t bytes_max) {
    std::vector<std::string> made = nasty_json();
    for (std::string& text : styled_json()) made.push_back(std::move(text));
    for (const auto& input : conformance::stage_inputs()) {
        if (input.bytes.size() <= bytes_max) made.push_back(input.bytes);
    }
    return made;
}

// A frame of zstd whose blocks say "this byte 128 KiB times", under a content size of its own or one that it claims.
std::string zstd_runs(size_t blocks, uint64_t content_bytes) {
    std::string made = "\x28\xb5\x2f\xfd\xe0";
    for (int i = 0; i < 8; ++i) made += static_cast<char>(content_bytes >> (8 * i));
    constexpr uint32_t kBlockBytes = 128 << 10;
    for (size_t i = 0; i < blocks; ++i) {
        const uint32_t head = kBlockBytes << 3 | 1u << 1 | (i + 1 == blocks ? 1u : 0u);
        for (int byte = 0; byte < 3; ++byte) made += static_cast<char>(head >> (8 * byte));
        made += 'x';
    }
    return made;
}

}  // namespace

std::vector<std::string> seeds_of(const FuzzTarget& target, size_t bytes_max) {
    std::vector<std::string> made = plain_inputs(bytes_max);
    if (!target.decodes()) return made;
    std::vector<std::string> encoded;
    for (const std::string& source : made) add_encoded(target, source, bytes_max, encoded);
    for (const size_t bytes : {size_t{3000}, size_t{20000}}) {
        add_encoded(target, conformance::records_of(bytes), bytes_max, encoded);
        add_encoded(target, conformance::words_of(bytes), bytes_max, encoded);
        add_encoded(target, std::string(8 * bytes, 'a'), bytes_max, encoded);
    }
    for (std::string& frame : foreign_frames(target.stage_name())) encoded.push_back(std::move(frame));
    // Nothing, and a few texts that are not encoded at all.
    encoded.insert(encoded.end(), {"", "hello", "{\"a\":1}"});
    return encoded;
}

std::vector<std::string> bombs_of(const FuzzTarget& target) {
    if (!target.decodes())
        return {std::string(1 << 20, '\0'), std::string(1 << 20, '['), repeated("{\"\":", 1 << 18),
                repeated("\"\\", 1 << 19), repeated("[1e308,", 1 << 17)};
    std::vector<std::string> made{std::string(100000, '\xdd'), std::string(100000, '\xff'),
                                  repeated("\xdd\xff\xff\xff\xff", 20000)};
    for (const size_t bytes : {size_t{1} << 20, size_t{10} << 20}) {
        add_encoded(target, std::string(bytes, '\0'), 200000, made);
        add_encoded(target, "[" + repeated("0,", bytes / 2) + "0]", 200000, made);
    }
    const size_t sound = made.size();
    for (size_t i = 0; i < sound; ++i) {
        made.push_back(made[i] + made[i]);
        // Sizes are claimed at the beginning or at the end.
        std::string claims = made[i];
        for (size_t at = 6; at < std::min<size_t>(claims.size(), 10); ++at) claims[at] = '\x7f';
        made.push_back(claims);
        claims = made[i];
        for (size_t at = claims.size() - std::min<size_t>(claims.size(), 4); at < claims.size(); ++at)
            claims[at] = '\x01';
        made.push_back(claims);
    }
    if (target.stage_name() == "zstd") {
        made.push_back(zstd_runs(2500, uint64_t{2500} << 17));
        made.push_back(zstd_runs(2500, 1000));
        made.push_back(zstd_runs(2500, uint64_t{10} << 30));
    }
    return made;
}

std::vector<std::string> damaged(const std::string& sound, size_t most) {
    std::vector<std::string> made;
    const size_t step = std::max<size_t>(1, sound.size() / most);
    for (size_t size = 0; size < sound.size(); size += step) made.push_back(sound.substr(0, size));
    const size_t bits = sound.size() * 8;
    const size_t bit_step = std::max<size_t>(1, bits / most);
    for (size_t bit = 0; bit < bits; bit += bit < most / 4 ? 1 : bit_step) {
        made.push_back(sound);
        made.back()[bit / 8] = static_cast<char>(made.back()[bit / 8] ^ (1 << bit % 8));
    }
    return made;
}

}  // namespace aurelis::fuzz
