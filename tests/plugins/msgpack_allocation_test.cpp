// What the stages json and msgpack allocate: nothing besides their output, once msgpack has seen a value of the kind.
#include "allocation_counter.hpp"
#include "stage_rig.hpp"
#include "support/catch.hpp"

namespace {

using namespace aurelis::test;

// Repositories, each with more keys than a one-byte header can hold, as a writer with these separators makes them.
std::string response(size_t items, const std::string& comma = ",", const std::string& colon = ":") {
    std::string text = "[";
    for (size_t i = 0; i < items; ++i) {
        text += i > 0 ? comma + "{" : "{";
        for (int key = 0; key < 40; ++key)
            text += (key > 0 ? comma + "\"key_" : "\"key_") + std::to_string(key) + "\"" + colon + "[0.25" + comma +
                    "\"a text with \\n in it\"" + comma + "1234]";
        text += '}';
    }
    return text + "]";
}

// Of one encode and one decode, with rooms of the caller's.
uint64_t allocations_of(const Stage& stage, const std::string& text) {
    std::string room(stage.bound(text.size()), '\0'), back(text.size(), '\0');
    size_t encoded = 0, decoded = 0;
    const bool marks = (stage.component().caps & AURELIS_STAGE_MARKS) != 0;
    const uint64_t before = allocations;
    const aurelis_status forward = stage.ops().encode(stage.self(), nullptr, nullptr, aurelis::bytes(text),
                                                      marks ? nullptr : room.data(), marks ? 0 : room.size(), &encoded);
    const aurelis_bytes source = marks ? aurelis::bytes(text) : aurelis_bytes{room.data(), encoded};
    const aurelis_status backward =
        stage.ops().decode(stage.self(), nullptr, nullptr, source, back.data(), back.size(), &decoded);
    const uint64_t after = allocations;
    REQUIRE(forward == AURELIS_OK);
    REQUIRE(backward == AURELIS_OK);
    REQUIRE(back == text);
    return after - before;
}

}  // namespace

TEST_CASE("msgpack allocates nothing beside its output, once it has scratch memory") {
    const Stage msgpack("msgpack");
    const std::string small = response(1), large = response(300);
    const uint64_t first = allocations_of(msgpack, large);
    CHECK((first > 0) == kCountsAllocations);  // The counter sees what the plugin does.
    CHECK(allocations_of(msgpack, large) == 0);
    CHECK(allocations_of(msgpack, small) == 0);
    CHECK(allocations_of(msgpack, large) == 0);
    CHECK(allocations_of(msgpack, response(300, ", ", ": ")) == 0);
    CHECK(allocations_of(msgpack, "[\"\\ud83d\\ude00 \\u00e9\"," + large + "]\n") == 0);
}

TEST_CASE("json allocates nothing") {
    const Stage json("json");
    CHECK(allocations_of(json, response(300)) == 0);
}
