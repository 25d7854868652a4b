// Flights: one load per identity at a time; a caller that asks meanwhile waits for it and shares its outcome. A flight
// whose lease has been revoked (the key was removed or set since) cannot be joined: a caller that asks after the
// removal loads again.
#pragma once

#include "base/clock.hpp"
#include "base/locks.hpp"
#include "coherence/leases.hpp"

#include <aurelis/abi.h>
#include <aurelis/base/bytes.hpp>

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace aurelis::core {

// The outcome of a load. The entry's value and attrs point into the owners beside it.
struct LoadOutcome {
    aurelis_status status = AURELIS_NOT_FOUND;
    aurelis_meta meta{};
    uint16_t layer = 0;
    Pinned value;
    std::string attrs;
    std::string error;
};

class Flight : public std::enable_shared_from_this<Flight> {
public:
    // Waits until it has landed, at most until the deadline (mono). NULL: not in time. Call Waits::begin() first.
    const LoadOutcome* wait(const Clock& clock, int64_t deadline_mono) AURELIS_EXCLUDES(mutex_);

    const std::string& identity() const noexcept { return identity_; }
    // No thread's id: it is waiting for a worker.
    std::thread::id leader() const noexcept { return leader_.load(std::memory_order_acquire); }
    // By this thread from now on.
    void led_here() noexcept { leader_.store(std::this_thread::get_id(), std::memory_order_release); }
    bool landed() const noexcept { return done_.load(std::memory_order_acquire); }
    // The flight during whose computation this one was begun; NULL: none.
    const Flight* outer() const noexcept { return outer_; }

private:
    friend class Flights;
    friend class Waits;
    std::string identity_;
    uint64_t hash_ = 0;
    std::atomic<std::thread::id> leader_{};
    const Lease* lease_ = nullptr;  // The leader's; guarded by the shard's mutex, NULL once landed.
    Mutex mutex_;
    Condition ended_;
    std::atomic<bool> done_{false};
    const Flight* outer_ = nullptr;
    LoadOutcome outcome_ AURELIS_GUARDED_BY(mutex_);  // Never changes once landed.
};

class Flights {
public:
    // Joins the flight of this identity, or starts one: then `leads` is true and the caller must land it, on whatever
    // thread calls led_here(). The lease is the leader's own, taken, and outlives the flight.
    std::shared_ptr<Flight> join_or_lead(uint64_t hash, std::string_view identity, const Lease& lease, bool& leads);
    void land(Flight& flight, LoadOutcome outcome);
    // One that can be joined.
    bool is_under_way(uint64_t hash, std::string_view identity);
    // Rises with every landing near this hash: unchanged means that nothing has been loaded since.
    uint64_t landings(uint64_t hash) noexcept { return shard(hash).landings.load(std::memory_order_acquire); }

private:
    struct alignas(64) Shard {
        Mutex mutex;
        std::vector<std::shared_ptr<Flight>> flights AURELIS_GUARDED_BY(mutex);
        std::atomic<uint64_t> landings{0};
    };
    static constexpr size_t kShards = 64;
    Shard& shard(uint64_t hash) noexcept { return shards_[hash >> 58]; }
    static std::shared_ptr<Flight> running(const Shard& shard, uint64_t hash, std::string_view identity)
        AURELIS_REQUIRES(shard.mutex);

    std::array<Shard, kShards> shards_;
};

}  // namespace aurelis::core
