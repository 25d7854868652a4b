// Outcomes of writes: of a single one for each layer, of a batch for each name, and of a clear.
#pragma once

#include <aurelis/types.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace aurelis {

// What each layer answered to a set or a removal, highest first.
struct WriteReport {
    aurelis_status status = AURELIS_OK;    // AURELIS_NOT_FOUND: there was nothing to remove.
    std::vector<aurelis_status> layers{};  // AURELIS_OK: it holds the value, or nothing any more.
    // Bit i: layer i+1 may hold an older value, which other processes, or later ones, may read.
    uint64_t outdated = 0;

    bool everywhere() const noexcept {
        return std::all_of(layers.begin(), layers.end(), [](aurelis_status each) { return each == AURELIS_OK; });
    }
    bool is_outdated(size_t index) const noexcept { return (outdated >> index & 1) != 0; }
};

// The outcome for each name of a batch, in their order.
struct BatchReport {
    // AURELIS_OK; AURELIS_NOT_FOUND: there was nothing to remove; anything else: it failed.
    std::vector<aurelis_status> items{};
    std::map<size_t, std::string> problems{};  // Why items failed: problems.at(i) is about items[i].

    bool complete() const noexcept { return problems.empty(); }
};

struct ClearReport {
    std::optional<uint64_t> removed{};  // From the layer that had the most; nothing: unknown.
    bool complete = true;               // false: a layer could not be cleared.
    std::string problem{};              // Which ones and why, a line each.
};

}  // namespace aurelis
