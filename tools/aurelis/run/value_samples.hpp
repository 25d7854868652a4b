// Samples of the values that a cache holds for one category: read without side effects, chosen at random if there are
// more than wanted, bounded in memory. Leaves to others: what is learnt from them.
#pragma once

#include <aurelis/cache.hpp>

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace aurelis::cli {

class ValueSamples {
public:
    // A larger value says little about small ones, and would crowd them out.
    static constexpr size_t kValueBytesMax = size_t{128} << 10;
    static constexpr size_t kBytesMax = size_t{64} << 20;

    // At most `most` values. An error of one layer is reported on standard error if others have values.
    static Result<ValueSamples> collect(const Cache& cache, const std::string& category, size_t most);

    const std::vector<std::string>& values() const noexcept { return values_; }
    uint64_t bytes() const noexcept { return bytes_; }
    uint64_t keys_seen() const noexcept { return keys_seen_; }
    uint64_t too_large() const noexcept { return too_large_; }

private:
    explicit ValueSamples(size_t most) : most_(most) {}

    void consider(const Category& full_keys, std::string_view key);
    void take(std::string_view value);

    size_t most_;
    std::vector<std::string> values_;
    uint64_t bytes_ = 0;
    uint64_t keys_seen_ = 0;
    uint64_t too_large_ = 0;
    std::mt19937_64 random_{20'231'117};  // Fixed, so that the same cache gives the same samples.
};

}  // namespace aurelis::cli
