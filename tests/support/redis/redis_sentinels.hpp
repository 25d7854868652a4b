// One master, one replica and three sentinels with a quorum of two, ready for a failover when the constructor returns:
// each sentinel knows the other two and the replica. A failover by itself takes a little over down_after.
#pragma once

#include "support/redis/redis_server.hpp"

#include <array>
#include <memory>

namespace aurelis::rig {

struct SentinelOptions {
    std::string master_name = "mymaster";
    Milliseconds down_after{700};
    RedisOptions data;              // Of the master and the replica.
    std::string sentinel_password;  // requirepass of the sentinels themselves.
};

class RedisSentinels {
public:
    static constexpr size_t kSentinels = 3;
    static constexpr size_t kDataServers = 2;

    explicit RedisSentinels(SentinelOptions options = {});

    RedisServer& sentinel(size_t index) { return *sentinels_.at(index); }
    RedisServer& server(size_t index) { return *servers_.at(index); }
    std::array<Endpoint, kSentinels> endpoints() const;  // Of the sentinels, for a client's configuration.

    // The server that the sentinels call the master now, and the other one.
    size_t master_index();
    RedisServer& master() { return server(master_index()); }
    RedisServer& replica() { return server(1 - master_index()); }

    // Asks for a failover and waits until it is over: roles swapped, all sentinels agree, the replica is in sync.
    void failover(Clock::duration timeout = Milliseconds(60'000));
    // SIGKILL to the master; returns its index at once. Bring it back with server(index).restart().
    size_t kill_master();
    // Waits until every running sentinel names the other server and it has become a master.
    void await_master(size_t index, Clock::duration timeout = Milliseconds(60'000));
    // Waits until the other server follows the master and the sentinels know it, as after the start.
    void await_replica(Clock::duration timeout = Milliseconds(60'000));

private:
    void start_servers();
    void start_sentinels();
    bool all_name(size_t index);
    bool sentinels_complete();

    SentinelOptions options_;
    std::array<std::unique_ptr<RedisServer>, kDataServers> servers_;
    std::array<std::unique_ptr<RedisServer>, kSentinels> sentinels_;
};

}  // namespace aurelis::rig
