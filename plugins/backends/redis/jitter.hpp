// Random numbers for back-off and versions: one generator per thread, seeded by the system, so that no two processes
// draw the same.
#pragma once

#include <sys/random.h>

#include <algorithm>
#include <cstdint>

namespace aurelis::redis {

// splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
inline uint64_t random_number() noexcept {
    static thread_local uint64_t state = 0;
    if (state == 0 && getrandom(&state, sizeof state, 0) != static_cast<ssize_t>(sizeof state))
        state = reinterpret_cast<uintptr_t>(&state);
    uint64_t z = (state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

// How long to leave a failing server alone: doubles with each failure up to a bound, with jitter, so that many
// processes do not come back at once. Not thread-safe.
class BackOff {
public:
    BackOff(int64_t first_ns, int64_t most_ns) noexcept : first_ns_(first_ns), most_ns_(most_ns) {}

    int64_t next_ns() noexcept {
        delay_ns_ = std::min(delay_ns_ == 0 ? first_ns_ : delay_ns_ * 2, most_ns_);
        return delay_ns_ / 2 + static_cast<int64_t>(random_number() % static_cast<uint64_t>(delay_ns_ / 2 + 1));
    }
    void reset() noexcept { delay_ns_ = 0; }

private:
    const int64_t first_ns_;
    const int64_t most_ns_;
    int64_t delay_ns_ = 0;
};

}  // namespace aurelis::redis
