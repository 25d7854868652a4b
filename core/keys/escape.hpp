// The escaping of one field of a key: ':' and '%' and control bytes become %XX (upper-case hex), all else stays, so a
// key stays readable and no field can end early. Leaves to others: what the fields are (identifier, key_parts) and
// where the text goes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace aurelis::core {

// The size of the escaped field.
size_t escaped_size(std::string_view field) noexcept;

// Writes the escaped field and returns its end.
char* write_escaped(std::string_view field, char* to) noexcept;

// Writes one byte as %XX, whether it must be escaped or not, and returns the end.
char* write_escaped_byte(unsigned char byte, char* to) noexcept;

std::string escaped(std::string_view field);

// Undoes the escaping. False if write_escaped never produces this text.
bool unescape(std::string_view text, std::string& field);

// The text as it may appear in a message: escaped, and truncated if it is long.
std::string shown(std::string_view text);

}  // namespace aurelis::core
