// A cluster whose slots move and whose masters die.
#include "support/redis/redis_cluster.hpp"

#include "support/catch.hpp"

namespace aurelis::rig {
namespace {

TEST_CASE("cluster redirects by ASK in a migration, by MOVED after it, and promotes a replica") {
    RedisCluster cluster;
    REQUIRE(cluster.size() == 6);
    const std::string key = cluster.key_on(0);
    const uint16_t slot = cluster.slot_of(key);
    const std::string moved = "MOVED " + std::to_string(slot) + " " + cluster.node(1).endpoint().text();
    const std::string ask = "ASK " + std::to_string(slot) + " " + cluster.node(1).endpoint().text();
    const std::string back = "MOVED " + std::to_string(slot) + " " + cluster.node(0).endpoint().text();
    cluster.node(0).must({"SET", key, "value"});
    CHECK(cluster.node(1).command({"GET", key}).text == back);

    SlotMigration migration = cluster.migrate_slot(slot, 1);
    migration.begin();
    CHECK(cluster.node(0).command({"GET", key}).text == "value");
    CHECK(migration.move_keys() == 1);
    CHECK(migration.move_keys() == 0);
    CHECK(cluster.node(0).command({"GET", key}).text == ask);
    CHECK(cluster.node(1).command({"GET", key}).text == back);
    RespClient asking = cluster.node(1).connect();
    CHECK(asking.command({"ASKING"}).ok());
    CHECK(asking.command({"GET", key}).text == "value");

    migration.finish();
    CHECK(cluster.node(0).command({"GET", key}).text == moved);
    CHECK(cluster.node(2).command({"GET", key}).text == moved);
    CHECK(cluster.node(1).command({"GET", key}).text == "value");
    CHECK(cluster.owner(slot) == 1);
    cluster.move_slot(slot, 0);
    CHECK(cluster.node(0).command({"GET", key}).text == "value");

    const std::string other = cluster.key_on(2);
    cluster.node(2).must({"SET", other, "value"});
    CHECK(cluster.node(2).must({"WAIT", "1", "5000"}).integer == 1);
    cluster.kill_master(2);
    CHECK(cluster.await_promotion(2) == 5);
    CHECK(cluster.node(5).command({"GET", other}).text == "value");
    cluster.node(2).restart();
    cluster.await_ok();
    CHECK(cluster.node(2).info("role") == "slave");
}

TEST_CASE("cluster of masters only, with a password and TLS") {
    ClusterOptions options;
    options.masters = 2;
    options.replicas = false;
    options.node.password = "hunter2";
    options.node.tls = true;
    RedisCluster cluster(options);
    REQUIRE(cluster.size() == 2);
    const TlsFiles files = TestCertificates::shared().client_files();
    const std::string key = cluster.key_on(1);
    RespClient client(cluster.node(0).endpoint(), Credentials{"default", "hunter2"}, &files);
    const std::string moved = "MOVED " + std::to_string(cluster.slot_of(key)) + " " + cluster.node(1).endpoint().text();
    CHECK(client.command({"GET", key}).text == moved);
}

}  // namespace
}  // namespace aurelis::rig
