// A requested failover, and a forced one.
#include "support/redis/redis_sentinels.hpp"

#include "support/catch.hpp"

namespace aurelis::rig {
namespace {

TEST_CASE("sentinels fail over when asked to, and when the master is killed") {
    RedisSentinels sentinels;
    REQUIRE(sentinels.master_index() == 0);
    sentinels.master().must({"SET", "key", "value"});
    CHECK(sentinels.master().must({"WAIT", "1", "5000"}).integer == 1);
    CHECK(sentinels.replica().command({"SET", "key", "x"}).text.find("READONLY") == 0);

    sentinels.failover();
    CHECK(sentinels.master_index() == 1);
    CHECK(sentinels.server(1).command({"GET", "key"}).text == "value");
    CHECK(sentinels.server(0).command({"SET", "key", "x"}).text.find("READONLY") == 0);

    const size_t killed = sentinels.kill_master();
    CHECK(killed == 1);
    CHECK_FALSE(sentinels.server(1).running());
    sentinels.await_master(0);
    CHECK(sentinels.server(0).command({"SET", "key", "again"}).ok());

    sentinels.server(1).restart();
    sentinels.await_replica();
    // Whichever it is by now: after a stall of a second the sentinels may elect once more.
    CHECK(sentinels.replica().info("role") == "slave");
    CHECK(sentinels.replica().info("master_port") == std::to_string(sentinels.master().port()));
    CHECK(sentinels.replica().command({"GET", "key"}).text == "again");
}

TEST_CASE("sentinels work with passwords on both sides") {
    SentinelOptions options;
    options.master_name = "other-name";
    options.data.password = "hunter2 of the data";
    options.sentinel_password = "hunter2 of the sentinels";
    RedisSentinels sentinels(options);
    RespClient nobody(sentinels.endpoints()[0]);
    CHECK(nobody.command({"SENTINEL", "MASTERS"}).text.find("NOAUTH") == 0);
    RespClient somebody(sentinels.endpoints()[0], Credentials{"default", "hunter2 of the sentinels"});
    const Reply address = somebody.command({"SENTINEL", "GET-MASTER-ADDR-BY-NAME", "other-name"});
    REQUIRE(address.elements.size() == 2);
    CHECK(address.elements[1].text == std::to_string(sentinels.master().port()));
    CHECK(RespClient(sentinels.master().endpoint()).command({"PING"}).text.find("NOAUTH") == 0);
}

}  // namespace
}  // namespace aurelis::rig
