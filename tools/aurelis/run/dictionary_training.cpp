// Calling zstd's trainer and its compressor.
#include "run/dictionary_training.hpp"

#include "output/units.hpp"

#include <zdict.h>
#include <zstd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <memory>

namespace aurelis::cli {
namespace {

constexpr size_t kKeptBackEvery = 10;

struct Free {
    void operator()(ZSTD_CCtx* context) const noexcept { ZSTD_freeCCtx(context); }
    void operator()(ZSTD_CDict* dictionary) const noexcept { ZSTD_freeCDict(dictionary); }
};

struct Split {
    std::string train;  // Concatenated, as the trainer wants them.
    std::vector<size_t> sizes;
    std::vector<const std::string*> kept_back;
};

Split split(const std::vector<std::string>& values) {
    Split parts;
    for (size_t i = 0; i < values.size(); ++i) {
        if (i % kKeptBackEvery == kKeptBackEvery - 1) {
            parts.kept_back.push_back(&values[i]);
        } else {
            parts.train += values[i];
            parts.sizes.push_back(values[i].size());
        }
    }
    return parts;
}

Result<void> check_amount(size_t samples, size_t bytes, size_t size) {
    if (samples < kSamplesMin)
        return fail(AURELIS_NOT_FOUND, "only " + format_count(samples) + " values are stored, and at least " +
                                           format_count(kSamplesMin) + " are needed; store more of them first");
    if (bytes >= kBytesPerDictionaryByte * size) return {};
    const size_t fitting = bytes / kBytesPerDictionaryByte;
    std::string way_out = "store more of them first";
    if (fitting >= kDictionaryBytesMin)
        way_out = "give --size " + std::to_string(fitting < 1024 ? fitting : fitting / 1024) +
                  (fitting < 1024 ? "" : "KiB") + " or less, or " + way_out;
    return fail(AURELIS_NOT_FOUND, format_bytes(bytes) + " of values are too few for a dictionary of " +
                                       format_bytes(size) + ", which needs eight times its size; " + way_out);
}

// The ID that the stage zstd expects: XXH64 over everything after it, in the range that zstd's format leaves for
// general use. The trainer's own is computed from bytes that it truncates afterwards, so it could not be checked.
uint32_t write_id(std::string& dictionary) {
    constexpr size_t kIdAt = 4, kContentAt = 8;
    constexpr uint64_t kFirst = 32768, kEnd = uint64_t{1} << 31;
    const uint64_t digest = XXH64(dictionary.data() + kContentAt, dictionary.size() - kContentAt, 0);
    const auto id = static_cast<uint32_t>(digest % (kEnd - kFirst) + kFirst);
    for (size_t i = 0; i < sizeof id; ++i) dictionary[kIdAt + i] = static_cast<char>(id >> (8 * i));
    return id;
}

Result<void> measure(const std::vector<const std::string*>& values, TrainedDictionary& trained) {
    const std::unique_ptr<ZSTD_CCtx, Free> context(ZSTD_createCCtx());
    const std::unique_ptr<ZSTD_CDict, Free> dictionary(
        ZSTD_createCDict(trained.bytes.data(), trained.bytes.size(), kMeasuringLevel));
    if (context == nullptr || dictionary == nullptr) return fail(AURELIS_E_NOMEM, "out of memory for zstd");
    size_t raw = 0, with = 0, without = 0;
    std::string room;
    for (const std::string* value : values) {
        room.resize(std::max(room.size(), ZSTD_compressBound(value->size())));
        const size_t packed = ZSTD_compress_usingCDict(context.get(), room.data(), room.size(), value->data(),
                                                       value->size(), dictionary.get());
        const size_t plain =
            ZSTD_compressCCtx(context.get(), room.data(), room.size(), value->data(), value->size(), kMeasuringLevel);
        if (ZSTD_isError(packed) || ZSTD_isError(plain))
            return fail(AURELIS_E_FAILED, std::string("zstd cannot compress: ") +
                                              ZSTD_getErrorName(ZSTD_isError(packed) ? packed : plain));
        raw += value->size(), with += packed, without += plain;
    }
    trained.kept_back = values.size();
    trained.ratio = static_cast<double>(raw) / static_cast<double>(with);
    trained.ratio_plain = static_cast<double>(raw) / static_cast<double>(without);
    return {};
}

}  // namespace

Result<TrainedDictionary> train_dictionary(const std::vector<std::string>& values, size_t size) {
    const Split parts = split(values);
    AURELIS_TRY_VOID(check_amount(values.size(), parts.train.size(), size));
    TrainedDictionary trained;
    trained.bytes.resize(size);
    const size_t made = ZDICT_trainFromBuffer(trained.bytes.data(), size, parts.train.data(), parts.sizes.data(),
                                              static_cast<unsigned>(parts.sizes.size()));
    if (ZDICT_isError(made))
        return fail(AURELIS_NOT_FOUND, std::string("zstd finds nothing to learn from these values (") +
                                           ZDICT_getErrorName(made) +
                                           "); store more of them, or use no dictionary for the category");
    trained.bytes.resize(made);
    trained.id = write_id(trained.bytes);
    trained.trained = parts.sizes.size();
    AURELIS_TRY_VOID(measure(parts.kept_back, trained));
    return trained;
}

}  // namespace aurelis::cli
