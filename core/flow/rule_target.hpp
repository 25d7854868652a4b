// RuleTarget: one target of a rule for an event, as it is written, and what it becomes with the event's context.
//
//   category:NAME   every key of the category
//   pattern:GLOB    what the pattern matches (keys/key_pattern.hpp)
//   tag:NAME        every entry with the tag
//   event:NAME      the targets of that event's rule
//   anything else   one full key of this cache
//
// {name} anywhere after the kind stands for the value of that name in the context; {{ and }} are braces. A value counts
// as plain text: within a pattern, and within a full key of the default format, what is special there is escaped.
// Leaves to others: which rules there are (event_rules), what is done to a target (stack).
#pragma once

#include "flow/event_context.hpp"
#include "keys/key_builder.hpp"
#include "keys/key_pattern.hpp"

#include <aurelis/base/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aurelis::core {

inline constexpr size_t kTargetBytesMax = kPatternBytesMax;

// A target without variables. An event's is not to be invalidated itself.
struct InvalidationTarget {
    enum class Kind : uint8_t { Key, Category, Pattern, Tag, Event };

    Kind kind = Kind::Key;
    std::string text;  // Without the kind: the key, the category's name, the pattern, the tag, the event's name.
    std::optional<KeyPattern> pattern;  // Of a pattern.
};

// Immutable; safe from any thread.
class RuleTarget {
public:
    using Kind = InvalidationTarget::Kind;

    // Refuses what would be refused with any values, and a variable where its value could not count as plain text.
    static Result<RuleTarget> parse(std::string_view text, const KeyBuilder& keys);

    // With the values of the context. Refuses a variable that it does not have, or whose value is empty: it would
    // widen what a pattern matches.
    Result<InvalidationTarget> resolve(const EventContext& context, const KeyBuilder& keys) const;

    const std::string& text() const noexcept { return text_; }  // As it is written.
    Kind kind() const noexcept { return kind_; }
    bool has_variables() const noexcept;
    // The event that it names; empty: none, or only the context tells.
    std::string event() const;
    // What looks like a mistake, with the way out; empty: nothing.
    std::string warning() const;

private:
    struct Piece {
        bool is_variable = false;
        std::string text;  // The name of the variable.
    };

    RuleTarget() = default;
    Result<void> read_pieces(std::string_view rest);
    Result<void> check_places_in_pattern() const;
    Result<void> check_with_any_values(const KeyBuilder& keys);
    std::string as_plain_text(std::string_view value, const KeyBuilder& keys) const;
    Result<InvalidationTarget> finish(std::string text, const KeyBuilder& keys) const;
    Error refuse(const std::string& why, aurelis_status status = AURELIS_E_INVALID) const;

    std::string text_;
    Kind kind_ = Kind::Key;
    std::vector<Piece> pieces_;
    bool is_full_pattern_ = false;  // A value may not change that.
};

}  // namespace aurelis::core
