// Draw: random numbers from a seed, the same everywhere (splitmix64).
#pragma once

#include <cstddef>
#include <cstdint>

namespace aurelis::stress {

class Draw {
public:
    explicit Draw(uint64_t seed) noexcept : state_(seed) {}

    uint64_t next() noexcept {
        uint64_t z = state_ += 0x9e3779b97f4a7c15u;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
        z = (z ^ z >> 27) * 0x94d049bb133111ebu;
        return z ^ z >> 31;
    }
    size_t below(size_t bound) noexcept { return static_cast<size_t>((next() >> 32) * bound >> 32); }
    bool one_in(size_t n) noexcept { return below(n) == 0; }

private:
    uint64_t state_;
};

}  // namespace aurelis::stress
