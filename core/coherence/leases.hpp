// Leases: a look-up's right to publish what it finds below or loads. Taken after a miss in the highest layer and before
// the next is asked; revoked by every set, remove and change of the key by other processes, and all at once by a clear;
// checked in the key's lane before anything is published. So what was read before a write is never published after it.
#pragma once

#include "base/locks.hpp"

#include <array>
#include <atomic>
#include <cstdint>

namespace aurelis::core {

class Leases;

// A node in the table while it is taken. Lives with the look-up; may be moved to a task that continues it.
class Lease {
public:
    Lease() = default;
    ~Lease() { end(); }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;

    bool taken() const noexcept { return table_ != nullptr; }
    // Taken and not revoked. Believe it only in the key's lane.
    bool valid() const noexcept { return taken() && !revoked_.load(std::memory_order_acquire); }
    bool revoked() const noexcept { return revoked_.load(std::memory_order_acquire); }
    void end() noexcept;
    // Hands the right on; this one is no longer taken.
    void move_to(Lease& other) noexcept;

private:
    friend class Leases;
    // Linked under the mutex of its bucket, which depends on the hash: no annotation can express that.
    Leases* table_ = nullptr;
    uint64_t hash_;
    Lease* next_;
    Lease* before_;
    std::atomic<bool> revoked_{false};
};

class Leases {
public:
    void take(uint64_t hash, Lease& lease) noexcept;
    // All of the hash, or all but one of them.
    void revoke(uint64_t hash, const Lease* spared = nullptr) noexcept;
    void revoke_all() noexcept;

private:
    friend class Lease;
    struct alignas(64) Bucket {
        Mutex mutex;
        Lease* first AURELIS_GUARDED_BY(mutex) = nullptr;
    };
    static constexpr size_t kBuckets = 256;
    Bucket& bucket(uint64_t hash) noexcept { return buckets_[hash >> 56]; }
    static void link(Bucket& bucket, Lease& lease) noexcept AURELIS_REQUIRES(bucket.mutex);
    static void unlink(Bucket& bucket, Lease& lease) noexcept AURELIS_REQUIRES(bucket.mutex);

    std::array<Bucket, kBuckets> buckets_;
};

}  // namespace aurelis::core
