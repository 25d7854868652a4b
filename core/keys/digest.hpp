// SHA-256 and MD5 of a text and their hex form. They allocate nothing and cannot fail. MD5 is used only for the compat
// key format and protects nothing. Leaves to others: what is digested.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

namespace aurelis::core {

using Sha256 = std::array<unsigned char, 32>;
using Md5 = std::array<unsigned char, 16>;

Sha256 sha256(std::string_view text) noexcept;
Md5 md5(std::string_view text) noexcept;

// Writes two lower-case hex digits per byte and returns their end.
char* write_hex(std::span<const unsigned char> bytes, char* to) noexcept;

std::string hex(std::span<const unsigned char> bytes);

}  // namespace aurelis::core
