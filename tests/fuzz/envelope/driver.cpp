// aurelis-fuzz-envelope: long runs of the envelope under mutated frames, in one process. The same seed gives the same
// run; a finding ends it with status 1 and leaves its input in a file; a sanitizer's report or a signal ends it, too,
// but leaves none.
#include "envelope_target.hpp"
#include "mutator.hpp"

#include <aurelis/base/standard_descriptors.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>

int main(int argc, char** argv) {
    aurelis::open_standard_descriptors();
    uint64_t runs = 1'000'000, seed = 1;
    for (int i = 1; i < argc; ++i) {
        if (i + 1 < argc && std::strcmp(argv[i], "--runs") == 0) {
            runs = std::strtoull(argv[++i], nullptr, 10);
        } else if (i + 1 < argc && std::strcmp(argv[i], "--seed") == 0) {
            seed = std::strtoull(argv[++i], nullptr, 10);
        } else {
            std::printf(
                "usage: aurelis-fuzz-envelope [--runs N] [--seed S]\n"
                "Exit status: 0 nothing found, 1 a finding, 2 wrong use.\n"
                "example: aurelis-fuzz-envelope --runs 10000000 --seed 7\n");
            return std::strcmp(argv[i], "--help") == 0 ? 0 : 2;
        }
    }
    auto target = aurelis::fuzz::EnvelopeTarget::open();
    if (!target.has_value()) {
        std::fprintf(stderr, "aurelis-fuzz-envelope: %s\n", target.error().message.c_str());
        return 2;
    }
    const auto pool = target.value()->seeds();
    aurelis::fuzz::Mutator mutator(seed, 4096);
    const auto begin = std::chrono::steady_clock::now();
    for (uint64_t run = 0; run < runs; ++run) {
        const std::string& input = mutator.next(pool);
        const char* const broken = target.value()->fuzz_one(input);
        if (broken == nullptr) continue;
        const std::string file = "finding-envelope-" + std::to_string(seed) + ".bin";
        std::ofstream(file, std::ios::binary) << input;
        std::fprintf(stderr, "broken: %s; at run %llu, input in %s\n", broken, static_cast<unsigned long long>(run),
                     file.c_str());
        return 1;
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    std::printf("envelope: %llu executions, seed %llu, 0 findings, %llu opened, %.0f per second\n",
                static_cast<unsigned long long>(runs), static_cast<unsigned long long>(seed),
                static_cast<unsigned long long>(target.value()->opened()), static_cast<double>(runs) / took.count());
    return 0;
}
