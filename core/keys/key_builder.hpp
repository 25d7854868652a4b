// From what a caller asks for (category, identifier, params) to the bytes of its key, and to its identity:
// the text that distinguishes it from all others even where the key has only a short digest. Leaves to others: the
// key's hash (base/hash), comparing identities (validity/entry), the policies of categories (api).
//
//   default  namespace:version:category:part:...:part[:32 hex of sha256 over the canonical params]
//            Fields are escaped (escape.hpp, identifier.hpp), so different things never share a key, up to
//            the 128 bits of the digest.
//   compat   namespace:version:category:identifier[:8 hex of md5 over the canonical params], all of it raw,
//   as other
//            programs on the same Redis write it.
//
// Identity: the key in the default format without the digest; with params, followed by 0x1f and their canonical JSON.
// It is left empty where it equals the key.
#pragma once

#include "config/config.hpp"
#include "keys/identifier.hpp"
#include "keys/key_scratch.hpp"
#include "keys/plain_copy.hpp"

#include <aurelis/base/bytes.hpp>
#include <aurelis/base/result.hpp>

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace aurelis::core {

// Views into the scratch that the key was built in.
struct BuiltKey {
    std::string_view key;
    std::string_view identity;  // Empty: the key is its own identity.
    std::string_view params;    // Canonical JSON; empty: none.

    std::string_view full_identity() const noexcept { return identity.empty() ? key : identity; }
};

// A category as one builder writes it, made once. Immutable; safe from any thread.
class CategoryKeys {
public:
    const std::string& category() const noexcept { return category_; }
    // All keys of the category begin with it; in the default format no others do.
    const std::string& prefix() const noexcept { return prefix_; }

private:
    friend class KeyBuilder;
    static constexpr size_t kHeadBytes = 64;

    std::string category_;
    std::string prefix_;
    std::string identity_prefix_;  // In the default format.
    std::array<char, kHeadBytes>
        head_{};           // The prefix again: copying a fixed size costs less than a variable one.
    bool simple_ = false;  // The prefix fits into head_ and is the identity's as well.
};

// Immutable; safe from any thread.
class KeyBuilder {
public:
    // Refuses a namespace or version that is empty or has control bytes.
    static Result<KeyBuilder> create(std::string_view name_space, std::string_view version, KeyFormat format);

    Result<CategoryKeys> open(std::string_view category) const;

    // Params: JSON text of an object; nothing and an empty object are the same. Neither parts nor params may
    // lie in the scratch. On failure fills *error, if given, and leaves `out` empty. A key of one part
    // without params that needs no escaping costs a copy of its bytes.
    aurelis_status build(const CategoryKeys& category, Parts parts, aurelis_bytes params, KeyScratch& scratch,
                         BuiltKey& out, Error* error) const {
        if (params.size == 0 && parts.size() == 1 && build_simple(category, view(parts[0]), scratch, out))
            return AURELIS_OK;
        return build_any(category, parts, parts, params, scratch, out, error);
    }

    // The key of a model's answer to a prompt, in the category "model" or another. Default: the parts are the
    // model type and the first 32 hex digits of the prompt's sha256; compat: 16 of them, while the identity
    // has the 32.
    aurelis_status model_key(std::string_view model_type, std::string_view prompt, aurelis_bytes params,
                             KeyScratch& scratch, BuiltKey& out, Error* error) const;
    aurelis_status model_key(const CategoryKeys& category, std::string_view model_type,
                             std::string_view prompt, aurelis_bytes params, KeyScratch& scratch,
                             BuiltKey& out, Error* error) const;

    KeyFormat format() const noexcept { return format_; }
    // "namespace:version:" and "namespace:" as this builder's keys have them.
    const std::string& own_prefix() const noexcept { return own_prefix_; }
    const std::string& namespace_prefix() const noexcept { return namespace_prefix_; }

    // The cache's own entries: own_prefix() followed by the byte 1 for those that belong to the namespace (stamps,
    // bans), or the byte 1 in front for those that no clear may reach (notes of missed writes, probes). No key that is
    // built here has either form.
    bool is_reserved(std::string_view key) const noexcept;
    std::string reserved_prefix() const { return own_prefix_ + kReservedByte; }

    // The category of a key of this namespace and version; none for foreign and reserved keys. In the compat format a
    // category that contains a ':' is cut there, since nothing marks its end.
    std::optional<std::string> category_of(std::string_view full_key) const;

private:
    static constexpr char kReservedByte = '\x01';

    KeyBuilder() = default;
    static bool build_simple(const CategoryKeys& category, std::string_view part, KeyScratch& scratch,
                             BuiltKey& out) noexcept {
        constexpr size_t kSimplePartMax = KeyScratch::kInlineBytes - CategoryKeys::kHeadBytes;
        if (!category.simple_ || part.empty() || part.size() > kSimplePartMax) return false;
        char* const begin = scratch.inline_space();
        static_assert(CategoryKeys::kHeadBytes == 64, "copy_64 copies it");
        copy_64(category.head_.data(), begin);
        if (!copy_plain(part.data(), part.size(), begin + category.prefix_.size())) return false;
        out = BuiltKey{{begin, category.prefix_.size() + part.size()}, {}, {}};
        return true;
    }
    // The identity has `whole` where the key has `parts`.
    aurelis_status build_any(const CategoryKeys& category, Parts parts, Parts whole, aurelis_bytes params,
                             KeyScratch& scratch, BuiltKey& out, Error* error) const;
    size_t key_size(const CategoryKeys& category, Parts parts, bool with_params) const noexcept;
    char* write_key(const CategoryKeys& category, Parts parts, bool with_params, char* to) const noexcept;
    void write_params_digest(std::string_view params, char* to) const noexcept;

    KeyFormat format_ = KeyFormat::Default;
    std::string namespace_prefix_;
    std::string own_prefix_;
    std::string identity_prefix_;  // own_prefix_ as the default format has it.
    CategoryKeys models_;
};

}  // namespace aurelis::core
