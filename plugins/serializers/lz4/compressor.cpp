// Calling LZ4.
#include "compressor.hpp"

#include <lz4.h>
#include <lz4hc.h>

#include <algorithm>

namespace aurelis::lz4 {

Compressor::~Compressor() {
    if (fast_ != nullptr) LZ4_freeStream(fast_);
    if (high_ != nullptr) LZ4_freeStreamHC(high_);
}

Compressor& Compressor::of_this_thread() noexcept {
    thread_local Compressor compressor;
    return compressor;
}

bool Compressor::ready(int level) noexcept {
    if (level == kFastLevel) {
        if (fast_ == nullptr) fast_ = LZ4_createStream();
        return fast_ != nullptr;
    }
    if (high_ == nullptr) high_ = LZ4_createStreamHC();
    return high_ != nullptr;
}

size_t Compressor::compress(const char* block, size_t bytes, char* room, size_t room_bytes, int level,
                            int acceleration) noexcept {
    const int size = static_cast<int>(bytes);
    const int capacity = static_cast<int>(std::min(room_bytes, static_cast<size_t>(LZ4_compressBound(size))));
    int made = 0;
    if (level == kFastLevel) {
        made = LZ4_compress_fast_extState(fast_, block, room, size, capacity, acceleration);
    } else {
        // The fast reset makes the block independent of the last one without clearing 256 KiB for each value.
        LZ4_resetStreamHC_fast(high_, level);
        made = LZ4_compress_HC_continue(high_, block, room, size, capacity);
    }
    return made > 0 ? static_cast<size_t>(made) : 0;
}

}  // namespace aurelis::lz4
