// The frame's corpus (frame_corpus/make_frames.py) replayed through open_frame, and a million mutations of it: no
// crash, each file gets the fault in its name, and no mutation is taken for a sound frame.
#include "layer/frame.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

using namespace aurelis::core;

namespace {

constexpr std::string_view kKey = "corpus:key";

// The content of a file, and the fault from its name.
struct Sample {
    std::string bytes;
    std::string fault;
};

std::map<std::string, Sample> corpus() {
    std::map<std::string, Sample> samples;
    for (const auto& file : std::filesystem::directory_iterator(AURELIS_FRAME_CORPUS)) {
        if (file.path().extension() != ".bin") continue;
        std::ifstream in(file.path(), std::ios::binary);
        const std::string stem = file.path().stem().string();
        samples[file.path().filename().string()] = {std::string{std::istreambuf_iterator<char>(in), {}},
                                                    stem.substr(stem.rfind('.') + 1)};
    }
    return samples;
}

std::string word_of(FrameFault fault) {
    switch (fault) {
        case FrameFault::kFine: return "fine";
        case FrameFault::kForeign: return "foreign";
        case FrameFault::kVersion: return "version";
        case FrameFault::kTruncated: return "truncated";
        case FrameFault::kChecksum: return "checksum";
    }
    return "unknown";
}

// Opens exactly these bytes, from a block of their size, so that a sanitizer notices a read beyond them.
FrameFault open_tight(const std::string& bytes, FrameView& view, std::unique_ptr<char[]>& block) {
    block = std::make_unique<char[]>(bytes.size());
    std::memcpy(block.get(), bytes.data(), bytes.size());
    return open_frame(kKey, {block.get(), bytes.size()}, view);
}

uint64_t checksum_field(const std::string& bytes) {
    uint64_t value = 0;
    for (size_t i = 0; i < 8; ++i) value |= uint64_t{static_cast<unsigned char>(bytes[56 + i])} << (8 * i);
    return value;
}

void mutate(std::string& bytes, std::mt19937_64& random, const std::vector<std::string>& others) {
    const auto any = [&](size_t bound) { return static_cast<size_t>(random() % bound); };
    switch (any(7)) {
        case 0:
            if (!bytes.empty()) bytes[any(bytes.size())] ^= static_cast<char>(1u << any(8));
            break;
        case 1: bytes.resize(any(bytes.size() + 1)); break;
        case 2: bytes.append(1 + any(16), static_cast<char>(random())); break;
        case 3:
            if (!bytes.empty()) bytes[any(bytes.size())] = static_cast<char>(random());
            break;
        case 4: {  // A size field with its worst values.
            constexpr uint64_t kWorst[] = {0,          1,          0x7f,      0xff,       0xffff,
                                           0x7fffffff, 0xffffffff, INT64_MAX, UINT64_MAX, UINT64_MAX - 63};
            constexpr size_t kFields[] = {5, 6, 40, 48};
            const size_t at = kFields[any(4)];
            const uint64_t value = kWorst[any(std::size(kWorst))];
            const size_t size = at == 5 ? 1 : at == 6 ? 2 : at == 40 ? 4 : 8;
            for (size_t i = 0; i < size && at + i < bytes.size(); ++i)
                bytes[at + i] = static_cast<char>(value >> (8 * i));
            break;
        }
        case 5: {  // The head of one, the rest of another.
            const std::string& other = others[any(others.size())];
            const size_t at = any(std::min(bytes.size(), other.size()) + 1);
            bytes = bytes.substr(0, at) + other.substr(at);
            break;
        }
        default:
            if (bytes.size() > 1) bytes.erase(any(bytes.size() - 1), 1 + any(8));
    }
}

}  // namespace

TEST_CASE("frame corpus: each file gets the fault in its name") {
    const auto samples = corpus();
    CHECK(samples.size() > 40);
    for (const auto& [name, sample] : samples) {
        INFO(name);
        FrameView view;
        std::unique_ptr<char[]> block;
        CHECK(word_of(open_tight(sample.bytes, view, block)) == sample.fault);
        if (sample.fault != "fine") continue;
        FrameView content = view;
        INFO("a checksum over these bytes is 0x" << std::hex
                                                 << checksum_field(std::string(seal_frame(kKey, content).view())));
        CHECK(open_frame("corpus:kez", {block.get(), sample.bytes.size()}, view) == FrameFault::kChecksum);
    }
}

TEST_CASE("frame corpus: sound frames hold what their maker put in") {
    const auto samples = corpus();
    FrameView view;
    std::unique_ptr<char[]> block;
    REQUIRE(open_tight(samples.at("text.fine.bin").bytes, view, block) == FrameFault::kFine);
    CHECK(view.payload == "a value");
    CHECK(view.meta.stale_wall == 1);
    CHECK(view.meta.expires_wall == 2);
    CHECK(view.meta.flags == 3);
    CHECK(view.meta.cost == 4);
    REQUIRE(open_tight(samples.at("stages.fine.bin").bytes, view, block) == FrameFault::kFine);
    REQUIRE(view.stage_count == 2);
    CHECK(view.stages[1].format_id == 200);
    CHECK(view.stages[1].size_before == UINT64_MAX);
    REQUIRE(open_tight(samples.at("longer_header.fine.bin").bytes, view, block) == FrameFault::kFine);
    CHECK(view.payload == "of a later 1.x");
}

TEST_CASE("frame corpus: a million mutations are told from sound frames, within ten seconds") {
    std::vector<std::string> all, sound;
    for (const auto& [name, sample] : corpus()) {
        all.push_back(sample.bytes);
        if (sample.fault == "fine") sound.push_back(sample.bytes);
    }
    std::mt19937_64 random(20'260);
    size_t opened = 0;
    const auto begin = std::chrono::steady_clock::now();
    for (int round = 0; round < 1'000'000; ++round) {
        std::string bytes = all[random() % all.size()];
        for (size_t n = 1 + random() % 3; n > 0; --n) mutate(bytes, random, all);
        FrameView view;
        std::unique_ptr<char[]> block;
        if (open_tight(bytes, view, block) != FrameFault::kFine) continue;
        ++opened;  // Mutated there and back.
        if (std::find(sound.begin(), sound.end(), bytes) == sound.end())
            FAIL("round " << round << " was taken for a sound frame");
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    CHECK(opened < 100'000);
    CHECK(took.count() < 10.0);
}
