// Sentinel: the topology of one master that sentinels name. They are asked when no master is known, and again when the
// master fails or says that it is not one; one caller asks, the others wait for it within their deadlines. A master
// must itself confirm that it is one, since a sentinel's answer may be outdated. While no sentinel answers, the last
// known master is used.
#pragma once

#include "topology.hpp"

#include <condition_variable>
#include <mutex>

namespace aurelis::redis {

class Sentinel final : public Topology {
public:
    explicit Sentinel(Context& context) : context_(context), sentinels_(context.settings.sentinels) {}

    Result<NodePointer> node_of(uint16_t slot, bool reading, const Deadline& deadline) override;
    Result<std::vector<NodePointer>> masters(const Deadline& deadline) override;
    void doubt(const Node& node) override;
    bool has_others() const noexcept override { return true; }
    uint64_t shape() const override;
    std::vector<NodePointer> known() const override;

private:
    Result<Address> ask(const Deadline& deadline);
    Result<Address> ask_one(const Address& sentinel, const Deadline& deadline);
    void believe(const Result<Address>& master);

    Context& context_;
    mutable std::mutex mutex_;  // Guards everything below.
    std::condition_variable asked_;
    std::vector<Address> sentinels_;  // The one that answered last comes first.
    NodePointer master_;
    bool doubted_ = false;
    bool asking_ = false;
    BackOff back_off_{50 * kMillisecond, kSecond / 2};
    int64_t retry_at_ns_ = 0;
    Error last_error_;
    uint64_t shape_ = 0;
};

}  // namespace aurelis::redis
