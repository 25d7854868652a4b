// Invalidations by category, tag and pattern over one Redis: they reach every process, also one that was cut off or has
// died meanwhile, and loads that began before them are published nowhere.
#include "scenarios/redis/other_process.hpp"
#include "scenarios/redis/redis_scenario.hpp"

#include <functional>

using namespace aurelis;
using namespace aurelis::testing;
using namespace aurelis::rig;

namespace {

struct Kind {
    std::string order;  // To the other process.
    std::function<aurelis_status(Opened&)> invalidate;
};

// All of them hide the entry "user123", which has the tag "people".
std::vector<Kind> kinds() {
    return {{"category -", [](Opened& here) { return here.invalidate({}, true); }},
            {"tag people", [](Opened& here) { return here.invalidate({.tag = "people"}); }},
            {"pattern user_data:user1*",
             [](Opened& here) { return here.invalidate({.pattern = "user_data:user1*"}); }}};
}

WriteOptions tagged() { return {.tags = {"people"}}; }

void await_miss(Opened& there, const std::string& id) {
    require_soon("the invalidation", [&] { return there.get(id) == "-"; }, Milliseconds(30'000));
}

}  // namespace

TEST_CASE("redis invalidation: another process hides what it has in memory and on its own disk") {
    for (const Kind& kind : kinds()) {
        INFO(kind.order);
        RedisServer server;
        Folder folder;
        Layers with_disk;
        with_disk.disk = folder / "cache.db";
        OtherProcess other(Layers{}.over(server.port()));
        Opened mine(with_disk.over(server.port()));
        await_live(mine);
        REQUIRE(mine.set("user123", "old", tagged()) == AURELIS_OK);
        REQUIRE(mine.set("fence", "old") == AURELIS_OK);
        REQUIRE(other.get("user123") == "old");
        other.invalidate(kind.order);
        CHECK(other.get("user123") == "-");
        await_miss(mine, "user123");
        CHECK(get_from(mine, "user123", 3, 3) == "-");
        // What is stored from now on stays, in both.
        REQUIRE(mine.set("user123", "new", tagged()) == AURELIS_OK);
        require_soon(
            "the new value", [&] { return other.get("user123") == "new"; }, Milliseconds(30'000));
        CHECK(mine.get("user123") == "new");
    }
}

TEST_CASE("redis invalidation: a load that began before it is published nowhere") {
    for (const Kind& kind : kinds()) {
        INFO(kind.order);
        RedisServer server;
        OtherProcess other(Layers{}.over(server.port()));
        Opened mine(Layers{}.over(server.port()));
        await_live(mine);
        const Category users = mine.in();
        const auto answer = users.get_or_compute<std::string>(
            "user123",
            [&] {
                other.invalidate(kind.order);
                return std::string("old");
            },
            tagged());
        REQUIRE(answer);
        CHECK(*answer == "old");  // It is the answer for its caller.
        CHECK(other.get("user123") == "-");
        await_miss(mine, "user123");
        CHECK(other.get("user123") == "-");
        CHECK(users.get_or_compute<std::string>("user123", [] { return std::string("new"); }, tagged()).value() ==
              "new");
    }
}

TEST_CASE("redis invalidation: a process that was cut off meanwhile learns of it before it believes anything") {
    for (const Kind& kind : kinds()) {
        INFO(kind.order);
        RedisServer server;
        FaultProxy proxy(server.endpoint());
        Folder folder;
        Layers cut_off;
        cut_off.disk = folder / "cache.db";
        Opened one(Layers{}.over(server.port()));
        Opened two(cut_off.over(proxy.endpoint().port));
        await_live(one);
        await_live(two);
        REQUIRE(two.set("user123", "old", tagged()) == AURELIS_OK);
        REQUIRE(one.get("user123") == "old");
        proxy.door(Door::Closed);
        proxy.reset_all();
        REQUIRE(kind.invalidate(one) == AURELIS_OK);
        CHECK(one.get("user123") == "-");
        proxy.calm();
        await_miss(two, "user123");
        CHECK(get_from(two, "user123", 3, 3) == "-");
        CHECK(one.get("user123") == "-");  // Nothing was promoted back.
    }
}

TEST_CASE("redis invalidation: it holds after a kill, in a process that starts later, over a disk of its own") {
    for (const Kind& kind : kinds()) {
        INFO(kind.order);
        RedisServer server;
        Folder folder;
        Layers mine, others;
        mine.disk = folder / "mine.db";
        others.disk = folder / "others.db";
        {
            Opened before(mine.over(server.port()));
            await_live(before);
            REQUIRE(before.set("user123", "old", tagged()) == AURELIS_OK);
        }
        OtherProcess other(others.over(server.port()));
        REQUIRE(other.get("user123") == "old");
        other.invalidate(kind.order);
        other.crash();
        Opened after(mine.over(server.port()));
        CHECK(after.get("user123") == "-");
        Opened again(others.over(server.port()));
        CHECK(again.get("user123") == "-");
        // The disk alone knows it as well.
        server.stop();
        Opened alone(mine.over(server.port()));
        CHECK(alone.get("user123") == "-");
    }
}
