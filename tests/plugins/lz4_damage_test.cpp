// The stage lz4 on bytes that it has not written: cut, flipped, foreign, and frames that promise too much.
#include "compressor_rig.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

using namespace aurelis::test;

namespace {

// A header with a check byte that fits.
std::string header(unsigned char flags, unsigned char kind, uint64_t content) {
    std::string descriptor{static_cast<char>(flags), static_cast<char>(kind)};
    descriptor += little_endian(content, 8);
    descriptor += static_cast<char>(XXH32(descriptor.data(), descriptor.size(), 0) >> 8);
    return "\x04\x22\x4d\x18" + descriptor;
}

std::string stored(std::string_view block) { return little_endian(block.size() | 0x80000000u, 4) + std::string(block); }

const std::string kEnd(4, '\0');

}  // namespace

TEST_CASE("lz4 refuses every beginning of a frame and whatever follows one") {
    const auto stage = Stage::of("lz4");
    for (const std::string& value : {std::string(), records(300), random_bytes(300, 1), std::string(2000, '\0')})
        expect_cuts_refused(*stage, stage->encode(value).output, value.size());
}

TEST_CASE("lz4 with any bit flipped stays within its room") {
    for (const char* level : {"1", "9"}) {
        const auto stage = Stage::of("lz4", {{"level", level}});
        for (const std::string& value : {records(300), random_bytes(100, 1), std::string(2000, '\0'), records(3000)})
            expect_flips_survived(*stage, stage->encode(value).output, value, true);
    }
}

TEST_CASE("lz4 refuses foreign bytes, frames with other features among them") {
    const auto stage = Stage::of("lz4");
    expect_foreign_bytes_refused(*stage);
    const std::string frame = header(0x68, 0x40, 5) + stored("hello") + kEnd;
    REQUIRE(stage->decode(frame, 5).gives("hello"));
    for (unsigned flags = 0; flags < 256; ++flags) {
        CAPTURE(flags);
        const std::string changed = header(static_cast<unsigned char>(flags), 0x40, 5) + stored("hello") + kEnd;
        if (flags != 0x68) CHECK(stage->decode(changed, 5).status == AURELIS_E_CORRUPT);
    }
    for (unsigned kind = 0; kind < 256; ++kind) {
        CAPTURE(kind);
        const std::string changed = header(0x68, static_cast<unsigned char>(kind), 5) + stored("hello") + kEnd;
        const bool known = kind == 0x40 || kind == 0x50 || kind == 0x60 || kind == 0x70;
        CHECK((stage->decode(changed, 5).status == AURELIS_OK) == known);
    }
    CHECK(stage->decode(through_tool("lz4 -c", "hello"), 5).status == AURELIS_E_CORRUPT);
}

TEST_CASE("lz4 refuses blocks that do not make up the value") {
    const auto stage = Stage::of("lz4");
    const auto status = [&](const std::string& frame) { return stage->decode(frame, 100).status; };
    CHECK(status(header(0x68, 0x40, 5) + stored("hell") + kEnd) == AURELIS_E_CORRUPT);
    CHECK(status(header(0x68, 0x40, 5) + stored("hello!") + kEnd) == AURELIS_E_CORRUPT);
    CHECK(status(header(0x68, 0x40, 10) + stored("hello") + stored("hello") + kEnd) == AURELIS_E_CORRUPT);
    CHECK(status(header(0x68, 0x40, 5) + kEnd) == AURELIS_E_CORRUPT);
    CHECK(status(header(0x68, 0x40, 0) + stored("hello") + kEnd) == AURELIS_E_CORRUPT);
    CHECK(status(header(0x68, 0x40, 5) + stored("hello")) == AURELIS_E_CORRUPT);
    CHECK(status(header(0x68, 0x40, 5) + stored("hello") + stored("")) == AURELIS_E_CORRUPT);
    const std::string block = stage->encode(std::string(90, 'a')).output.substr(15);  // With its size, and the end.
    CHECK(status(header(0x68, 0x40, 90) + block) == AURELIS_OK);
    CHECK(status(header(0x68, 0x40, 91) + block) == AURELIS_E_CORRUPT);
    CHECK(status(header(0x68, 0x40, 89) + block) == AURELIS_E_CORRUPT);
    CHECK(status(header(0x68, 0x40, 90) + little_endian(90 | 0x80000000u, 4) + "hello" + kEnd) == AURELIS_E_CORRUPT);
    CHECK(status(header(0x68, 0x40, 90) + little_endian(80, 4) + block.substr(4)) == AURELIS_E_CORRUPT);
    CHECK(status(header(0x68, 0x40, 5) + little_endian(0x7fffffff, 4) + "hello" + kEnd) == AURELIS_E_CORRUPT);
    CHECK(status(header(0x68, 0x40, 5) + little_endian(0xffffffff, 4) + "hello" + kEnd) == AURELIS_E_CORRUPT);
}

TEST_CASE("lz4 frames that claim 10 GiB end before anything is written") {
    const auto stage = Stage::of("lz4");
    const uint64_t claim = uint64_t{10} << 30;
    const std::string small = header(0x68, 0x70, claim) + std::string(10'000, '\x1f') + kEnd;
    CHECK(stage->decode(small, 1 << 20).status == AURELIS_E_CORRUPT);  // 10 KiB of LZ4 cannot expand to that.
    CHECK(stage->decode(header(0x68, 0x70, UINT64_MAX) + kEnd, 100).status == AURELIS_E_CORRUPT);
    const std::string zeros = Stage::of("lz4", {{"level", "12"}})->encode(std::string(2'500'000, '\0')).output;
    REQUIRE(zeros.size() < 10'240);
    const Coded answer = stage->decode(zeros, 1 << 20);
    CHECK(answer.status == AURELIS_E_SPACE);
    CHECK(answer.written == 2'500'000);
}
