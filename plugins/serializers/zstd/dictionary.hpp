// Dictionary: one trained dictionary, digested once for reading and, where a category writes with it, for writing.
// Immutable once its owner is built; safe from any thread. Leaves to others: files, and which one is used.
#pragma once

#include <zstd.h>
#include <aurelis/base/result.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace aurelis::zstd {

class Dictionary {
public:
    static Result<std::unique_ptr<Dictionary>> load(const std::string& path);

    uint32_t id() const noexcept { return id_; }
    const std::string& path() const noexcept { return path_; }
    const std::string& bytes() const noexcept { return bytes_; }
    const ZSTD_DDict* for_reading() const noexcept { return reading_.get(); }
    // NULL before prepare_writing().
    const ZSTD_CDict* for_writing() const noexcept { return writing_.get(); }
    Result<void> prepare_writing(int level);

private:
    struct Free {
        void operator()(ZSTD_CDict* dictionary) const noexcept { ZSTD_freeCDict(dictionary); }
        void operator()(ZSTD_DDict* dictionary) const noexcept { ZSTD_freeDDict(dictionary); }
    };
    Dictionary(std::string path, std::string bytes);

    std::string path_;
    std::string bytes_;
    uint32_t id_;
    std::unique_ptr<ZSTD_DDict, Free> reading_;
    std::unique_ptr<ZSTD_CDict, Free> writing_;
};

}  // namespace aurelis::zstd
