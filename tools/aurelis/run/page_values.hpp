// The values of the main job: JSON texts made from the key alone, so that every hit can be checked byte for byte
// without keeping anything. Sizes are spread evenly on a logarithmic scale from 200 B to 8 KiB, like those of small web
// objects.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace aurelis::cli {

class PageValues {
public:
    // 0: the sizes of the distribution; else all values have this size, or a few bytes more if the key needs them.
    explicit PageValues(uint64_t value_bytes) : value_bytes_(value_bytes) {}

    // The value of a key; valid until the next call.
    std::string_view make(std::string_view key);

private:
    uint64_t size_of(uint64_t hash) const noexcept;

    uint64_t value_bytes_;
    std::string value_;
};

}  // namespace aurelis::cli
