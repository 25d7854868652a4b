// KeyPattern: a glob (aurelis/base/glob.hpp) for the keys of one cache, to invalidate by. It never matches a key of
// another namespace or one of the cache's own. Leaves to others: finding the keys (layers), hiding what they hold, and
// a category and identifier that are given as such (key_family).
//
//   full   aurelis:*:model_responses:gpt-4o:*   begins with the cache's namespace; matched against the whole key
//   short  user_data:42                         category:identifier; any version, with any params and with none
//
// A ':' separates fields, and a ':', '%' or control byte within a field is %XX, as the default format writes it. A *
// also matches across fields, but the category of a short pattern stays within its field. What is matched:
//
//   default  the key; for a short pattern, without the digest of its params.
//   compat   the identity that is stored with the entry, without its params; for a full pattern, followed by the key's
//            digest of them. There a ':' also matches one within a field, since keys look alike.
//            An entry without an identity (a full key, a bare value) has only its key, in which fields cannot be told
//            apart: it matches if any reading of it does.
#pragma once

#include "keys/key_builder.hpp"

#include <aurelis/base/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aurelis::core {

inline constexpr size_t kPatternBytesMax = 4096;

// Immutable; safe from any thread.
class KeyPattern {
public:
    // What it can match among the keys of this cache's version, as far as it can be read from the pattern.
    enum class Reach : uint8_t {
        Key,         // The one key prefix().
        Identifier,  // One identifier of category(), with any params and with none.
        Category,    // Every key of category().
        General,
    };

    // Refuses what can match no key as well as what could be meant for the keys of other caches.
    static Result<KeyPattern> parse(std::string_view text, const KeyBuilder& keys);
    // The same for one that a person has written: refuses what looks like a key of another namespace as well.
    static Result<KeyPattern> parse_written(std::string_view text, const KeyBuilder& keys);

    // Identity: the one that is stored with the entry; empty: none, as in an entry whose key is its own identity.
    bool matches(std::string_view key, std::string_view identity) const;

    const std::string& text() const noexcept { return text_; }
    bool is_full() const noexcept { return full_; }
    Reach reach() const noexcept { return reach_; }
    // Every key that it can match begins with it; the longest that is certain.
    const std::string& prefix() const noexcept { return prefix_; }
    // The same for keys of this cache's version, which are all that it reads. Empty: it can match none of them.
    const std::string& own_prefix() const noexcept { return own_prefix_; }
    // The category of all keys of this cache's version that it can match; none if they may be of several.
    const std::optional<std::string>& category() const noexcept { return category_; }

private:
    friend class PatternReader;
    // The globs of one reading. Full: `tail` is for what comes after the namespace. Short: `category` is for the
    // category's field, `tail` for what comes after it.
    struct Globs {
        std::string category;
        std::string tail;
        size_t category_colons = 0;  // Of a category that contains some, when decoded.
    };

    KeyPattern() = default;
    bool fits_field_by_field(std::string_view fields, bool may_end_in_digest) const;
    bool fits_raw(const Globs& globs, std::string_view fields) const noexcept;
    bool matches_identity(std::string_view key, std::string_view identity) const;

    std::string text_;
    bool full_ = false;
    bool compat_ = false;
    Reach reach_ = Reach::General;
    Globs written_;
    Globs decoded_;  // With each %XX decoded: for keys of the compat format that come without an identity.
    std::string prefix_;
    std::string own_prefix_;
    std::optional<std::string> category_;
    std::string namespace_prefix_;           // As the cache's keys have it,
    std::string identity_namespace_prefix_;  // and as the default format has it.
    std::string version_prefix_;             // "v1:", as the cache's keys have it.
};

// A pattern for exactly this text within one field, as an identifier or a part of one.
std::string pattern_of_field(std::string_view field);
// A full pattern for exactly this key of a cache with keys of this format.
std::string pattern_of_key(std::string_view key, KeyFormat format);

}  // namespace aurelis::core
