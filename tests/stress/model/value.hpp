// Value: what the run stores. It names its key, its writer and the moment when it was begun, which is its identity, and
// repeats all of that to a length of its own, so that a mixture of two values is found.
#pragma once

#include "stress/model/floors.hpp"

#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace aurelis::stress {

struct Value {
    uint64_t key = 0;
    Moment begun = 0;  // No two values have the same.
    uint32_t writer = 0;
    uint32_t has_other_tag = 0;

    std::string text(size_t copies) const {
        std::string all;
        all.reserve(copies * sizeof *this);
        for (size_t i = 0; i < copies; ++i) all.append(reinterpret_cast<const char*>(this), sizeof *this);
        return all;
    }
    // Nothing if that is not one value throughout.
    static std::optional<Value> read(std::string_view text) {
        Value value;
        if (text.empty() || text.size() % sizeof value != 0) return std::nullopt;
        std::memcpy(&value, text.data(), sizeof value);
        for (size_t at = 0; at < text.size(); at += sizeof value)
            if (std::memcmp(text.data() + at, &value, sizeof value) != 0) return std::nullopt;
        return value;
    }
};
static_assert(sizeof(Value) == 24);

}  // namespace aurelis::stress
