// Several processes, each with memory over the one file that they share (as in config/default.yaml): what one sets or
// removes is dropped from the memories of the others.
#include "scenarios/redis/other_process.hpp"
#include "scenarios/scenario.hpp"
#include "support/redis/deadline.hpp"

#include <algorithm>

using namespace aurelis;
using namespace aurelis::testing;
using namespace aurelis::rig;

namespace {

constexpr Milliseconds kPatience(60'000);
constexpr const char* kFollowed = "L3_disk";

std::string followed_state(Opened& opened) {
    const auto stats = opened.stats();
    for (const auto& layer : stats["layers"])
        if (layer["name"] == kFollowed) return layer["following"]["state"];
    return "(no such layer)";
}

bool is_gone_from_memory(Opened& opened, const std::string& id) {
    return opened.get(id, {.promote = false, .skip_layers = 2}) == "-";
}

}  // namespace

TEST_CASE("disk coherence: a cache over a file follows it from the moment that it is open") {
    Folder folder;
    Opened opened(two_layers(folder / "c.db"));
    REQUIRE(opened.status == AURELIS_OK);
    CHECK(followed_state(opened) == "live");
    REQUIRE(opened.set("user123", "v") == AURELIS_OK);
    CHECK(opened.get("user123") == "v");
    CHECK(opened.layer == 1);
}

TEST_CASE("disk coherence: what one process sets or removes, the memory of another lets go") {
    Folder folder;
    const std::string yaml = two_layers(folder / "c.db");
    OtherProcess other(yaml, kFollowed);
    Opened mine(yaml);
    REQUIRE(mine.set("user123", "first") == AURELIS_OK);
    CHECK(other.get("user123") == "first");
    CHECK(mine.get("user123") == "first");
    CHECK(mine.layer == 1);
    SECTION("set") {
        other.set("user123", "second");
        require_soon(
            "the change", [&] { return mine.get("user123") == "second"; }, kPatience);
        REQUIRE(mine.set("user123", "third") == AURELIS_OK);
        require_soon(
            "the change back", [&] { return other.get("user123") == "third"; }, kPatience);
    }
    SECTION("removed") {
        other.remove("user123");
        require_soon(
            "the removal", [&] { return mine.get("user123") == "-"; }, kPatience);
    }
    SECTION("and one's own changes stay in memory") {
        REQUIRE(mine.set("mine", "v") == AURELIS_OK);
        // Later writes by the other are reported later: once this one arrives, so have the earlier ones.
        other.set("user123", "fence");
        require_soon(
            "the fence", [&] { return mine.get("user123") == "fence"; }, kPatience);
        CHECK(mine.get("mine") == "v");
        CHECK(mine.layer == 1);
    }
}

TEST_CASE("disk coherence: the time from a set or a removal in one process to a miss of the old value in another") {
    Folder folder;
    const std::string yaml = two_layers(folder / "c.db");
    OtherProcess other(yaml, kFollowed);
    Opened mine(yaml);
    std::vector<double> took;
    for (int round = 0; round < 40; ++round) {
        const std::string id = "k" + std::to_string(round);
        REQUIRE(mine.set(id, "old") == AURELIS_OK);
        const int64_t began = round % 2 == 0 ? other.set(id, "new") : other.remove(id);
        require_soon(
            "the miss", [&] { return is_gone_from_memory(mine, id); }, kPatience, Milliseconds(0));
        took.push_back(static_cast<double>(mono_ns() - began) * 1e-6);
        CHECK(mine.get(id) == (round % 2 == 0 ? "new" : "-"));
    }
    std::sort(took.begin(), took.end());
    WARN("from a change in one process to a miss of the old value in another: median "
         << took[took.size() / 2] << " ms, p95 " << took[took.size() * 95 / 100] << " ms, slowest " << took.back()
         << " ms");
    CHECK(took[took.size() / 2] < 2'000);
}

TEST_CASE("disk coherence: what one process invalidates and then dies is a miss in another and in later ones") {
    for (const char* order : {"category -", "tag people", "pattern user_data:user1*"}) {
        INFO(order);
        Folder folder;
        const std::string yaml = two_layers(folder / "c.db");
        OtherProcess other(yaml, kFollowed);
        Opened mine(yaml);
        REQUIRE(mine.set("user123", "old", {.tags = {"people"}}) == AURELIS_OK);
        REQUIRE(mine.set("user124", "other", {.tags = {"things"}}) == AURELIS_OK);
        REQUIRE(other.get("user123") == "old");
        other.invalidate(order);
        other.crash();
        {
            Opened later(yaml);
            CHECK(later.get("user123") == "-");
        }
        require_soon(
            "the invalidation", [&] { return mine.get("user123") == "-"; }, kPatience);
        CHECK(mine.get("user124") == (order[0] == 't' ? "other" : "-"));
        // A batch judges as a single get does.
        const Id ids[] = {"user123", "user124"};
        const auto batch = mine.in().multi_lookup(ids);
        REQUIRE(batch);
        CHECK_FALSE((*batch)[0]->found());
        CHECK((*batch)[1]->found() == (order[0] == 't'));
        REQUIRE(mine.set("user123", "new", {.tags = {"people"}}) == AURELIS_OK);
        CHECK(mine.get("user123") == "new");
        Opened last(yaml);
        CHECK(last.get("user123") == "new");
    }
}

TEST_CASE("disk coherence: an invalidation hides what another cache stored right after one of its own") {
    Folder folder;
    const std::string yaml = two_layers(folder / "c.db");
    Opened one(yaml), other(yaml);
    for (int i = 0; i < 20; ++i) {  // Most of them within one tick of the kernel's coarse clock.
        const std::string id = "user" + std::to_string(i);
        REQUIRE(one.invalidate({.tag = "things"}) == AURELIS_OK);
        REQUIRE(one.set(id, "old", {.tags = {"people"}}) == AURELIS_OK);
        REQUIRE(other.invalidate({.tag = "people"}) == AURELIS_OK);
        REQUIRE(other.get(id) == "-");
    }
}
