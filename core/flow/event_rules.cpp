#include "flow/event_rules.hpp"

#include "config/map_reader.hpp"
#include "config/suggest.hpp"
#include "config/values.hpp"

#include <algorithm>
#include <set>

namespace aurelis::core {
namespace {

Error refuse(std::string_view event, const std::string& why, aurelis_status status = AURELIS_E_INVALID) {
    return fail(status, "event '" + printable(event) + "': " + why);
}

// "a -> b -> a"
std::string shown_ring(const std::vector<std::string>& path) {
    std::string ring;
    for (const std::string& event : path) ring += (ring.empty() ? "" : " -> ") + printable(event);
    return ring;
}

constexpr size_t kToldMax = 16;  // A search for what was meant takes its time.

// For an event without a rule.
template <typename Table>
std::string way_out(const std::string& event, const Table& table) {
    constexpr size_t kShown = 8;
    std::vector<std::string> known;
    for (const auto& [name, rule] : table) known.push_back(name);
    const std::string near = nearest_name(event, known);
    if (!near.empty()) return "; did you mean '" + printable(near) + "'?";
    if (known.empty()) return "; no event has one";
    std::string names;
    for (size_t i = 0; i < std::min(known.size(), kShown); ++i) names += (i == 0 ? "" : ", ") + printable(known[i]);
    return "; events with one: " + names + (known.size() > kShown ? ", ..." : "");
}

// Searches the rules that each event leads to, as far as that is known without a context.
template <typename Table>
class RingSearch {
public:
    RingSearch(const Table& table, std::string_view wanted) : table_(table), wanted_(wanted) {}

    // Whether a chain of rules leads from `event` to the wanted one; path() is then the chain.
    bool leads_back(const std::string& event) {
        path_.push_back(event);
        if (event == wanted_) return true;
        const auto rule = table_.find(event);
        if (rule != table_.end() && seen_.insert(event).second)
            for (const RuleTarget& target : *rule->second)
                if (const std::string next = target.event(); !next.empty() && leads_back(next)) return true;
        path_.pop_back();
        return false;
    }
    const std::vector<std::string>& path() const noexcept { return path_; }

private:
    const Table& table_;
    const std::string_view wanted_;
    std::set<std::string, std::less<>> seen_;
    std::vector<std::string> path_;
};

}  // namespace

// One expansion: walks the rules depth first, so that the targets come in the order in which they are written.
class Expander {
public:
    Expander(const EventRules::Table& table, const EventContext& context, const KeyBuilder& keys)
        : table_(table), context_(context), keys_(keys) {}

    Result<void> expand(const std::string& event) {
        const bool leads_back = std::find(path_.begin(), path_.end(), event) != path_.end();
        path_.push_back(event);
        if (leads_back)  // Only a variable can do that; other rings are refused when they are registered.
            return refuse(event, "with this context its rule leads back to itself: " + shown_ring(path_) +
                                     "; pass other values, or remove an event: from these rules");
        if (done_.insert(event).second) AURELIS_TRY_VOID(expand_rule(event));
        path_.pop_back();
        return {};
    }
    Expansion take() { return std::move(expansion_); }

private:
    Result<void> expand_rule(const std::string& event) {
        const auto rule = table_.find(event);
        if (rule == table_.end()) {
            expansion_.without_rule.push_back(event);
            if (expansion_.about_those.size() == kToldMax) return {};
            const std::string named_by =
                path_.size() < 2 ? std::string()
                                 : ", which the rule of '" + printable(path_[path_.size() - 2]) + "' names,";
            expansion_.about_those.push_back("the event '" + printable(event) + "'" + named_by + " has no rule" +
                                             way_out(event, table_));
            return {};
        }
        for (const RuleTarget& target : *rule->second) {
            auto resolved = target.resolve(context_, keys_);
            if (!resolved) return refuse(event, resolved.error().message, resolved.error().status);
            if (resolved->kind == InvalidationTarget::Kind::Event) {
                AURELIS_TRY_VOID(expand(resolved->text));
            } else if (known_.emplace(resolved->kind, resolved->text).second) {
                if (expansion_.targets.size() == kExpandedTargetsMax)
                    return refuse(path_.front(),
                                  "it leads to more than " + std::to_string(kExpandedTargetsMax) +
                                      " targets; use a category, a tag or a pattern for several keys",
                                  AURELIS_E_TOO_LARGE);
                expansion_.targets.push_back(std::move(resolved).value());
            }
        }
        return {};
    }

    const EventRules::Table& table_;
    const EventContext& context_;
    const KeyBuilder& keys_;
    Expansion expansion_;
    std::set<std::pair<InvalidationTarget::Kind, std::string>> known_;
    std::set<std::string> done_;  // Events that were begun; a second time they would add nothing.
    std::vector<std::string> path_;
};

Result<void> EventRules::add(std::string_view event, std::span<const std::string> targets) {
    std::vector<RuleTarget> read;
    for (const std::string& text : targets) {
        auto target = RuleTarget::parse(text, keys_);
        if (!target) return refuse(event, target.error().message, target.error().status);
        read.push_back(std::move(target).value());
        if (read.size() > kRuleTargetsMax) break;
    }
    return add(event, std::move(read));
}

Result<void> EventRules::add(std::string_view event, std::vector<RuleTarget> targets) {
    if (const std::string why = mistake_in_name(event); !why.empty()) return refuse(event, "its name " + why);
    if (targets.empty()) return refuse(event, "its rule has no targets; name what the event invalidates");
    if (targets.size() > kRuleTargetsMax)
        return refuse(event,
                      "its rule has more than " + std::to_string(kRuleTargetsMax) +
                          " targets; move some into the rule of another event and name that as event:NAME",
                      AURELIS_E_TOO_LARGE);
    ExclusiveLock lock(mutex_);
    auto changed = std::make_shared<Table>(*table_);
    changed->insert_or_assign(std::string(event), std::make_shared<const Rule>(std::move(targets)));
    if (changed->size() > kRulesMax)
        return refuse(event,
                      "there are " + std::to_string(kRulesMax) +
                          " events with rules already, which is the "
                          "limit; remove one first",
                      AURELIS_E_TOO_LARGE);
    RingSearch search(*changed, event);
    for (const RuleTarget& target : *changed->find(event)->second) {
        const std::string next = target.event();
        if (next.empty() || !search.leads_back(next)) continue;
        std::vector<std::string> ring = search.path();
        ring.insert(ring.begin(), std::string(event));
        return refuse(event, "its rule would lead back to itself: " + shown_ring(ring) +
                                 "; remove an event: from one of these rules");
    }
    table_ = std::move(changed);
    return {};
}

bool EventRules::remove(std::string_view event) {
    ExclusiveLock lock(mutex_);
    const auto found = table_->find(event);
    if (found == table_->end()) return false;
    auto changed = std::make_shared<Table>(*table_);
    changed->erase(changed->find(event));
    table_ = std::move(changed);
    return true;
}

std::shared_ptr<const EventRules::Table> EventRules::table() const {
    SharedLock lock(mutex_);
    return table_;
}

Result<Expansion> EventRules::expand(std::string_view event, const EventContext& context) const {
    const std::shared_ptr<const Table> table = this->table();
    Expander expander(*table, context, keys_);
    AURELIS_TRY_VOID(expander.expand(std::string(event)));
    return expander.take();
}

std::vector<std::pair<std::string, std::vector<std::string>>> EventRules::list() const {
    std::vector<std::pair<std::string, std::vector<std::string>>> all;
    const std::shared_ptr<const Table> table = this->table();
    for (const auto& [event, rule] : *table) {
        auto& [name, targets] = all.emplace_back(event, std::vector<std::string>());
        for (const RuleTarget& target : *rule) targets.push_back(target.text());
    }
    return all;
}

namespace {

// A program may set their rules later, so it is no mistake.
void warn_of_events_without_rule(const std::vector<RuleConfig>& configured, const EventRules& rules,
                                 Problems& problems) {
    std::map<std::string, size_t> known;  // Also those whose rules have mistakes, which are reported.
    for (const RuleConfig& rule : configured) known.emplace(rule.event, rule.line);
    size_t told = 0;
    for (const RuleConfig& rule : configured)
        for (const RuleConfig::Target& written : rule.targets) {
            const auto target = RuleTarget::parse(written.text, rules.keys());
            if (!target || target->event().empty() || known.contains(target->event())) continue;
            if (++told > kToldMax) return;
            problems.warn(written.line, "invalidation: event " + printable(rule.event) + ": target '" +
                                            printable(written.text) + "': this event has no rule here" +
                                            way_out(target->event(), known) + " (a program may set one)");
        }
}

}  // namespace

void add_rules(const std::vector<RuleConfig>& configured, EventRules& rules, Problems& problems) {
    for (const RuleConfig& rule : configured) {
        const std::string place = "invalidation: event " + printable(rule.event) + ": ";
        std::vector<RuleTarget> targets;
        for (const RuleConfig::Target& written : rule.targets) {
            auto target = RuleTarget::parse(written.text, rules.keys());
            if (!target) {
                problems.add(written.line, place + target.error().message);
                continue;
            }
            if (const std::string warning = target->warning(); !warning.empty())
                problems.warn(written.line, place + warning);
            targets.push_back(std::move(target).value());
        }
        // The reader of the configuration has reported a rule without targets, and a malformed name.
        if (targets.empty() || !mistake_in_name(rule.event).empty()) continue;
        const auto added = rules.add(rule.event, std::move(targets));
        if (!added) problems.add(rule.line, "invalidation: " + added.error().message);
    }
    warn_of_events_without_rule(configured, rules, problems);
}

}  // namespace aurelis::core
