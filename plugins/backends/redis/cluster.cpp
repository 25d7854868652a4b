// Cluster: the map of slots and its upkeep.
#include "cluster.hpp"

#include <algorithm>

namespace aurelis::redis {

namespace {
constexpr int64_t kAskAgainNs = 50 * kMillisecond;
constexpr ReplyLimits kMapLimits{16 << 20, 1 << 19};
constexpr size_t kNodesMost = 4096;
}  // namespace

Cluster::Cluster(Context& context) : context_(context), seeds_{context.settings.address} {
    seeds_.insert(seeds_.end(), context.settings.nodes.begin(), context.settings.nodes.end());
}

// Under the lock.
NodePointer Cluster::node_at(const Address& address) {
    NodePointer& node = nodes_[address.text()];
    if (node == nullptr)
        node = std::make_shared<Node>(
            context_, address, Greeting{context_.settings.login, 0, false, context_.settings.read_from_replicas});
    return node;
}

// Under the lock. The known masters first, since they serve; then the addresses that the settings name.
std::vector<NodePointer> Cluster::to_ask() {
    std::vector<NodePointer> all;
    const auto add = [&](const NodePointer& node) {
        if (std::find(all.begin(), all.end(), node) == all.end()) all.push_back(node);
    };
    if (map_ != nullptr) {
        for (const Shard& shard : map_->shards) add(shard.master);
        if (!all.empty())
            std::rotate(all.begin(), all.begin() + static_cast<long>(random_number() % all.size()), all.end());
        for (const Shard& shard : map_->shards)
            for (const NodePointer& replica : shard.replicas) add(replica);
    }
    for (const Address& seed : seeds_) add(node_at(seed));
    std::stable_partition(all.begin(), all.end(), [](const NodePointer& node) { return !node->failed_lately(); });
    return all;
}

Result<std::vector<SlotRange>> Cluster::ask_one(const NodePointer& node, const Deadline& deadline) {
    AURELIS_TRY(turn, node->take(deadline));
    turn->request().command("CLUSTER", "SLOTS");
    AURELIS_TRY_VOID(turn->send(deadline));
    Result<Reply> answer = turn->replies().reply(kMapLimits, deadline);
    if (!answer) {
        turn->spoil();
        return answer.error();
    }
    if (answer.value().is(Reply::Kind::Error))
        return fail(AURELIS_E_UNAVAILABLE, node->address().text() + " gives no slot map: " +
                                               context_.settings.secrets.shown(answer.value().text) +
                                               "; is it a cluster?");
    return parse_slots(answer.value(), node->address());
}

Result<std::vector<SlotRange>> Cluster::ask(const std::vector<NodePointer>& whom, const Deadline& deadline) {
    context_.counters.rediscoveries.fetch_add(1, std::memory_order_relaxed);
    const Deadline whole = deadline.within(context_.settings.connect_timeout_ns);
    Error last = fail(AURELIS_E_UNAVAILABLE, context_.settings.place() + ": no node gives a slot map");
    for (size_t i = 0; i < whom.size() && !whole.over(); ++i) {
        // Each gets half of the time that is left, so that one that hangs leaves time for the others.
        const bool is_last = i + 1 == whom.size();
        Result<std::vector<SlotRange>> told = ask_one(whom[i], is_last ? whole : whole.within(whole.left_ns() / 2));
        if (told && !told.value().empty()) return told;
        if (!told) last = told.error();
    }
    if (last.status == AURELIS_E_TIMEOUT) last.status = AURELIS_E_UNAVAILABLE;
    return last;
}

// Under the lock.
void Cluster::believe(const std::vector<SlotRange>& ranges) {
    auto map = std::make_unique<Map>();
    map->shard_of.fill(kNobody);
    std::map<std::string, uint16_t> index;
    std::map<std::string, NodePointer> named;
    for (const SlotRange& range : ranges) {
        const auto [at, is_new] = index.emplace(range.master.text(), static_cast<uint16_t>(map->shards.size()));
        if (is_new) {
            if (named.size() + range.replicas.size() >= kNodesMost) break;
            Shard shard{node_at(range.master), {}};
            for (const Address& replica : range.replicas) shard.replicas.push_back(node_at(replica));
            named.emplace(shard.master->address().text(), shard.master);
            for (const NodePointer& replica : shard.replicas) named.emplace(replica->address().text(), replica);
            map->shards.push_back(std::move(shard));
        }
        for (size_t slot = range.first; slot <= range.last; ++slot) map->shard_of[slot] = at->second;
    }
    for (const Address& seed : seeds_) named.emplace(seed.text(), node_at(seed));
    nodes_ = std::move(named);
    const bool same = map_ != nullptr && map_->shard_of == map->shard_of && map_->shards.size() == map->shards.size() &&
                      std::equal(map_->shards.begin(), map_->shards.end(), map->shards.begin(),
                                 [](const Shard& a, const Shard& b) { return a.master == b.master; });
    if (!same) ++shape_;
    map_ = std::move(map);
}

Result<void> Cluster::have_map(Lock& lock, const Deadline& deadline) {
    for (;;) {
        if (map_ != nullptr && (!doubted_ || asking_ || mono_ns() < retry_at_ns_)) return {};
        if (!asking_) {
            if (mono_ns() < retry_at_ns_) return last_error_;
            break;
        }
        if (!asked_.wait_until(lock, deadline.point(), [&] { return !asking_; }))
            return fail(AURELIS_E_UNAVAILABLE, context_.settings.place() + ": no slot map came in time");
    }
    asking_ = true;
    const std::vector<NodePointer> whom = to_ask();
    lock.unlock();
    const Result<std::vector<SlotRange>> told = ask(whom, deadline);
    lock.lock();
    asking_ = false;
    asked_.notify_all();
    if (told) {
        believe(told.value());
        doubted_ = false;
        back_off_.reset();
        retry_at_ns_ = mono_ns() + kAskAgainNs;
        return {};
    }
    last_error_ = told.error();
    retry_at_ns_ = mono_ns() + back_off_.next_ns();
    if (map_ == nullptr) return last_error_;
    return {};
}

Result<NodePointer> Cluster::node_of(uint16_t slot, bool reading, const Deadline& deadline) {
    Lock lock(mutex_);
    AURELIS_TRY_VOID(have_map(lock, deadline));
    const uint16_t at = map_->shard_of[slot];
    if (at == kNobody) {
        doubted_ = true;
        return fail(AURELIS_E_UNAVAILABLE, context_.settings.place() + ": nobody serves slot " + std::to_string(slot) +
                                               "; look at CLUSTER INFO");
    }
    const Shard& shard = map_->shards[at];
    if (!reading || !context_.settings.read_from_replicas || shard.replicas.empty()) return shard.master;
    return shard.replicas[random_number() % shard.replicas.size()];
}

Result<std::vector<NodePointer>> Cluster::masters(const Deadline& deadline) {
    Lock lock(mutex_);
    AURELIS_TRY_VOID(have_map(lock, deadline));
    std::vector<NodePointer> all;
    for (const Shard& shard : map_->shards) all.push_back(shard.master);
    return all;
}

void Cluster::doubt(const Node& node) {
    node.note_failure();
    Lock lock(mutex_);
    doubted_ = true;
}

// Under the lock.
Cluster::Shard& Cluster::shard_with(const NodePointer& master) {
    for (Shard& shard : map_->shards) {
        if (shard.master == master) return shard;
    }
    ++shape_;
    map_->shards.push_back({master, {}});
    return map_->shards.back();
}

Result<NodePointer> Cluster::redirected(std::string_view line, const Node& from) {
    AURELIS_TRY(to, parse_redirection(line, from.address()));
    Lock lock(mutex_);
    if (nodes_.size() >= kNodesMost && nodes_.count(to.to.text()) == 0)
        return fail(AURELIS_E_UNAVAILABLE, context_.settings.place() + ": it names more nodes than are allowed");
    NodePointer node = node_at(to.to);
    if (to.asks) {
        context_.counters.asked.fetch_add(1, std::memory_order_relaxed);
        return node;
    }
    context_.counters.moved.fetch_add(1, std::memory_order_relaxed);
    doubted_ = true;
    if (map_ != nullptr && map_->shards.size() < kNobody - 1) {
        Shard& shard = shard_with(node);
        map_->shard_of[to.slot] = static_cast<uint16_t>(&shard - map_->shards.data());
    }
    return node;
}

uint64_t Cluster::shape() const {
    std::scoped_lock lock(mutex_);
    return shape_;
}

std::vector<NodePointer> Cluster::known() const {
    std::scoped_lock lock(mutex_);
    std::vector<NodePointer> all;
    for (const auto& [name, node] : nodes_) all.push_back(node);
    return all;
}

}  // namespace aurelis::redis
