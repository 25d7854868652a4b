// MemoryBackend: entries in the memory of this process, in shards. Checks what comes through the ABI, sends each key to
// its shard, pages scans and sweeps expired entries in the background. Leaves to others: all that happens under a lock
// (shard.hpp), bounds (limits.hpp). Reads pin the stored bytes: no copy, no allocation.
#pragma once

#include "limits.hpp"
#include "shard.hpp"

#include <aurelis/plugin/store.hpp>

#include <array>
#include <memory>

namespace aurelis::memory {

class MemoryBackend {
public:
    static constexpr uint64_t kCaps = AURELIS_CAP_EXPIRY | AURELIS_CAP_META | AURELIS_CAP_CAS |
                                      AURELIS_CAP_LEASE | AURELIS_CAP_MULTI | AURELIS_CAP_SCAN |
                                      AURELIS_CAP_ZERO_COPY | AURELIS_CAP_NO_BLOCK;
    static constexpr std::array<const aurelis_option*, 4> kOptions{&kMaxEntries, &kMaxSize, &kMaxBytes,
                                                                   &kShards};

    static Result<std::unique_ptr<MemoryBackend>> create(const plugin::Setup& setup);
    ~MemoryBackend();

    aurelis_status start(aurelis_call* call);
    void stop() { sweeper_.cancel(); }

    aurelis_status get(aurelis_call* call, const aurelis_key& key, aurelis_entry* out);
    aurelis_status set(aurelis_call* call, const aurelis_key& key, const aurelis_write& write,
                       uint64_t* new_version);
    aurelis_status remove(aurelis_call* call, const aurelis_key& key);
    aurelis_status touch(aurelis_call* call, const aurelis_key& key, int64_t expires_wall);
    aurelis_status multi_get(aurelis_call* call, const aurelis_key* keys, size_t n, aurelis_entry* out);
    aurelis_status multi_write(aurelis_call* call, const aurelis_key* keys, const aurelis_write* writes,
                               size_t n, aurelis_status* each, uint64_t* versions);
    aurelis_status remove_matching(aurelis_call* call, const aurelis_match& match, uint64_t* removed);
    aurelis_status scan(aurelis_call* call, aurelis_scan& page, aurelis_visit_fn visit, void* user);
    aurelis_status size(aurelis_call* call, aurelis_size& out);
    aurelis_status stats(aurelis_call* call, aurelis_stat_fn tell, void* user);

private:
    MemoryBackend(const plugin::Host& host, const Limits& limits);

    static bool is_key(const aurelis_key& key) noexcept { return key.size - 1 < kKeyBytesMax; }
    static aurelis_status bad_key(aurelis_call* call);
    Key key_of(const aurelis_key& key) const noexcept;
    Glance glance(const aurelis_call* call) const noexcept;
    Shard& shard_of(uint64_t hash) const noexcept { return shards_[hash >> 32 >> shard_shift_]; }
    aurelis_status write_one(aurelis_call* call, const aurelis_key& key, const aurelis_write& write,
                             int64_t now, uint64_t* new_version);
    aurelis_status refuse(aurelis_call* call, const Key& key, const aurelis_write& write, int64_t now);
    int64_t sweep() noexcept;
    ShardCounts counts() const noexcept;

    static constexpr size_t kKeyBytesMax = 64 << 10;

    const plugin::Host host_;
    const Limits limits_;
    std::unique_ptr<Shard[]> shards_;
    PinLedger* const pins_;
    uint32_t shard_shift_;
    size_t sweep_shard_ = 0;  // Used only by the sweeper's task.
    size_t sweep_slot_ = 0;
    plugin::Task sweeper_;
};

}  // namespace aurelis::memory
