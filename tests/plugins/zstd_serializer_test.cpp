// The stage zstd without dictionaries: what goes in comes out, by its own decode and by the zstd tool; what it takes
// for that.
#include "allocation_counter.hpp"
#include "compressor_rig.hpp"

using namespace aurelis::test;

TEST_CASE("zstd gives back values of every size and sort") {
    for (const char* level : {"3", "-5"}) {
        const auto stage = Stage::of("zstd", {{"level", level}});
        for (const size_t size : interesting_sizes())
            for (const std::string& value : values_of(size)) expect_round_trip(*stage, value);
    }
}

TEST_CASE("zstd has levels, also by turns in one thread, and refuses what is none") {
    const std::string value = records(50'000);
    std::vector<std::unique_ptr<Stage>> stages;
    std::vector<std::string> first;
    for (int level = -7; level <= 19; ++level) {
        stages.push_back(Stage::of("zstd", {{"level", std::to_string(level)}}));
        expect_round_trip(*stages.back(), value);
        first.push_back(stages.back()->encode(value).output);
    }
    CHECK(first[26].size() < first[10].size());
    CHECK(first[10].size() < first[0].size());
    CHECK(first[7] == first[10]);
    for (size_t i = stages.size(); i-- > 0;) CHECK(stages[i]->encode(value).output == first[i]);
    CHECK(Stage::of("zstd")->encode(value).output == first[10]);
    for (const char* level : {"-8", "20"}) CHECK_THROWS(Stage::of("zstd", {{"level", level}}));
}

TEST_CASE("zstd the tool reads what the stage writes, and the stage what the tool writes with a size") {
    for (const char* level : {"-7", "3", "19"}) {
        const auto stage = Stage::of("zstd", {{"level", level}});
        for (const size_t size : {0u, 1u, 300u, 65536u, 131073u, 1048577u}) {
            const std::string value = records(size);
            CAPTURE(level, size);
            CHECK(through_tool("zstd -dc", stage->encode(value).output) == value);
            const std::string made = through_tool("zstd -c --stream-size=" + std::to_string(size), value);
            if (size > 0) CHECK(stage->decode(made, size).gives(value));
        }
    }
}

TEST_CASE("zstd bound holds for every size, and is 0 for what is too large") {
    const auto stage = Stage::of("zstd", {{"level", "1"}});
    for (const size_t size : interesting_sizes()) {
        CHECK(stage->encode(random_bytes(size, 3)).status == AURELIS_OK);
        CHECK(stage->bound(size) >= size);
    }
    expect_rooms_kept(*stage, records(3000));
    expect_rooms_kept(*stage, random_bytes(3000, 1));
    CHECK(stage->bound(size_t{1} << 40) > size_t{1} << 40);
    CHECK(stage->bound((size_t{1} << 40) + 1) == 0);
    CHECK(stage->bound(SIZE_MAX) == 0);
    aurelis_call call = Stage::call();
    char byte = 0;
    size_t written = 0;
    const aurelis_bytes huge{&byte, SIZE_MAX};
    CHECK(stage->ops().encode(stage->self(), &call, nullptr, huge, &byte, 1, &written) == AURELIS_DECLINED);
}

TEST_CASE("zstd keeps threads apart") { expect_threads_apart(*Stage::of("zstd")); }

TEST_CASE("zstd allocates nothing after a thread's first calls, with values of mixed sizes") {
    const auto stage = Stage::of("zstd");
    std::vector<std::string> values, packed;
    for (const size_t size : {0u, 1u, 300u, 2000u, 4096u, 8192u, 13'000u, 40'000u, 70'000u, 200'000u, 300'000u}) {
        values.push_back(records(size));
        packed.push_back(stage->encode(values.back()).output);
    }
    std::string room(stage->bound(300'000), '\0');
    const Taken taken = taken_by([&] {
        aurelis_call call = Stage::call();
        size_t written = 0;
        for (size_t i = 0; i < values.size(); ++i) {
            stage->ops().encode(stage->self(), &call, nullptr, aurelis::bytes(values[i]), room.data(), room.size(),
                                &written);
            for (const size_t size : {values[i].size(), size_t{1}})
                stage->ops().decode(stage->self(), &call, nullptr, aurelis::bytes(packed[i]), room.data(), size,
                                    &written);
        }
    });
    CHECK((taken.warming > 0) == kCountsAllocations);
    CHECK(taken.working == 0);
}

TEST_CASE("zstd keeps no context of more than 16 MiB for a thread") {
    const auto stage = Stage::of("zstd", {{"level", "19"}});
    const std::string large = records(4 << 20), small = records(300'000);
    std::string room(stage->bound(large.size()), '\0');
    aurelis_call call = Stage::call();
    size_t written = 0;
    const auto allocated_by = [&](const std::string& value) {
        const uint64_t before = allocations;
        stage->ops().encode(stage->self(), &call, nullptr, aurelis::bytes(value), room.data(), room.size(), &written);
        return allocations - before;
    };
    allocated_by(small);
    CHECK(allocated_by(small) == 0);
    allocated_by(large);
    CHECK((allocated_by(small) > 0) == kCountsAllocations);
    CHECK(allocated_by(small) == 0);
}
