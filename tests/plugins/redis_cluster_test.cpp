// The backend redis on a cluster: keys by slots, slots that move, masters that die, replicas that answer.
#include "support/redis/redis_cluster.hpp"
#include "redis_bench.hpp"
#include "support/catch.hpp"
#include "support/redis/test_certificates.hpp"

#include <atomic>
#include <set>
#include <thread>

using namespace redis_test;
using aurelis::rig::RedisCluster;

namespace {

RedisCluster& shared_cluster() {
    static RedisCluster cluster;
    return cluster;
}

OptionValues on(RedisCluster& cluster, OptionValues more = {}) {
    more.emplace_back("url", url_of(cluster.node(0).endpoint()));
    more.emplace_back("cluster", "true");
    return more;
}

struct Batch {
    std::vector<std::string> names;
    std::vector<aurelis_key> keys;
    std::vector<aurelis_status> each;

    Batch(Store& store, const std::string& stem, int count) {
        for (int i = 0; i < count; ++i) names.push_back(stem + std::to_string(i));
        for (const std::string& name : names) keys.push_back(store->key(name));
    }
    aurelis_status write(Store& store, uint32_t flags = 0) {
        std::vector<aurelis_write> writes;
        for (const std::string& name : names) writes.push_back(Instance::write(name, with_flags(flags)));
        each.assign(keys.size(), AURELIS_E_FAILED);
        aurelis_call call = store->call();
        return store->ops().multi_write(store->store(), &call, keys.data(), writes.data(), keys.size(), each.data(),
                                        nullptr);
    }
    // How many came back with the value that is their name.
    size_t read(Store& store) {
        std::vector<aurelis_entry> out(keys.size());
        aurelis_call call = store->call();
        const aurelis_status status =
            store->ops().multi_get(store->store(), &call, keys.data(), keys.size(), out.data());
        if (status < 0) return 0;
        size_t right = 0;
        for (size_t i = 0; i < out.size(); ++i) {
            const aurelis::Pinned value(out[i].value);
            right += out[i].status == AURELIS_OK && value.view() == names[i] ? 1u : 0u;
        }
        return right;
    }
};

// Slots that are being moved may show a key twice.
size_t count_keys(Store& store) {
    const std::multiset<std::string> shown = scan_all(store);
    return std::set<std::string>(shown.begin(), shown.end()).size();
}

}  // namespace

TEST_CASE("redis spreads batches over a cluster and gathers the answers") {
    RedisCluster& cluster = shared_cluster();
    Store store(on(cluster));
    Batch batch(store, "spread:", 1000);
    CHECK(batch.write(store) == AURELIS_OK);
    CHECK(batch.read(store) == 1000);
    for (size_t i = 0; i < 3; ++i) CHECK(cluster.node(i).must({"DBSIZE"}).integer > 200);
    CHECK(count_keys(store) == 1000);
    CHECK(store->stats().at("redirects_moved") == 0);
    // Keys with the same tag in braces share a slot.
    CHECK(cluster.slot_of("a{tag}b") == cluster.slot_of("c{tag}"));
    CHECK(store->set("a{tag}b", "v") == AURELIS_OK);
    CHECK(clear(store, "spread:") == 1000);
    CHECK(count_keys(store) == 1);
    store->remove("a{tag}b");
}

TEST_CASE("redis follows a slot on its way from one master to another") {
    RedisCluster& cluster = shared_cluster();
    Store store(on(cluster));
    const std::string tag = "{" + cluster.key_on(0, "moving:") + "}";
    Batch batch(store, tag, 20);
    REQUIRE(batch.write(store) == AURELIS_OK);
    const uint16_t slot = cluster.slot_of(tag);
    const size_t from = cluster.owner(slot);
    auto migration = cluster.migrate_slot(slot, (from + 1) % 3);
    migration.begin();
    CHECK(batch.read(store) == 20);
    CHECK(store->set(tag + "new", "v") == AURELIS_OK);
    CHECK(store->get(tag + "new").is("v"));
    migration.move_keys(10);
    CHECK(batch.read(store) == 20);
    CHECK(store->remove(tag + "3") == AURELIS_OK);
    CHECK(store->get(tag + "3").status == AURELIS_NOT_FOUND);
    CHECK(store->set(tag + "3", tag + "3", with_flags(AURELIS_SET_IF_VERSION, store->get(tag + "3").meta.version)) ==
          AURELIS_OK);
    CHECK(store->stats().at("redirects_ask") > 0);
    CHECK(batch.write(store, AURELIS_SET_IF_PRESENT) == AURELIS_OK);
    while (migration.move_keys() != 0) {
    }
    migration.finish();
    CHECK(batch.read(store) == 20);
    CHECK(store->stats().at("redirects_moved") > 0);
    const double moved = store->stats().at("redirects_moved");
    CHECK(batch.read(store) == 20);
    CHECK(store->get(tag + "1").is(tag + "1"));
    CHECK(store->stats().at("redirects_moved") == moved);
    CHECK(clear(store, tag) == 21);
}

TEST_CASE("redis tells processes on other nodes of a cluster what has changed") {
    RedisCluster& cluster = shared_cluster();
    const std::string coherence = GENERATE("pubsub", "tracking");
    Store writer(on(cluster, {{"coherence", coherence}})), reader(on(cluster, {{"coherence", coherence}}));
    CHECK(wait_until([&] { return reader->stats().at("subscribed") == 1; }, milliseconds(5000)));
    std::atomic<int> heard{0};
    const auto* watch =
        static_cast<const aurelis_ext_watch*>(reader->ops().get_extension(reader->store(), AURELIS_EXT_WATCH));
    aurelis_call call = reader->call();
    const auto count = [](void* user, uint32_t, const aurelis_key*, size_t n) noexcept {
        *static_cast<std::atomic<int>*>(user) += static_cast<int>(n);
    };
    REQUIRE(watch->watch(reader->store(), &call, AURELIS_WATCH_CHANGED, aurelis_bytes{}, count, &heard) == AURELIS_OK);
    for (size_t i = 0; i < 3; ++i) writer->set(cluster.key_on(i, "told:"), "v");
    CHECK(wait_until([&] { return heard >= 3; }, milliseconds(5000)));
    watch->watch(reader->store(), &call, 0, aurelis_bytes{}, nullptr, nullptr);
    clear(writer, "told:");
}

TEST_CASE("redis reads from replicas where it may") {
    RedisCluster& cluster = shared_cluster();
    Store store(on(cluster, {{"read_from_replicas", "true"}}));
    const std::string key = cluster.key_on(1, "replicated:");
    REQUIRE(store->set(key, "value") == AURELIS_OK);
    CHECK(wait_until([&] { return store->get(key).is("value"); }, milliseconds(3000)));
    for (int i = 0; i < 20; ++i) CHECK(store->get(key).is("value"));
    CHECK(cluster.node(4).info("cmdstat_get").find("calls=") != std::string::npos);
    store->remove(key);
}

TEST_CASE("redis serves the rest of a cluster while a master is dead, and all of it after the promotion") {
    RedisCluster cluster;
    Store store(on(cluster, {{"timeout", "500ms"}}));
    Batch batch(store, "key:", 300);
    REQUIRE(batch.write(store) == AURELIS_OK);
    const std::string there = cluster.key_on(1, "key:"), lost = cluster.key_on(0, "key:");
    for (size_t i = 3; i < 6; ++i) CHECK(cluster.node(0).must({"WAIT", "1", "1000"}).integer >= 0);
    cluster.kill_master(0);
    CHECK(store->set(there, there) == AURELIS_OK);
    CHECK(store->set(lost, lost) < 0);
    aurelis_call call = store->call();
    std::vector<aurelis_entry> out(batch.keys.size());
    const aurelis_status partly =
        store->ops().multi_get(store->store(), &call, batch.keys.data(), batch.keys.size(), out.data());
    for (aurelis_entry& one : out) aurelis_buf_release(&one.value);
    CHECK((partly == AURELIS_PARTIAL || partly == AURELIS_OK));
    cluster.await_promotion(0);
    CHECK(wait_until([&] { return batch.write(store) == AURELIS_OK; }, milliseconds(10'000)));
    CHECK(batch.read(store) == 300);
}

TEST_CASE("redis lets calls to the other masters pass while one hangs") {
    aurelis::rig::ClusterOptions options;
    options.node_timeout = std::chrono::milliseconds(30'000);
    options.replicas = false;
    RedisCluster cluster(options);
    Store store(on(cluster, {{"timeout", "600ms"}}));
    const std::string there = cluster.key_on(1), hung = cluster.key_on(0);
    REQUIRE(store->set(there, "v") == AURELIS_OK);
    REQUIRE(store->set(hung, "v") == AURELIS_OK);
    cluster.node(0).pause();
    for (int round = 0; round < 8; ++round) {
        CHECK(store->get(hung).status < 0);
        for (int i = 0; i < 20; ++i) CHECK(took_ms([&] { CHECK(store->get(there).is("v")); }) < 500);
    }
    cluster.node(0).resume();
    CHECK(wait_until([&] { return store->get(hung).is("v"); }, milliseconds(3000)));
}

TEST_CASE("redis in a cluster with TLS and a password finds all nodes") {
    aurelis::rig::ClusterOptions options;
    options.replicas = false;
    options.node.tls = true;
    options.node.password = "hunter2-of-the-cluster";
    RedisCluster cluster(options);
    Store store({{"url", url_of(cluster.node(2).endpoint(), "rediss")},
                 {"cluster", "true"},
                 {"password", "hunter2-of-the-cluster"},
                 {"tls.ca", aurelis::rig::TestCertificates::shared().ca()}});
    Batch batch(store, "tls:", 100);
    CHECK(batch.write(store) == AURELIS_OK);
    CHECK(batch.read(store) == 100);
}

TEST_CASE("redis says what to do when a cluster is configured as a single server") {
    RedisCluster& cluster = shared_cluster();
    Store store(cluster.node(0).endpoint());
    CHECK(store->set(cluster.key_on(1), "value") == AURELIS_E_UNAVAILABLE);
    CHECK(store->last_error().find("cluster: true") != std::string::npos);
}
