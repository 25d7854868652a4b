// Lanes: the writes of one key pass one after another, across the whole chain; gets take no lane. A lane is a small
// node on the stack of the thread that holds it, so nothing is allocated and one key never delays another.
//
// A removal that cannot enter before its deadline is owed: from then on no get believes a copy of the key, and whoever
// holds the lane removes the key once more before it leaves.
#pragma once

#include "base/clock.hpp"
#include "base/locks.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aurelis::core {

class Lanes {
public:
    Lanes(const Clock& clock, int64_t wait_ns) : clock_(clock), wait_ns_(wait_ns) {}

    // One held lane; leave it on the thread that entered it. Not copyable, it is linked into the table.
    class Pass {
    public:
        Pass() = default;
        ~Pass() {
            if (lanes_ != nullptr) lanes_->leave(*this);
        }
        Pass(const Pass&) = delete;
        Pass& operator=(const Pass&) = delete;
        bool held() const noexcept { return lanes_ != nullptr; }

    private:
        friend class Lanes;
        Lanes* lanes_ = nullptr;
        uint64_t hash_ = 0;
        Pass* next_ = nullptr;
        Pass* outer_ = nullptr;  // The one that the thread entered before.
        [[no_unique_address]] LockOwner owner_;  // Known in debug builds only.
    };

    // Waits at most until the deadline (mono, 0: as long as any call may wait). False: not entered.
    bool enter(uint64_t hash, int64_t deadline_mono, Pass& pass);
    bool try_enter(uint64_t hash, Pass& pass);
    void leave(Pass& pass) noexcept;
    // Does this thread hold the lane?
    bool is_held_here(uint64_t hash) const noexcept;
    // Leaves, unless removals are owed in the lane: then its holder removes those keys, calls pay() for each and tries
    // again.
    bool leave_unless_owing(Pass& pass) noexcept;

    // Owes the removal of the key if its lane is held: true. False: the lane is free, the caller can enter it.
    bool owe_if_held(uint64_t hash, std::string_view key);
    // Is the removal of this key owed? Costs one load while none is.
    bool is_owed(uint64_t hash, std::string_view key) const {
        return owed_.load(std::memory_order_acquire) != 0 && is_owed_slowly(hash, key);
    }
    // Does anybody hold the lane? A strategy may write on another thread than the one that entered it. Only for
    // AURELIS_DEBUG_CHECK: a release build does not define it.
    bool is_held(uint64_t hash) const;
    // The keys whose removal is owed in this lane; its holder removes them and then calls pay().
    std::vector<std::string> owed_in(const Pass& pass);
    void pay(uint64_t hash, std::string_view key);

private:
    struct Removal {
        uint64_t hash;
        std::string key;
    };
    struct alignas(64) Bucket {
        mutable Mutex mutex;
        Condition freed;
        Pass* held AURELIS_GUARDED_BY(mutex) = nullptr;
        uint32_t waiting AURELIS_GUARDED_BY(mutex) = 0;
        std::vector<Removal> owed AURELIS_GUARDED_BY(mutex);
    };
    static constexpr size_t kBuckets = 256;

    Bucket& bucket(uint64_t hash) noexcept { return buckets_[hash >> 56]; }
    const Bucket& bucket(uint64_t hash) const noexcept { return buckets_[hash >> 56]; }
    static bool is_held(const Bucket& bucket, uint64_t hash) noexcept AURELIS_REQUIRES(bucket.mutex);
    static void unlink(Bucket& bucket, Pass& pass) noexcept AURELIS_REQUIRES(bucket.mutex);
    void link(Bucket& bucket, uint64_t hash, Pass& pass) noexcept AURELIS_REQUIRES(bucket.mutex);
    bool is_owed_slowly(uint64_t hash, std::string_view key) const;

    const Clock& clock_;
    const int64_t wait_ns_;
    std::atomic<uint32_t> owed_{0};
    std::array<Bucket, kBuckets> buckets_;
};

}  // namespace aurelis::core
