// Whether bytes are one JSON text. Strictly RFC 8259: UTF-8 without surrogates and overlong forms, white space as the
// RFC has it and nothing after the value. Escapes may denote any 16-bit unit, even lone surrogates, as the RFC's
// grammar allows. Takes linear time, constant memory and no recursion.
#pragma once

#include <cstddef>
#include <string_view>

namespace aurelis::json {

// The depth of nested arrays and objects; a deeper text does not count as JSON.
inline constexpr size_t kDepthMax = 512;

bool is_json_text(std::string_view bytes) noexcept;

}  // namespace aurelis::json
