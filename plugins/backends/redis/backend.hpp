// RedisBackend: the store over Redis or Valkey, in the ABI's own terms: one server, the master that sentinels name, or
// a cluster. It holds no entries itself; each call is an exchange with the servers within its deadline. The functions
// are in backend.cpp (start and stop, reads), writing.cpp, scanning.cpp and metrics.cpp.
//
// start() reads the TLS files and starts the thread that listens for other processes; it does not connect. A server
// that is unavailable at the start is not a configuration error: calls fail until it is available, and the first one
// that reaches it is served, without a restart of the layer.
#pragma once

#include "announcement.hpp"
#include "exchange.hpp"
#include "match.hpp"
#include "own_writes.hpp"
#include "scan_place.hpp"
#include "topology.hpp"
#include "values.hpp"
#include "watcher.hpp"
#include "write_steps.hpp"

#include <aurelis/plugin/store.hpp>

#include <memory>
#include <optional>

namespace aurelis::redis {

class RedisBackend {
public:
    static constexpr uint64_t kCaps = AURELIS_CAP_EXPIRY | AURELIS_CAP_CAS | AURELIS_CAP_LEASE | AURELIS_CAP_MULTI |
                                      AURELIS_CAP_SCAN | AURELIS_CAP_PERSISTENT | AURELIS_CAP_SHARED |
                                      AURELIS_CAP_REMOTE | AURELIS_CAP_FENCED;
    static constexpr const auto& kOptions = kRedisOptions;

    static Result<std::unique_ptr<RedisBackend>> create(const plugin::Setup& setup);
    RedisBackend(const plugin::Host& host, Settings settings);
    uint64_t caps() const noexcept;

    aurelis_status start(aurelis_call* call);
    void stop();
    const void* get_extension(const char* id) noexcept;

    aurelis_status get(aurelis_call* call, const aurelis_key& key, aurelis_entry* out);
    aurelis_status multi_get(aurelis_call* call, const aurelis_key* keys, size_t count, aurelis_entry* out);

    aurelis_status set(aurelis_call* call, const aurelis_key& key, const aurelis_write& write, uint64_t* version);
    aurelis_status remove(aurelis_call* call, const aurelis_key& key);
    aurelis_status touch(aurelis_call* call, const aurelis_key& key, int64_t expires_wall);
    aurelis_status multi_write(aurelis_call* call, const aurelis_key* keys, const aurelis_write* writes, size_t count,
                               aurelis_status* each, uint64_t* versions);
    aurelis_status remove_matching(aurelis_call* call, const aurelis_match& match, uint64_t* removed);

    aurelis_status scan(aurelis_call* call, aurelis_scan& page, aurelis_visit_fn visit, void* user);
    aurelis_status size(aurelis_call* call, aurelis_size& out);
    aurelis_status stats(aurelis_call* call, aurelis_stat_fn tell, void* user);

    aurelis_status check_health(aurelis_call* call);
    Watcher& watcher() noexcept { return *watcher_; }

private:
    // Why the call cannot be served at all; OK: go on.
    aurelis_status refusal(aurelis_call* call) const;
    Deadline deadline_of(const aurelis_call* call) const noexcept;
    int64_t now_ms(const aurelis_call* call) const noexcept;

    std::optional<aurelis_status> get_quickly(aurelis_call* call, std::string_view key, const View& view,
                                              const Deadline& deadline, aurelis_entry* out);
    aurelis_status get_patiently(aurelis_call* call, std::string_view key, const View& view, const Deadline& deadline,
                                 aurelis_entry* out);
    WriteSteps::Frame frame_of(const aurelis_call* call) noexcept;
    aurelis_status write_one(aurelis_call* call, WriteSteps& steps);
    void observe(int64_t begun_ns) noexcept;

    // One walk over keys, as requested by the core.
    struct Walk {
        const aurelis_call* call;
        const KeyMatch& match;
        bool entries;
        aurelis_visit_fn visit;
        void* user;
    };
    Result<std::vector<std::string>> scan_step(const NodePointer& node, ScanPlace& place, const std::string& pattern,
                                               uint64_t count, const Deadline& deadline);
    Result<bool> scan_page(const Walk& walk, ScanPlace& place, uint64_t hint);
    Result<bool> show(const Walk& walk, ScanPlace& place);
    Result<size_t> show_some(const Walk& walk, std::span<const std::string> keys);
    Result<uint64_t> clear_node(const aurelis_call* call, const NodePointer& node, const KeyMatch& match);

    struct Memory {
        int64_t asked_ns = 0;
        double used = -1;
        double most = -1;
    };
    Memory memory_now();

    Context context_;
    const Sender sender_ = draw_sender();
    OwnWrites own_;
    std::unique_ptr<Topology> topology_;
    std::unique_ptr<Watcher> watcher_;
    aurelis_metric* round_trip_ = nullptr;
    std::mutex memory_mutex_;
    Memory memory_;  // Guarded by memory_mutex_.
};

}  // namespace aurelis::redis
