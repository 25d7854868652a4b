// Topology: which server serves a key: always the same one, the master that sentinels name, or the owner of the key's
// slot in a cluster. Leaves to others: connections (node.hpp), what is sent over them.
#pragma once

#include "node.hpp"

#include <memory>
#include <string_view>
#include <vector>

namespace aurelis::redis {

class Topology {
public:
    virtual ~Topology() = default;

    // [any] slot is 0 except in a cluster. reading: a replica will do, where the settings allow it.
    virtual Result<NodePointer> node_of(uint16_t slot, bool reading, const Deadline& deadline) = 0;
    // All masters, which together hold every key.
    virtual Result<std::vector<NodePointer>> masters(const Deadline& deadline) = 0;
    // The node failed, or says that it cannot be written: check the topology before it is used again.
    virtual void doubt(const Node& node) = 0;
    // "MOVED 3999 host:port" and "ASK ..." of a cluster; from: the node that sent it.
    virtual Result<NodePointer> redirected(std::string_view line, const Node& from);
    virtual bool goes_by_slots() const noexcept { return false; }
    // Whether another server may serve what one refuses.
    virtual bool has_others() const noexcept { return false; }
    // Changes when a cursor of an earlier scan has lost its meaning.
    virtual uint64_t shape() const { return 0; }
    virtual std::vector<NodePointer> known() const = 0;

    static std::unique_ptr<Topology> make(Context& context);
};

}  // namespace aurelis::redis
