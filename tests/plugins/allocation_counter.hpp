// Counts the allocations of this program, per thread, by replacing the allocator's functions. Included by at most one
// source of a program. A sanitizer replaces them itself: with one, kCountsAllocations is false and nothing is counted.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <functional>
#include <thread>

namespace aurelis::test {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kCountsAllocations = false;
#else
inline constexpr bool kCountsAllocations = true;
#endif
inline thread_local uint64_t allocations = 0;

}  // namespace aurelis::test

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
extern "C" {
void* __libc_malloc(size_t);
void* __libc_calloc(size_t, size_t);
void* __libc_realloc(void*, size_t);

__attribute__((visibility("default"))) void* malloc(size_t size) noexcept {
    ++aurelis::test::allocations;
    return __libc_malloc(size);
}
__attribute__((visibility("default"))) void* calloc(size_t count, size_t size) noexcept {
    ++aurelis::test::allocations;
    return __libc_calloc(count, size);
}
__attribute__((visibility("default"))) void* realloc(void* old, size_t size) noexcept {
    ++aurelis::test::allocations;
    return __libc_realloc(old, size);
}
}
#endif

namespace aurelis::test {

// The allocations of one round in a new thread, and after two rounds in it: {above 0, 0} for code that keeps its memory
// per thread; {0, 0} where nothing can be counted.
struct Taken {
    uint64_t warming = 0, working = 0;
};
inline Taken taken_by(const std::function<void()>& round) {
    Taken taken;
    std::thread([&] {
        const uint64_t cold = allocations;
        for (int i = 0; i < 2; ++i) round();
        const uint64_t warm = allocations;
        for (int i = 0; i < 198; ++i) round();
        taken = {warm - cold, allocations - warm};
    }).join();  // In a thread of its own, which begins without any context.
    return taken;
}

}  // namespace aurelis::test
