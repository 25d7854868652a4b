// Making and freeing contexts.
#include "contexts.hpp"

#include <algorithm>
#include <bit>

namespace aurelis::zstd {

namespace {

constexpr size_t kKeptBytesMax = size_t{16} << 20;
constexpr size_t kSmallestClassBits = 10;

size_t class_of(size_t source_bytes, size_t classes) noexcept {
    const auto bits = static_cast<size_t>(std::bit_width(std::max<size_t>(source_bytes, 1) - 1));
    return std::clamp(bits, kSmallestClassBits, kSmallestClassBits + classes - 1) - kSmallestClassBits;
}

}  // namespace

Contexts::~Contexts() {
    for (ZSTD_CCtx* context : writing_) ZSTD_freeCCtx(context);
    ZSTD_freeDCtx(reading_);
}

Contexts& Contexts::of_this_thread() noexcept {
    thread_local Contexts contexts;
    return contexts;
}

ZSTD_CCtx* Contexts::for_writing(size_t source_bytes) noexcept {
    ZSTD_CCtx*& context = writing_[class_of(source_bytes, kClasses)];
    if (context == nullptr) context = ZSTD_createCCtx();
    return context;
}

ZSTD_DCtx* Contexts::for_reading() noexcept {
    if (reading_ == nullptr) reading_ = ZSTD_createDCtx();
    return reading_;
}

void Contexts::keep_within_bound(size_t source_bytes) noexcept {
    ZSTD_CCtx*& context = writing_[class_of(source_bytes, kClasses)];
    if (ZSTD_sizeof_CCtx(context) <= kKeptBytesMax) return;
    ZSTD_freeCCtx(context);
    context = nullptr;
}

}  // namespace aurelis::zstd
