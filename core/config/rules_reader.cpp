// The section `invalidation`: a list of {on: EVENT, targets: [...]}. What a target may be is known to flow/rule_target,
// which needs the cache's keys.
#include "config/map_reader.hpp"
#include "config/section_readers.hpp"
#include "config/values.hpp"

#include <utility>

namespace aurelis::core {
namespace {

// "category: users" without quotes is a map, which is not what it looks like.
std::string got_instead_of_target(const Node& node) {
    if (node.kind != Node::Kind::Map || node.members.size() != 1) return shown(node);
    const std::string kind = printable(node.members.front().first);
    return "a map; write no space after '" + kind + ":'";
}

void read_targets(const Node& list, const std::string& place, RuleConfig& rule, Problems& problems) {
    if (list.items.empty()) problems.add(list.line, place + "'targets' is empty; name what the event invalidates");
    for (const Node& item : list.items) {
        if (item.damaged) continue;
        const auto text = to_text(item);
        if (text && !text.value().empty()) {
            rule.targets.push_back({text.value(), item.line});
            continue;
        }
        problems.add(item.line, place +
                                    "'targets': expected texts such as category:user_data, \"pattern:user_data:{id}\""
                                    ", tag:users or a key, got " +
                                    got_instead_of_target(item));
    }
}

}  // namespace

void read_rules(const Node& list, Config& config, Problems& problems) {
    for (const Node& item : list.items) {
        const MapReader reader(item, "invalidation: ", {"on", "targets"}, problems);
        RuleConfig rule;
        rule.line = item.line;
        rule.event = reader.required_text("on", "on: user_changed").value_or("");
        const std::string place =
            rule.event.empty() ? std::string("invalidation: ") : "invalidation: event " + printable(rule.event) + ": ";
        if (const Node* on = item.find("on"); on != nullptr && !rule.event.empty()) {
            const std::string mistake = mistake_in_name(rule.event);
            if (!mistake.empty()) reader.report(*on, "on", mistake);
            for (const RuleConfig& other : config.rules)
                if (other.event == rule.event)
                    problems.add(on->line, place + "it has a rule in line " + std::to_string(other.line) +
                                               " already; move the targets there");
        }
        if (const Node* targets = reader.list("targets"))
            read_targets(*targets, place, rule, problems);
        else if (item.kind == Node::Kind::Map && item.find("targets") == nullptr)
            problems.add(rule.line, place + "'targets' is missing; add it, such as targets: [category:user_data]");
        if (!rule.event.empty()) config.rules.push_back(std::move(rule));
    }
}

}  // namespace aurelis::core
