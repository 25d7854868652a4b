// The stage msgpack, decoding: any bytes may come, and the result is the text, corrupt, or too long; never past the
// room.
#include "plugins/stage_rig.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <random>
#include <vector>

namespace {

using namespace aurelis::test;

constexpr size_t kAmple = 1 << 12;

std::string from_hex(std::string_view digits) {
    std::string bytes;
    for (size_t i = 0; i + 1 < digits.size(); i += 2)
        bytes += static_cast<char>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16));
    return bytes;
}

bool corrupt(const Stage& stage, std::string_view digits) {
    // As the whole, as an item, and as the value of a key.
    const std::string bytes = from_hex(digits);
    return stage.decode(bytes, kAmple).status == AURELIS_E_CORRUPT &&
           stage.decode(from_hex("92") + bytes + from_hex("00"), kAmple).status == AURELIS_E_CORRUPT &&
           stage.decode(from_hex("81a161") + bytes, kAmple).status == AURELIS_E_CORRUPT;
}

const std::string kSamples[] = {
    R"({"id":12,"name":"Zoë \"Ж\" 東京 😀","ok":[true,false,null],)"
    R"("n":[0,-1,-40,-300,70000,-70000,5000000000,-5000000000]})",
    R"({"d":[0.5,0.1,-12.25,1e-07,1e+16,3.141592653589793,-0.0],"deep":[[{"a":{}}],[]],"esc":"\\\b\f\n\r\t\u0001"})",
    "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,\"a string that is longer than thirty-one bytes\",[[[]]]]",
    R"("0123456789abcdef")",
    R"(["0123456789abcde"])",
    "{\"0123456789abcdef0123456789abcdef0123456789\":\"" + std::string(300, 'x') + "\"}",
};

// Every input gets one of the three answers, and encoding the output gives the input.
void expect_sane(const Stage& stage, const std::string& bytes, size_t room) {
    const auto back = stage.decode(bytes, room);
    const bool known = back.status == AURELIS_OK || back.status == AURELIS_E_CORRUPT || back.status == AURELIS_E_SPACE;
    if (!known || back.written > room) FAIL(back.status << " " << back.written);
    if (back.status != AURELIS_OK) return;
    const auto again = stage.encode(back.output);
    // A repeated key is the only thing that decode does not check.
    if (again.status != AURELIS_DECLINED && !again.gives(bytes)) FAIL(back.output);
}

}  // namespace

TEST_CASE("msgpack decode fills exactly the size that the text had") {
    const Stage msgpack("msgpack");
    for (const std::string& text : kSamples) {
        const auto forward = msgpack.encode(text);
        REQUIRE(forward.status == AURELIS_OK);
        CHECK(msgpack.decode(forward.output, text.size()).gives(text));
        CHECK(msgpack.decode(forward.output, text.size() + 1).gives(text));
        CHECK(msgpack.decode(forward.output, text.size() + 100).gives(text));
        for (size_t room = 0; room < text.size(); ++room)
            CHECK(msgpack.decode(forward.output, room).status == AURELIS_E_SPACE);
    }
}

TEST_CASE("msgpack decode calls every true prefix corrupt") {
    const Stage msgpack("msgpack");
    for (const std::string& text : kSamples) {
        const auto forward = msgpack.encode(text);
        for (size_t size = 0; size < forward.written; ++size)
            CHECK(msgpack.decode(forward.output.substr(0, size), text.size()).status == AURELIS_E_CORRUPT);
        CHECK(msgpack.decode(forward.output + '\0', text.size()).status == AURELIS_E_CORRUPT);
    }
}

TEST_CASE("msgpack decode survives every flipped bit and every replaced byte") {
    const Stage msgpack("msgpack");
    for (const std::string& text : kSamples) {
        const auto forward = msgpack.encode(text);
        for (size_t i = 0; i < forward.written; ++i) {
            for (int byte = 0; byte < 256; ++byte) {
                std::string changed = forward.output;
                changed[i] = static_cast<char>(byte);
                expect_sane(msgpack, changed, text.size());
                expect_sane(msgpack, changed, kAmple);
            }
        }
    }
}

TEST_CASE("msgpack decode survives random bytes") {
    const Stage msgpack("msgpack");
    std::mt19937 random(77);
    for (int i = 0; i < 300000; ++i) {
        std::string bytes(random() % 40, '\0');
        for (char& c : bytes)
            c = static_cast<char>(random() % 2 == 0 ? random() : "\x81\x92\xa1\xa0\x01\xd9\xdc\xcb"[random() % 8]);
        expect_sane(msgpack, bytes, random() % 100);
    }
}

TEST_CASE("msgpack decode refuses what encode never makes") {
    const Stage msgpack("msgpack");
    const std::vector<const char*> cases = {
        "c1",  // never used
        "c40100",
        "c5000100",
        "c60000000100",  // binary
        "c7010000",
        "c800010000",
        "c9000000010000",  // extensions
        "d40000",
        "d5000000",
        "d600000000 00",
        "d70000000000000000",
        "d8",
        "cc05",
        "cd0005",
        "cd00ff",
        "ce0000ffff",
        "cf00000000ffffffff",  // longer than needed
        "d0ff",
        "d0e0",
        "d005",
        "d1ff80",
        "d10005",
        "d2ffff8000",
        "d2000f0000",
        "d3ffffffff80000000",
        "d30000000500000000",
        "cb3fe0000000000000",
        "cb0000000000000000",  // a float32 would do
        "ca7f800000",
        "caff800000",
        "ca7fc00000",
        "ca7f800001",  // infinities, NaN
        "cb7ff0000000000000",
        "cbfff0000000000000",
        "cb7ff8000000000000",
        "cb7ff0000000000001",
        "d90161",
        "da000161",
        "db0000000161",
        "dc000100",
        "dd0000000100",
        "de0001a16100",
        "df00000001a16100",
        "dc0000",
        "de0000",
        "8101 01",
        "81c001",
        "8190 01",
        "81c30 1",
        "8181a1610101",  // keys that are not strings
        "81c401 6101",
        "81a1ff01",
        "a180",
        "a2c0 80",
        "a1ff",
        "a3eda080",
        "a2c378",  // not UTF-8
    };
    for (const char* spaced : cases) {
        std::string digits(spaced);
        digits.erase(std::remove(digits.begin(), digits.end(), ' '), digits.end());
        INFO(digits);
        CHECK(corrupt(msgpack, digits));
    }
    // The byte after a string cannot complete its last character.
    for (const char* digits : {"92a1c290", "92a2e18090", "92a3f0908090", "92a1c2c0"})
        CHECK(msgpack.decode(from_hex(digits), kAmple).status == AURELIS_E_CORRUPT);
    CHECK(msgpack.decode("", kAmple).status == AURELIS_E_CORRUPT);
    CHECK(msgpack.decode(from_hex("0000"), kAmple).status == AURELIS_E_CORRUPT);
}

TEST_CASE("msgpack decode believes no count and no size that the bytes cannot hold") {
    const Stage msgpack("msgpack");
    for (const char* digits : {"ddffffffff00", "dfffffffffa16100", "dbffffffff61", "dcffff00", "deffffa16100",
                               "daffff61", "9f00", "82a16100a1", "bf61"}) {
        INFO(digits);
        CHECK(corrupt(msgpack, digits));
    }
}

TEST_CASE("msgpack decode goes as deep as encode and no deeper") {
    const Stage msgpack("msgpack");
    CHECK(msgpack.decode(std::string(511, '\x91') + '\x90', 1024).gives(nested(512)));
    CHECK(msgpack.decode(std::string(512, '\x91') + '\x90', 2048).status == AURELIS_E_CORRUPT);
    CHECK(msgpack.decode(std::string(1 << 20, '\x91'), 1 << 20).status == AURELIS_E_CORRUPT);
    CHECK(msgpack.decode(repeated("\x81\xa1k", 1 << 16), 1 << 20).status == AURELIS_E_CORRUPT);
}
