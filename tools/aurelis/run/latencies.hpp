// A histogram of durations: 32 buckets per power of two, so a percentile is exact to about 3 %. Takes a few KiB however
// many are added. For one thread.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace aurelis::cli {

class Latencies {
public:
    void add(int64_t ns) noexcept {
        ++counts_[step_of(ns < 0 ? 0 : static_cast<uint64_t>(ns))];
        ++total_;
    }
    uint64_t total() const noexcept { return total_; }

    // The duration that `share` of all do not exceed, rounded to a bucket; 0 if there are none.
    int64_t percentile(double share) const noexcept {
        const auto wanted = static_cast<uint64_t>(share * static_cast<double>(total_));
        uint64_t seen = 0;
        for (size_t step = 0; step < counts_.size(); ++step)
            if ((seen += counts_[step]) > wanted || (seen == total_ && seen > 0)) return middle_of(step);
        return 0;
    }

private:
    static constexpr uint32_t kSteps = 32;
    static constexpr int kStepBits = 5;

    static size_t step_of(uint64_t ns) noexcept {
        if (ns < kSteps) return ns;
        const int shift = std::bit_width(ns) - 1 - kStepBits;
        return kSteps * static_cast<size_t>(shift + 1) + ((ns >> shift) & (kSteps - 1));
    }
    static int64_t middle_of(size_t step) noexcept {
        if (step < kSteps) return static_cast<int64_t>(step);
        const size_t shift = step / kSteps - 1;
        const uint64_t lowest = (kSteps + step % kSteps) << shift;
        return static_cast<int64_t>(lowest + (uint64_t{1} << shift) / 2);
    }

    std::array<uint64_t, kSteps * 60> counts_{};
    uint64_t total_ = 0;
};

}  // namespace aurelis::cli
