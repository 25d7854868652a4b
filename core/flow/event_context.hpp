// EventContext: what an event says about itself: names and their values, for the variables of rules. Leaves to others:
// what the values become (rule_target).
#pragma once

#include <aurelis/base/result.hpp>

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace aurelis::core {

inline constexpr size_t kContextNamesMax = 64;
inline constexpr size_t kContextNameBytesMax = 128;
inline constexpr size_t kContextValueBytesMax = 4096;
inline constexpr size_t kContextJsonBytesMax = size_t{1} << 20;

class EventContext {
public:
    // The text of a flat JSON object: its values are texts, numbers or booleans; nothing and {} are an empty context.
    static Result<EventContext> from_json(std::string_view text);
    // Each "name=value"; the value may contain a '='.
    static Result<EventContext> from_pairs(std::span<const std::string> pairs);

    // Refuses a name that is empty or known already, and what exceeds a bound.
    Result<void> add(std::string_view name, std::string_view value);
    // Nothing: it is not known.
    std::optional<std::string_view> find(std::string_view name) const noexcept;
    // "user_id, model_type"; empty: there are none.
    std::string names() const;

private:
    std::map<std::string, std::string, std::less<>> values_;
};

}  // namespace aurelis::core
