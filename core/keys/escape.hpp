// The escaping of one field of a key: ':' and '%' and control bytes become %XX (upper-case hex), all else
// stays, so a key reads as it was meant and no field can end early. Leaves to others: what the fields are
// (identifier, key_parts) and where the text goes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace aurelis::core {

// Size of the field once escaped.
size_t escaped_size(std::string_view field) noexcept;

// Writes the escaped field and answers its end.
char* write_escaped(std::string_view field, char* to) noexcept;

// Writes one byte as %XX, whether it must be or not, and answers the end.
char* write_escaped_byte(unsigned char byte, char* to) noexcept;

std::string escaped(std::string_view field);

// Undoes the escaping. False if the text is not what write_escaped makes of any field.
bool unescape(std::string_view text, std::string& field);

// The text as it may stand in a message: escaped, and cut where it is long.
std::string shown(std::string_view text);

}  // namespace aurelis::core
