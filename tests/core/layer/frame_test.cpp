#include "layer/frame.hpp"

#include "support/catch.hpp"

#include <cstring>
#include <random>
#include <string>

using namespace aurelis;
using namespace aurelis::core;

namespace {

FrameView sample(std::string_view attrs, std::string_view payload) {
    FrameView content;
    content.meta = aurelis_meta{1'700'000'000'123'456'789, 42, INT64_MAX, 0, 0xabcd0003u, 77};
    content.attrs = attrs;
    content.payload = payload;
    content.stage_count = 2;
    content.stages[0] = {7, 123456789012345};
    content.stages[1] = {200, 1};
    return content;
}

}  // namespace

TEST_CASE("frame gives back what was sealed") {
    for (const std::string& payload : {std::string(), std::string("x"), std::string(70'000, '\0')}) {
        const Pinned sealed = seal_frame("key", sample("attributes", payload));
        FrameView opened;
        REQUIRE(open_frame("key", sealed.view(), opened) == FrameFault::kFine);
        CHECK(opened.meta.created_wall == 1'700'000'000'123'456'789);
        CHECK(opened.meta.stale_wall == 42);
        CHECK(opened.meta.expires_wall == INT64_MAX);
        CHECK(opened.meta.flags == 0xabcd0003u);
        CHECK(opened.meta.cost == 77);
        CHECK(opened.attrs == "attributes");
        CHECK(opened.payload == payload);
        REQUIRE(opened.stage_count == 2);
        CHECK(opened.stages[0].format_id == 7);
        CHECK(opened.stages[0].size_before == 123456789012345);
        CHECK(opened.stages[1].format_id == 200);
    }
}

TEST_CASE("frame of another key is refused") {
    const Pinned sealed = seal_frame("key", sample("", "value"));
    FrameView opened;
    CHECK(open_frame("kez", sealed.view(), opened) == FrameFault::kChecksum);
    CHECK(open_frame("", sealed.view(), opened) == FrameFault::kChecksum);
}

TEST_CASE("frame with any single flipped bit is refused") {
    const Pinned sealed = seal_frame("key", sample("tags", "a value of some bytes"));
    std::string bytes(sealed.view());
    for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
        bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
        FrameView opened;
        if (open_frame("key", bytes, opened) == FrameFault::kFine) FAIL("bit " << bit << " went unnoticed");
        bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    }
}

TEST_CASE("frame cut short or grown is refused") {
    const Pinned sealed = seal_frame("key", sample("tags", "value"));
    const std::string bytes(sealed.view());
    FrameView opened;
    for (size_t size = 0; size < bytes.size(); ++size)
        CHECK(open_frame("key", std::string_view(bytes).substr(0, size), opened) != FrameFault::kFine);
    CHECK(open_frame("key", bytes + "x", opened) == FrameFault::kTruncated);
    CHECK(open_frame("key", "{\"json\": true}", opened) == FrameFault::kForeign);
    CHECK(open_frame("key", "", opened) == FrameFault::kForeign);
}

TEST_CASE("frame of a newer version is told apart") {
    const Pinned sealed = seal_frame("key", sample("", "value"));
    std::string bytes(sealed.view());
    bytes[4] = 2;
    FrameView opened;
    CHECK(open_frame("key", bytes, opened) == FrameFault::kVersion);
}

TEST_CASE("frame survives random bytes behind its magic") {
    std::mt19937_64 random(7);
    for (int round = 0; round < 200'000; ++round) {
        std::string bytes(random() % 160, '\0');
        for (char& byte : bytes) byte = static_cast<char>(random());
        const char magic[] = {'A', 'u', 'R', 'f', 1};
        std::memcpy(bytes.data(), magic, std::min(bytes.size(), sizeof magic));
        FrameView opened;
        if (open_frame("key", bytes, opened) == FrameFault::kFine) FAIL("random bytes were taken for a frame");
    }
}
