// The whole stack over more than one server: sentinels that elect another master, a cluster whose slots move and whose
// masters die, and a server that wants TLS and a user. Traffic goes on meanwhile and checks every value that is
// returned.
#include "scenarios/redis/redis_scenario.hpp"
#include "support/redis/control_thread.hpp"
#include "support/redis/redis_cluster.hpp"
#include "support/redis/redis_sentinels.hpp"
#include "support/redis/test_certificates.hpp"

#include <atomic>
#include <map>
#include <optional>
#include <set>
#include <thread>

using namespace aurelis;
using namespace aurelis::testing;
using namespace aurelis::rig;

namespace {

constexpr Milliseconds kTimeout{500};
constexpr Milliseconds kMost = 10 * kTimeout;  // Of a call, where nine servers run.
constexpr size_t kCallsLeast = 500;

// Whether writes may be lost when a server dies that replicates them only after it has confirmed them.
enum class Writes { Stay, MayBeLost };

// A caller that sets, gets and removes keys of its own, one after the other, until it is destroyed.
class Caller {
public:
    Caller(Opened& opened, std::vector<std::string> ids, Writes writes)
        : calls_(opened.cache), ids_(std::move(ids)), writes_(writes), thread_([this] {
              for (size_t turn = 0; !over_; ++turn) step(turn);
          }) {}
    ~Caller() { stop(); }
    void stop() {
        over_ = true;
        if (thread_.joinable()) thread_.join();
    }
    size_t calls() const { return count_; }
    // The rest is for a caller that has stopped. Calls that took longer than kMost, not counting stalls of the machine.
    size_t late() const { return late_; }
    const std::vector<std::string>& wrong() const { return wrong_; }
    // What each key was last set to; none: removed.
    const std::map<std::string, std::optional<std::string>>& last() const { return last_; }

private:
    void step(size_t turn) {
        const std::string& id = ids_[turn % ids_.size()];
        const auto began = Clock::now();
        if (turn % 3 == 0) {
            std::optional<std::string>& value = last_[id];
            value = "v" + std::to_string(turn);
            ever_[id].insert(*value);
            calls_.set(id, *value);
        } else if (turn % 41 == 0) {
            last_[id].reset();
            calls_.remove(id);
        } else {
            const std::string found = calls_.get(id);
            const auto last = last_.find(id);
            const std::string wanted = last != last_.end() ? last->second.value_or("-") : "-";
            const bool was_once = writes_ == Writes::MayBeLost && ever_[id].count(found) != 0;
            if (found != wanted && found != "-" && !was_once)
                wrong_.push_back(id + " is " + found + ", not " + wanted);
        }
        const auto ended = Clock::now();
        if (ended - began > kMost && ended - began - control_.stalled_between(began, ended) > kMost) ++late_;
        ++count_;
    }

    Calls calls_;
    const std::vector<std::string> ids_;
    const Writes writes_;
    std::atomic<bool> over_{false};
    std::atomic<size_t> count_{0};
    size_t late_ = 0;
    ControlThread control_;
    std::vector<std::string> wrong_;
    std::map<std::string, std::optional<std::string>> last_;
    std::map<std::string, std::set<std::string>> ever_;
    std::thread thread_;
};

std::vector<std::string> numbered(const std::string& stem, int count) {
    std::vector<std::string> ids;
    for (int i = 0; i < count; ++i) ids.push_back(stem + std::to_string(i));
    return ids;
}

// What is written now is stored in Redis, and nothing waits to be reconciled.
void require_serving(Opened& opened, const std::vector<std::string>& ids) {
    require_soon(
        "normal service",
        [&] {
            const auto layer = layer_stats(opened, "L2_redis");
            bool all = layer["breaker"]["state"] == "closed" && layer["missed_writes"]["waiting"] == 0;
            for (const std::string& id : ids) {
                opened.set(id, "now");
                all = get_from(opened, id, 2, 2) == "now" && all;
            }
            return all;
        },
        Milliseconds(10'000));
}

void check(const Caller& caller) {
    for (const std::string& one : caller.wrong()) UNSCOPED_INFO(one);
    CHECK(caller.wrong().empty());
    CHECK(caller.calls() > kCallsLeast);
    CHECK(caller.late() == 0);
}

Layers patient() {
    Layers layers;
    layers.redis = "timeout: " + std::to_string(kTimeout.count()) + "ms";
    return layers;
}

}  // namespace

TEST_CASE("redis topologies: a failover by the sentinels is over by itself, whether asked for or forced") {
    SentinelOptions options;
    options.down_after = Milliseconds(2000);  // Busy servers are not taken for dead ones.
    RedisSentinels sentinels(options);
    std::string list;
    for (const Endpoint& one : sentinels.endpoints()) list += (list.empty() ? "\"" : ", \"") + one.text() + "\"";
    Opened opened(patient().over_options("sentinels: [" + list + "], sentinel_master: mymaster"));
    REQUIRE(opened.problem == "");
    await_live(opened);
    Caller caller(opened, numbered("user", 200), Writes::MayBeLost);
    sentinels.failover();
    require_serving(opened, {"asked"});
    CHECK(sentinels.master().command({"EXISTS", "aurelis:v1:user_data:asked"}).integer == 1);
    const size_t killed = sentinels.kill_master();
    sentinels.await_master(1 - killed);
    require_serving(opened, {"forced"});
    CHECK(sentinels.server(1 - killed).command({"EXISTS", "aurelis:v1:user_data:forced"}).integer == 1);
    await_live(opened);
    caller.stop();
    check(caller);
}

TEST_CASE("redis topologies: slots that move between the masters of a cluster cost nothing") {
    RedisCluster cluster;
    Layers layers = patient();
    layers.has_memory = false;  // So that every value that is given was read from the cluster.
    Opened opened(layers.over_options("url: \"" + redis_url(cluster.node(0).port()) + "\", cluster: true"));
    REQUIRE(opened.problem == "");
    std::vector<std::string> moving;  // Some of each slot that moves.
    std::vector<uint16_t> slots;
    for (int i = 0; slots.size() < 3; ++i) {
        const std::string id = "user" + std::to_string(i);
        slots.push_back(cluster.slot_of("aurelis:v1:user_data:" + id));
        moving.push_back(id);
    }
    Caller caller(opened, moving, Writes::Stay);
    for (size_t i = 0; i < 9 || caller.calls() <= kCallsLeast; ++i) {
        const uint16_t slot = slots[i % 3];
        auto migration = cluster.migrate_slot(slot, (cluster.owner(slot) + 1) % 3);
        migration.begin();
        while (migration.move_keys(1) != 0) {
        }
        migration.finish();
    }
    caller.stop();
    check(caller);
    for (const auto& [id, value] : caller.last()) CHECK(opened.get(id) == value.value_or("-"));
    const auto layer = layer_stats(opened, "L2_redis");
    CHECK(layer["errors"] == 0);
    CHECK(layer["backend_stats"]["redirects_moved"].get<int>() + layer["backend_stats"]["redirects_ask"].get<int>() >
          0);
}

TEST_CASE("redis topologies: while a cluster's master is dead the others serve, and its replica then takes over") {
    RedisCluster cluster;
    Opened opened(patient().over_options("url: \"" + redis_url(cluster.node(0).port()) + "\", cluster: true"));
    REQUIRE(opened.problem == "");
    await_live(opened);
    const auto ids = numbered("user", 100);
    require_serving(opened, ids);
    Caller caller(opened, numbered("caller", 200), Writes::MayBeLost);
    const size_t dead = 1;
    cluster.kill_master(dead);
    const auto owned = [&](const std::string& id) { return cluster.owner_of("aurelis:v1:user_data:" + id); };
    size_t served = 0, others = 0;
    for (const std::string& id : ids) {
        if (owned(id) == dead) continue;
        ++others;
        served += get_from(opened, id, 2, 2) == "now" ? 1 : 0;
    }
    CHECK(others > 40);
    CHECK(served > 0);  // Until the breaker opens on the failures of the others.
    CHECK(cluster.await_promotion(dead) == dead + 3);
    require_serving(opened, ids);
    caller.stop();
    check(caller);
}

TEST_CASE("redis topologies: TLS with a user of its own, checked from the first byte") {
    const TestCertificates& certificates = TestCertificates::shared();
    RedisOptions options;
    options.tls = true;
    options.tls_client_certificate = true;
    options.users = {"default off", "app on >hunter2-and-more ~aurelis:* &* +@all"};
    RedisServer server(options);
    const std::string url = "url: \"rediss://localhost:" + std::to_string(server.port()) + "/0\", username: app";
    const std::string tls = ", tls: {ca: \"" + certificates.ca() + "\", cert: \"" + certificates.client_certificate() +
                            "\", key: \"" + certificates.client_key() + "\"}";
    {
        Opened opened(patient().over_options(url + ", password: hunter2-and-more" + tls));
        await_live(opened);
        REQUIRE(opened.set("user123", "John") == AURELIS_OK);
        CHECK(get_from(opened, "user123", 2, 2) == "John");
        CHECK(opened.explain("user123")["layers"][1]["state"] == "present");
    }
    {
        Opened opened(patient().over_options(url + ", password: hunter2-wrong" + tls));
        REQUIRE(opened.set("user123", "Jane") == AURELIS_OK);  // In memory.
        CHECK(layer_stats(opened, "L2_redis")["last_error"].get<std::string>().find("WRONGPASS") != std::string::npos);
    }
    {
        Opened opened(patient().over_options(url + ", password: hunter2-and-more, tls: {ca: \"" +
                                             certificates.other_ca() + "\"}"));
        REQUIRE(opened.set("user123", "Jane") == AURELIS_OK);
        CHECK(layer_stats(opened, "L2_redis")["last_error"].get<std::string>().find("certificate") !=
              std::string::npos);
    }
    CHECK(server.command({"EXISTS", "aurelis:v1:user_data:user123"}).integer == 1);
}
