// The one text of a double that comes back from MessagePack: the shortest digits that read as this double, laid out as
// Python's repr() does it: 0.5, 12.0, 0.0001, 1e-05, 1e+16. Leaves to others: reading numbers (numbers.hpp).
#pragma once

#include <cstddef>

namespace aurelis::msgpack {

inline constexpr size_t kDoubleTextMax = 40;

// For a finite number. May write past its last character, but fewer than kDoubleTextMax bytes in all; returns the place
// after it.
char* write_double(char* out, double number) noexcept;

}  // namespace aurelis::msgpack
