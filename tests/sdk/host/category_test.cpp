// host/category.hpp, host/answer.hpp and host/reports.hpp: what single names and batches of them are answered.
#include "sdk/host/host_rig.hpp"

using namespace aurelis;
using namespace aurelis::testing;
using namespace std::chrono_literals;

TEST_CASE("an answer has the entry's times, flags, cost, tags and layer") {
    HostRig rig;
    const Category loaded = rig.category("loaded");
    REQUIRE(loaded.set("k", "v", {.ttl = 10s, .stale = 20s, .tags = {"mine"}, .app_flags = 7, .cost = 77}));
    const auto found = rig.category("loaded").lookup("k");
    REQUIRE(found);
    CHECK(found->hit());
    CHECK(found->status() == AURELIS_OK);
    CHECK(found->bytes() == "v");
    CHECK(found->layer() == 1);
    CHECK(found->app_flags() == 7);
    CHECK(found->cost() == 77);
    CHECK(found->created_wall() / kSecond == rig.clock.now() / kSecond);
    CHECK(found->stale_wall() == rig.clock.now() + 10 * kSecond);
    CHECK(found->expires_wall() == rig.clock.now() + 30 * kSecond);
    CHECK(found->tags() == std::vector<std::string_view>{"always", "mine"});
    const Answer shared = found->share();
    CHECK(shared.bytes().data() == found->bytes().data());
    // From the layer below, where the tags are in a frame.
    const auto below = loaded.lookup("k", {.promote = false, .skip_layers = 1});
    REQUIRE(below);
    CHECK(below->layer() == 2);
    CHECK(below->tags() == std::vector<std::string_view>{"always", "mine"});
    rig.clock.advance(11 * kSecond);
    CHECK_FALSE(loaded.lookup("k")->found());
    const auto stale = loaded.lookup("k", {.allow_stale = true});
    CHECK(stale->stale());
    CHECK(stale->as<std::string>().value() == "v");
}

TEST_CASE("a category that is opened while the cache runs has the policy of the most exact key that matches it") {
    HostRig rig;
    const auto life_in = [&](std::string_view name) -> int64_t {
        REQUIRE(rig.category(name).set("k", "v"));
        const int64_t end = rig.category(name).lookup("k")->expires_wall();
        return end == 0 ? 0 : (end - rig.clock.now()) / kSecond;
    };
    CHECK(life_in("page_list") == 10);
    CHECK(life_in("page_views") == 20);
    CHECK(life_in("page_views_daily") == 30);
    CHECK(life_in("pages") == 0);
    // A full key has the policy of its category.
    REQUIRE(rig.cache.full_keys().set("aurelis:v1:page_other:k", "v"));
    CHECK(rig.cache.full_keys().lookup("aurelis:v1:page_other:k")->expires_wall() == rig.clock.now() + 10 * kSecond);
    CHECK(rig.category("page_list").explain_json("k").value().find("\"policy\":\"page_*\"") != std::string::npos);
    const auto checked = nlohmann::json::parse(check_config(rig.options())->json);
    CHECK(checked["categories"][5]["name"] == "page_*");
    CHECK(checked["categories"][5]["glob"] == true);
    CHECK(checked["categories"][6]["glob"] == false);
    CHECK(show_config(rig.options())->find("\"page_*\":") != std::string::npos);
}

TEST_CASE("a miss has no value, nor has an answer that was moved from") {
    HostRig rig;
    auto missed = rig.category("c").lookup("none");
    REQUIRE(missed);
    CHECK(missed->status() == AURELIS_NOT_FOUND);
    const auto decoded = missed->as<std::string>();
    REQUIRE_FALSE(decoded);
    CHECK(decoded.error().status == AURELIS_E_INVALID);
    CHECK(missed->tags().empty());
    CHECK_FALSE(Answer().found());
    REQUIRE(rig.category("c").set("k", "v"));
    auto found = rig.category("c").lookup("k");
    const Answer taken = std::move(*found);
    CHECK(taken.found());
    CHECK_FALSE(found->found());
}

TEST_CASE("one wrong name of a batch costs the others nothing") {
    HostRig rig;
    const Category users = rig.category("c");
    std::vector<Id> ids;
    std::vector<std::string> values;
    const auto is_right = [](size_t i) { return i != 500 && i != 700; };
    for (int i = 0; i < 1000; ++i) ids.emplace_back(std::to_string(i)), values.push_back("v" + std::to_string(i));
    ids[500] = Id("");
    ids[700] = Id(std::span<const std::string_view>(std::vector<std::string_view>(17, "part")));
    const auto stored = users.multi_set(ids, values, {.tags = {"batch"}});
    REQUIRE(stored);
    CHECK_FALSE(stored->complete());
    for (size_t i = 0; i < ids.size(); ++i) REQUIRE((stored->items[i] == AURELIS_OK) == is_right(i));
    REQUIRE(stored->problems.size() == 2);
    CHECK(stored->problems.at(500).find("the identifier is empty") != std::string::npos);
    CHECK(stored->problems.at(700).find("17 parts, the limit is 16") != std::string::npos);
    const auto answers = users.multi_lookup(ids);
    REQUIRE(answers);
    REQUIRE(answers->size() == 1000);
    for (size_t i = 0; i < ids.size(); ++i) {
        const Result<Answer>& each = answers->at(i);
        REQUIRE(each.has_value() == is_right(i));
        if (each) REQUIRE(each->bytes() == values[i]);
    }
    CHECK(answers->at(7)->tags() == std::vector<std::string_view>{"batch"});
    for (const size_t wrong : {500, 700}) {
        CHECK(answers->at(wrong).error().status == AURELIS_E_INVALID);
        CHECK(answers->at(wrong).error().message == stored->problems.at(wrong));
    }
    ids.emplace_back("none");
    const auto typed = users.multi_get<std::string>(ids);
    REQUIRE(typed);
    CHECK(typed->at(499).value() == "v499");
    REQUIRE_FALSE(typed->at(700));
    CHECK(typed->at(700).error().message == stored->problems.at(700));
    REQUIRE(typed->at(1000));
    CHECK_FALSE(typed->at(1000).value());
    const auto removed = users.multi_remove(ids);
    REQUIRE(removed);
    CHECK(removed->items[499] == AURELIS_OK);
    CHECK(removed->items[500] == AURELIS_E_INVALID);
    CHECK(removed->items[1000] == AURELIS_NOT_FOUND);
    CHECK_FALSE(removed->complete());
    CHECK(removed->problems == stored->problems);
    const auto removed_right = users.multi_remove(std::span(ids).first(500));
    REQUIRE(removed_right);
    CHECK(removed_right->complete());
    CHECK(removed_right->problems.empty());
    CHECK_FALSE(users.get<std::string>("499").value());
}

TEST_CASE("a batch is refused as a whole only for what concerns all of it") {
    HostRig rig;
    const Category users = rig.category("c");
    const std::vector<Id> ids{"a", "b"};
    const auto timed_out = users.multi_lookup(ids, {.timeout = -1s});
    REQUIRE_FALSE(timed_out);
    CHECK(timed_out.error().message.find("the time-out must not be below 0") == 0);
    CHECK_FALSE(users.multi_set(ids, std::vector<std::string>{"one"}));
    CHECK_FALSE(users.multi_set(ids, std::vector<std::string>{"1", "2"}, {.timeout = -1s}));
    CHECK_FALSE(users.multi_remove(ids, {.timeout = -1s}));
    // A value that cannot be encoded fails alone, and those after it keep their numbers.
    const std::vector<nlohmann::json> values{nlohmann::json("\xff"), nlohmann::json(2), nlohmann::json(3)};
    const std::vector<Id> with_wrong{"a", "b", ""};
    const auto stored = users.multi_set(with_wrong, values);
    REQUIRE(stored);
    CHECK(stored->items == std::vector<aurelis_status>{AURELIS_E_INVALID, AURELIS_OK, AURELIS_E_INVALID});
    REQUIRE(stored->problems.size() == 2);
    CHECK(stored->problems.at(0).find("JSON") != std::string::npos);
    CHECK(stored->problems.at(2).find("the identifier is empty") != std::string::npos);
    CHECK_FALSE(users.get<std::string>("a").value());
    CHECK(users.get<nlohmann::json>("b").value() == nlohmann::json(2));
    CHECK(users.multi_lookup({}).value().empty());
}

TEST_CASE("a removal takes options and gives a report") {
    HostRig rig;
    const Category users = rig.category("c");
    REQUIRE(users.set("k", "v"));
    CHECK_FALSE(users.remove("k", {.timeout = -1s}));
    const auto removed = users.remove_with_report("k");
    REQUIRE(removed);
    CHECK(removed->status == AURELIS_OK);
    CHECK(removed->layers.size() == 2);
    CHECK(removed->everywhere());
    CHECK_FALSE(removed->is_outdated(0));
    CHECK(users.remove_with_report("k")->status == AURELIS_NOT_FOUND);
    CHECK_FALSE(users.remove("k").value());
}

TEST_CASE("reject says whether a copy was removed") {
    HostRig rig;
    const Category users = rig.category("c");
    REQUIRE(users.set("k", "v"));
    const auto answer = users.lookup("k");
    CHECK_FALSE(users.reject("k", *answer, "unreadable", false).value());
    CHECK(users.reject("k", *answer, "unreadable", true).value());
    CHECK_FALSE(users.reject("k", *answer, "unreadable", true).value());
}

TEST_CASE("explain says of each layer what it holds") {
    HostRig rig;
    const Category users = rig.category("c");
    REQUIRE(users.set("k", "12345", {.skip_layers = 2}));
    const auto all = nlohmann::json::parse(users.explain_json("k").value());
    CHECK(all["status"] == "hit");
    CHECK(all["layers"][0]["bytes_raw"] == 5);
    const auto below = nlohmann::json::parse(users.explain_json("k", {.skip_layers = 1}).value());
    CHECK(below["status"] == "miss");
    CHECK_FALSE(users.explain_json(""));
}
