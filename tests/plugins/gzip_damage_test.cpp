// The stage gzip on bytes that it has not written: cut, flipped, foreign, and bombs.
#include "compressor_rig.hpp"

#include <zlib.h>

using namespace aurelis::test;

namespace {

// A gzip member of zeros, made in pieces.
std::string zeros_member(uint64_t size) {
    z_stream stream{};
    REQUIRE(deflateInit2(&stream, 9, Z_DEFLATED, 31, 9, Z_DEFAULT_STRATEGY) == Z_OK);
    std::string zeros(1 << 20, '\0'), packed(size / 500 + 1000, '\0');
    stream.next_out = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_out = static_cast<uInt>(packed.size());
    for (uint64_t done = 0; done < size; done += zeros.size()) {
        stream.next_in = reinterpret_cast<Bytef*>(zeros.data());
        stream.avail_in = static_cast<uInt>(std::min<uint64_t>(zeros.size(), size - done));
        REQUIRE(deflate(&stream, Z_NO_FLUSH) == Z_OK);
    }
    REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    packed.resize(stream.total_out);
    deflateEnd(&stream);
    return packed;
}

}  // namespace

TEST_CASE("gzip refuses every beginning of a member and whatever follows one") {
    const auto stage = Stage::of("gzip");
    for (const std::string& value : {std::string(), records(300), random_bytes(300, 1), std::string(2000, '\0')})
        expect_cuts_refused(*stage, stage->encode(value).output, value.size());
}

TEST_CASE("gzip a member cut behind its data is damaged, though the value is whole") {
    const auto stage = Stage::of("gzip");
    for (const std::string& value : {records(300), std::string(2000, '\0')}) {
        const std::string packed = stage->encode(value).output;
        for (size_t missing = 1; missing <= 8; ++missing)
            CHECK(stage->decode(packed.substr(0, packed.size() - missing), value.size()).status == AURELIS_E_CORRUPT);
    }
}

TEST_CASE("gzip with any bit flipped is never answered wrongly") {
    const auto stage = Stage::of("gzip");
    for (const std::string& value : {records(300), random_bytes(100, 1), std::string(2000, '\0')})
        expect_flips_survived(*stage, stage->encode(value).output, value, false);
}

TEST_CASE("gzip refuses foreign bytes, zlib's own wrapping among them") {
    const auto stage = Stage::of("gzip");
    expect_foreign_bytes_refused(*stage);
    const std::string value = records(300);
    std::string wrapped(1000, '\0');
    uLongf size = wrapped.size();
    compress(reinterpret_cast<Bytef*>(wrapped.data()), &size, reinterpret_cast<const Bytef*>(value.data()),
             value.size());
    CHECK(stage->decode(wrapped.substr(0, size), value.size()).status == AURELIS_E_CORRUPT);
}

TEST_CASE("gzip a bomb of 10 KiB ends at the room, whatever it unfolds to") {
    const auto stage = Stage::of("gzip");
    const std::string bomb = zeros_member(10'300'000);
    REQUIRE(bomb.size() <= 10'240);
    const long before = peak_kib();
    for (const size_t room : {size_t{0}, size_t{1}, size_t{1000}, size_t{1} << 20}) {
        CAPTURE(room);
        CHECK(stage->decode(bomb, room).status == AURELIS_E_SPACE);
    }
    CHECK(peak_kib() - before < 4096);
    CHECK(stage->decode(bomb, 10'300'000).status == AURELIS_OK);
}

TEST_CASE("gzip believes no size that a member claims") {
    const auto stage = Stage::of("gzip");
    const std::string value(2000, 'a');
    std::string claims = stage->encode(value).output;
    claims.replace(claims.size() - 4, 4, "\xff\xff\xff\xff");
    CHECK(stage->decode(claims, value.size()).status == AURELIS_E_CORRUPT);
    CHECK(stage->decode(claims, value.size() - 1).status == AURELIS_E_SPACE);
    const std::string empty_claims = stage->encode("").output.substr(0, 12) + std::string(4, '\0') + "\xff\xff\xff\xff";
    CHECK(stage->decode(empty_claims, 2000).status == AURELIS_E_CORRUPT);
}
