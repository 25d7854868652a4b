// Floors: what is certainly superseded, as one process may rely on it. Each operation that replaces or hides values,
// once it has ended, raises the floor of what it concerns to the moment when it began; a value whose own moment lies
// below a floor that was seen before a get began must not be the answer to that get. All floors only rise, and atomics
// alone hold them, so that the checking orders nothing that the cache would not order by itself.
// Leaves to others: when a value was written (register), which operation raises what (model).
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace aurelis::stress {

// Moments are numbers of one count for all threads and processes; 0 is before all of them.
using Moment = uint64_t;
inline constexpr Moment kNever = UINT64_MAX;

inline constexpr size_t kKeysMax = 1024;
inline constexpr size_t kCategories = 4;
inline constexpr size_t kTags = 48;

// What a key is in: its category; the tag of all its values, and the one that some of them have besides.
constexpr size_t category_of(size_t key) { return key % kCategories; }
constexpr size_t common_tag(size_t key) { return key / kCategories % (kTags / 2); }
constexpr size_t other_tag(size_t key) { return kTags / 2 + key * 7 % (kTags / 2); }

using Floor = std::atomic<Moment>;

inline void raise(Floor& floor, Moment to) noexcept {
    Moment is = floor.load();
    while (is < to && !floor.compare_exchange_weak(is, to)) {
    }
}

// The floors of one key at one moment.
struct KeyFloors {
    Moment written = 0;  // By sets and removals, which change the stores at once.
    Moment hidden = 0;   // By invalidations of the key, its category or everything.
    Moment common_tag = 0;
    Moment other_tag = 0;

    Moment of_all_values() const noexcept { return std::max({written, hidden, common_tag}); }
    Moment of(bool has_other_tag) const noexcept {
        return has_other_tag ? std::max(of_all_values(), other_tag) : of_all_values();
    }
};

struct Floors {
    std::array<Floor, kKeysMax> written{}, hidden{};
    std::array<Floor, kCategories> categories{};
    std::array<Floor, kTags> tags{};
    Floor everything{};

    KeyFloors of(size_t key) const noexcept {
        return {written[key], std::max({hidden[key].load(), categories[category_of(key)].load(), everything.load()}),
                tags[stress::common_tag(key)], tags[stress::other_tag(key)]};
    }
    void raise_to(const Floors& other) noexcept {
        const auto each = [](auto& mine, const auto& its) {
            for (size_t i = 0; i < mine.size(); ++i) raise(mine[i], its[i]);
        };
        each(written, other.written);
        each(hidden, other.hidden);
        each(categories, other.categories);
        each(tags, other.tags);
        raise(everything, other.everything);
    }
};

}  // namespace aurelis::stress
