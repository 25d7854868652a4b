// The price of a stage behind its table beside the bare library call in the same program: for the hidden cases [bench].
// Both are run in turns, many times, and the quickest of each counts, so that whatever else the machine does weighs on
// neither. Leaves to others: the bare calls.
#pragma once

#include "compressor_rig.hpp"

#include <algorithm>
#include <chrono>
#include <cinttypes>
#include <limits>

namespace aurelis::test {

// Each gets source and room, and answers the size that it wrote.
using BareCall = std::function<size_t(std::string_view source, char* room, size_t room_bytes)>;

inline double ns_of(const std::function<void()>& work, size_t repeats) {
    const auto begin = std::chrono::steady_clock::now();
    for (size_t i = 0; i < repeats; ++i) work();
    const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - begin;
    return took.count() / static_cast<double>(repeats);
}

struct Race {
    double stage_ns = std::numeric_limits<double>::max();
    double bare_ns = std::numeric_limits<double>::max();
};

inline Race race(const std::function<void()>& stage, const std::function<void()>& bare) {
    const double once = std::max(ns_of(bare, 1), ns_of(bare, 1));
    const auto repeats = static_cast<size_t>(std::clamp(2e6 / once, 1.0, 20000.0));
    Race best;
    for (int round = 0; round < 60; ++round) {
        best.bare_ns = std::min(best.bare_ns, ns_of(bare, repeats));
        best.stage_ns = std::min(best.stage_ns, ns_of(stage, repeats));
    }
    return best;
}

inline void print_race(const char* what, size_t size, const Race& race, double ratio) {
    std::printf("%-24s %8zu B  %9.0f ns  bare %9.0f ns  %7.1f MB/s  speed/bare %5.3f  added %6.0f ns  ratio %5.2f\n",
                what, size, race.stage_ns, race.bare_ns, static_cast<double>(size) * 1e3 / race.stage_ns,
                race.bare_ns / race.stage_ns, race.stage_ns - race.bare_ns, ratio);
}

// Values of 0.2, 1, 8, 64 KiB and 1 MiB.
inline void bench(const std::string& name, const Stage& stage, const BareCall& bare_encode,
                  const BareCall& bare_decode) {
    for (const size_t size : {205u, 1024u, 8192u, 65536u, 1048576u}) {
        const std::string value = records(size);
        std::string room(stage.bound(size) + 100, '\0'), back(size, '\0');
        size_t written = 0;
        const std::string packed = stage.encode(value).output;
        std::string bare(room.size(), '\0');
        bare.resize(bare_encode(value, bare.data(), bare.size()));
        aurelis_call call = Stage::call();
        const Race encode = race(
            [&] { stage.ops().encode(stage.self(), &call, nullptr, bytes(value), room.data(), room.size(), &written); },
            [&] { bare_encode(value, room.data(), room.size()); });
        const Race decode =
            race([&] { stage.ops().decode(stage.self(), &call, bytes(packed), back.data(), size, &written); },
                 [&] { bare_decode(bare, back.data(), size); });
        const double ratio = static_cast<double>(size) / static_cast<double>(packed.size());
        print_race((name + " encode").c_str(), size, encode, ratio);
        print_race((name + " decode").c_str(), size, decode, ratio);
        REQUIRE(back == value);
    }
}

}  // namespace aurelis::test
