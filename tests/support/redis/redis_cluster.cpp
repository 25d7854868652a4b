// Bringing up a cluster by hand, which is faster than the usual tool, and moving its slots.
#include "support/redis/redis_cluster.hpp"

#include <algorithm>
#include <stdexcept>

namespace aurelis::rig {

namespace {

constexpr auto kStartTimeout = std::chrono::seconds(30);
constexpr auto kPause = Milliseconds(10);
constexpr const char* kMigrateTimeoutMs = "5000";

}  // namespace

RedisCluster::RedisCluster(ClusterOptions options) : options_(std::move(options)) {
    start_nodes();
    share_slots();
    introduce();
    attach_replicas();
    await_ok(kStartTimeout);
}

void RedisCluster::start_nodes() {
    RedisOptions node = options_.node;
    // A node's map leaves a replica out until that has seen some replication: its master's ping, every 10 s as a rule.
    node.settings.insert(node.settings.begin(),
                         {{"cluster-node-timeout", std::to_string(options_.node_timeout.count())},
                          {"cluster-replica-validity-factor", "0"},
                          {"cluster-allow-replica-migration", "no"},
                          {"repl-ping-replica-period", "1"}});
    const size_t count = options_.masters * (options_.replicas ? 2 : 1);
    for (size_t i = 0; i < count; ++i) {
        nodes_.push_back(
            std::make_unique<RedisServer>(node, RedisServer::Mode::Cluster, RedisServer::Ready::NotAwaited));
    }
    for (auto& server : nodes_) {
        server->await(RedisServer::Ready::Serves);
        ids_.push_back(server->must({"CLUSTER", "MYID"}).text);
    }
}

// Every node is introduced to every other: waiting for the gossip takes longer.
void RedisCluster::introduce() {
    for (size_t i = 0; i < size(); ++i) {
        for (size_t j = 0; j < i; ++j) {
            nodes_[i]->must({"CLUSTER", "MEET", "127.0.0.1", std::to_string(nodes_[j]->port())});
        }
    }
    require_eventually(
        "the nodes' knowing each other",
        [&] {
            for (auto& server : nodes_) {
                const std::string known = server->must({"CLUSTER", "NODES"}).text;
                for (const std::string& id : ids_) {
                    if (known.find(id) == std::string::npos) return false;
                }
                if (known.find("handshake") != std::string::npos) return false;
            }
            return true;
        },
        kStartTimeout, kPause);
}

// Before they meet, since a config epoch can be given only to a node that knows no other.
void RedisCluster::share_slots() {
    for (size_t i = 0; i < options_.masters; ++i) {
        const size_t first = kSlots * i / options_.masters;
        const size_t last = kSlots * (i + 1) / options_.masters - 1;
        first_slot_.push_back(static_cast<uint16_t>(first));
        nodes_[i]->must({"CLUSTER", "SET-CONFIG-EPOCH", std::to_string(i + 1)});
        nodes_[i]->must({"CLUSTER", "ADDSLOTSRANGE", std::to_string(first), std::to_string(last)});
    }
}

void RedisCluster::attach_replicas() {
    for (size_t i = options_.masters; i < size(); ++i) {
        require_eventually(
            "the attachment of a replica",
            [&] {
                return nodes_[i]->command({"CLUSTER", "REPLICATE", ids_[i - options_.masters]}).ok();
            },
            kStartTimeout, kPause);
    }
}

RedisServer& RedisCluster::first_running() {
    for (auto& server : nodes_) {
        if (server->running()) return *server;
    }
    throw std::runtime_error("no node of the cluster runs");
}

uint16_t RedisCluster::slot_of(const std::string& key) {
    return static_cast<uint16_t>(first_running().must({"CLUSTER", "KEYSLOT", key}).integer);
}

std::string RedisCluster::owner_id(RedisServer& asked, uint16_t slot) {
    const Reply ranges = asked.must({"CLUSTER", "SLOTS"});
    for (const Reply& range : ranges.elements) {
        if (range.elements.size() < 3 || range.elements[2].elements.size() < 3) continue;
        if (slot < range.elements[0].integer || slot > range.elements[1].integer) continue;
        return range.elements[2].elements[2].text;
    }
    return "";
}

size_t RedisCluster::index_of_id(const std::string& id) const {
    for (size_t i = 0; i < ids_.size(); ++i) {
        if (ids_[i] == id) return i;
    }
    throw std::runtime_error("the cluster has no node '" + id + "'");
}

size_t RedisCluster::owner(uint16_t slot) { return index_of_id(owner_id(first_running(), slot)); }

std::string RedisCluster::key_on(size_t index, const std::string& prefix) {
    for (int number = 0; number < kSlots; ++number) {
        std::string key = prefix + std::to_string(number);
        if (owner_of(key) == index) return key;
    }
    throw std::runtime_error("node " + std::to_string(index) + " is the master of no slot");
}

bool RedisCluster::all_name(uint16_t slot, size_t index) {
    for (auto& server : nodes_) {
        if (server->running() && owner_id(*server, slot) != ids_[index]) return false;
    }
    return true;
}

void RedisCluster::move_slot(uint16_t slot, size_t to) {
    SlotMigration migration = migrate_slot(slot, to);
    migration.begin();
    while (migration.move_keys() > 0) {
    }
    migration.finish();
}

size_t RedisCluster::await_promotion(size_t index, Clock::duration timeout) {
    const uint16_t slot = first_slot_.at(index);
    size_t promoted = index;
    require_eventually(
        "the promotion of the replica of node " + std::to_string(index),
        [&] {
            promoted = owner(slot);
            return promoted != index && all_name(slot, promoted) && all_ok();
        },
        timeout, kPause);
    return promoted;
}

bool RedisCluster::all_ok() {
    for (auto& server : nodes_) {
        if (!server->running()) continue;
        if (server->must({"CLUSTER", "INFO"}).text.find("cluster_state:ok") == std::string::npos) return false;
    }
    return true;
}

void RedisCluster::await_ok(Clock::duration timeout) {
    const auto replicas_ready = [&] {
        for (size_t i = options_.masters; i < size(); ++i) {
            if (!nodes_[i]->running() || nodes_[i]->info("role") != "slave") continue;
            if (nodes_[i]->info("master_link_status") != "up") return false;
        }
        return true;
    };
    // A client that asks any node must learn of all replicas: each node's map has them.
    const auto maps_full = [&] {
        for (auto& server : nodes_) {
            if (server->running() && !knows_replicas(*server)) return false;
        }
        return true;
    };
    require_eventually(
        "cluster_state:ok", [&] { return all_ok() && replicas_ready() && maps_full(); }, timeout, kPause);
}

bool RedisCluster::knows_replicas(RedisServer& asked) {
    size_t running = 0;
    for (auto& server : nodes_) running += server->running() ? 1 : 0;
    std::vector<std::string> named;
    for (const Reply& range : asked.must({"CLUSTER", "SLOTS"}).elements) {
        for (size_t i = 2; i < range.elements.size(); ++i) {
            const std::string& id = range.elements[i].elements.at(2).text;
            if (std::find(named.begin(), named.end(), id) == named.end()) named.push_back(id);
        }
    }
    return named.size() >= running;
}

SlotMigration::SlotMigration(RedisCluster& cluster, uint16_t slot, size_t to)
    : cluster_(cluster), slot_(slot), source_(cluster.owner(slot)), target_(to) {
    if (source_ == target_) throw std::runtime_error("slot " + std::to_string(slot) + " is there already");
}

void SlotMigration::begin() {
    const std::string slot = std::to_string(slot_);
    cluster_.node(target_).must({"CLUSTER", "SETSLOT", slot, "IMPORTING", cluster_.id(source_)});
    cluster_.node(source_).must({"CLUSTER", "SETSLOT", slot, "MIGRATING", cluster_.id(target_)});
}

size_t SlotMigration::move_keys(size_t keys_max) {
    RedisServer& source = cluster_.node(source_);
    const Reply keys = source.must({"CLUSTER", "GETKEYSINSLOT", std::to_string(slot_), std::to_string(keys_max)});
    if (keys.elements.empty()) return 0;
    const Credentials& rig = RedisServer::rig_user();
    Command migrate = {"MIGRATE", "127.0.0.1", std::to_string(cluster_.node(target_).port()),
                       "",        "0",         kMigrateTimeoutMs,
                       "AUTH2",   rig.user,    rig.password,
                       "KEYS"};
    for (const Reply& key : keys.elements) migrate.push_back(key.text);
    source.must(migrate);
    return keys.elements.size();
}

void SlotMigration::finish(Clock::duration timeout) {
    const Command assign = {"CLUSTER", "SETSLOT", std::to_string(slot_), "NODE", cluster_.id(target_)};
    cluster_.node(target_).must(assign);
    cluster_.node(source_).must(assign);
    require_eventually(
        "agreement on the new owner of slot " + std::to_string(slot_),
        [&] { return cluster_.all_name(slot_, target_); }, timeout, kPause);
}

}  // namespace aurelis::rig
