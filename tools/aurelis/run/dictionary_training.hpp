// Training a zstd dictionary and measuring its gain on values that were not used for training. Leaves to others: where
// the values come from, and the file.
#pragma once

#include <aurelis/base/result.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace aurelis::cli {

inline constexpr size_t kDictionaryBytesMin = 256;               // zstd trains none that is smaller,
inline constexpr size_t kDictionaryBytesMax = size_t{16} << 20;  // and the stage zstd reads none that is larger.
inline constexpr size_t kSamplesMin = 20;
// zstd's own tool requires this much; its authors recommend a hundred times the dictionary.
inline constexpr size_t kBytesPerDictionaryByte = 8;
inline constexpr int kMeasuringLevel = 3;

struct TrainedDictionary {
    std::string bytes;
    uint32_t id = 0;  // Follows from the bytes; the frames of the stage zstd name it.
    size_t trained = 0;
    size_t kept_back = 0;
    double ratio = 0;        // On the values kept back, at kMeasuringLevel.
    double ratio_plain = 0;  // The same without a dictionary.
};

// Every tenth value is kept back for measuring. AURELIS_NOT_FOUND with a text: the values do not suffice for a
// dictionary of that size.
Result<TrainedDictionary> train_dictionary(const std::vector<std::string>& values, size_t size);

}  // namespace aurelis::cli
