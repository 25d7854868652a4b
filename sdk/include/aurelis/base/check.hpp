// Checks for code that is wrong, as opposed to input that is wrong. AURELIS_CHECK stays on in every build and
// is used where a plugin is trusted; AURELIS_DEBUG_CHECK guards our own invariants in debug builds.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace aurelis {
[[noreturn]] inline void check_failed(const char* condition, const char* file, int line) noexcept {
    std::fprintf(stderr, "aurelis: %s:%d: broken invariant: %s\n", file, line, condition);
    std::abort();
}
}  // namespace aurelis

#define AURELIS_CHECK(condition) \
    ((condition) ? static_cast<void>(0) : ::aurelis::check_failed(#condition, __FILE__, __LINE__))
#ifdef NDEBUG
#define AURELIS_DEBUG_CHECK(condition) static_cast<void>(sizeof(condition))
#else
#define AURELIS_DEBUG_CHECK(condition) AURELIS_CHECK(condition)
#endif
