// Topology: the choice according to the settings, and the simplest one.
#include "topology.hpp"

#include "cluster.hpp"
#include "sentinel.hpp"

namespace aurelis::redis {

namespace {

class SingleServer final : public Topology {
public:
    explicit SingleServer(Context& context)
        : node_(std::make_shared<Node>(context, context.settings.address,
                                       Greeting{context.settings.login, context.settings.database, false, false})) {}

    Result<NodePointer> node_of(uint16_t, bool, const Deadline&) override { return node_; }
    Result<std::vector<NodePointer>> masters(const Deadline&) override { return std::vector<NodePointer>{node_}; }
    void doubt(const Node&) override {}
    std::vector<NodePointer> known() const override { return {node_}; }

private:
    const NodePointer node_;
};

}  // namespace

Result<NodePointer> Topology::redirected(std::string_view, const Node& from) {
    return fail(AURELIS_E_UNAVAILABLE, from.address().text() + " belongs to a cluster; set 'cluster: true'");
}

std::unique_ptr<Topology> Topology::make(Context& context) {
    if (context.settings.cluster) return std::make_unique<Cluster>(context);
    if (!context.settings.sentinels.empty()) return std::make_unique<Sentinel>(context);
    return std::make_unique<SingleServer>(context);
}

}  // namespace aurelis::redis
