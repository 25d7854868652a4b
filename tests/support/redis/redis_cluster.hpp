// A Redis Cluster of three masters (nodes 0 to 2) and three replicas (nodes 3 to 5, node i + 3 follows node i), ready
// when the constructor returns: every node says cluster_state:ok and knows all others in their roles.
#pragma once

#include "support/redis/redis_server.hpp"

#include <memory>
#include <vector>

namespace aurelis::rig {

struct ClusterOptions {
    Milliseconds node_timeout{1000};
    size_t masters = 3;
    bool replicas = true;
    RedisOptions node;  // Of every node; with tls the cluster's bus and replication use it too.
};

class RedisCluster;

// A slot that moves from its master to another, in steps, so that a test can check the states in between:
//   begin()       the target imports, the source migrates: a key that is gone from the source answers -ASK
//   move_keys()   the keys themselves
//   finish()      the slot is the target's for all nodes: the source answers -MOVED
class SlotMigration {
public:
    SlotMigration(RedisCluster& cluster, uint16_t slot, size_t to);

    void begin();
    // Moves at most that many keys; returns how many it moved.
    size_t move_keys(size_t keys_max = 1000);
    // Returns when every running node names the target.
    void finish(Clock::duration timeout = Milliseconds(20000));

private:
    RedisCluster& cluster_;
    uint16_t slot_;
    size_t source_;
    size_t target_;
};

class RedisCluster {
public:
    static constexpr uint16_t kSlots = 16384;

    explicit RedisCluster(ClusterOptions options = {});

    size_t size() const noexcept { return nodes_.size(); }
    RedisServer& node(size_t index) { return *nodes_.at(index); }
    const std::string& id(size_t index) const { return ids_.at(index); }

    uint16_t slot_of(const std::string& key);
    // The slot's master according to the first running node.
    size_t owner(uint16_t slot);
    size_t owner_of(const std::string& key) { return owner(slot_of(key)); }
    // A key "<prefix><number>" whose slot's master is the node.
    std::string key_on(size_t index, const std::string& prefix = "key:");

    SlotMigration migrate_slot(uint16_t slot, size_t to) { return SlotMigration(*this, slot, to); }
    // All three steps.
    void move_slot(uint16_t slot, size_t to);

    // SIGKILL; returns at once. Bring it back with node(index).restart().
    void kill_master(size_t index) { node(index).kill(); }
    // Waits until, for all running nodes, another node is the master of the slots that the node had; returns which one.
    size_t await_promotion(size_t index, Clock::duration timeout = Milliseconds(30000));
    // Waits until all running nodes say cluster_state:ok and each running replica is in sync.
    void await_ok(Clock::duration timeout = Milliseconds(30000));

private:
    friend class SlotMigration;
    void start_nodes();
    void introduce();
    void share_slots();
    void attach_replicas();
    RedisServer& first_running();
    bool all_ok();
    bool knows_replicas(RedisServer& asked);
    bool all_name(uint16_t slot, size_t index);
    size_t index_of_id(const std::string& id) const;
    std::string owner_id(RedisServer& asked, uint16_t slot);

    ClusterOptions options_;
    std::vector<std::unique_ptr<RedisServer>> nodes_;
    std::vector<std::string> ids_;
    std::vector<uint16_t> first_slot_;  // Of each master at the start.
};

}  // namespace aurelis::rig
