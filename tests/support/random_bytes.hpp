// Bytes at random, the same for the same seed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>

namespace aurelis::test {

inline std::string random_bytes(size_t size, uint64_t seed) {
    std::mt19937_64 random(seed);
    std::string made(size, '\0');
    for (char& c : made) c = static_cast<char>(random());
    return made;
}

}  // namespace aurelis::test
