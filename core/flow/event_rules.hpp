// EventRules: which targets an event invalidates. Rules come from the configuration and from the program, at any time.
// Leaves to others: what a target may be (rule_target), and invalidating the targets (stack).
#pragma once

#include "base/locks.hpp"
#include "config/config.hpp"
#include "config/problems.hpp"
#include "flow/event_context.hpp"
#include "flow/rule_target.hpp"
#include "keys/key_builder.hpp"

#include <aurelis/base/result.hpp>

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aurelis::core {

inline constexpr size_t kRulesMax = 1024;
inline constexpr size_t kRuleTargetsMax = 128;
inline constexpr size_t kExpandedTargetsMax = 4096;

// What an event invalidates in its context.
struct Expansion {
    std::vector<InvalidationTarget> targets;  // In the order of the rules, each once; none is an event.
    std::vector<std::string> without_rule;    // The event itself or others that rules name, if they have none.
    std::vector<std::string> about_those;     // For the first of them: what names it and what may be meant, a sentence.
};

// Safe from any thread. An expansion sees the rules as they were when it began.
class EventRules {
public:
    explicit EventRules(KeyBuilder keys) : keys_(std::move(keys)) {}

    const KeyBuilder& keys() const noexcept { return keys_; }

    // Replaces the event's targets, if it has any. Refuses a target that is malformed and a rule that would lead back
    // to its own event; the earlier rule then stays.
    Result<void> add(std::string_view event, std::span<const std::string> targets) AURELIS_EXCLUDES(mutex_);
    Result<void> add(std::string_view event, std::vector<RuleTarget> targets) AURELIS_EXCLUDES(mutex_);
    // False: there is none.
    bool remove(std::string_view event) AURELIS_EXCLUDES(mutex_);

    // All targets or an error; an event without a rule is not one.
    Result<Expansion> expand(std::string_view event, const EventContext& context) const AURELIS_EXCLUDES(mutex_);

    // The events and their targets as they are written, sorted by event.
    std::vector<std::pair<std::string, std::vector<std::string>>> list() const AURELIS_EXCLUDES(mutex_);

private:
    using Rule = std::vector<RuleTarget>;
    using Table = std::map<std::string, std::shared_ptr<const Rule>, std::less<>>;
    friend class Expander;

    std::shared_ptr<const Table> table() const AURELIS_EXCLUDES(mutex_);

    const KeyBuilder keys_;
    mutable SharedMutex mutex_;  // For the pointer; a table does not change.
    std::shared_ptr<const Table> table_ AURELIS_GUARDED_BY(mutex_) = std::make_shared<const Table>();
};

// Adds the rules of a configuration; what is wrong with them is reported at their lines.
void add_rules(const std::vector<RuleConfig>& configured, EventRules& rules, Problems& problems);

}  // namespace aurelis::core
