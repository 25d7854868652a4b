// From MessagePack to the JSON text from which it was made. Any bytes may come: what encode_text never writes is
// corrupt (a style that the text does not show, binary and extension types, keys that are not strings, a longer form
// than needed, infinities and NaN, strings that are not UTF-8, depth over kDepthMax, truncated input, anything after
// the value), except for repeated keys, which are not checked. No allocation and no recursion; each step takes a byte
// of the input and writes at most a line's indentation beside it, so time is linear in the sizes of both.
#pragma once

#include <aurelis/types.h>

#include <cstddef>
#include <string_view>

namespace aurelis::msgpack {

// OK and `written`; E_CORRUPT; E_SPACE if the text has more than room_bytes.
aurelis_status decode_text(std::string_view source, char* room, size_t room_bytes, size_t& written) noexcept;

}  // namespace aurelis::msgpack
