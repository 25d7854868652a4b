// Damage: cut, flipped, swapped and foreign bytes through decode. Any answer is accepted, provided that nothing is
// written outside the room, no call crashes (the source ends at an inaccessible page), takes seconds or reports more
// than one error, and the instance still works afterwards.
#include "sections.hpp"
#include "stage_sections.hpp"

#include <algorithm>

namespace aurelis::conformance {

namespace {

constexpr size_t kFlipsMax = 3000;  // Per output; in larger ones they are spread over it.

struct Sample {
    const StageInput& input;
    std::string output;
};

std::vector<Sample> samples(StageBench& bench) {
    std::vector<Sample> made;
    for (const StageInput& input : small_stage_inputs()) {
        Coded encoded = bench.encode(bench.stage(), input);
        if (encoded.ok()) made.push_back({input, std::move(encoded.output)});
    }
    AURELIS_EXPECT(!made.empty());
    return made;
}

void decode_damaged(StageBench& bench, const Sample& sample, const std::string& damaged, bool many_rooms) {
    const size_t size = sample.input.bytes.size();
    bench.decode(bench.stage(), damaged, size, sample.input);
    if (!many_rooms) return;
    for (const size_t room : {size_t{0}, size / 3, 3 * size + 100, size_t{1} << 20})
        bench.decode(bench.stage(), damaged, room, sample.input);
}

void still_works(StageBench& bench) {
    for (const StageInput& input : small_stage_inputs()) bench.round_trips(bench.stage(), input);
}

}  // namespace

void prefixes_are_survived(StageBench& bench) {
    for (const Sample& sample : samples(bench)) {
        for (size_t size = 0; size < sample.output.size(); ++size)
            decode_damaged(bench, sample, sample.output.substr(0, size), size % 37 == 0);
        decode_damaged(bench, sample, sample.output + '\0', true);
        decode_damaged(bench, sample, sample.output + sample.output, true);
    }
    still_works(bench);
}

void flips_are_survived(StageBench& bench) {
    for (const Sample& sample : samples(bench)) {
        const size_t bits = sample.output.size() * 8;
        const size_t step = std::max<size_t>(1, bits / kFlipsMax);
        for (size_t bit = 0; bit < bits; bit += bit < 512 ? 1 : step) {
            std::string flipped = sample.output;
            flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
            decode_damaged(bench, sample, flipped, bit % 61 == 0);
        }
        for (size_t at = 0; at < std::min<size_t>(sample.output.size(), 64); ++at) {
            for (const char byte : {'\0', '\x7f', '\x80', '\xff'}) {
                std::string changed = sample.output;
                changed[at] = byte;
                decode_damaged(bench, sample, changed, true);
            }
        }
        std::string swapped = sample.output;
        std::rotate(swapped.begin(), swapped.begin() + static_cast<long>(swapped.size() / 2), swapped.end());
        decode_damaged(bench, sample, swapped, true);
    }
    still_works(bench);
}

void foreign_bytes_are_survived(StageBench& bench) {
    for (const StageInput& input : stage_inputs()) {
        for (const size_t room : {size_t{0}, size_t{1}, input.bytes.size(), size_t{100000}})
            bench.decode(bench.stage(), input.bytes, room, input);
    }
    for (uint64_t seed = 0; seed < 5000; ++seed) {
        const StageInput noise{"noise " + std::to_string(seed), pattern_of(seed % 97, seed)};
        bench.decode(bench.stage(), noise.bytes, 4096, noise);
    }
    still_works(bench);
}

}  // namespace aurelis::conformance
