// RedisBackend: health, size and metrics. They wait for the server only briefly.
#include "backend.hpp"

#include <cstdlib>
#include <cstring>

namespace aurelis::redis {

namespace {

using plugin::report;

constexpr int64_t kMemoryAgeNs = 5 * kSecond;
constexpr int64_t kMemoryPatienceNs = 50 * kMillisecond;

double field(const std::string& info, const char* name) noexcept {
    const size_t at = info.find(std::string("\n") + name + ":");
    return at == std::string::npos ? -1 : std::atof(info.c_str() + at + std::strlen(name) + 2);
}

}  // namespace

aurelis_status RedisBackend::check_health(aurelis_call* call) {
    if (const aurelis_status no = refusal(call); no != AURELIS_OK) return no;
    const Deadline deadline = deadline_of(call);
    const Result<NodePointer> node = topology_->node_of(0, false, deadline);
    if (!node) return report(call, node.error());
    Result<Turn> turn = node.value()->take(deadline);
    if (!turn) {
        topology_->doubt(*node.value());
        return report(call, turn.error());
    }
    Connection& connection = **turn;
    connection.request().command("PING");
    Result<void> sent = connection.send(deadline);
    const Result<Head> head = sent ? connection.replies().head(deadline) : Result<Head>(sent.error());
    if (head && head.value().kind == Head::Kind::Status) return AURELIS_OK;
    const std::string place = node.value()->address().text() + ": ";
    if (head) return report(call, AURELIS_E_UNAVAILABLE, place + context_.settings.secrets.shown(head.value().text));
    connection.spoil();
    topology_->doubt(*node.value());
    return report(call, head.error().status, place + head.error().message);
}

// Counting entries would walk over all of them, and the server's memory may be shared with others: nothing is known.
aurelis_status RedisBackend::size(aurelis_call*, aurelis_size& out) {
    out = aurelis_size{sizeof(aurelis_size), 0, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX};
    return AURELIS_OK;
}

// That of all masters together; they are asked at most every few seconds and only if they are reachable.
RedisBackend::Memory RedisBackend::memory_now() {
    std::scoped_lock lock(memory_mutex_);
    const int64_t now = mono_ns();
    if (memory_.asked_ns != 0 && now - memory_.asked_ns < kMemoryAgeNs) return memory_;
    memory_ = Memory{now, -1, -1};
    const Deadline deadline = Deadline::after(kMemoryPatienceNs);
    const Result<std::vector<NodePointer>> masters = topology_->masters(deadline);
    if (!masters) return memory_;
    Memory sum{now, 0, 0};
    for (const NodePointer& node : masters.value()) {
        Result<Turn> turn = node->take(deadline);
        if (!turn) return memory_;
        Connection& connection = **turn;
        connection.request().command("INFO", "memory");
        Result<void> sent = connection.send(deadline);
        Result<Reply> info = sent ? connection.replies().reply({256 << 10, 16}, deadline) : Result<Reply>(sent.error());
        if (!info) connection.spoil();
        if (!info || !info.value().is_text()) return memory_;
        sum.used += field(info.value().text, "used_memory");
        sum.most += field(info.value().text, "maxmemory");
    }
    memory_ = sum;
    return memory_;
}

aurelis_status RedisBackend::stats(aurelis_call*, aurelis_stat_fn tell, void* user) {
    const auto gauge = [&](const char* name, double value) { tell(user, name, AURELIS_METRIC_GAUGE, value); };
    const auto counter = [&](const char* name, const std::atomic<uint64_t>& value) {
        tell(user, name, AURELIS_METRIC_COUNTER, static_cast<double>(value.load(std::memory_order_relaxed)));
    };
    const Memory memory = memory_now();
    Node::Usage all;
    const std::vector<NodePointer> nodes = topology_->known();
    for (const NodePointer& node : nodes) {
        const Node::Usage one = node->usage();
        all.open += one.open;
        all.idle += one.idle;
        all.waiting += one.waiting;
        all.version = std::max(all.version, one.version);
    }
    gauge("servers", static_cast<double>(nodes.size()));
    gauge("server_version", all.version);
    gauge("connections_in_use", static_cast<double>(all.open - all.idle));
    gauge("connections_idle", static_cast<double>(all.idle));
    gauge("calls_waiting", static_cast<double>(all.waiting));
    if (memory.used >= 0) gauge("server_memory_used", memory.used);
    if (memory.most >= 0) gauge("server_memory_max", memory.most);
    const Counters& counters = context_.counters;
    counter("connects", counters.connects);
    counter("connect_failures", counters.connect_failures);
    counter("connections_dropped", counters.dropped);
    counter("timeouts", counters.timeouts);
    counter("redirects_moved", counters.moved);
    counter("redirects_ask", counters.asked);
    counter("rediscoveries", counters.rediscoveries);
    counter("scripts_loaded", counters.scripts_loaded);
    counter("unreadable_values", counters.unreadable);
    counter("announcements", counters.announced);
    counter("announcement_failures", counters.announce_failures);
    counter("keys_heard", counters.heard);
    counter("resubscriptions", counters.resubscribed);
    if (context_.settings.coherence != Coherence::None) gauge("subscribed", watcher_->is_live() ? 1 : 0);
    return AURELIS_OK;
}

}  // namespace aurelis::redis
