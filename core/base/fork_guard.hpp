// Tells, at the cost of one load, whether this process is a forked child of the one that opened a cache.
#pragma once

#include <cstdint>

namespace aurelis::core {

// Rises by one in every forked child. Compare with the value at open.
uint64_t fork_generation() noexcept;

}  // namespace aurelis::core
