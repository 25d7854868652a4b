// Making and freeing contexts.
#include "contexts.hpp"

namespace aurelis::zstd {

Contexts::~Contexts() {
    ZSTD_freeCCtx(writing_);
    ZSTD_freeDCtx(reading_);
}

Contexts& Contexts::of_this_thread() noexcept {
    thread_local Contexts contexts;
    return contexts;
}

ZSTD_CCtx* Contexts::for_writing() noexcept {
    if (writing_ == nullptr) writing_ = ZSTD_createCCtx();
    return writing_;
}

ZSTD_DCtx* Contexts::for_reading() noexcept {
    if (reading_ == nullptr) reading_ = ZSTD_createDCtx();
    return reading_;
}

void Contexts::keep_within_bound() noexcept {
    if (ZSTD_sizeof_CCtx(writing_) <= kKeptBytesMax) return;
    ZSTD_freeCCtx(writing_);
    writing_ = nullptr;
}

}  // namespace aurelis::zstd
