// Numbers in both directions. A whole number without point and exponent is an integer, any other a double (kept in 32
// bits where that loses nothing). A number that decoding would give another form is refused. Leaves to others: how a
// double is written (double_text.hpp).
#pragma once

#include "place.hpp"

#include <cstdint>

namespace aurelis::msgpack {

// at.in: a digit or a minus; at.out has room for 9 bytes.
Place encode_number(Place at, const char* end) noexcept;

// Whether a float32 holds this finite double.
bool fits_float32(double number) noexcept;

}  // namespace aurelis::msgpack
