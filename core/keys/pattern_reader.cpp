// From the text of a pattern to a KeyPattern: what form it has, what it reaches, and every reason to refuse it. Its
// items are examined, not its text, so that escapes and sets of one byte count as the bytes that they are.
#include "config/values.hpp"
#include "keys/escape.hpp"
#include "keys/glob_items.hpp"
#include "keys/key_pattern.hpp"
#include "keys/plain_copy.hpp"

#include <aurelis/base/glob.hpp>

#include <algorithm>

namespace aurelis::core {
namespace {

constexpr std::string_view kLowerHex = "0123456789abcdef";
constexpr std::string_view kUpperHex = "0123456789ABCDEF";
constexpr size_t kEscapeSize = 3;

// The byte that the three items spell as %XX; below 0: they spell none that keys have.
int escaped_byte(GlobItems items) noexcept {
    if (items.size() < kEscapeSize || !items[0].is('%') || !items[1].is_literal() || !items[2].is_literal()) return -1;
    const size_t high = kUpperHex.find(static_cast<char>(items[1].byte));
    const size_t low = kUpperHex.find(static_cast<char>(items[2].byte));
    if (high == std::string_view::npos || low == std::string_view::npos) return -1;
    return static_cast<int>(high << 4 | low);
}

// The glob with each %XX as the byte itself, which is never special in a glob.
std::string decoded_glob(GlobItems items) {
    std::string glob;
    while (!items.empty()) {
        const int byte = escaped_byte(items);
        if (byte >= 0)
            glob += static_cast<char>(byte);
        else
            glob += items.front().text;
        items = items.subspan(byte >= 0 ? kEscapeSize : 1);
    }
    return glob;
}

}  // namespace

// Fills one pattern; each step returns what is wrong.
class PatternReader {
public:
    PatternReader(std::string_view text, const KeyBuilder& keys, bool as_written)
        : keys_(keys), as_written_(as_written) {
        pattern_.text_ = text;
        pattern_.compat_ = keys.format() == KeyFormat::Compat;
        pattern_.namespace_prefix_ = keys.namespace_prefix();
        pattern_.version_prefix_ = keys.own_prefix().substr(keys.namespace_prefix().size());
        pattern_.identity_namespace_prefix_ = in_default_format(pattern_.namespace_prefix_);
        own_version_ = in_default_format(pattern_.version_prefix_);
    }

    Result<KeyPattern> read() {
        AURELIS_TRY_VOID(check_text());
        items_ = items_of(pattern_.text_);
        AURELIS_TRY_VOID(check_items());
        AURELIS_TRY_VOID(check_escapes());
        const GlobItems items(items_);
        if (starts_with(items, pattern_.namespace_prefix_)) {
            AURELIS_TRY_VOID(read_full(items.subspan(pattern_.namespace_prefix_.size())));
        } else if (starts_with(items, pattern_.identity_namespace_prefix_)) {
            AURELIS_TRY_VOID(read_full(items.subspan(pattern_.identity_namespace_prefix_.size())));
        } else {
            AURELIS_TRY_VOID(read_short(items));
        }
        AURELIS_TRY_VOID(check_fields());
        return std::move(pattern_);
    }

private:
    // A prefix of one field and its ':'.
    std::string in_default_format(std::string_view prefix) const {
        if (!pattern_.compat_) return std::string(prefix);
        return escaped(prefix.substr(0, prefix.size() - 1)) + ':';
    }

    Error refuse(const std::string& why, aurelis_status status = AURELIS_E_INVALID) const {
        return fail(status, "pattern '" + printable(pattern_.text_) + "': " + why);
    }
    std::string forms() const {
        return "write 'user_data:42' or, in full, '" + printable(pattern_.namespace_prefix_) + "*:user_data:42'";
    }

    Result<void> check_text() const {
        const std::string& text = pattern_.text_;
        if (text.empty()) return fail(AURELIS_E_INVALID, "the pattern is empty; " + forms());
        if (text.size() > kPatternBytesMax)
            return refuse("it has " + std::to_string(text.size()) + " bytes, the limit is " +
                              std::to_string(kPatternBytesMax) +
                              "; shorten it with a '*', or invalidate by category and identifier",
                          AURELIS_E_TOO_LARGE);
        if (valid_utf8_prefix(text) != text.size())
            return refuse("it is not UTF-8 from byte " + std::to_string(valid_utf8_prefix(text) + 1) +
                          " on; write bytes that are not text as ?");
        for (const char c : text) {
            const auto byte = static_cast<unsigned char>(c);
            if (byte < 0x20 || byte == 0x7f)
                return refuse("it has a control character; write it as it is in keys, such as %0A");
        }
        return {};
    }

    // What the language of globs takes as plain text or as nothing, and what was hardly meant so.
    Result<void> check_items() const {
        for (const GlobItem& item : items_) {
            if (item.text == "\\")
                return refuse("nothing follows the backslash at its end; write '\\\\' for a backslash");
            if (item.text == "[") return refuse("a '[' has no ']' after it; write '\\[' for a plain '['");
            if (item.is_empty_set())
                return refuse("no byte is in the set " + printable(item.text) +
                              "; write the lower end of a range first");
        }
        return {};
    }

    // A field of no bytes is in no key. The compat format does not escape a ':' in fields, so it cannot be told there.
    Result<void> check_fields() const {
        if (pattern_.compat_) return {};
        for (size_t at = 0; at + 1 < items_.size(); ++at)
            if (items_[at].is(':') && items_[at + 1].is(':'))
                return refuse(
                    "nothing is between two ':', and no field of a key is empty; write a ':' that belongs to a "
                    "field as %3A");
        if (items_.back().is(':'))
            return refuse(
                "nothing follows the ':' at its end, and no field of a key is empty; write a ':' that belongs to "
                "a field as %3A, or '*' for any rest");
        return {};
    }

    // A % that no key can have would make a pattern that silently matches nothing.
    Result<void> check_escapes() const {
        for (size_t at = 0; at < items_.size(); ++at) {
            const GlobItems rest = GlobItems(items_).subspan(at);
            if (!rest[0].is('%')) continue;
            if (rest.size() >= kEscapeSize && (!rest[1].is_literal() || !rest[2].is_literal())) continue;
            if (rest.size() == 2 && !rest[1].is_literal()) continue;
            const int byte = escaped_byte(rest);
            const bool guard = byte >= 0 && kLowerHex.find(static_cast<char>(byte)) != std::string_view::npos;
            if (byte >= 0 && (guard || must_escape(static_cast<unsigned char>(byte)))) continue;
            return refuse("'" + printable(glob_of(rest.first(std::min(rest.size(), kEscapeSize)))) +
                          "' is not in any key: only ':', '%' and control characters are written as %XX, in upper "
                          "case; write a '%' as %25");
        }
        return {};
    }

    Result<void> read_full(GlobItems rest) {
        pattern_.full_ = true;
        const size_t stars = find_star(rest);
        if (const std::string why = mistake_in_fields(rest.first(stars), stars == rest.size()); !why.empty())
            return refuse(why);
        pattern_.written_.tail = glob_of(rest);
        pattern_.decoded_.tail = decoded_glob(rest);
        read_category_of_full(rest);
        pattern_.prefix_ = pattern_.namespace_prefix_ + certain(literal_prefix(rest));
        pattern_.own_prefix_ = own_prefix_of_full(rest);
        if (!pattern_.compat_ && is_exact(rest)) pattern_.reach_ = KeyPattern::Reach::Key;
        return {};
    }

    // What is wrong with the fields before the first *, which stands for any number of fields; empty: nothing.
    std::string mistake_in_fields(GlobItems fields, bool complete) const {
        for (const char* field : {"version", "category"}) {
            const size_t colon = find_byte(fields, ':');
            if (colon == 0 && (complete || !fields.empty()))
                return std::string("the ") + field + " is empty, which it is in no key; name it or write a '*'";
            if (colon == fields.size())
                return complete
                           ? std::string("its category cannot be read: it has too few fields for a key; ") + forms()
                           : std::string();
            fields = fields.subspan(colon + 1);
        }
        return fields.empty() && complete ? "the identifier is empty, which it is in no key; name it or write a '*'"
                                          : std::string();
    }

    void read_category_of_full(GlobItems rest) {
        if (!starts_with(rest, own_version_)) return;
        const GlobItems fields = rest.subspan(own_version_.size());
        const size_t colon = find_byte(fields, ':');
        if (colon == fields.size() || !read_category(fields.first(colon))) return;
        if (is_anything(fields.subspan(colon + 1))) pattern_.reach_ = KeyPattern::Reach::Category;
    }

    // Keeps the category if the items are one. In the compat format, a key without an identity does not tell a
    // category with escaped bytes from another one.
    bool read_category(GlobItems items) {
        std::string category;
        if (!is_exact(items) || !unescape(literal_prefix(items), category) || category.empty()) return false;
        if (pattern_.compat_ && std::any_of(category.begin(), category.end(),
                                            [](char c) { return must_escape(static_cast<unsigned char>(c)); }))
            return false;
        pattern_.category_ = std::move(category);
        return true;
    }

    std::string own_prefix_of_full(GlobItems rest) const {
        const std::string literal = literal_prefix(rest);
        if (own_version_ != pattern_.version_prefix_) return keys_.own_prefix();  // Keys and identities differ in it.
        if (literal.starts_with(own_version_))
            return pattern_.compat_ ? keys_.own_prefix() + certain(literal, own_version_.size()) : pattern_.prefix_;
        if (own_version_.starts_with(literal)) return keys_.own_prefix();  // A wildcard follows.
        return {};
    }

    // As much of the literal fields, from the version or from `begin` on, as every matching key has. In the compat
    // format what is escaped may be raw in the key, and a part may be shorter there than in the identity.
    std::string certain(std::string_view fields, size_t begin = 0) const {
        if (!pattern_.compat_) return std::string(fields.substr(begin));
        size_t end = 0;
        for (size_t colons = 0; end < fields.size() && fields[end] != '%' && colons < 3; ++end)
            colons += fields[end] == ':' ? 1 : 0;
        return end <= begin ? std::string() : std::string(fields.substr(begin, end - begin));
    }

    Result<void> read_short(GlobItems items) {
        const size_t colon = find_byte(items, ':');
        AURELIS_TRY_VOID(check_namespace(items));
        if (as_written_) AURELIS_TRY_VOID(check_other_namespace(items));
        if (colon == items.size())
            return refuse("it has neither this cache's namespace nor a category and an identifier; " + forms());
        const GlobItems category = items.first(colon);
        const GlobItems identifier = items.subspan(colon + 1);
        if (category.empty()) return refuse("its category cannot be read: it is empty; " + forms());
        if (identifier.empty())
            return refuse("the identifier is empty, which it is in no key; for the whole category write '" +
                          printable(glob_of(category)) + ":*'");
        pattern_.written_ = {glob_of(category), glob_of(identifier), 0};
        pattern_.decoded_ = {decoded_glob(category), decoded_glob(identifier), 0};
        for (GlobItems rest = category; !rest.empty(); rest = rest.subspan(1))
            pattern_.decoded_.category_colons += escaped_byte(rest) == ':' ? 1 : 0;
        if (read_category(category)) {
            if (is_exact(identifier)) pattern_.reach_ = KeyPattern::Reach::Identifier;
            if (is_anything(identifier)) pattern_.reach_ = KeyPattern::Reach::Category;
        }
        pattern_.prefix_ = pattern_.namespace_prefix_;
        pattern_.own_prefix_ = own_prefix_of_short(category, identifier);
        return {};
    }

    // A full key of this cache's version in another namespace can be read as an identifier of four parts or more.
    Result<void> check_other_namespace(GlobItems items) const {
        size_t colons = 0;
        for (const GlobItem& item : items) colons += item.is(':') ? 1 : 0;
        const size_t first = find_byte(items, ':');
        if (colons < 3 || !is_exact(items.first(first)) || !starts_with(items.subspan(first + 1), own_version_))
            return {};
        return refuse("it looks like a full key of another namespace, and this cache's keys begin with '" +
                      printable(pattern_.namespace_prefix_) + "'; name a key of this cache, or, if '" +
                      printable(glob_of(items.first(first))) + "' is a category, write '" +
                      printable(pattern_.namespace_prefix_ + "*:") + "' in front of it");
    }

    // A first field with wildcards that the namespace fits was meant for the namespace.
    Result<void> check_namespace(GlobItems items) const {
        const std::string_view name =
            std::string_view(pattern_.namespace_prefix_).substr(0, pattern_.namespace_prefix_.size() - 1);
        for (size_t fields = 1 + static_cast<size_t>(std::count(name.begin(), name.end(), ':')), end = 0; fields > 0;
             --fields, ++end) {
            end += find_byte(items.subspan(std::min(end, items.size())), ':');
            if (end > items.size()) break;
            const GlobItems field = items.first(end);
            if (is_exact(field) || !glob_fits(glob_of(field), name)) continue;
            return refuse("wildcards in the namespace could reach the keys of other caches; write '" +
                          printable(pattern_.namespace_prefix_) + "' in place of '" + printable(glob_of(field)) +
                          ":', or name a category");
        }
        return {};
    }

    std::string own_prefix_of_short(GlobItems category, GlobItems identifier) const {
        std::string fields = own_version_ + literal_prefix(category);
        if (is_exact(category)) {
            const std::string literal = ':' + literal_prefix(identifier);
            // The last field may have its first digit escaped if it looks like a digest.
            const size_t last = literal.rfind(':') + 1;
            const bool may_be_guarded =
                last > 1 && last < literal.size() && kLowerHex.find(literal[last]) != std::string_view::npos;
            fields += may_be_guarded ? literal.substr(0, last) : literal;
        }
        return keys_.own_prefix() + certain(fields, own_version_.size());
    }

    const KeyBuilder& keys_;
    const bool as_written_;
    KeyPattern pattern_;
    std::string own_version_;  // "v1:", as the default format has it.
    std::vector<GlobItem> items_;
};

Result<KeyPattern> KeyPattern::parse(std::string_view text, const KeyBuilder& keys) {
    return PatternReader(text, keys, false).read();
}

Result<KeyPattern> KeyPattern::parse_written(std::string_view text, const KeyBuilder& keys) {
    return PatternReader(text, keys, true).read();
}

}  // namespace aurelis::core
