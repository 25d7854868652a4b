// Whether bytes are one JSON text. Strictly RFC 8259: UTF-8 without surrogates and overlong forms, white space as the
// RFC has it and nothing after the value. Escapes may spell any 16-bit unit, lone surrogates too, as the RFC's grammar
// lets them. Takes linear time, constant memory and no recursion.
#pragma once

#include <cstddef>
#include <string_view>

namespace aurelis::json {

// Arrays and objects within each other; a text that goes deeper counts as none.
inline constexpr size_t kDepthMax = 512;

bool is_json_text(std::string_view bytes) noexcept;

}  // namespace aurelis::json
