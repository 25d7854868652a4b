// The stage lz4: what goes in comes out, by its own decode and by the lz4 tool; what it takes for that.
#include "allocation_counter.hpp"
#include "compressor_rig.hpp"

#include <lz4.h>

using namespace aurelis::test;

TEST_CASE("lz4 gives back values of every size and sort") {
    for (const char* level : {"1", "9"}) {
        const auto stage = Stage::of("lz4", {{"level", level}});
        for (const size_t size : interesting_sizes())
            for (const std::string& value : values_of(size)) expect_round_trip(*stage, value);
    }
}

TEST_CASE("lz4 cuts large values into blocks of 4 MiB") {
    constexpr size_t kBlock = size_t{4} << 20;
    const std::string text = records(1 << 20), noise = random_bytes(kBlock, 5);
    const auto stage = Stage::of("lz4");
    for (const size_t size : {kBlock - 1, kBlock, kBlock + 1, 2 * kBlock, 2 * kBlock + 100}) {
        std::string value;
        while (value.size() < size) value += value.size() < kBlock ? text : noise;
        value.resize(size);
        expect_round_trip(*stage, value);
        CHECK(through_tool("lz4 -dc", stage->encode(value).output) == value);
    }
}

TEST_CASE("lz4 has levels, also by turns in one thread, and refuses what is none") {
    const std::string value = records(50'000);
    std::vector<std::unique_ptr<Stage>> stages;
    for (int level = 1; level <= 12; ++level) stages.push_back(Stage::of("lz4", {{"level", std::to_string(level)}}));
    std::vector<std::string> first;
    for (const auto& stage : stages) {
        expect_round_trip(*stage, value);
        first.push_back(stage->encode(value).output);
        CHECK(first.back().size() <= first.front().size());
    }
    CHECK(first[11].size() < first[2].size());
    for (size_t i = stages.size(); i-- > 0;) CHECK(stages[i]->encode(value).output == first[i]);
    CHECK(Stage::of("lz4")->encode(value).output == first[0]);
    for (const char* level : {"0", "13", "-1"}) CHECK_THROWS(Stage::of("lz4", {{"level", level}}));
}

TEST_CASE("lz4 acceleration shrinks less, and is for level 1 alone") {
    const std::string value = records(50'000);
    const auto stage = Stage::of("lz4", {{"acceleration", "50"}});
    expect_round_trip(*stage, value);
    CHECK(stage->encode(value).output.size() > Stage::of("lz4")->encode(value).output.size());
    CHECK_THROWS_WITH(Stage::of("lz4", {{"level", "9"}, {"acceleration", "2"}}),
                      aurelis::testing::holds("only for level 1"));
    CHECK_THROWS(Stage::of("lz4", {{"acceleration", "0"}}));
    CHECK_THROWS(Stage::of("lz4", {{"acceleration", "65538"}}));
}

TEST_CASE("lz4 keeps a value that does not shrink as it is, 23 bytes longer") {
    const std::string noise = random_bytes(5000, 1);
    const std::string packed = Stage::of("lz4")->encode(noise).output;
    CHECK(packed.size() == noise.size() + 23);
    CHECK(packed.substr(19, noise.size()) == noise);
}

TEST_CASE("lz4 the tool reads what the stage writes") {
    for (const char* level : {"1", "3", "12"}) {
        const auto stage = Stage::of("lz4", {{"level", level}});
        for (const size_t size : {0u, 1u, 300u, 65536u, 65537u, 1048577u}) {
            for (const std::string& value : {records(size), random_bytes(size, 9)}) {
                CAPTURE(level, size);
                CHECK(through_tool("lz4 -dc", stage->encode(value).output) == value);
            }
        }
    }
}

TEST_CASE("lz4 bound holds for every size, and is 0 for what is too large") {
    const auto stage = Stage::of("lz4");
    for (const size_t size : interesting_sizes()) {
        CHECK(stage->encode(random_bytes(size, 3)).status == AURELIS_OK);
        CHECK(stage->bound(size) >= size + 19);
    }
    expect_rooms_kept(*stage, records(3000));
    expect_rooms_kept(*stage, random_bytes(3000, 1));
    CHECK(stage->bound(LZ4_MAX_INPUT_SIZE) > LZ4_MAX_INPUT_SIZE);
    CHECK(stage->bound(size_t{LZ4_MAX_INPUT_SIZE} + 1) == 0);
    CHECK(stage->bound(SIZE_MAX) == 0);
}

TEST_CASE("lz4 declines what the library does not take") {
    const auto stage = Stage::of("lz4");
    aurelis_call call = Stage::call();
    char byte = 0;
    size_t written = 0;
    const aurelis_bytes huge{&byte, size_t{LZ4_MAX_INPUT_SIZE} + 1};
    CHECK(stage->ops().encode(stage->self(), &call, nullptr, huge, &byte, 1, &written) == AURELIS_DECLINED);
}

TEST_CASE("lz4 keeps threads apart") {
    expect_threads_apart(*Stage::of("lz4"));
    expect_threads_apart(*Stage::of("lz4", {{"level", "9"}}));
}

TEST_CASE("lz4 allocates nothing after a thread's first call") {
    std::vector<std::unique_ptr<Stage>> stages;
    for (const char* level : {"1", "3", "9"}) stages.push_back(Stage::of("lz4", {{"level", level}}));
    std::vector<std::string> values, packed;
    for (const size_t size : {0u, 300u, 70'000u, 8192u, 1u, 300'000u}) {
        values.push_back(records(size));
        packed.push_back(stages[0]->encode(values.back()).output);
    }
    for (const auto& stage : stages) stage->encode("to begin with");
    std::string room(stages[0]->bound(300'000), '\0');
    aurelis_call call = Stage::call();
    size_t written = 0;
    const uint64_t before = allocations;
    for (int round = 0; round < 20; ++round) {
        for (size_t i = 0; i < values.size(); ++i) {
            for (const auto& one : stages) {
                one->ops().encode(one->self(), &call, nullptr, aurelis::bytes(values[i]), room.data(), room.size(),
                                  &written);
                one->ops().decode(one->self(), &call, nullptr, aurelis::bytes(packed[i]), room.data(), values[i].size(),
                                  &written);
                one->ops().decode(one->self(), &call, nullptr, aurelis::bytes(packed[i]), room.data(), 1, &written);
            }
        }
    }
    CHECK(allocations == before);
    stages[0]->encode("with memory of the rig's");
    CHECK((allocations > before) == kCountsAllocations);  // The counter counts.
}
