// A clock that only the test advances.
#pragma once

#include <aurelis/aurelis.h>

#include <atomic>

namespace aurelis::testing {

class ManualClock {
public:
    static constexpr int64_t kStart = int64_t{1'700'000'000} * 1'000'000'000;

    const aurelis_clock* table() const noexcept { return &table_; }
    int64_t now() const noexcept { return wall_.load(); }
    void advance(int64_t ns) noexcept { wall_ += ns, mono_ += ns; }
    void step_wall(int64_t ns) noexcept { wall_ += ns; }

private:
    static int64_t wall(void* self) noexcept { return static_cast<ManualClock*>(self)->wall_.load(); }
    static int64_t mono(void* self) noexcept { return static_cast<ManualClock*>(self)->mono_.load(); }

    std::atomic<int64_t> wall_{kStart};
    std::atomic<int64_t> mono_{1'000'000'000};
    aurelis_clock table_{sizeof(aurelis_clock), 0, this, &wall, &mono};
};

inline constexpr int64_t kSecond = 1'000'000'000;

}  // namespace aurelis::testing
