// From JSON text to MessagePack, in one pass that finds the style (style.hpp) where it first shows and then holds the
// text to it. What decode_text would not give back to the byte is refused: any other white space between tokens, two
// styles in one text, other spellings of strings and numbers, keys that occur twice in an object, depth over kDepthMax,
// and anything that is not JSON.
#pragma once

#include "scratch.hpp"
#include "style.hpp"

#include <optional>
#include <string_view>

namespace aurelis::msgpack {

// No text of this size has a longer encoding. The longest for its size is an array of numbers such as 0.1: four bytes
// with the comma become nine. Any value of n bytes that is not a container takes at most 9/4 (n + 1) bytes; so does a
// container of such values, unless it has 2^16 members and 131,072 bytes or more, which cost half a byte more. The rest
// is for the style and for whole blocks that are written where less is needed.
constexpr size_t encoded_bytes_max(size_t text_bytes) {
    return text_bytes * 2 + text_bytes / 4 + text_bytes / 65536 + 32 + kStyleBytes;
}

// text has at most kSourceBytesMax bytes, and room has encoded_bytes_max() bytes for it. Returns the size of the
// encoding.
std::optional<size_t> encode_text(std::string_view text, char* room, Scratch& scratch);

}  // namespace aurelis::msgpack
