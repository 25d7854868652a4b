// From MessagePack to the JSON text that it was made of. Any bytes may come: what encode_text never writes is corrupt
// (a style that the text does not show, binary and extension types, keys that are no strings, a longer form than
// needed, infinities and NaN, strings that are no UTF-8, depth over kDepthMax, anything cut off or behind the value),
// but for keys that repeat, which are not looked for. No allocation and no recursion; each step takes a byte of the
// input and writes at most a line's indentation beside it, so time is linear in the sizes of both.
#pragma once

#include <aurelis/types.h>

#include <cstddef>
#include <string_view>

namespace aurelis::msgpack {

// OK and `written`; E_CORRUPT; E_SPACE if more than room_bytes would come out.
aurelis_status decode_text(std::string_view source, char* room, size_t room_bytes, size_t& written) noexcept;

}  // namespace aurelis::msgpack
