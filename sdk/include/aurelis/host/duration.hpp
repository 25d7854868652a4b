// Durations in options: any of std::chrono, and lifetimes that may be unlimited.
#pragma once

#include <chrono>
#include <cstdint>

namespace aurelis {

// Any std::chrono duration in nanoseconds. One that does not fit is clamped instead of overflowing, so that it is
// refused where it is too long; NaN counts as below 0.
class Duration {
public:
    constexpr Duration() = default;
    template <typename Rep, typename Period>
    constexpr Duration(std::chrono::duration<Rep, Period> time) : ns_(clamped(time)) {}
    constexpr int64_t ns() const noexcept { return ns_; }

private:
    template <typename Rep, typename Period>
    static constexpr int64_t clamped(std::chrono::duration<Rep, Period> time) {
        constexpr long double kEnd = 9.2233720368547e18L;
        const long double ns = static_cast<long double>(time.count()) * static_cast<long double>(Period::num) * 1e9L /
                               static_cast<long double>(Period::den);
        if (ns >= kEnd) return INT64_MAX;
        if (!(ns > -kEnd)) return INT64_MIN;
        return std::chrono::duration_cast<std::chrono::nanoseconds>(time).count();
    }
    int64_t ns_ = 0;
};

// Never expires.
struct Never {};
inline constexpr Never never{};

// How long an entry lives: a duration above 0, or never.
class Life {
public:
    constexpr Life(Never) : never_(true) {}
    template <typename Rep, typename Period>
    constexpr Life(std::chrono::duration<Rep, Period> time) : time_(time) {}
    constexpr Life(Duration time) : time_(time) {}
    constexpr bool is_never() const noexcept { return never_; }
    constexpr int64_t ns() const noexcept { return time_.ns(); }

private:
    Duration time_;
    bool never_ = false;
};

}  // namespace aurelis
