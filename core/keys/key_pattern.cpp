// Matching; a pattern is read in pattern_reader.cpp.
#include "keys/key_pattern.hpp"

#include "keys/escape.hpp"
#include "keys/identifier.hpp"

#include <aurelis/base/glob.hpp>

#include <algorithm>

namespace aurelis::core {
namespace {

constexpr char kReservedByte = '\x01';
constexpr char kIdentitySeparator = '\x1f';
constexpr std::string_view kLowerHex = "0123456789abcdef";
constexpr std::string_view kUpperHex = "0123456789ABCDEF";
constexpr size_t kEscapeSize = 3;

// Whether the text has the shape that a digest of `digits` digits would have.
bool is_hex(std::string_view text, size_t digits) noexcept {
    return text.size() == digits && text.find_first_not_of(kLowerHex) == std::string_view::npos;
}

// The text as a glob that only it fits.
std::string literally(std::string_view text) {
    std::string glob;
    for (const char c : text) {
        if (c == '*' || c == '?' || c == '[' || c == ']' || c == '\\') glob += '\\';
        glob += c;
    }
    return glob;
}

// Without the digest of params at its end, if it may have one; an identifier has at least one field besides.
std::string_view without_digest(std::string_view identifier, size_t digits) noexcept {
    if (identifier.size() < digits + 2) return identifier;
    const size_t colon = identifier.size() - digits - 1;
    return identifier[colon] == ':' && is_hex(identifier.substr(colon + 1), digits) ? identifier.substr(0, colon)
                                                                                    : identifier;
}

// The text with each %XX as its byte.
std::string decoded(std::string_view text) {
    std::string bytes;
    for (size_t at = 0; at < text.size(); ++at) {
        const std::string_view next = text.substr(at, kEscapeSize);
        const size_t high = next.size() == kEscapeSize ? kUpperHex.find(next[1]) : std::string_view::npos;
        const size_t low = next.size() == kEscapeSize ? kUpperHex.find(next[2]) : std::string_view::npos;
        const bool is_escape = next.front() == '%' && high != std::string_view::npos && low != std::string_view::npos;
        bytes += is_escape ? static_cast<char>(high << 4 | low) : next.front();
        at += is_escape ? kEscapeSize - 1 : 0;
    }
    return bytes;
}

// The identifier as it is with params, if its last field is guarded (identifier.hpp).
std::optional<std::string> unguarded(std::string_view identifier) {
    const size_t guard = identifier.rfind(':') + 1;
    if (guard == 0 || !identifier.substr(guard).starts_with('%')) return {};
    const std::string field = decoded(identifier.substr(guard));
    if (!is_hex(field, kParamsDigestDigits)) return {};
    return std::string(identifier.substr(0, guard)) + field;
}

}  // namespace

// Fields: category and all that follows, in the default format.
bool KeyPattern::fits_field_by_field(std::string_view fields, bool may_end_in_digest) const {
    const size_t colon = fields.find(':');
    if (colon == std::string_view::npos || !glob_fits(written_.category, fields.substr(0, colon))) return false;
    std::string_view identifier = fields.substr(colon + 1);
    if (may_end_in_digest) identifier = without_digest(identifier, kParamsDigestDigits);
    if (glob_fits(written_.tail, identifier)) return true;
    const auto plain = unguarded(identifier);
    return plain && glob_fits(written_.tail, *plain);
}

// Fields: category and all that follows, as a key of the compat format has them.
bool KeyPattern::fits_raw(const Globs& globs, std::string_view fields) const noexcept {
    size_t colon = fields.find(':');
    for (size_t more = globs.category_colons; more > 0 && colon != std::string_view::npos; --more)
        colon = fields.find(':', colon + 1);
    if (colon == std::string_view::npos || !glob_fits(globs.category, fields.substr(0, colon))) return false;
    const std::string_view identifier = fields.substr(colon + 1);
    return glob_fits(globs.tail, identifier) || glob_fits(globs.tail, without_digest(identifier, kCompatDigestDigits));
}

// An entry of the compat format that has an identity: its fields are known, and so is how its key reads.
bool KeyPattern::matches_identity(std::string_view key, std::string_view identity) const {
    if (!identity.starts_with(identity_namespace_prefix_)) return false;
    const size_t end = identity.find(kIdentitySeparator);
    const std::string_view fields = identity.substr(0, end).substr(identity_namespace_prefix_.size());
    const size_t version_end = fields.find(':');
    if (version_end == std::string_view::npos) return false;
    const std::string_view tail = fields.substr(version_end + 1);
    if (!full_) {
        if (fits_field_by_field(tail, false)) return true;
        const size_t colon = tail.find(':');
        return colon != std::string_view::npos && glob_fits(written_.category, tail.substr(0, colon)) &&
               glob_fits(written_.tail, decoded(tail.substr(colon + 1)));
    }
    std::string text(fields);
    if (end != std::string_view::npos && key.size() > kCompatDigestDigits)
        (text += ':') += key.substr(key.size() - kCompatDigestDigits);
    if (glob_fits(written_.tail, text)) return true;
    // A category with a ':' must not pass for another one, which the key alone would allow.
    if (category_ && tail.substr(0, tail.find(':')) != *category_) return false;
    const std::string_view raw = key.substr(namespace_prefix_.size());
    return glob_fits(written_.tail, raw) ||
           (text_.find("%3A") == std::string::npos && glob_fits(decoded_.tail, raw));
}

bool KeyPattern::matches(std::string_view key, std::string_view identity) const {
    if (!key.starts_with(namespace_prefix_)) return false;
    const std::string_view fields = key.substr(namespace_prefix_.size());
    const bool own = fields.starts_with(version_prefix_);
    const size_t version_end = own ? version_prefix_.size() - 1 : fields.find(':');
    const bool has_version = version_end != std::string_view::npos;
    const std::string_view tail = has_version ? fields.substr(version_end + 1) : std::string_view{};
    if (tail.starts_with(kReservedByte)) return false;
    if (compat_ && !identity.empty()) return matches_identity(key, identity);
    if (full_) return glob_fits(written_.tail, fields) || (compat_ && glob_fits(decoded_.tail, fields));
    if (!compat_) return fits_field_by_field(tail, true);
    return fits_raw(written_, tail) || fits_raw(decoded_, tail);
}

std::string pattern_of_field(std::string_view field) { return literally(escaped(field)); }

// In the compat format, fields are as they are in keys, and only a pattern has them escaped.
std::string pattern_of_key(std::string_view key, KeyFormat format) {
    if (format == KeyFormat::Default) return literally(key);
    std::string pattern;
    for (size_t at = 0; at <= key.size();) {
        const size_t end = std::min(key.find(':', at), key.size());
        pattern += pattern_of_field(key.substr(at, end - at));
        if (end < key.size()) pattern += ':';
        at = end + 1;
    }
    return pattern;
}

}  // namespace aurelis::core
