// The identifier of an entry: its parts, and the two ways in which they become the tail of a key. Leaves to others:
// what comes before it (the prefix) and after it (the digest of params).
//
// Default: each part escaped, joined by ':'. One more rule makes keys without params differ from keys with
// them: if no params follow, and the last of several parts is exactly 32 lower-case hex digits, its first digit is
// escaped. Compat: the parts as they are, joined by ':'.
#pragma once

#include <aurelis/types.h>

#include <cstddef>
#include <span>
#include <string_view>

namespace aurelis::core {

inline constexpr size_t kPartsMax = 16;
inline constexpr size_t kParamsDigestDigits = 32;
inline constexpr size_t kCompatDigestDigits = 8;

using Parts = std::span<const aurelis_bytes>;

// Whether the field looks like the digest of params in the default format.
bool is_digest_shaped(std::string_view field) noexcept;

// Whether the rule above applies, so that the first character of the last part is escaped.
bool is_last_part_guarded(Parts parts, bool with_params) noexcept;

size_t default_identifier_size(Parts parts, bool with_params) noexcept;
char* write_default_identifier(Parts parts, bool with_params, char* to) noexcept;

size_t compat_identifier_size(Parts parts) noexcept;
char* write_compat_identifier(Parts parts, char* to) noexcept;

}  // namespace aurelis::core
