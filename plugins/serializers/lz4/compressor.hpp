// Compressor: the memory in which LZ4 looks for matches, one per thread, made when first needed, freed when the thread
// ends: 16 KiB for level 1, 256 KiB for the HC levels. Leaves to others: cutting values into blocks.
#pragma once

#include <cstddef>

typedef union LZ4_stream_u LZ4_stream_t;
typedef union LZ4_streamHC_u LZ4_streamHC_t;

namespace aurelis::lz4 {

class Compressor {
public:
    constexpr Compressor() = default;
    ~Compressor();
    Compressor(const Compressor&) = delete;
    Compressor& operator=(const Compressor&) = delete;

    static Compressor& of_this_thread() noexcept;
    // Ensures that there is memory for that level; false: there is none.
    bool ready(int level) noexcept;
    // Compresses one block of at most 4 MiB independently; returns the size, or 0 if it does not fit into the room.
    // Only after ready().
    size_t compress(const char* block, size_t bytes, char* room, size_t room_bytes, int level,
                    int acceleration) noexcept;

private:
    LZ4_stream_t* fast_ = nullptr;
    LZ4_streamHC_t* high_ = nullptr;
};

inline constexpr int kFastLevel = 1;  // Levels above it are HC.

}  // namespace aurelis::lz4
