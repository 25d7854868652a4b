// Sizes first, then bytes: the writers assume that the caller has asked for the sizes.
#include "keys/identifier.hpp"

#include "keys/escape.hpp"
#include "keys/plain_copy.hpp"

#include <aurelis/base/bytes.hpp>

#include <algorithm>
#include <cstring>

namespace aurelis::core {
namespace {

constexpr size_t kEscapeGrowth = 2;  // "%30" for "0"

char* write_part(std::string_view part, char* to) noexcept {
    if (copy_plain(part.data(), part.size(), to)) return to + part.size();
    return write_escaped(part, to);
}

}  // namespace

bool is_digest_shaped(std::string_view field) noexcept {
    return field.size() == kParamsDigestDigits && std::all_of(field.begin(), field.end(), [](char digit) {
               return (digit >= '0' && digit <= '9') || (digit >= 'a' && digit <= 'f');
           });
}

bool is_last_part_guarded(Parts parts, bool with_params) noexcept {
    return !with_params && parts.size() > 1 && is_digest_shaped(view(parts.back()));
}

size_t default_identifier_size(Parts parts, bool with_params) noexcept {
    size_t size = parts.size() - 1 + (is_last_part_guarded(parts, with_params) ? kEscapeGrowth : 0);
    for (const aurelis_bytes& part : parts) size += escaped_size(view(part));
    return size;
}

char* write_default_identifier(Parts parts, bool with_params, char* to) noexcept {
    for (const aurelis_bytes& part : parts.first(parts.size() - 1)) {
        to = write_part(view(part), to);
        *to++ = ':';
    }
    std::string_view last = view(parts.back());
    if (is_last_part_guarded(parts, with_params)) {
        to = write_escaped_byte(static_cast<unsigned char>(last.front()), to);
        last.remove_prefix(1);
    }
    return write_part(last, to);
}

size_t compat_identifier_size(Parts parts) noexcept {
    size_t size = parts.size() - 1;
    for (const aurelis_bytes& part : parts) size += part.size;
    return size;
}

char* write_compat_identifier(Parts parts, char* to) noexcept {
    const char* const begin = to;
    for (const aurelis_bytes& part : parts) {
        if (to != begin) *to++ = ':';
        std::memcpy(to, part.data, part.size);
        to += part.size;
    }
    return to;
}

}  // namespace aurelis::core
