// Making and resetting the streams.
#include "streams.hpp"

namespace aurelis::gzip {

namespace {

constexpr int kWindowBits = 15;
constexpr int kGzipOnly = 16;  // Added to the bits of the window it means gzip instead of zlib's own wrapping.
constexpr int kMemoryLevel = 8;

}  // namespace

Deflater::~Deflater() {
    if (level_ != 0) deflateEnd(&stream_);
}

Deflater& Deflater::of_this_thread() noexcept {
    thread_local Deflater deflater;
    return deflater;
}

z_stream* Deflater::begin(int level) noexcept {
    if (level_ == 0) {
        const int made =
            deflateInit2(&stream_, level, Z_DEFLATED, kWindowBits + kGzipOnly, kMemoryLevel, Z_DEFAULT_STRATEGY);
        if (made != Z_OK) return nullptr;
        level_ = level;
        return &stream_;
    }
    deflateReset(&stream_);
    // Layers with different levels share a thread's stream. At the beginning of a member this flushes nothing.
    if (level_ != level) deflateParams(&stream_, level, Z_DEFAULT_STRATEGY);
    level_ = level;
    return &stream_;
}

Inflater::~Inflater() {
    if (made_) inflateEnd(&stream_);
}

Inflater& Inflater::of_this_thread() noexcept {
    thread_local Inflater inflater;
    return inflater;
}

z_stream* Inflater::begin() noexcept {
    if (made_) {
        inflateReset(&stream_);
        return &stream_;
    }
    made_ = inflateInit2(&stream_, kWindowBits + kGzipOnly) == Z_OK;
    return made_ ? &stream_ : nullptr;
}

}  // namespace aurelis::gzip
