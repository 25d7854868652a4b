// Invalidations through the C++ host API: what each selects, in which way it hides, and what it reports.
// Covers: core/api/cache_invalidate.cpp, core/stack/stack_invalidate.cpp, core/layer/layer_walk.cpp
#include "sdk/host/host_rig.hpp"

#include <future>
#include <thread>

using namespace aurelis;
using namespace aurelis::testing;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view kIds[] = {"1", "2", "3"};

// Three entries in each of two categories: "1" red, "2" blue, "3" without a tag, and "1" with params.
struct Filled : HostRig {
    Filled() {
        for (const Category& category : {a, b}) {
            REQUIRE(category.set("1", "v", {.tags = {"red"}}));
            REQUIRE(category.set("2", "v", {.tags = {"blue"}}));
            REQUIRE(category.set("3", "v"));
            REQUIRE(category.set(with_params, "v"));
        }
    }
    // Which of them are hits: "a1 a2 a3 a1p b1 b2 b3 b1p".
    std::string hits(const ReadOptions& reading = {}) const {
        std::string found;
        const auto look = [&](const Category& category, const Id& id, const std::string& shown) {
            const auto answer = category.lookup(id, reading);
            REQUIRE(answer);
            if (answer->found()) found += (found.empty() ? "" : " ") + shown + (answer->stale() ? "~" : "");
        };
        for (const auto& [category, shown] : {std::pair(&a, "a"), std::pair(&b, "b")}) {
            for (const std::string_view id : kIds) look(*category, id, shown + std::string(id));
            look(*category, with_params, shown + std::string("1p"));
        }
        return found;
    }
    void reopen() {
        REQUIRE(cache.close());
        cache = open(options());
        a = category("a");
        b = category("b");
    }
    Category a = category("a"), b = category("b");
    const Id with_params = Id("1").with(R"({"x":1})");
};

std::string everything() { return "a1 a2 a3 a1p b1 b2 b3 b1p"; }

}  // namespace

TEST_CASE("invalidations select by category, identifier, params, tag, pattern, age and size") {
    Filled rig;
    REQUIRE(rig.hits() == everything());
    SECTION("everything") {
        REQUIRE(rig.cache.invalidate({}));
        CHECK(rig.hits() == "");
    }
    SECTION("a category") {
        REQUIRE(rig.a.invalidate_all());
        CHECK(rig.hits() == "b1 b2 b3 b1p");
    }
    SECTION("an identifier, with whatever params") {
        REQUIRE(rig.a.invalidate("1"));
        CHECK(rig.hits() == "a2 a3 b1 b2 b3 b1p");
    }
    SECTION("an identifier with params") {
        REQUIRE(rig.a.invalidate(rig.with_params));
        CHECK(rig.hits() == "a1 a2 a3 b1 b2 b3 b1p");
    }
    SECTION("a tag") {
        REQUIRE(rig.cache.invalidate({.tag = "red"}));
        CHECK(rig.hits() == "a2 a3 a1p b2 b3 b1p");
    }
    SECTION("a tag within a category") {
        REQUIRE(rig.b.invalidate_all({.tag = "red"}));
        CHECK(rig.hits() == "a1 a2 a3 a1p b2 b3 b1p");
    }
    SECTION("a tag and an identifier") {
        REQUIRE(rig.b.invalidate("1", {.tag = "blue"}));
        CHECK(rig.hits() == everything());
        REQUIRE(rig.b.invalidate("1", {.tag = "red"}));
        CHECK(rig.hits() == "a1 a2 a3 a1p b2 b3 b1p");
    }
    SECTION("a short pattern") {
        REQUIRE(rig.cache.invalidate({.pattern = "?:1"}));
        CHECK(rig.hits() == "a2 a3 b2 b3");
    }
    SECTION("a full pattern") {
        REQUIRE(rig.cache.invalidate({.pattern = "aurelis:*:b:[23]"}));
        CHECK(rig.hits() == "a1 a2 a3 a1p b1 b1p");
    }
    SECTION("a pattern and a tag") {
        REQUIRE(rig.cache.invalidate({.tag = "blue", .pattern = "?:[12]"}));
        CHECK(rig.hits() == "a1 a3 a1p b1 b3 b1p");
    }
    SECTION("a category, a tag and a pattern") {
        REQUIRE(rig.b.invalidate_all({.tag = "red", .pattern = "[ab]:?"}));
        CHECK(rig.hits() == "a1 a2 a3 a1p b2 b3 b1p");
        REQUIRE(rig.b.invalidate_all({.tag = "blue", .pattern = "?:1"}));
        CHECK(rig.hits() == "a1 a2 a3 a1p b2 b3 b1p");
    }
    SECTION("an identifier and a pattern") {
        REQUIRE(rig.b.invalidate("1", {.pattern = "aurelis:v1:*:1"}));
        CHECK(rig.hits() == "a1 a2 a3 a1p b2 b3 b1p");
        REQUIRE(rig.b.invalidate("2", {.pattern = "*b:[13]"}));
        CHECK(rig.hits() == "a1 a2 a3 a1p b2 b3 b1p");
    }
    SECTION("an age") {
        rig.clock.advance(10 * kSecond);
        REQUIRE(rig.a.set("2", "w"));
        rig.clock.advance(10 * kSecond);
        REQUIRE(rig.cache.invalidate({.older_than = 15s}));
        CHECK(rig.hits() == "a2");
    }
    SECTION("a size") {
        REQUIRE(rig.b.set("3", "a longer value"));
        REQUIRE(rig.cache.invalidate({.larger_than = 3}));
        CHECK(rig.hits() == "a1 a2 a3 a1p b1 b2 b1p");
    }
    // What is stored afterwards is found, and nothing that was hidden comes back.
    rig.clock.advance(kSecond);
    REQUIRE(rig.a.set("1", "new", {.tags = {"red"}}));
    CHECK(rig.a.get<std::string>("1").value() == "new");
    const std::string seen = rig.hits();
    rig.reopen();
    CHECK(rig.hits() == seen);
}

TEST_CASE("a soft invalidation makes entries stale, and a hard one after it makes them misses") {
    Filled rig;
    REQUIRE(rig.cache.invalidate({.soft = true, .tag = "red"}));
    CHECK(rig.hits() == "a2 a3 a1p b2 b3 b1p");
    CHECK(rig.hits({.allow_stale = true}) == "a1~ a2 a3 a1p b1~ b2 b3 b1p");
    int computed = 0;
    CHECK(rig.a.get_or_compute<std::string>("1", [&] { return ++computed, std::string("w"); }).value() == "w");
    CHECK(computed == 1);
    CHECK(rig.a.get<std::string>("1").value() == "w");
    rig.reopen();
    CHECK(rig.hits({.allow_stale = true}) == "a1 a2 a3 a1p b1~ b2 b3 b1p");
    REQUIRE(rig.b.invalidate_all());
    CHECK(rig.hits({.allow_stale = true}) == "a1 a2 a3 a1p");
}

TEST_CASE("conditions that cannot apply together, or not be kept together, are refused") {
    Filled rig;
    const auto refused = [](const Result<InvalidationReport>& report, const std::string& why) {
        REQUIRE_FALSE(report);
        CHECK(report.error().status == AURELIS_E_INVALID);
        INFO(report.error().message);
        CHECK(report.error().message.find(why) != std::string::npos);
    };
    constexpr const char* kNone = "no entry of the category can match; leave one of the two out";
    refused(rig.b.invalidate_all({.pattern = "c*:1"}), kNone);
    refused(rig.b.invalidate_all({.tag = "red", .pattern = "a:1"}), kNone);
    refused(rig.b.invalidate("1", {.pattern = "aurelis:v1:a:*"}), kNone);
    refused(rig.b.invalidate_all({.tag = "red", .pattern = "aurelis:*:1"}), "write the category into the full pattern");
    refused(rig.b.invalidate("1", {.tag = "red", .pattern = "b:*"}), "given together with params or a tag");
    refused(rig.b.invalidate(rig.with_params, {.pattern = "b:*"}), "given together with params or a tag");
    refused(rig.b.invalidate_all({.dry_run = true, .remove = true}), "a dry run removes nothing");
    CHECK(rig.hits() == everything());
}

TEST_CASE("an invalidation reports what it selects and what is gone") {
    Filled rig;
    const auto dry = rig.a.invalidate_all({.dry_run = true});
    REQUIRE(dry);
    REQUIRE(dry->layers.size() == 2);
    CHECK(dry->complete);
    for (const auto& layer : dry->layers) CHECK(layer.matched == 4);
    CHECK(rig.hits() == everything());
    const auto real = rig.a.invalidate_all({.count = true, .remove = true});
    REQUIRE(real);
    for (const auto& layer : real->layers) {
        CHECK(layer.matched == 4);
        CHECK(layer.removed == 4);
    }
    CHECK(rig.hits() == "b1 b2 b3 b1p");
    const auto again = rig.a.invalidate_all({.count = true});
    CHECK(again->layers[0].matched == 0);
    const auto uncounted = rig.cache.invalidate({.tag = "red"});
    CHECK_FALSE(uncounted->layers[0].matched.has_value());
    CHECK(uncounted->layers[0].removed == 0);
    CHECK(rig.stats()["layers"][1]["entries"].get<int>() >= 3);
}

TEST_CASE("explain names the invalidation that hides an entry") {
    Filled rig;
    REQUIRE(rig.cache.invalidate({.tag = "red"}));
    CHECK(rig.a.explain_json("1").value().find("the tag red") != std::string::npos);
    REQUIRE(rig.cache.invalidate({.pattern = "a:[2]*"}));
    CHECK(rig.a.explain_json("2").value().find("a:[2]*") != std::string::npos);
    REQUIRE(rig.a.invalidate_all());
    CHECK(rig.a.explain_json("3").value().find("invalidation of its category") != std::string::npos);
    CHECK(rig.b.explain_json("3").value().find("\"hit\"") != std::string::npos);
}

TEST_CASE("events invalidate what their rules name") {
    Filled rig;
    const Invalidator invalidator(rig.cache);
    REQUIRE(invalidator.register_invalidation_rule(
        "user_changed", {"pattern:a:{id}", "tag:{colour}", "aurelis:v1:b:3", "event:other"}));
    CHECK(rig.cache.rules_json().value() ==
          R"([{"on":"user_changed","targets":["pattern:a:{id}","tag:{colour}","aurelis:v1:b:3","event:other"]}])");
    SECTION("with its variables") {
        const auto report = invalidator.invalidate_on_event("user_changed", {{"id", "1"}, {"colour", "blue"}});
        REQUIRE(report);
        CHECK(report->targets == 3);
        CHECK(report->events_without_rule == 1);
        CHECK(rig.hits() == "a3 b1 b1p");
    }
    SECTION("a value is plain text") {
        REQUIRE(invalidator.invalidate_on_event("user_changed", {{"id", "*"}, {"colour", "none"}}));
        CHECK(rig.hits() == "a1 a2 a3 a1p b1 b2 b1p");
    }
    SECTION("a variable that is not known is an error, and nothing is invalidated") {
        const auto refused = invalidator.invalidate_on_event("user_changed", {{"id", "1"}});
        REQUIRE_FALSE(refused);
        CHECK(refused.error().message.find("colour") != std::string::npos);
        CHECK(rig.hits() == everything());
    }
    SECTION("an event without a rule says so") {
        const auto report = invalidator.invalidate_on_event("nobody");
        REQUIRE(report);
        CHECK(report->events_without_rule == 1);
        CHECK(report->without_rule == "the event 'nobody' has no rule; events with one: user_changed");
        CHECK(report->targets == 0);
        CHECK(rig.hits() == everything());
    }
    SECTION("of many events without a rule, as many are named as there is room for") {
        std::vector<std::string> many;
        for (char c = 'a'; c <= 'z'; ++c) many.push_back("event:" + std::string(50, c));
        REQUIRE(rig.cache.set_rule("many", many));
        const auto report = invalidator.invalidate_on_event("many");
        REQUIRE(report);
        CHECK(report->events_without_rule == 26);
        CHECK(report->without_rule.starts_with("the event '" + std::string(50, 'a') + "', which the rule of 'many'"));
        CHECK(report->without_rule.ends_with("\n..."));
        CHECK(report->without_rule.size() < AURELIS_WITHOUT_RULE_MAX);
    }
    SECTION("registering it again replaces its targets") {
        REQUIRE(invalidator.register_invalidation_rule("user_changed", {"category:a"}));
        REQUIRE(invalidator.invalidate_on_event("user_changed"));
        CHECK(rig.hits() == "b1 b2 b3 b1p");
        CHECK(rig.cache.remove_rule("user_changed").value());
        CHECK_FALSE(rig.cache.remove_rule("user_changed").value());
        CHECK(invalidator.invalidate_on_event("user_changed")->events_without_rule == 1);
    }
    SECTION("softly, and counted first") {
        const EventContext context{{"id", "2"}, {"colour", "red"}};
        const auto dry = rig.cache.invalidate_on_event("user_changed", context, {.dry_run = true});
        REQUIRE(dry);
        for (const auto& layer : dry->layers) CHECK(layer.matched == 4);
        CHECK(rig.hits() == everything());
        REQUIRE(rig.cache.invalidate_on_event("user_changed", context, {.soft = true}));
        CHECK(rig.hits({.allow_stale = true}) == "a1~ a2~ a3 a1p b1~ b2 b3~ b1p");
    }
    SECTION("rules that lead back to themselves are refused") {
        const auto refused = invalidator.register_invalidation_rule("other", {"event:user_changed"});
        REQUIRE_FALSE(refused);
        CHECK(refused.error().message.find("other -> user_changed -> other") != std::string::npos);
    }
}

TEST_CASE("a rule's full key means the one entry of this key, whichever way the event is fired") {
    Filled rig;
    REQUIRE(rig.cache.set_rule("changed", {"aurelis:v1:a:{id}"}));
    const EventContext one{{"id", "1"}};
    const auto dry = rig.cache.invalidate_on_event("changed", one, {.dry_run = true});
    REQUIRE(dry);
    for (const auto& layer : dry->layers) CHECK(layer.matched == 1);
    CHECK(rig.hits() == everything());
    const auto soft = rig.cache.invalidate_on_event("changed", one, {.soft = true, .count = true});
    REQUIRE(soft);
    for (const auto& layer : soft->layers) CHECK(layer.matched == 1);
    // A second time nothing becomes stale that was not.
    const auto again = rig.cache.invalidate_on_event("changed", one, {.soft = true, .count = true});
    REQUIRE(again);
    for (const auto& layer : again->layers) CHECK(layer.matched == 0);
    CHECK(rig.hits({.allow_stale = true}) == "a1~ a2 a3 a1p b1 b2 b3 b1p");
    const auto hard = rig.cache.invalidate_on_event("changed", {{"id", "2"}}, {.count = true, .remove = true});
    REQUIRE(hard);
    for (const auto& layer : hard->layers) {
        CHECK(layer.matched == 1);
        CHECK(layer.removed == 1);
    }
    REQUIRE(rig.cache.invalidate_on_event("changed", {{"id", "3"}}));
    CHECK(rig.hits({.allow_stale = true}) == "a1~ a1p b1 b2 b3 b1p");
}

TEST_CASE("a rule may not name what is no key of this cache, and says which target is wrong") {
    Filled rig;
    REQUIRE(rig.cache.full_keys().set("other:v1:a:1", "theirs"));
    const std::vector<std::string> targets{"tag:red", "a:{id}", "other:v1:a:1", "aurelis:v1:a", "aurelis:v1:a:*"};
    for (size_t i = 1; i < targets.size(); ++i) {
        const auto refused = rig.cache.set_rule("changed", {targets[0], targets[i]});
        REQUIRE_FALSE(refused);
        CHECK(refused.error().status == AURELIS_E_INVALID);
        CHECK(refused.error().message.find("event 'changed': target '" + targets[i] + "': ") != std::string::npos);
    }
    CHECK(rig.cache.rules_json().value() == "[]");
    CHECK(rig.cache.full_keys().lookup("other:v1:a:1")->found());
    // A value of the context can make one impossible as well.
    REQUIRE(rig.cache.set_rule("changed", {"aurelis:v1:a:{id}"}));
    const auto refused = rig.cache.invalidate_on_event("changed", {{"id", std::string(4096, 'x')}});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message.find("event 'changed': target 'aurelis:v1:a:{id}': ") != std::string::npos);
}

TEST_CASE("a load that began before an invalidation is answered to those who asked before it, and to nobody else") {
    Filled rig;
    const auto invalidated_by = [&](auto&& invalidate) {
        const Category fresh = rig.category("fresh");
        REQUIRE(fresh.remove("k"));
        std::promise<void> inside, go;
        std::string first, second;
        std::thread computing([&] {
            first = fresh
                        .get_or_compute<std::string>(
                            "k",
                            [&] {
                                inside.set_value();
                                go.get_future().wait();
                                return std::string("old");
                            },
                            {.tags = {"t"}})
                        .value();
        });
        inside.get_future().wait();
        invalidate(fresh);
        const auto joined = rig.stats()["loads_joined"].get<uint64_t>();
        std::thread later([&] {
            second =
                fresh.get_or_compute<std::string>("k", [] { return std::string("new"); }, {.tags = {"t"}}).value();
        });
        // It waits for the first load, or has begun its own already.
        while (rig.stats()["loads_joined"].get<uint64_t>() == joined && !fresh.lookup("k", {.peek = true})->found())
            std::this_thread::yield();
        go.set_value();
        computing.join();
        later.join();
        CHECK(first == "old");
        CHECK(second == "new");
        CHECK(fresh.get<std::string>("k").value() == "new");
    };
    SECTION("a category") {
        invalidated_by([](const Category& c) { REQUIRE(c.invalidate_all()); });
    }
    SECTION("an identifier") {
        invalidated_by([](const Category& c) { REQUIRE(c.invalidate("k")); });
    }
    SECTION("a tag") {
        invalidated_by([&](const Category&) { REQUIRE(rig.cache.invalidate({.tag = "t"})); });
    }
    SECTION("a pattern") {
        invalidated_by([&](const Category&) { REQUIRE(rig.cache.invalidate({.pattern = "fresh:[k]"})); });
    }
    SECTION("an event") {
        invalidated_by([&](const Category&) {
            REQUIRE(rig.cache.set_rule("e", {"category:fresh"}));
            REQUIRE(rig.cache.invalidate_on_event("e"));
        });
    }
    SECTION("everything") {
        invalidated_by([&](const Category&) { REQUIRE(rig.cache.invalidate({})); });
    }
    SECTION("a clear") {
        invalidated_by([&](const Category&) { REQUIRE(rig.cache.clear()); });
    }
    SECTION("a removal") {
        invalidated_by([](const Category& c) { REQUIRE(c.remove("k")); });
    }
}

TEST_CASE("an entry without bytes can be selected by a pattern, and is not larger than anything") {
    Filled rig;
    REQUIRE(rig.a.set("3", ""));
    REQUIRE(rig.cache.invalidate({.pattern = "a:[3]", .larger_than = 1}));
    CHECK(rig.hits() == everything());
    REQUIRE(rig.cache.invalidate({.pattern = "a:[3]"}));
    CHECK(rig.hits() == "a1 a2 a1p b1 b2 b3 b1p");
}

TEST_CASE("an invalidation selects what a serializer of a format has encoded, or may have") {
    HostRig rig;
    OpenOptions said = rig.options();
    said.text = "layers:\n"
                "  - {name: L1, backend: memory, priority: 2, max_entries: 100}\n"
                "  - {name: L2, backend: sqlite-disk, priority: 1, serializers: [{use: lz4, threshold: 100}], "
                "options: {path: \"" + rig.folder / "lz4.db" + "\"}}\n";
    const Cache cache = HostRig::open(said);
    const Category users = cache.category("c").value();
    REQUIRE(users.set("encoded", std::string(5000, 'a')));
    REQUIRE(users.set("plain", "short"));
    const auto dry = cache.invalidate({.dry_run = true, .format_id = 4});
    REQUIRE(dry);
    CHECK(dry->layers[0].matched == 2);  // Memory does not tell.
    CHECK(dry->layers[1].matched == 1);
    CHECK(cache.invalidate({.dry_run = true, .format_id = 5})->layers[1].matched == 0);
    REQUIRE(cache.invalidate({.format_id = 4}));
    CHECK(users.explain_json("encoded")->find("encoded with format 4") != std::string::npos);
    CHECK_FALSE(users.lookup("encoded")->found());
    const auto plain = users.lookup("plain");
    CHECK(plain->found());
    CHECK(plain->layer() == 2);
    rig.clock.advance(kSecond);
    REQUIRE(users.set("encoded", std::string(5000, 'b')));
    CHECK(users.lookup("encoded", {.skip_layers = 1})->found());
}

TEST_CASE("a layer of bare values loses what an invalidation selects, at once") {
    HostRig rig;
    OpenOptions said = rig.options();
    said.text = "layers:\n"
                "  - {name: L1, backend: memory, priority: 2, max_entries: 100}\n"
                "  - {name: L2, backend: sqlite-disk, priority: 1, frame: none, options: {path: \"" +
                rig.folder / "bare.db" + "\"}}\n";
    const Cache cache = HostRig::open(said);
    const Category a = cache.category("a").value(), b = cache.category("b").value();
    const Id with_params = Id("1").with(R"({"x":1})");
    const WriteOptions red{.tags = {"red"}};
    REQUIRE(a.set("1", "v", red));
    REQUIRE(a.set("2", "longer"));
    REQUIRE(a.set(with_params, "v"));
    REQUIRE(b.set("1", "v"));
    const auto below = [&] {
        std::string found;
        const ReadOptions reading{.promote = false, .skip_layers = 1};
        for (const auto& [category, id, shown] : {std::tuple(&a, Id("1"), "a1 "), std::tuple(&a, Id("2"), "a2 "),
                                                  std::tuple(&a, with_params, "a1p "), std::tuple(&b, Id("1"), "b1 ")})
            if (category->lookup(id, reading)->found()) found += shown;
        return found;
    };
    REQUIRE(below() == "a1 a2 a1p b1 ");
    SECTION("a category") {
        CHECK(a.invalidate_all({.dry_run = true})->layers[1].matched == 3);
        const auto report = a.invalidate_all();
        CHECK(report->layers[1].removed == 3);
        CHECK(below() == "b1 ");
    }
    SECTION("an identifier") {
        CHECK(a.invalidate("1", {.dry_run = true})->layers[1].matched == 2);
        CHECK(a.invalidate("1")->layers[1].removed == 2);
        CHECK(below() == "a2 b1 ");
    }
    SECTION("a pattern") {
        REQUIRE(cache.invalidate({.pattern = "a:[2-9]"}));
        CHECK(below() == "a1 a1p b1 ");
    }
    SECTION("a size") {
        REQUIRE(a.invalidate_all({.larger_than = 3}));
        CHECK(below() == "a1 a1p b1 ");
    }
    SECTION("a tag, which bare values do not have: each may have it") {
        CHECK(cache.invalidate({.dry_run = true, .tag = "red"})->layers[1].matched == 4);
        REQUIRE(cache.invalidate({.tag = "red"}));
        CHECK(below() == "");
        CHECK(a.lookup("2")->found());  // In the memory above, whose entries have their tags.
    }
    SECTION("and a load that began before it does not bring it back") {
        CHECK(a.get_or_compute<std::string>("new", [&] {
                   REQUIRE(a.invalidate_all());
                   return std::string("old");
               }).value() == "old");
        CHECK_FALSE(a.lookup("new")->found());
        CHECK_FALSE(a.lookup("new", {.skip_layers = 1})->found());
    }
}

TEST_CASE("who asked after an invalidation gets no older load, whatever is invalidated while it waits") {
    HostRig rig;
    const Category fresh = rig.category("fresh");
    std::promise<void> inside, go;
    std::thread computing([&] {
        CHECK(fresh.get_or_compute<std::string>("k", [&] {
                       inside.set_value();
                       go.get_future().wait();
                       return std::string("old");
                   }).value() == "old");
    });
    inside.get_future().wait();
    REQUIRE(fresh.invalidate_all());
    std::string second;
    std::thread later([&] {
        second = fresh.get_or_compute<std::string>("k", [] { return std::string("new"); }).value();
    });
    while (rig.stats()["loads_joined"].get<uint64_t>() == 0) std::this_thread::yield();
    REQUIRE(fresh.invalidate_all());
    go.set_value();
    computing.join();
    later.join();
    CHECK(second == "new");
}

TEST_CASE("a soft invalidation of a negative entry leaves no empty value behind") {
    HostRig rig;
    const Category lasting = rig.category("lasting");
    const WriteOptions remembered{.negative_ttl = 60s};
    const auto nothing = [] { return std::optional<std::string>(); };
    REQUIRE_FALSE(lasting.lookup_or_compute<std::string>("k", nothing, remembered)->found());
    REQUIRE(lasting.lookup("k")->negative());
    REQUIRE(lasting.invalidate_all({.soft = true}));
    const Id ids[] = {"k"};
    CHECK_FALSE((*lasting.multi_lookup(ids, {.allow_stale = true}))[0]->found());
    CHECK_FALSE(lasting.lookup("k", {.allow_stale = true})->found());
    const auto failing = []() -> Result<std::string> { return fail(AURELIS_E_FAILED, "down"); };
    CHECK_FALSE(lasting.lookup_or_compute<std::string>("k", failing));
    bool told_of_stale = true;
    const auto answer = lasting.lookup_or_compute<std::string>("k", behind([&told_of_stale](Context& context) {
        told_of_stale = context.has_stale();
        return std::string("now there is one");
    }));
    CHECK(answer->bytes() == "now there is one");
    CHECK_FALSE(told_of_stale);
}

TEST_CASE("in the compat format, bare values are found by whatever their identifier contains") {
    HostRig rig;
    OpenOptions said = rig.options();
    said.text = "keys: {format: compat}\n"
                "layers:\n"
                "  - {name: L1, backend: memory, priority: 2, max_entries: 100}\n"
                "  - {name: L2, backend: sqlite-disk, priority: 1, frame: none, options: {path: \"" +
                rig.folder / "compat.db" + "\"}}\n";
    const Cache cache = HostRig::open(said);
    const Category users = cache.category("users").value();
    const auto is_there = [&](const Id& id) { return users.lookup(id, {.promote = false})->found(); };
    for (const char* id : {"plain", "user:42", "100%", "a b"}) {
        INFO(id);
        const Id with_params = Id(id).with(R"({"x":1})");
        const auto fill = [&] {
            REQUIRE(users.set(id, "v"));
            REQUIRE(users.set(with_params, "v"));
            REQUIRE(users.set("another", "v"));
            REQUIRE(is_there(id));
        };
        fill();
        REQUIRE(users.invalidate(with_params));
        CHECK(is_there(id));
        CHECK_FALSE(is_there(with_params));
        fill();
        REQUIRE(users.invalidate(id));
        CHECK_FALSE(is_there(id));
        CHECK_FALSE(is_there(with_params));
        CHECK(is_there("another"));
    }
    const Category odd = cache.category("caf\xc3\xa9%").value();
    REQUIRE(odd.set("1", "v"));
    REQUIRE(odd.invalidate_all());
    CHECK_FALSE(odd.lookup("1")->found());
}

TEST_CASE("what cannot be invalidated is refused, with the way out") {
    Filled rig;
    const auto refusal = [](const auto& result) {
        REQUIRE_FALSE(result);
        CHECK(result.error().status == AURELIS_E_INVALID);
        return result.error().message;
    };
    CHECK(refusal(rig.cache.invalidate({.tag = ""})).find("a tag must have 1 to 1024 bytes") != std::string::npos);
    CHECK(refusal(rig.cache.invalidate({.tag = std::string(1025, 't')})).find("1 to 1024") != std::string::npos);
    CHECK(refusal(rig.cache.invalidate({.tag = "\xff"})).find("UTF-8") != std::string::npos);
    CHECK(refusal(rig.cache.invalidate({.pattern = ""})).find("pattern is empty") != std::string::npos);
    CHECK(refusal(rig.cache.invalidate({.pattern = "*:1"})).find("the keys of other caches") != std::string::npos);
    CHECK_FALSE(refusal(rig.cache.invalidate({.pattern = "nothing"})).empty());
    CHECK(refusal(rig.cache.invalidate({.older_than = -1s})).find("below 0") != std::string::npos);
    CHECK(refusal(rig.cache.invalidate_on_event("e", {}, {.tag = "t"})).find("nothing else") != std::string::npos);
    CHECK(refusal(rig.cache.invalidate_on_event("")).find("no name") != std::string::npos);
    CHECK(refusal(rig.cache.full_keys().invalidate_all()).find("full keys") != std::string::npos);
    CHECK(refusal(rig.cache.set_rule("e", {})).find("remove_rule") != std::string::npos);
    std::vector<std::string_view> many(20, "p");
    CHECK_FALSE(refusal(rig.a.invalidate(Id(std::span<const std::string_view>(many)))).empty());
    CHECK(rig.hits() == everything());
}
