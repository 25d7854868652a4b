// The backend redis with Sentinel: finding the master, following a failover, and unavailable sentinels.
#include "redis_bench.hpp"
#include "support/catch.hpp"
#include "support/redis/redis_sentinels.hpp"

using namespace redis_test;
using aurelis::rig::RedisSentinels;
using aurelis::rig::SentinelOptions;

namespace {

OptionValues by_sentinel(const RedisSentinels& sentinels, const std::string& master = "mymaster") {
    std::string list;
    for (const Endpoint& one : sentinels.endpoints()) list += (list.empty() ? "" : ",") + one.text();
    return {{"sentinels", list}, {"sentinel_master", master}};
}

}  // namespace

TEST_CASE("redis finds the master by the sentinels and follows a failover") {
    RedisSentinels sentinels;
    OptionValues options = by_sentinel(sentinels);
    const std::string coherence = GENERATE("pubsub", "tracking", "none");
    options.emplace_back("coherence", coherence);
    Store store(options);
    REQUIRE(store->set("key", "before") == AURELIS_OK);
    CHECK(sentinels.master().must({"EXISTS", "key"}).integer == 1);
    SECTION("one that was asked for") {
        sentinels.failover();
        CHECK(store->set("key", "after") == AURELIS_OK);
    }
    SECTION("one that a killed master makes") {
        const size_t killed = sentinels.kill_master();
        sentinels.await_master(1 - killed);
        CHECK(wait_until([&] { return store->set("key", "after") == AURELIS_OK; }, milliseconds(5000)));
    }
    SECTION("one that a hung master makes") {
        const size_t hung = sentinels.master_index();
        sentinels.server(hung).pause();
        CHECK(store->set("key", "lost") < 0);
        sentinels.await_master(1 - hung);
        CHECK(wait_until([&] { return store->set("key", "after") == AURELIS_OK; }, milliseconds(5000)));
        sentinels.server(hung).resume();
    }
    CHECK(store->get("key").is("after"));
    CHECK(sentinels.master().must({"GET", "key"}).text.find("after") != std::string::npos);
    if (coherence == "none") return;
    CHECK(wait_until([&] { return store->stats().at("subscribed") == 1; }, milliseconds(5000)));
}

TEST_CASE("redis serves on while a sentinel, or all of them, are away") {
    RedisSentinels sentinels;
    sentinels.sentinel(0).kill();
    Store store(by_sentinel(sentinels));
    REQUIRE(store->set("key", "value") == AURELIS_OK);
    RedisServer& master = sentinels.master();
    sentinels.sentinel(1).kill();
    sentinels.sentinel(2).kill();
    master.must({"CLIENT", "KILL", "TYPE", "normal"});
    CHECK(wait_until([&] { return store->get("key").is("value"); }, milliseconds(3000)));
}

TEST_CASE("redis says when no sentinel knows the master") {
    RedisSentinels sentinels;
    Store store(by_sentinel(sentinels, "other"));
    CHECK(store->get("key").status == AURELIS_E_UNAVAILABLE);
    CHECK(store->last_error().find("sentinel_master") != std::string::npos);
}

TEST_CASE("redis logs in to sentinels and master with their own passwords") {
    SentinelOptions rig;
    rig.sentinel_password = "hunter2-of-the-sentinels";
    rig.data.password = "hunter2-of-the-data";
    RedisSentinels sentinels(rig);
    OptionValues options = by_sentinel(sentinels);
    options.emplace_back("password", "hunter2-of-the-data");
    Store without(options);
    CHECK(without->get("key").status == AURELIS_E_UNAVAILABLE);
    options.emplace_back("sentinel_password", "hunter2-of-the-sentinels");
    Store store(options);
    CHECK(store->set("key", "value") == AURELIS_OK);
}
