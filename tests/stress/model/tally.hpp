// Tally: how many operations of each kind a run made, and what came of its gets. One per thread, added up at the end;
// or in memory that processes share, after all threads of one have ended.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>

namespace aurelis::stress {

enum class Count : size_t {
    Get, MultiGet, Load, LoadBehind, Set, MultiSet, Remove, MultiRemove, Tag, Category, Name, Pattern, Event, Clear,
    Hit, StaleHit, Computed, Failed, Hastened, Outdated, kCount,
};
inline constexpr std::array<const char*, static_cast<size_t>(Count::kCount)> kCountNames{
    "get",     "multi_get",  "get_or_compute", "get_or_compute behind", "set",     "multi_set", "remove",
    "multi_remove", "tag", "category", "name", "pattern", "event", "clear",
    "answered", "of these stale", "computed", "failed", "writes within a computation", "outdated at a pause",
};

struct Tally {
    std::array<uint64_t, static_cast<size_t>(Count::kCount)> counts{};

    uint64_t& operator[](Count of) noexcept { return counts[static_cast<size_t>(of)]; }
    void add(const Tally& other) noexcept {
        for (size_t i = 0; i < counts.size(); ++i) counts[i] += other.counts[i];
    }
    void print() const {
        for (size_t i = 0; i < counts.size(); ++i)
            std::printf("%s%s %llu", i == 0 ? "" : ", ", kCountNames[i], static_cast<unsigned long long>(counts[i]));
        std::printf("\n");
    }
};

}  // namespace aurelis::stress
