// A key is split at each ':' (no field contains one), and each field is unescaped strictly.
#include "keys/key_parts.hpp"

#include "keys/escape.hpp"
#include "keys/identifier.hpp"
#include "keys/key_scratch.hpp"

#include <iterator>

namespace aurelis::core {
namespace {

constexpr size_t kFieldsBeforeIdentifier = 3;
constexpr size_t kFieldsMin = kFieldsBeforeIdentifier + 1;
constexpr size_t kFieldsMax = kFieldsBeforeIdentifier + kPartsMax + 1;
constexpr size_t kEscapeSize = 3;

Error refuse(std::string_view key, const std::string& why) {
    return fail(AURELIS_E_INVALID,
                "key " + shown(key) + ": " + why +
                    "; a key reads namespace:version:category:identifier, with ':', '%' and "
                    "control bytes inside a field written as %XX");
}

std::vector<std::string_view> split(std::string_view key) {
    std::vector<std::string_view> fields;
    while (fields.size() <= kFieldsMax) {
        const size_t end = key.find(':');
        fields.push_back(key.substr(0, end));
        if (end == std::string_view::npos) break;
        key.remove_prefix(end + 1);
    }
    return fields;
}

// Unescapes the last part if the builder has escaped its first digit because it looks like a digest.
bool unescape_guarded(std::string_view field, std::string& part) {
    if (field.size() != kParamsDigestDigits - 1 + kEscapeSize || field.front() != '%') return false;
    for (const char digit : std::string_view("0123456789abcdef")) {
        char guard[kEscapeSize];
        write_escaped_byte(static_cast<unsigned char>(digit), guard);
        if (!field.starts_with(std::string_view(guard, kEscapeSize))) continue;
        part = digit;
        part += field.substr(kEscapeSize);
        return is_digest_shaped(part);
    }
    return false;
}

}  // namespace

Result<KeyParts> parse_key(std::string_view key) {
    if (key.size() > kKeyBytesMax) return refuse(key, "it has more than 65536 bytes");
    std::vector<std::string_view> fields = split(key);
    if (fields.size() < kFieldsMin) return refuse(key, "it has fewer than 4 fields");

    KeyParts parts;
    if (fields.size() > kFieldsMin && is_digest_shaped(fields.back())) {
        parts.params_digest = fields.back();
        fields.pop_back();
    }
    if (fields.size() > kFieldsBeforeIdentifier + kPartsMax)
        return refuse(key, "its identifier has more than 16 parts");
    const bool may_be_guarded = fields.size() > kFieldsMin && parts.params_digest.empty();
    std::vector<std::string> texts(fields.size());
    for (size_t at = 0; at < fields.size(); ++at) {
        const bool last = at + 1 == fields.size();
        if (last && may_be_guarded && unescape_guarded(fields[at], texts[at])) continue;
        if (fields[at].empty() || !unescape(fields[at], texts[at]))
            return refuse(key,
                          "field " + std::to_string(at + 1) + " is empty or not escaped as it should be");
    }
    parts.name_space = std::move(texts[0]);
    parts.version = std::move(texts[1]);
    parts.category = std::move(texts[2]);
    parts.parts.assign(std::make_move_iterator(texts.begin() + kFieldsBeforeIdentifier),
                       std::make_move_iterator(texts.end()));
    return parts;
}

}  // namespace aurelis::core
