// Everything but the simplest key. Sizes are computed first, so that a key is written once, into a buffer that is large
// enough, and so that a refusal can say how large it would have been.
#include "keys/key_builder.hpp"

#include "keys/digest.hpp"
#include "keys/escape.hpp"

#include <algorithm>

namespace aurelis::core {
namespace {

constexpr char kIdentitySeparator = '\x1f';
constexpr size_t kPromptDigits = 32;
constexpr size_t kCompatPromptDigits = 16;
constexpr std::string_view kModelCategory = "model";

bool has_control_bytes(std::string_view text) noexcept {
    return std::any_of(text.begin(), text.end(), [](char character) {
        const auto byte = static_cast<unsigned char>(character);
        return byte < 0x20 || byte == 0x7f;
    });
}

Result<void> check_name(std::string_view what, std::string_view name) {
    const std::string place = "keys: the " + std::string(what);
    if (name.empty())
        return fail(AURELIS_E_CONFIG, place + " is empty; give it a name or leave the option out");
    if (!has_control_bytes(name)) return {};
    return fail(AURELIS_E_CONFIG,
                place + " has control bytes: " + shown(name) + "; use printable characters");
}

[[gnu::cold]] aurelis_status refuse(const CategoryKeys& category, aurelis_status status,
                                    const std::string& why, Error* error) {
    if (error != nullptr) *error = fail(status, "category " + shown(category.category()) + ": " + why);
    return status;
}

[[gnu::cold]] aurelis_status refuse_size(const CategoryKeys& category, size_t size, Error* error) {
    return refuse(category, AURELIS_E_TOO_LARGE,
                  "the key would have " + std::to_string(size) + " bytes after escaping, the limit is " +
                      std::to_string(kKeyBytesMax) + "; shorten the identifier or use a hash of it",
                  error);
}

aurelis_status check_parts(const CategoryKeys& category, Parts parts, Error* error) {
    if (parts.empty() || (parts.size() == 1 && parts[0].size == 0))
        return refuse(category, AURELIS_E_INVALID, "the identifier is empty; name what to look up", error);
    if (parts.size() > kPartsMax)
        return refuse(category, AURELIS_E_INVALID,
                      "the identifier has " + std::to_string(parts.size()) + " parts, the limit is " +
                          std::to_string(kPartsMax) + "; join some of them",
                      error);
    for (size_t at = 0; at < parts.size(); ++at) {
        if (parts[at].size == 0)
            return refuse(
                category, AURELIS_E_INVALID,
                "part " + std::to_string(at + 1) + " of the identifier is empty; leave it out or fill it",
                error);
    }
    return AURELIS_OK;
}

// Writes the identity up to its params.
void write_identity(const std::string& prefix, Parts whole, bool with_params, std::string& identity) {
    identity.resize(prefix.size() + default_identifier_size(whole, with_params));
    char* const to = std::copy(prefix.begin(), prefix.end(), identity.data());
    write_default_identifier(whole, with_params, to);
}

aurelis_status append_params(const CategoryKeys& category, aurelis_bytes params, KeyRoom& room,
                             Error* error) {
    JsonProblem problem;
    room.identity += kIdentitySeparator;
    if (append_canonical_json(view(params), JsonTop::Object, room.json, room.identity, problem))
        return AURELIS_OK;
    return refuse(category, params.size > kJsonBytesMax ? AURELIS_E_TOO_LARGE : AURELIS_E_INVALID,
                  "the params are not the JSON text of an object: " + describe(problem) +
                      "; write them as {\"page\": 1}",
                  error);
}

}  // namespace

Result<KeyBuilder> KeyBuilder::create(std::string_view name_space, std::string_view version,
                                      KeyFormat format) {
    AURELIS_TRY_VOID(check_name("namespace", name_space));
    AURELIS_TRY_VOID(check_name("version", version));
    KeyBuilder builder;
    builder.format_ = format;
    builder.identity_prefix_ = escaped(name_space) + ':' + escaped(version) + ':';
    if (format == KeyFormat::Default) {
        builder.namespace_prefix_ = escaped(name_space) + ':';
        builder.own_prefix_ = builder.identity_prefix_;
    } else {
        builder.namespace_prefix_ = std::string(name_space) + ':';
        builder.own_prefix_ = builder.namespace_prefix_ + std::string(version) + ':';
    }
    AURELIS_TRY(models, builder.open(kModelCategory));
    builder.models_ = std::move(models);
    return builder;
}

Result<CategoryKeys> KeyBuilder::open(std::string_view category) const {
    if (category.empty())
        return fail(AURELIS_E_INVALID, "the category is empty; name what is cached, as user_data");
    if (format_ == KeyFormat::Compat && category.front() == kReservedByte)
        return fail(AURELIS_E_INVALID,
                    "category " + shown(category) +
                        ": keys of the compat format that begin with the byte 1 are reserved; use "
                        "another name");
    CategoryKeys keys;
    keys.category_ = category;
    keys.identity_prefix_ = identity_prefix_ + escaped(category) + ':';
    keys.prefix_ =
        format_ == KeyFormat::Default ? keys.identity_prefix_ : own_prefix_ + std::string(category) + ':';
    if (keys.prefix_.size() >= kKeyBytesMax)
        return fail(AURELIS_E_TOO_LARGE, "category " + shown(category) + ": its keys would begin with " +
                                             std::to_string(keys.prefix_.size()) +
                                             " bytes, the limit of a key is " + std::to_string(kKeyBytesMax) +
                                             "; use a shorter name");
    keys.simple_ = keys.prefix_ == keys.identity_prefix_ && keys.prefix_.size() <= keys.head_.size();
    if (keys.simple_) std::copy(keys.prefix_.begin(), keys.prefix_.end(), keys.head_.begin());
    return keys;
}

size_t KeyBuilder::key_size(const CategoryKeys& category, Parts parts, bool with_params) const noexcept {
    const bool compat = format_ == KeyFormat::Compat;
    const size_t identifier =
        compat ? compat_identifier_size(parts) : default_identifier_size(parts, with_params);
    const size_t digest = with_params ? 1 + (compat ? kCompatDigestDigits : kParamsDigestDigits) : 0;
    return category.prefix_.size() + identifier + digest;
}

char* KeyBuilder::write_key(const CategoryKeys& category, Parts parts, bool with_params,
                            char* to) const noexcept {
    to = std::copy(category.prefix_.begin(), category.prefix_.end(), to);
    return format_ == KeyFormat::Compat ? write_compat_identifier(parts, to)
                                        : write_default_identifier(parts, with_params, to);
}

void KeyBuilder::write_params_digest(std::string_view params, char* to) const noexcept {
    *to++ = ':';
    if (format_ == KeyFormat::Compat) {
        const Md5 digest = md5(params);
        write_hex(std::span(digest).first<kCompatDigestDigits / 2>(), to);
    } else {
        const Sha256 digest = sha256(params);
        write_hex(std::span(digest).first<kParamsDigestDigits / 2>(), to);
    }
}

aurelis_status KeyBuilder::build_any(const CategoryKeys& category, Parts parts, Parts whole,
                                     aurelis_bytes params, KeyScratch& scratch, BuiltKey& out,
                                     Error* error) const {
    out = {};
    if (const aurelis_status status = check_parts(category, parts, error); status != AURELIS_OK)
        return status;
    const bool with_params = !is_empty_params(view(params));
    const size_t size = key_size(category, parts, with_params);
    if (size > kKeyBytesMax) return refuse_size(category, size, error);

    char* const begin = scratch.key_space(size);
    char* const end = write_key(category, parts, with_params, begin);
    const std::string_view key(begin, size);
    if (format_ == KeyFormat::Default && !with_params) {
        out.key = key;
        return AURELIS_OK;
    }
    KeyRoom& room = scratch.room();
    write_identity(category.identity_prefix_, whole, with_params, room.identity);
    if (!with_params) {
        out.key = key;
        if (room.identity != key) out.identity = room.identity;
        return AURELIS_OK;
    }
    const size_t params_begin = room.identity.size() + 1;
    if (const aurelis_status status = append_params(category, params, room, error); status != AURELIS_OK)
        return status;
    const std::string_view canonical = std::string_view(room.identity).substr(params_begin);
    write_params_digest(canonical, end);
    out = {key, room.identity, canonical};
    return AURELIS_OK;
}

aurelis_status KeyBuilder::model_key(std::string_view model_type, std::string_view prompt,
                                     aurelis_bytes params, KeyScratch& scratch, BuiltKey& out,
                                     Error* error) const {
    return model_key(models_, model_type, prompt, params, scratch, out, error);
}

aurelis_status KeyBuilder::model_key(const CategoryKeys& category, std::string_view model_type,
                                     std::string_view prompt, aurelis_bytes params, KeyScratch& scratch,
                                     BuiltKey& out, Error* error) const {
    const Sha256 digest = sha256(prompt);
    char digits[2 * sizeof digest];
    write_hex(digest, digits);
    const std::array<aurelis_bytes, 2> whole = {bytes(model_type), aurelis_bytes{digits, kPromptDigits}};
    std::array<aurelis_bytes, 2> parts = whole;
    if (format_ == KeyFormat::Compat) parts[1].size = kCompatPromptDigits;
    return build_any(category, parts, whole, params, scratch, out, error);
}

bool KeyBuilder::is_reserved(std::string_view key) const noexcept {
    if (!key.empty() && key.front() == kReservedByte) return true;
    return key.size() > own_prefix_.size() && key.starts_with(own_prefix_) &&
           key[own_prefix_.size()] == kReservedByte;
}

std::optional<std::string> KeyBuilder::category_of(std::string_view full_key) const {
    if (!full_key.starts_with(own_prefix_) || is_reserved(full_key)) return std::nullopt;
    full_key.remove_prefix(own_prefix_.size());
    const size_t end = full_key.find(':');
    if (end == 0 || end == std::string_view::npos || end + 1 == full_key.size()) return std::nullopt;
    const std::string_view field = full_key.substr(0, end);
    if (format_ == KeyFormat::Compat) return std::string(field);
    std::string category;
    if (!unescape(field, category)) return std::nullopt;
    return category;
}

}  // namespace aurelis::core
