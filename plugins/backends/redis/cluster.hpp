// Cluster: the topology by slots. The map is fetched when there is none, after a MOVED (which also corrects its one
// slot at once) and after a node failed; one caller fetches it, the others go on with the existing map. Nodes that the
// map no longer names are dropped once their last call has ended.
#pragma once

#include "slots.hpp"
#include "topology.hpp"

#include <array>
#include <condition_variable>
#include <map>
#include <mutex>

namespace aurelis::redis {

class Cluster final : public Topology {
public:
    explicit Cluster(Context& context);

    Result<NodePointer> node_of(uint16_t slot, bool reading, const Deadline& deadline) override;
    Result<std::vector<NodePointer>> masters(const Deadline& deadline) override;
    void doubt(const Node& node) override;
    Result<NodePointer> redirected(std::string_view line, const Node& from) override;
    bool goes_by_slots() const noexcept override { return true; }
    bool has_others() const noexcept override { return true; }
    uint64_t shape() const override;
    std::vector<NodePointer> known() const override;

private:
    struct Shard {
        NodePointer master;
        std::vector<NodePointer> replicas;
    };
    struct Map {
        std::vector<Shard> shards;
        std::array<uint16_t, kSlotCount> shard_of;  // kNobody: no node serves it.
    };
    static constexpr uint16_t kNobody = 0xffff;

    using Lock = std::unique_lock<std::mutex>;
    // Ensures the best map that is available in time; an error only if there is none at all.
    Result<void> have_map(Lock& lock, const Deadline& deadline);
    Result<std::vector<SlotRange>> ask(const std::vector<NodePointer>& whom, const Deadline& deadline);
    Result<std::vector<SlotRange>> ask_one(const NodePointer& node, const Deadline& deadline);
    std::vector<NodePointer> to_ask();
    void believe(const std::vector<SlotRange>& ranges);
    NodePointer node_at(const Address& address);
    Shard& shard_with(const NodePointer& master);

    Context& context_;
    std::vector<Address> seeds_;
    mutable std::mutex mutex_;  // Guards everything below.
    std::condition_variable asked_;
    std::map<std::string, NodePointer> nodes_;
    std::unique_ptr<Map> map_;
    bool doubted_ = false;
    bool asking_ = false;
    BackOff back_off_{50 * kMillisecond, kSecond / 2};
    int64_t retry_at_ns_ = 0;
    Error last_error_;
    uint64_t shape_ = 0;
};

}  // namespace aurelis::redis
