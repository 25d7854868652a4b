// The contexts of zstd that one thread works with: made when first asked for, used again for each value, freed when the
// thread ends. Leaves to others: what is compressed, and with which dictionary.
#pragma once

#include <zstd.h>

#include <cstddef>

namespace aurelis::zstd {

// A thread keeps no larger context for writing than this: enough for values of any size up to level 8, and for values
// of 512 KiB at level 19. What a larger value at a higher level takes, up to 90 MiB, is given back when it is done.
inline constexpr size_t kKeptBytesMax = size_t{16} << 20;

class Contexts {
public:
    constexpr Contexts() = default;
    ~Contexts();
    Contexts(const Contexts&) = delete;
    Contexts& operator=(const Contexts&) = delete;

    static Contexts& of_this_thread() noexcept;
    // NULL: there is no memory.
    ZSTD_CCtx* for_writing() noexcept;
    ZSTD_DCtx* for_reading() noexcept;
    // After each value written.
    void keep_within_bound() noexcept;

private:
    ZSTD_CCtx* writing_ = nullptr;
    ZSTD_DCtx* reading_ = nullptr;
};

}  // namespace aurelis::zstd
