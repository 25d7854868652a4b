#include "flow/rule_target.hpp"

#include "config/map_reader.hpp"
#include "config/values.hpp"
#include "flow/full_key.hpp"
#include "keys/escape.hpp"
#include "keys/glob_items.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace aurelis::core {
namespace {

using Kind = InvalidationTarget::Kind;

constexpr std::array<std::pair<std::string_view, Kind>, 4> kKinds{
    {{"category", Kind::Category}, {"pattern", Kind::Pattern}, {"tag", Kind::Tag}, {"event", Kind::Event}}};
constexpr char kPlaceOfVariable = '\x01';

// The kind of a target, and moves past it.
Kind take_kind(std::string_view& text) {
    for (const auto& [name, kind] : kKinds) {
        if (!text.starts_with(name) || !text.substr(name.size()).starts_with(':')) continue;
        text.remove_prefix(name.size() + 1);
        return kind;
    }
    return Kind::Key;
}

bool is_variable_name(std::string_view name) noexcept {
    if (name.empty() || name.size() > kContextNameBytesMax || (name.front() >= '0' && name.front() <= '9'))
        return false;
    return std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    });
}

}  // namespace

Error RuleTarget::refuse(const std::string& why, aurelis_status status) const {
    return fail(status, "target '" + printable(text_) + "': " + why);
}

Result<RuleTarget> RuleTarget::parse(std::string_view text, const KeyBuilder& keys) {
    RuleTarget target;
    target.text_ = text;
    if (text.empty())
        return fail(AURELIS_E_INVALID,
                    "a target is empty; write category:NAME, pattern:GLOB, tag:NAME, event:NAME or "
                    "a full key");
    if (text.size() > kTargetBytesMax)
        return target.refuse("it has " + std::to_string(text.size()) + " bytes, the limit is " +
                                 std::to_string(kTargetBytesMax) + "; shorten it",
                             AURELIS_E_TOO_LARGE);
    target.kind_ = take_kind(text);
    AURELIS_TRY_VOID(target.read_pieces(text));
    if (target.kind_ == Kind::Key)
        if (const std::string why = mistake_in_full_key(text, keys); !why.empty()) return target.refuse(why);
    if (target.kind_ == Kind::Pattern) AURELIS_TRY_VOID(target.check_places_in_pattern());
    AURELIS_TRY_VOID(target.check_with_any_values(keys));
    return target;
}

Result<void> RuleTarget::read_pieces(std::string_view rest) {
    std::string literal;
    while (!rest.empty()) {
        const char c = rest.front();
        if (c != '{' && c != '}') {
            literal += c;
            rest.remove_prefix(1);
            continue;
        }
        if (rest.substr(1).starts_with(c)) {
            literal += c;
            rest.remove_prefix(2);
            continue;
        }
        const size_t end = c == '{' ? rest.find('}') : std::string_view::npos;
        if (end == std::string_view::npos)
            return refuse(std::string("a '") + c +
                          "' has no partner; write a variable as {name}, and a brace itself "
                          "twice");
        const std::string_view name = rest.substr(1, end - 1);
        if (!is_variable_name(name))
            return refuse("'{" + printable(name) +
                          "}' is not a variable: its name has letters, digits and '_', and "
                          "does not begin with a digit; write a brace itself twice");
        if (!literal.empty()) pieces_.push_back({false, std::exchange(literal, {})});
        pieces_.push_back({true, std::string(name)});
        rest.remove_prefix(end + 1);
    }
    if (!literal.empty()) pieces_.push_back({false, std::move(literal)});
    return {};
}

// An escaped value is plain text only between the items of the glob.
Result<void> RuleTarget::check_places_in_pattern() const {
    std::string glob;
    for (const Piece& piece : pieces_) {
        // Patterns refuse control characters, so none of the text can pass for a variable.
        if (piece.is_variable)
            glob += kPlaceOfVariable;
        else
            glob += piece.text;
    }
    for (const GlobItem& item : items_of(glob))
        if (item.text.size() > 1 && item.text.find(kPlaceOfVariable) != std::string_view::npos)
            return refuse(
                "a variable is within [...] or after a backslash; its value could not be escaped there, so "
                "move it out");
    return {};
}

Result<void> RuleTarget::check_with_any_values(const KeyBuilder& keys) {
    // Contains the namespace and is longer, so it cannot complete a pattern's first field to the namespace.
    const std::string any_value = keys.namespace_prefix().substr(0, keys.namespace_prefix().size() - 1) + '0';
    std::string text;
    for (const Piece& piece : pieces_) text += piece.is_variable ? as_plain_text(any_value, keys) : piece.text;
    AURELIS_TRY(target, finish(std::move(text), keys));
    is_full_pattern_ = target.pattern && target.pattern->is_full();
    return {};
}

std::string RuleTarget::as_plain_text(std::string_view value, const KeyBuilder& keys) const {
    if (kind_ == Kind::Pattern) return pattern_of_field(value);
    if (kind_ == Kind::Key && keys.format() == KeyFormat::Default) return escaped(value);
    return std::string(value);
}

// What the target is once its text is known.
Result<InvalidationTarget> RuleTarget::finish(std::string text, const KeyBuilder& keys) const {
    InvalidationTarget target{kind_, std::move(text), {}};
    const std::string& name = target.text;
    if (kind_ == Kind::Pattern) {
        auto pattern = KeyPattern::parse_written(name, keys);
        if (!pattern) return refuse(pattern.error().message, pattern.error().status);
        target.pattern = std::move(pattern).value();
    } else if (name.empty()) {
        return refuse("nothing follows the ':'; name what to invalidate");
    } else if (kind_ == Kind::Category) {
        const auto category = keys.open(name);
        if (!category) return refuse(category.error().message, category.error().status);
    } else if (kind_ == Kind::Tag && name.size() > kTagBytesMax) {
        return refuse("the tag has " + std::to_string(name.size()) + " bytes, the limit is " +
                          std::to_string(kTagBytesMax) + "; shorten it",
                      AURELIS_E_TOO_LARGE);
    } else if (kind_ == Kind::Event) {
        const std::string why = mistake_in_name(name);
        if (!why.empty()) return refuse("the event's name " + why);
    } else if (kind_ == Kind::Key && keys.is_reserved(name)) {
        return refuse("the key is in the range that is reserved for the cache itself; name another one");
    } else if (kind_ == Kind::Key) {  // Counted and made stale by its pattern, so it needs one.
        const auto pattern = KeyPattern::parse(pattern_of_key(name, keys.format()), keys);
        if (!pattern) return refuse("no entry can have this key: " + pattern.error().message, pattern.error().status);
    }
    return target;
}

Result<InvalidationTarget> RuleTarget::resolve(const EventContext& context, const KeyBuilder& keys) const {
    std::string text;
    for (const Piece& piece : pieces_) {
        if (!piece.is_variable) {
            text += piece.text;
            continue;
        }
        const auto value = context.find(piece.text);
        if (!value) {
            const std::string known = context.names();
            return refuse("the variable '" + piece.text + "' is not in the event's context" +
                          (known.empty() ? std::string(", which is empty") : " (" + known + ")") +
                          "; pass it with the event");
        }
        if (value->empty())
            return refuse("the variable '" + piece.text + "' is empty in the event's context; pass a value");
        text += as_plain_text(*value, keys);
        if (text.size() > kKeyBytesMax)
            return refuse("with the event's context it has more than " + std::to_string(kKeyBytesMax) +
                              " bytes; pass shorter values",
                          AURELIS_E_TOO_LARGE);
    }
    AURELIS_TRY(target, finish(std::move(text), keys));
    if (target.pattern && target.pattern->is_full() != is_full_pattern_)
        return refuse(
            "with the event's context it begins with the cache's namespace; write the namespace in the "
            "target itself, or pass another value");
    return target;
}

bool RuleTarget::has_variables() const noexcept {
    return std::any_of(pieces_.begin(), pieces_.end(), [](const Piece& piece) { return piece.is_variable; });
}

std::string RuleTarget::event() const {
    return kind_ == Kind::Event && !has_variables() ? pieces_.front().text : std::string();
}

std::string RuleTarget::warning() const {
    const std::string place = "target '" + printable(text_) + "' ";
    if (kind_ == Kind::Category && text_.find('*') != std::string::npos)
        return place + "means the one category of exactly this name; for several write pattern:" +
               printable(std::string_view(text_).substr(std::string_view("category:").size())) + ":*";
    return {};
}

}  // namespace aurelis::core
