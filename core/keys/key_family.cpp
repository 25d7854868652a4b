#include "keys/key_family.hpp"

#include <algorithm>

namespace aurelis::core {
namespace {

constexpr std::string_view kAnyParams = R"({"a":1})";
constexpr std::string_view kLowerHex = "0123456789abcdef";
constexpr char kIdentitySeparator = '\x1f';

bool is_hex(std::string_view text, size_t digits) noexcept {
    return text.size() == digits && text.find_first_not_of(kLowerHex) == std::string_view::npos;
}

std::string common_prefix(const std::string& one, const std::string& other) {
    const size_t size = std::min(one.size(), other.size());
    return {one.begin(), std::mismatch(one.begin(), one.begin() + static_cast<ptrdiff_t>(size), other.begin()).first};
}

}  // namespace

Result<KeyFamily> KeyFamily::create(const KeyBuilder& keys, const CategoryKeys& category, Parts parts) {
    KeyFamily family;
    family.compat_ = keys.format() == KeyFormat::Compat;
    KeyScratch scratch;
    BuiltKey built;
    Error error;
    const aurelis_status status = keys.build(category, parts, {}, scratch, built, &error);
    if (status != AURELIS_OK) return error;
    family.key_ = family.stem_ = built.key;
    family.identity_ = family.identity_stem_ = built.full_identity();
    // If there is no room for a digest, there are no keys with params, and the stems match none.
    if (keys.build(category, parts, bytes(kAnyParams), scratch, built, nullptr) == AURELIS_OK) {
        family.stem_ = built.key.substr(0, built.key.rfind(':'));
        family.identity_stem_ = built.identity.substr(0, built.identity.find(kIdentitySeparator));
    }
    family.prefix_ = common_prefix(family.key_, family.stem_);
    return family;
}

bool KeyFamily::contains(std::string_view key, std::string_view identity) const noexcept {
    if (!identity.empty())
        return identity == identity_ || (identity.starts_with(identity_stem_) &&
                                         identity.substr(identity_stem_.size()).starts_with(kIdentitySeparator));
    if (key == key_) return true;
    return key.starts_with(stem_) && key.substr(stem_.size()).starts_with(':') &&
           is_hex(key.substr(stem_.size() + 1), compat_ ? kCompatDigestDigits : kParamsDigestDigits);
}

}  // namespace aurelis::core
