// Bringing up a master, its replica and their sentinels, and watching them change roles.
#include "support/redis/redis_sentinels.hpp"

#include <stdexcept>

namespace aurelis::rig {

namespace {

constexpr auto kStartTimeout = std::chrono::seconds(20);
constexpr auto kPause = Milliseconds(20);
constexpr const char* kQuorum = "2";

// The value of a field in a flat reply of names and values, such as that of SENTINEL MASTER; empty if it is missing.
std::string field(const Reply& pairs, const std::string& name) {
    for (size_t i = 0; i + 1 < pairs.elements.size(); i += 2) {
        if (pairs.elements[i].text == name) return pairs.elements[i + 1].text;
    }
    return "";
}

}  // namespace

RedisSentinels::RedisSentinels(SentinelOptions options) : options_(std::move(options)) {
    start_servers();
    start_sentinels();
    require_eventually(
        "the sentinels' knowing each other and the replica", [&] { return sentinels_complete(); }, kStartTimeout,
        kPause);
    await_replica(kStartTimeout);
}

void RedisSentinels::start_servers() {
    for (auto& server : servers_) {
        server =
            std::make_unique<RedisServer>(options_.data, RedisServer::Mode::Single, RedisServer::Ready::NotAwaited);
    }
    for (auto& server : servers_) server->await(RedisServer::Ready::Serves);
    servers_[1]->must({"REPLICAOF", "127.0.0.1", std::to_string(servers_[0]->port())});
}

void RedisSentinels::start_sentinels() {
    const std::string& name = options_.master_name;
    const Credentials& rig = RedisServer::rig_user();
    RedisOptions sentinel;
    sentinel.tls = options_.data.tls;
    sentinel.password = options_.sentinel_password;
    sentinel.settings = {
        {"sentinel", "monitor " + name + " 127.0.0.1 " + std::to_string(servers_[0]->port()) + " " + kQuorum},
        {"sentinel", "down-after-milliseconds " + name + " " + std::to_string(options_.down_after.count())},
        {"sentinel", "failover-timeout " + name + " 3000"},
        {"sentinel", "auth-user " + name + " " + rig.user},
        {"sentinel", "auth-pass " + name + " " + rig.password},
        {"sentinel", "sentinel-user " + rig.user},
        {"sentinel", "sentinel-pass " + rig.password},
    };
    for (auto& server : sentinels_) {
        server = std::make_unique<RedisServer>(sentinel, RedisServer::Mode::Sentinel, RedisServer::Ready::NotAwaited);
    }
    for (auto& server : sentinels_) {
        server->await(RedisServer::Ready::Serves);
        // The usual periods of 10 s and 2 s are for large installations; a server that does not know the command waits.
        // The ping's period stays: a replica counts as promotable only if it answered INFO, which is sent once a second
        // during a failover, within five of those periods.
        server->command({"SENTINEL", "DEBUG", "INFO-PERIOD", "200", "PUBLISH-PERIOD", "200", "ASK-PERIOD", "200"});
    }
}

bool RedisSentinels::sentinels_complete() {
    for (auto& sentinel : sentinels_) {
        if (!sentinel->running()) continue;
        const Reply master = sentinel->must({"SENTINEL", "MASTER", options_.master_name});
        if (field(master, "num-other-sentinels") != std::to_string(kSentinels - 1)) return false;
        if (field(master, "flags") != "master") return false;
        const Reply replicas = sentinel->must({"SENTINEL", "REPLICAS", options_.master_name});
        if (replicas.elements.size() != kDataServers - 1 || field(replicas.elements[0], "flags") != "slave" ||
            field(replicas.elements[0], "master-link-status") != "ok") {
            return false;
        }
    }
    return true;
}

std::array<Endpoint, RedisSentinels::kSentinels> RedisSentinels::endpoints() const {
    std::array<Endpoint, kSentinels> all;
    for (size_t i = 0; i < kSentinels; ++i) all[i] = sentinels_[i]->endpoint();
    return all;
}

size_t RedisSentinels::master_index() {
    for (auto& sentinel : sentinels_) {
        if (!sentinel->running()) continue;
        const Reply address = sentinel->must({"SENTINEL", "GET-MASTER-ADDR-BY-NAME", options_.master_name});
        if (address.elements.size() != 2) continue;
        for (size_t i = 0; i < kDataServers; ++i) {
            if (address.elements[1].text == std::to_string(servers_[i]->port())) return i;
        }
    }
    throw std::runtime_error("no running sentinel names a master that is ours");
}

bool RedisSentinels::all_name(size_t index) {
    for (auto& sentinel : sentinels_) {
        if (!sentinel->running()) continue;
        const Reply address = sentinel->must({"SENTINEL", "GET-MASTER-ADDR-BY-NAME", options_.master_name});
        if (address.elements.size() != 2) return false;
        if (address.elements[1].text != std::to_string(servers_[index]->port())) return false;
    }
    return true;
}

void RedisSentinels::failover(Clock::duration timeout) {
    const Deadline deadline(timeout);
    const size_t before = master_index(), next = 1 - before;
    const std::string old_port = std::to_string(servers_[before]->port());
    // A sentinel gives up a failover if there is no replica with an INFO that is at most some hundred milliseconds old,
    // which may happen on a busy machine; while no failover is under way, it is requested again.
    require_eventually(
        "the failover to " + servers_[next]->endpoint().text(),
        [&] {
            const Reply master = sentinels_[0]->must({"SENTINEL", "MASTER", options_.master_name});
            if (field(master, "port") != old_port) return true;
            if (field(master, "flags") == "master")
                sentinels_[0]->command({"SENTINEL", "FAILOVER", options_.master_name});
            return false;
        },
        timeout, kPause);
    await_master(next, deadline.left());
    await_replica(deadline.left());
}

size_t RedisSentinels::kill_master() {
    const size_t index = master_index();
    servers_[index]->kill();
    return index;
}

void RedisSentinels::await_master(size_t index, Clock::duration timeout) {
    require_eventually(
        "the promotion of " + servers_.at(index)->endpoint().text(),
        [&] { return servers_[index]->info("role") == "master" && all_name(index); }, timeout, kPause);
}

void RedisSentinels::await_replica(Clock::duration timeout) {
    require_eventually(
        "the replica's being in sync",
        [&] {
            RedisServer& follower = replica();
            return follower.running() && follower.info("role") == "slave" &&
                   follower.info("master_link_status") == "up" &&
                   follower.info("master_port") == std::to_string(master().port()) && sentinels_complete();
        },
        timeout, kPause);
}

}  // namespace aurelis::rig
