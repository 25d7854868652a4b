// The zstd contexts of one thread: made when first needed, reused for each value, freed when the thread ends. Leaves to
// others: what is compressed, and with which dictionary.
#pragma once

#include <zstd.h>

#include <array>
#include <cstddef>

namespace aurelis::zstd {

// Values of similar sizes share a context for writing. About every 129th call zstd checks whether a context has three
// times the memory that this value needs, and then allocates it again: with one context for all sizes, values of mixed
// sizes would allocate again and again.
class Contexts {
public:
    constexpr Contexts() = default;
    ~Contexts();
    Contexts(const Contexts&) = delete;
    Contexts& operator=(const Contexts&) = delete;

    static Contexts& of_this_thread() noexcept;
    // NULL: there is no memory.
    ZSTD_CCtx* for_writing(size_t source_bytes) noexcept;
    ZSTD_DCtx* for_reading() noexcept;
    // Called after a value of that size was written: frees a context of more than 16 MiB; large values take that much
    // from level 9 on, and up to 90 MiB at level 19.
    void keep_within_bound(size_t source_bytes) noexcept;

private:
    // Up to 1 KiB, then each power of two up to 256 KiB, then everything above, for which zstd's tables have one size.
    static constexpr size_t kClasses = 10;

    std::array<ZSTD_CCtx*, kClasses> writing_{};
    ZSTD_DCtx* reading_ = nullptr;
};

}  // namespace aurelis::zstd
