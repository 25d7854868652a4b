// What the tests of the compressing stages share: values of all kinds, the real command-line tools, and the checks that
// each of the stages has to pass. Leaves to others: calling a stage (stage_rig.hpp), what is specific to one.
#pragma once

#include "stage_rig.hpp"
#include "support/catch.hpp"
#include "support/folder.hpp"
#include "support/random_bytes.hpp"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace aurelis::test {

// A record as an application would cache it: JSON of about 300 bytes, with words, numbers, times and identifiers of its
// own.
inline std::string user_record(uint64_t seed) {
    static constexpr const char* kNames[] = {"Anna", "Bela", "Chen", "Dipa", "Emil",  "Fatma", "Goran", "Hana",
                                             "Igor", "Jana", "Kofi", "Lena", "Marek", "Nils",  "Olga",  "Petra"};
    static constexpr const char* kFamilies[] = {"Novak", "Okafor", "Peters", "Quist", "Rossi", "Sato",
                                                "Tamm",  "Ueda",   "Varga",  "Weber", "Xu",    "Yilmaz"};
    static constexpr const char* kRoles[] = {"developer", "administrator", "editor", "guest", "analyst"};
    static constexpr const char* kZones[] = {"Europe/Berlin", "Asia/Tokyo", "America/Lima", "Africa/Accra"};
    std::mt19937_64 random(seed * 0x9e3779b97f4a7c15u + 1);
    const auto below = [&](unsigned long long end) { return static_cast<unsigned long long>(random() % end); };
    const std::string name = kNames[below(16)], family = kFamilies[below(12)];
    char text[512];
    std::snprintf(
        text, sizeof text,
        "{\"id\":%llu,\"name\":\"%s %s\",\"email\":\"%s.%s%llu@example.com\",\"role\":\"%s\",\"active\":%s,"
        "\"created_at\":\"20%02llu-%02llu-%02lluT%02llu:%02llu:%02lluZ\",\"last_seen\":%llu,\"preferences\":"
        "{\"language\":\"%s\",\"timezone\":\"%s\",\"newsletter\":%s},\"quota\":{\"used\":%llu,\"limit\":%llu},"
        "\"session\":\"%016llx\"}",
        100'000 + below(900'000), name.c_str(), family.c_str(), name.c_str(), family.c_str(), below(1000),
        kRoles[below(5)], below(5) != 0 ? "true" : "false", 18 + below(8), 1 + below(12), 1 + below(28), below(24),
        below(60), below(60), 1'700'000'000 + below(90'000'000), below(2) != 0 ? "en" : "de", kZones[below(4)],
        below(3) != 0 ? "false" : "true", below(100'000), 50'000 * (1 + below(4)), below(~0ull));
    return text;
}

// A list of such records, cut to that size.
inline std::string records(size_t size, uint64_t seed = 1) {
    std::string made = "[";
    while (made.size() < size) made += user_record(++seed) + ",\n";
    made.resize(size);
    return made;
}

// Values of that size of all kinds.
inline std::vector<std::string> values_of(size_t size) {
    std::string ramp(size, '\0');
    for (size_t i = 0; i < size; ++i) ramp[i] = static_cast<char>(i % 251);
    std::string mixed = random_bytes(size / 2, size) + records(size - size / 2);
    return {records(size), random_bytes(size, size + 1), std::string(size, '\0'), std::move(ramp), std::move(mixed)};
}

// A number as it is in a frame's header.
inline std::string little_endian(uint64_t value, size_t bytes) {
    std::string made(bytes, '\0');
    for (size_t i = 0; i < bytes; ++i) made[i] = static_cast<char>(value >> (8 * i));
    return made;
}

// The most memory that this process has had, in KiB.
inline long peak_kib() {
    struct rusage used {};
    getrusage(RUSAGE_SELF, &used);
    return used.ru_maxrss;
}

// The output of a tool for the input; throws if it fails.
inline std::string through_tool(const std::string& command, std::string_view input) {
    const Folder folder;
    const std::string in = folder.write("in", input), out = folder / "out";
    const int status = std::system((command + " < " + in + " > " + out).c_str());
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) throw std::runtime_error("'" + command + "' failed");
    return contents_of(out);
}

inline void expect_round_trip(const Stage& stage, const std::string& value, const aurelis_key* key = nullptr) {
    const Coded packed = stage.encode(value, key);
    CAPTURE(value.size(), packed.status);
    REQUIRE(packed.status == AURELIS_OK);
    REQUIRE(stage.decode(packed.output, value.size()).gives(value));
    REQUIRE(stage.decode(packed.output, value.size() + 100).gives(value));
    if (value.empty()) return;
    const Coded cramped = stage.decode(packed.output, value.size() - 1);
    REQUIRE(cramped.status == AURELIS_E_SPACE);
    REQUIRE((cramped.written == 0 || cramped.written == value.size()));
}

// Sizes from nothing to 1 MiB, with those around the limits of the formats' fields and blocks.
inline std::vector<size_t> interesting_sizes() {
    std::vector<size_t> sizes;
    for (size_t size = 0; size <= 40; ++size) sizes.push_back(size);
    for (const size_t limit : {256u, 300u, 512u, 1024u, 16384u, 65536u, 65792u, 131072u, 262144u, 1048576u})
        for (const size_t size : {limit - 1, limit + 0, limit + 1}) sizes.push_back(size);
    return sizes;
}

// Room below bound() is never overrun, and enough room gives what bound() gives.
inline void expect_rooms_kept(const Stage& stage, const std::string& value) {
    const std::string packed = stage.encode(value).output;
    for (size_t room = 0; room < packed.size(); room += 1 + packed.size() / 300) {
        CAPTURE(value.size(), room);
        REQUIRE(stage.encode_into(value, room).status == AURELIS_E_SPACE);
    }
    const Coded tight = stage.encode_into(value, packed.size());
    REQUIRE((tight.status == AURELIS_E_SPACE || stage.decode(tight.output, value.size()).gives(value)));
}

// Every prefix of the bytes, the bytes with something after them, and the bytes twice.
inline void expect_cuts_refused(const Stage& stage, const std::string& packed, size_t room) {
    for (size_t size = 0; size < packed.size(); ++size) {
        CAPTURE(size);
        const aurelis_status status = stage.decode(packed.substr(0, size), room).status;
        REQUIRE((status == AURELIS_E_CORRUPT || status == AURELIS_E_SPACE));
        REQUIRE(stage.decode(packed.substr(0, size), 2 * room + 100).status == AURELIS_E_CORRUPT);
    }
    for (const std::string& tail : {std::string(1, '\0'), std::string("x"), packed, random_bytes(100, 7)}) {
        CAPTURE(tail.size());
        REQUIRE(stage.decode(packed + tail, room).status == AURELIS_E_CORRUPT);
        REQUIRE(stage.decode(packed + tail, 2 * room + 1000).status == AURELIS_E_CORRUPT);
        if (tail != packed) REQUIRE(stage.decode(tail + packed, room).status == AURELIS_E_CORRUPT);
    }
}

// Every single bit flipped. The output depends on the format's checksum; nothing is overrun, and the status is one that
// decode may return. A wrong value is accepted only if wrong_allowed.
inline void expect_flips_survived(const Stage& stage, const std::string& packed, const std::string& value,
                                  bool wrong_allowed) {
    for (size_t bit = 0; bit < 8 * packed.size(); ++bit) {
        std::string flipped = packed;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
        const Coded answer = stage.decode(flipped, value.size());
        CAPTURE(bit, answer.status);
        REQUIRE((answer.status == AURELIS_OK || answer.status == AURELIS_E_CORRUPT ||
                 answer.status == AURELIS_E_SPACE || answer.status == AURELIS_NOT_FOUND));
        if (!wrong_allowed && answer.status == AURELIS_OK) REQUIRE(answer.output == value);
    }
}

inline void expect_foreign_bytes_refused(const Stage& stage) {
    for (uint64_t seed = 0; seed < 2000; ++seed) {
        CAPTURE(seed);
        REQUIRE(stage.decode(random_bytes(seed % 200, seed), 1000).status == AURELIS_E_CORRUPT);
    }
    REQUIRE(stage.decode(user_record(1), 1000).status == AURELIS_E_CORRUPT);
    REQUIRE(stage.decode(std::string(1000, '\0'), 1000).status == AURELIS_E_CORRUPT);
}

// Many threads on one instance, each with values of its own and some damage in between.
inline void expect_threads_apart(const Stage& stage, const aurelis_key* key = nullptr) {
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    for (uint64_t id = 0; id < 8; ++id) {
        threads.emplace_back([&, id] {
            for (uint64_t round = 0; round < 60; ++round) {
                const std::string value = records(1 + (id * 7919 + round * 997) % 70000, id * 1000 + round);
                std::string packed = stage.encode(value, key).output;
                wrong += !stage.decode(packed, value.size()).gives(value);
                packed.resize(packed.size() / 2);
                wrong += stage.decode(packed, value.size()).status == AURELIS_OK;
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(wrong == 0);
}

}  // namespace aurelis::test
