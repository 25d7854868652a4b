#include "flow/event_rules.hpp"

#include "support/catch.hpp"

#include <atomic>
#include <thread>

namespace aurelis::core {
namespace {

using Targets = std::vector<std::string>;

EventRules rules_of(KeyFormat format = KeyFormat::Default, std::string_view name_space = "aurelis") {
    auto keys = KeyBuilder::create(name_space, "v1", format);
    REQUIRE(keys.has_value());
    return EventRules(std::move(keys).value());
}

EventContext context_of(std::string_view json) {
    auto context = EventContext::from_json(json);
    INFO((context ? std::string() : context.error().message));
    REQUIRE(context.has_value());
    return std::move(context).value();
}

void add(EventRules& rules, std::string_view event, const Targets& targets) {
    const auto added = rules.add(event, targets);
    INFO((added ? std::string() : added.error().message));
    REQUIRE(added.has_value());
}

std::string refusal(EventRules& rules, std::string_view event, const Targets& targets) {
    const auto added = rules.add(event, targets);
    REQUIRE_FALSE(added.has_value());
    return added.error().message;
}

std::string shown(const InvalidationTarget& target) {
    const char* const kinds[] = {"key", "category", "pattern", "tag", "event"};
    return std::string(kinds[static_cast<size_t>(target.kind)]) + " " + target.text;
}

Targets shown(const Result<Expansion>& expansion) {
    INFO((expansion ? std::string() : expansion.error().message));
    REQUIRE(expansion.has_value());
    Targets all;
    for (const InvalidationTarget& target : expansion->targets) {
        CHECK(target.pattern.has_value() == (target.kind == InvalidationTarget::Kind::Pattern));
        all.push_back(shown(target));
    }
    for (const std::string& event : expansion->without_rule) all.push_back("without rule " + event);
    return all;
}

TEST_CASE("event rules: the origin document's example of two rules") {
    EventRules rules = rules_of();
    add(rules, "model_updated", {"category:model_responses", "pattern:model_info:{model_type}"});
    add(rules, "user_settings_changed", {"pattern:user_data:{user_id}"});
    const auto updated = rules.expand("model_updated", context_of(R"({"model_type": "gpt-4o"})"));
    CHECK(shown(updated) == Targets{"category model_responses", "pattern model_info:gpt-4o"});
    const KeyPattern& pattern = *updated->targets[1].pattern;
    CHECK(pattern.matches("aurelis:v1:model_info:gpt-4o", {}));
    CHECK_FALSE(pattern.matches("aurelis:v1:model_info:gpt-4o-mini", {}));
    CHECK_FALSE(pattern.matches("aurelis:v1:user_data:gpt-4o", {}));
    CHECK(shown(rules.expand("user_settings_changed", context_of(R"({"user_id": 42})"))) ==
          Targets{"pattern user_data:42"});
}

TEST_CASE("event rules: the origin document's example of two categories") {
    EventRules rules = rules_of();
    add(rules, "model_config_updated", {"category:model_responses", "category:model_info"});
    CHECK(shown(rules.expand("model_config_updated", {})) ==
          Targets{"category model_responses", "category model_info"});
}

TEST_CASE("event rules: an event without a rule says so") {
    EventRules rules = rules_of();
    CHECK(shown(rules.expand("nothing", {})) == Targets{"without rule nothing"});
    add(rules, "a", {"tag:t", "event:b", "event:b"});
    CHECK(shown(rules.expand("a", {})) == Targets{"tag t", "without rule b"});
}

TEST_CASE("event rules: of an event without a rule it is told what names it and what may be meant") {
    EventRules rules = rules_of();
    CHECK(rules.expand("user_changed", {})->about_those ==
          Targets{"the event 'user_changed' has no rule; no event has one"});
    add(rules, "user_changed", {"tag:t", "event:dashboards"});
    add(rules, "all_changed", {"event:user_changed", "event:dashboard_changed"});
    add(rules, "dashboard_changd", {"tag:t"});
    CHECK(rules.expand("users_changed", {})->about_those ==
          Targets{"the event 'users_changed' has no rule; did you mean 'user_changed'?"});
    CHECK(rules.expand("all_changed", {})->about_those ==
          Targets{"the event 'dashboards', which the rule of 'user_changed' names, has no rule; events with one: "
                  "all_changed, dashboard_changd, user_changed",
                  "the event 'dashboard_changed', which the rule of 'all_changed' names, has no rule; did you mean "
                  "'dashboard_changd'?"});
    for (int i = 0; i < 9; ++i) add(rules, "e" + std::to_string(i), {"tag:t"});
    CHECK(rules.expand("something_else", {})->about_those[0].ends_with("e4, e5, ..."));
}

TEST_CASE("event rules: those of a configuration that name an event without a rule are warned of") {
    EventRules rules = rules_of();
    Problems problems("t.yaml");
    add_rules({{"a", {{"event:later", 3}, {"event:{any}", 4}, {"event:bb", 5}, {"event:damaged", 6}}, 2},
               {"bb", {{"event:bbc", 8}}, 7},
               {"damaged", {{"pattern:*", 10}}, 9}},
              rules, problems);
    CHECK(problems.all().size() == 1);
    CHECK(problems.warnings_text() ==
          "t.yaml:3: invalidation: event a: target 'event:later': this event has no rule here; events with one: a, bb, "
          "damaged (a program may set one)\n"
          "t.yaml:8: invalidation: event bb: target 'event:bbc': this event has no rule here; did you mean 'bb'? (a "
          "program may set one)\n");
}

TEST_CASE("event rules: targets come in order, each once") {
    EventRules rules = rules_of();
    add(rules, "both", {"tag:x", "event:one", "category:c", "event:two", "tag:x"});
    add(rules, "one", {"tag:y", "event:shared", "tag:x"});
    add(rules, "two", {"event:shared", "aurelis:v1:c:1", "category:x"});
    add(rules, "shared", {"pattern:c:*", "tag:z"});
    CHECK(shown(rules.expand("both", {})) ==
          Targets{"tag x", "tag y", "pattern c:*", "tag z", "category c", "key aurelis:v1:c:1", "category x"});
}

TEST_CASE("event rules: rules that name each other often are expanded once each") {
    EventRules rules = rules_of();
    for (int i = 0; i < 60; ++i)
        add(rules, "e" + std::to_string(i),
            {"event:e" + std::to_string(i + 1), "event:e" + std::to_string(i + 1), "tag:t" + std::to_string(i)});
    add(rules, "e60", {"tag:last"});
    CHECK(rules.expand("e0", {})->targets.size() == 61);
}

TEST_CASE("event rules: registering an event again replaces its targets") {
    EventRules rules = rules_of();
    add(rules, "a", {"tag:x", "tag:y"});
    add(rules, "a", {"tag:z"});
    CHECK(shown(rules.expand("a", {})) == Targets{"tag z"});
    refusal(rules, "a", {"tag:w", "pattern:*"});
    CHECK(shown(rules.expand("a", {})) == Targets{"tag z"});
    CHECK(rules.list() == std::vector<std::pair<std::string, Targets>>{{"a", {"tag:z"}}});
    CHECK(rules.remove("a"));
    CHECK_FALSE(rules.remove("a"));
    CHECK(shown(rules.expand("a", {})) == Targets{"without rule a"});
}

TEST_CASE("event rules: a ring is refused when it is registered, and the message shows it") {
    EventRules rules = rules_of();
    CHECK(refusal(rules, "a", {"event:a"}) ==
          "event 'a': its rule would lead back to itself: a -> a; remove an event: "
          "from one of these rules");
    add(rules, "a", {"tag:x", "event:b"});
    add(rules, "b", {"event:d", "event:c"});
    CHECK(refusal(rules, "c", {"tag:y", "event:a"})
              .find("event 'c': its rule would lead back to itself: "
                    "c -> a -> b -> c; remove") == 0);
    CHECK(shown(rules.expand("c", {})) == Targets{"without rule c"});
    // Replacing a rule counts with its new targets only.
    add(rules, "a", {"tag:x"});
    add(rules, "c", {"event:a"});
    CHECK(refusal(rules, "a", {"event:b"}).find("a -> b -> c -> a") != std::string::npos);
}

TEST_CASE("event rules: a ring that only the context closes is refused when it is expanded") {
    EventRules rules = rules_of();
    add(rules, "a", {"event:{next}"});
    add(rules, "b", {"event:a"});
    CHECK(shown(rules.expand("a", context_of(R"({"next": "c"})"))) == Targets{"without rule c"});
    const auto ring = rules.expand("a", context_of(R"({"next": "b"})"));
    REQUIRE_FALSE(ring.has_value());
    CHECK(ring.error().message ==
          "event 'a': with this context its rule leads back to itself: a -> b -> a; pass other "
          "values, or remove an event: from these rules");
}

TEST_CASE("event rules: an unknown variable is an error that names the event, the target and the variable") {
    EventRules rules = rules_of();
    add(rules, "a", {"tag:x", "event:b"});
    add(rules, "b", {"pattern:user_data:{user_id}"});
    const auto nothing = rules.expand("a", {});
    REQUIRE_FALSE(nothing.has_value());
    CHECK(nothing.error().status == AURELIS_E_INVALID);
    CHECK(nothing.error().message ==
          "event 'b': target 'pattern:user_data:{user_id}': the variable 'user_id' is not in "
          "the event's context, which is empty; pass it with the event");
    CHECK(rules.expand("a", context_of(R"({"user": 1, "id": 2})"))
              .error()
              .message.find("is not in the event's context (id, user); pass it") != std::string::npos);
    CHECK(rules.expand("a", context_of(R"({"user_id": ""})"))
              .error()
              .message.find("the variable 'user_id' is empty in the event's context; pass a value") !=
          std::string::npos);
}

TEST_CASE("event rules: bounds") {
    EventRules rules = rules_of();
    CHECK(refusal(rules, "", {"tag:x"}) == "event '': its name is empty; give it a name");
    CHECK(refusal(rules, std::string(129, 'e'), {"tag:x"}).find("longer than 128 bytes") != std::string::npos);
    CHECK(refusal(rules, "a\nb", {"tag:x"}).find("event 'a?b': its name holds a control character") == 0);
    CHECK(refusal(rules, "a", {}) == "event 'a': its rule has no targets; name what the event invalidates");
    Targets many;
    for (size_t i = 0; i <= kRuleTargetsMax; ++i) many.push_back("tag:" + std::to_string(i));
    CHECK(refusal(rules, "a", many) ==
          "event 'a': its rule has more than 128 targets; move some into the rule of "
          "another event and name that as event:NAME");
    many.pop_back();
    add(rules, "a", many);
    for (size_t i = 1; i < kRulesMax; ++i) add(rules, "e" + std::to_string(i), {"tag:x"});
    const std::string full = refusal(rules, "one more", {"tag:x"});
    CHECK(full.find("there are 1024 events with rules already, which is the limit; remove one first") !=
          std::string::npos);
    add(rules, "a", {"tag:x"});
    CHECK(rules.remove("e1"));
    add(rules, "one more", {"tag:x"});
}

TEST_CASE("event rules: the targets of one event are bounded") {
    EventRules rules = rules_of();
    Targets events;
    for (size_t i = 0; i < kExpandedTargetsMax / kRuleTargetsMax; ++i) {
        Targets tags;
        for (size_t j = 0; j < kRuleTargetsMax; ++j) tags.push_back("tag:" + std::to_string(i * 1000 + j));
        add(rules, "e" + std::to_string(i), tags);
        events.push_back("event:e" + std::to_string(i));
    }
    add(rules, "all", events);
    CHECK(rules.expand("all", {})->targets.size() == kExpandedTargetsMax);
    events.push_back("tag:1001");
    add(rules, "all", events);
    CHECK(rules.expand("all", {}).has_value());
    events.push_back("tag:new");
    add(rules, "all", events);
    CHECK(rules.expand("all", {}).error().message ==
          "event 'all': it leads to more than 4096 targets; use a category, a tag or a pattern for several keys");
}

TEST_CASE("event rules: an expansion beside changes sees one rule or the other") {
    EventRules rules = rules_of();
    add(rules, "a", {"tag:1", "tag:2"});
    std::atomic<bool> done{false};
    std::thread writer([&] {
        for (int i = 0; i < 500; ++i) {
            if (!rules.add("a", Targets{"tag:3", "tag:4", "tag:5"})) break;
            if (!rules.add("a", Targets{"tag:1", "tag:2"})) break;
        }
        done = true;
    });
    size_t wrong = 0;
    do {
        const auto expansion = rules.expand("a", {});
        const bool first = expansion && expansion->targets.size() == 2 && expansion->targets[0].text == "1";
        const bool second = expansion && expansion->targets.size() == 3 && expansion->targets[0].text == "3";
        wrong += first || second ? 0 : 1;
    } while (!done);
    writer.join();
    CHECK(wrong == 0);
}

TEST_CASE("event rules: those of a configuration, with mistakes at their lines") {
    EventRules rules = rules_of();
    Problems problems("t.yaml");
    add_rules({{"a", {{"tag:x", 3}, {"pattern:*", 4}, {"tag:{", 5}}, 2},
               {"b", {{"event:a", 7}, {"event:c", 8}}, 6},
               {"c", {{"event:b", 10}}, 9},
               {"d", {{"tag:x", 12}, {"category:user_*", 13}}, 11}},
              rules, problems);
    CHECK(
        problems.text() ==
        "t.yaml:4: invalidation: event a: target 'pattern:*': pattern '*': wildcards in the namespace could reach the "
        "keys of other caches; write 'aurelis:' in place of '*:', or name a category\n"
        "t.yaml:5: invalidation: event a: target 'tag:{': a '{' has no partner; write a variable as {name}, and a "
        "brace itself twice\n"
        "t.yaml:9: invalidation: event 'c': its rule would lead back to itself: c -> b -> c; remove an event: from one "
        "of these rules\n");
    CHECK(problems.warnings_text() ==
          "t.yaml:13: invalidation: event d: target 'category:user_*' means the one category of exactly this name; for "
          "several write pattern:user_*:*\n");
    CHECK(shown(rules.expand("b", {})) == Targets{"tag x", "without rule c"});
}

}  // namespace
}  // namespace aurelis::core
