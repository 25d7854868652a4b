// The stage zstd on bytes that it has not written: cut, flipped, foreign, and frames that promise too much.
#include "compressor_rig.hpp"

using namespace aurelis::test;

namespace {

const std::string kMagic = "\x28\xb5\x2f\xfd";

// A frame with a window, a content size of 8 bytes, and then blocks that each repeat one byte 128 KiB long.
std::string repeating(uint64_t claim, size_t blocks, unsigned char window = 0x58) {
    std::string made = kMagic + '\xc0' + static_cast<char>(window) + little_endian(claim, 8);
    for (size_t i = 0; i < blocks; ++i)
        made += little_endian((i + 1 == blocks ? 1u : 0u) | 1u << 1 | (128u << 10) << 3, 3) + 'a';
    return made;
}

}  // namespace

TEST_CASE("zstd refuses every beginning of a frame and whatever follows one") {
    const auto stage = Stage::of("zstd");
    for (const std::string& value : {std::string(), records(300), random_bytes(300, 1), std::string(2000, '\0')})
        expect_cuts_refused(*stage, stage->encode(value).output, value.size());
}

TEST_CASE("zstd with any bit flipped stays within its room") {
    for (const char* level : {"1", "9"}) {
        const auto stage = Stage::of("zstd", {{"level", level}});
        for (const std::string& value : {records(300), random_bytes(100, 1), std::string(2000, '\0'), records(3000)})
            expect_flips_survived(*stage, stage->encode(value).output, value, true);
    }
}

TEST_CASE("zstd refuses foreign bytes, skippable frames and frames without a size among them") {
    const auto stage = Stage::of("zstd");
    expect_foreign_bytes_refused(*stage);
    const std::string frame = stage->encode("hello").output;
    REQUIRE(stage->decode(frame, 5).gives("hello"));
    const std::string skippable = std::string("\x50\x2a\x4d\x18") + little_endian(3, 4) + "abc";
    CHECK(stage->decode(skippable, 5).status == AURELIS_E_CORRUPT);
    CHECK(stage->decode(skippable + frame, 5).status == AURELIS_E_CORRUPT);
    CHECK(stage->decode(frame + skippable, 5).status == AURELIS_E_CORRUPT);
    CHECK(stage->decode(through_tool("cat | zstd -c --no-content-size", "hello"), 5).status == AURELIS_E_CORRUPT);
    CHECK(stage->decode(frame.substr(4), 5).status == AURELIS_E_CORRUPT);
    for (unsigned version = 0x22; version < 0x28; ++version) {  // What zstd wrote before 0.8.
        const std::string old = static_cast<char>(version) + frame.substr(1);
        CHECK(stage->decode(old, 5).status == AURELIS_E_CORRUPT);
    }
}

TEST_CASE("zstd believes no frame that claims 10 GiB, and gives it no memory") {
    const auto stage = Stage::of("zstd");
    const uint64_t claim = uint64_t{10} << 30;
    const std::string bomb = repeating(claim, 2500);
    REQUIRE(bomb.size() < 10'240);
    const long before = peak_kib();
    const Coded answer = stage->decode(bomb, 1 << 20);
    CHECK(answer.status == AURELIS_E_SPACE);
    CHECK(answer.written == claim);
    CHECK(stage->decode(repeating(UINT64_MAX - 1, 1), 1 << 20).status == AURELIS_E_CORRUPT);
    CHECK(stage->decode(repeating(UINT64_MAX - 2, 1), 1 << 20).status == AURELIS_E_SPACE);
    // It declares little and expands to 312 MiB; and it asks for a window of 1.9 TiB.
    CHECK(stage->decode(repeating(1000, 2500), 1 << 20).status == AURELIS_E_CORRUPT);
    CHECK(stage->decode(repeating(1 << 20, 2500), 1 << 20).status == AURELIS_E_CORRUPT);
    CHECK(stage->decode(repeating(128 << 10, 1, 0xff), 1 << 20).status == AURELIS_E_CORRUPT);
    CHECK(peak_kib() - before < 8192);
    CHECK(stage->decode(repeating(128 << 10, 1), 128 << 10).gives(std::string(128 << 10, 'a')));
}

TEST_CASE("zstd a frame that names a dictionary is not found without it") {
    const auto stage = Stage::of("zstd");
    const std::string named =
        kMagic + '\x23' + little_endian(123456, 4) + '\x05' + little_endian(1 | 5 << 3, 3) + "hello";
    const std::string plain = kMagic + '\x20' + '\x05' + little_endian(1 | 5 << 3, 3) + "hello";
    REQUIRE(stage->decode(plain, 5).gives("hello"));
    CHECK(stage->decode(named, 5).status == AURELIS_NOT_FOUND);
    CHECK(stage->decode(named + "x", 5).status == AURELIS_E_CORRUPT);
    CHECK(stage->decode(named.substr(0, named.size() - 1), 5).status == AURELIS_E_CORRUPT);
}
