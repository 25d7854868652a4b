// The seeds and the bombs, intact and damaged, and mutations from a fixed seed, through every target: nothing may break
// a promise, crash or take much memory. Long runs are for aurelis-fuzz-serializers (driver.cpp).
#include "fuzz_target.hpp"
#include "mutator.hpp"
#include "seeds.hpp"

#include "support/catch.hpp"

#include <sys/resource.h>

#include <stdexcept>

using namespace aurelis::fuzz;

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kMutations = 2000;
constexpr size_t kDamagedOfEach = 20;
#else
constexpr int kMutations = 15000;
constexpr size_t kDamagedOfEach = 150;
#endif
constexpr size_t kSeedBytesMax = 4096;

std::unique_ptr<FuzzTarget> open_target(const std::string& name) {
    auto opened = FuzzTarget::open(AURELIS_TEST_PLUGIN_FOLDER, name);
    if (!opened) throw std::runtime_error(opened.error().message);
    return std::move(opened).value();
}

std::string shown(const std::string& bytes) {
    constexpr char kDigits[] = "0123456789abcdef";
    std::string made;
    for (const char byte : bytes.substr(0, 200)) {
        made += kDigits[static_cast<unsigned char>(byte) >> 4];
        made += kDigits[static_cast<unsigned char>(byte) & 15];
    }
    return made + (bytes.size() > 200 ? "... of " + std::to_string(bytes.size()) : "");
}

void expect_kept(FuzzTarget& target, const std::string& input) {
    const char* const broken = target.fuzz_one(input.data(), input.size());
    if (broken == nullptr) return;
    INFO(target.name() << ": " << shown(input));
    CHECK(std::string(broken) == "");
}

long peak_kibibytes() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

}  // namespace

TEST_CASE("serializers keep their promises on seeds and on damaged ones") {
    for (const std::string& name : target_names()) {
        const auto target = open_target(name);
        const std::vector<std::string> seeds = seeds_of(*target, size_t{100} << 10);
        CHECK(seeds.size() > 100);
        for (const std::string& seed : seeds) {
            expect_kept(*target, seed);
            if (seed.size() > kSeedBytesMax) continue;
            for (const std::string& input : damaged(seed, kDamagedOfEach)) expect_kept(*target, input);
        }
    }
}

TEST_CASE("serializers keep their promises on bombs, in little memory") {
    std::vector<std::pair<std::unique_ptr<FuzzTarget>, std::vector<std::string>>> all;
    for (const std::string& name : target_names()) {
        auto target = open_target(name);
        std::vector<std::string> bombs = bombs_of(*target);
        all.emplace_back(std::move(target), std::move(bombs));
    }
    [[maybe_unused]] const long before = peak_kibibytes();
    for (const auto& [target, bombs] : all) {
        for (const std::string& bomb : bombs) {
            expect_kept(*target, bomb);
            if (!target->decodes()) continue;
            for (const size_t room : {size_t{0}, size_t{1000}, size_t{1} << 20}) {
                INFO(target->name() << ", room " << room << ": " << shown(bomb));
                CHECK(target->stage().decode(bomb, room).fault() == nullptr);
            }
        }
    }
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    CHECK(peak_kibibytes() - before < 128 << 10);  // The suite's own buffers and what the coders keep per thread.
#endif
}

TEST_CASE("serializers keep their promises on mutations of the seeds") {
    uint64_t number = 1;
    for (const std::string& name : target_names()) {
        const auto target = open_target(name);
        const std::vector<std::string> seeds = seeds_of(*target, kSeedBytesMax);
        Mutator mutator(++number, kSeedBytesMax);
        for (int round = 0; round < kMutations; ++round) expect_kept(*target, mutator.next(seeds));
    }
}
