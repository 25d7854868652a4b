// The stage gzip: what goes in comes out, by its own decode and by the gzip tool; what it takes for that.
#include "allocation_counter.hpp"
#include "compressor_rig.hpp"

using namespace aurelis::test;

TEST_CASE("gzip gives back values of every size and sort") {
    const auto stage = Stage::of("gzip");
    for (const size_t size : interesting_sizes())
        for (const std::string& value : values_of(size)) expect_round_trip(*stage, value);
}

TEST_CASE("gzip has levels, also by turns in one thread, and refuses what is none") {
    const std::string value = records(50'000);
    size_t smallest = value.size();
    std::vector<std::unique_ptr<Stage>> stages;
    for (int level = 1; level <= 9; ++level) stages.push_back(Stage::of("gzip", {{"level", std::to_string(level)}}));
    std::vector<std::string> first;
    for (const auto& stage : stages) {
        expect_round_trip(*stage, value);
        first.push_back(stage->encode(value).output);
        smallest = std::min(smallest, first.back().size());
    }
    CHECK(first[8].size() == smallest);
    CHECK(first[8].size() < first[0].size());
    for (size_t i = stages.size(); i-- > 0;) CHECK(stages[i]->encode(value).output == first[i]);
    CHECK(Stage::of("gzip")->encode(value).output == first[5]);
    for (const char* level : {"0", "10", "-1"}) CHECK_THROWS(Stage::of("gzip", {{"level", level}}));
}

TEST_CASE("gzip writes equal bytes for equal values, with a header without time") {
    const std::string packed = Stage::of("gzip")->encode("hello").output;
    CHECK(packed == Stage::of("gzip")->encode("hello").output);
    CHECK(packed.substr(0, 8) == std::string("\x1f\x8b\x08\0\0\0\0\0", 8));
}

TEST_CASE("gzip the tool reads what the stage writes, and the stage what the tool writes") {
    for (const char* level : {"1", "6", "9"}) {
        const auto stage = Stage::of("gzip", {{"level", level}});
        for (const size_t size : {0u, 1u, 300u, 65536u, 1048576u}) {
            const std::string value = records(size);
            CAPTURE(level, size);
            CHECK(through_tool("gzip -dc", stage->encode(value).output) == value);
            CHECK(stage->decode(through_tool("gzip -c", value), size).gives(value));
        }
    }
}

TEST_CASE("gzip bound holds for every size, and is 0 for what is too large") {
    const auto stage = Stage::of("gzip", {{"level", "1"}});
    for (const size_t size : interesting_sizes()) {
        CHECK(stage->encode(random_bytes(size, 3)).status == AURELIS_OK);
        CHECK(stage->bound(size) >= size);
    }
    expect_rooms_kept(*stage, records(3000));
    expect_rooms_kept(*stage, random_bytes(3000, 1));
    CHECK(stage->bound(size_t{1} << 31) > size_t{1} << 31);
    CHECK(stage->bound((size_t{1} << 31) + 1) == 0);
    CHECK(stage->bound(SIZE_MAX) == 0);
}

TEST_CASE("gzip declines what zlib cannot count") {
    const auto stage = Stage::of("gzip");
    aurelis_call call = Stage::call();
    char byte = 0;
    size_t written = 0;
    const aurelis_bytes huge{&byte, (size_t{1} << 31) + 1};
    CHECK(stage->ops().encode(stage->self(), &call, nullptr, huge, &byte, 1, &written) == AURELIS_DECLINED);
}

TEST_CASE("gzip keeps threads apart") { expect_threads_apart(*Stage::of("gzip")); }

TEST_CASE("gzip allocates nothing after a thread's first call") {
    const auto stage = Stage::of("gzip", {{"level", "6"}}), other = Stage::of("gzip", {{"level", "1"}});
    std::vector<std::string> values, packed;
    for (const size_t size : {0u, 300u, 70'000u, 8192u, 1u, 300'000u}) {
        values.push_back(records(size));
        packed.push_back(stage->encode(values.back()).output);
        stage->decode(packed.back(), size > 0 ? size - 1 : 0);
    }
    std::string room(stage->bound(300'000), '\0');
    aurelis_call call = Stage::call();
    size_t written = 0;
    const uint64_t before = allocations;
    for (int round = 0; round < 50; ++round) {
        for (size_t i = 0; i < values.size(); ++i) {
            for (const auto& one : {stage.get(), other.get()})
                one->ops().encode(one->self(), &call, nullptr, aurelis::bytes(values[i]), room.data(), room.size(),
                                  &written);
            stage->ops().decode(stage->self(), &call, nullptr, aurelis::bytes(packed[i]), room.data(), values[i].size(),
                                &written);
            stage->ops().decode(stage->self(), &call, nullptr, aurelis::bytes(packed[i]), room.data(), 1, &written);
        }
    }
    CHECK(allocations == before);
    stage->encode("with memory of the rig's");
    CHECK((allocations > before) == kCountsAllocations);  // The counter counts.
}
