// Lanes: the writes of one key pass one after another, across the whole chain; gets take no lane. A lane is a small
// node on the stack of the thread that holds it, so nothing is allocated and one key never delays another.
//
// A removal that cannot enter before its deadline leaves its key as a ban: from then on no get believes a copy, and
// whoever holds the lane removes the key once more before it leaves.
#pragma once

#include "base/clock.hpp"

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
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
    };

    // Waits at most until the deadline (mono, 0: as long as any call may wait). False: not entered.
    bool enter(uint64_t hash, int64_t deadline_mono, Pass& pass);
    bool try_enter(uint64_t hash, Pass& pass);
    void leave(Pass& pass) noexcept;
    // Leaves, unless there is a ban on the lane: then its holder removes the banned keys, lifts them and tries again.
    bool leave_unless_banned(Pass& pass) noexcept;

    // Leaves a ban on the key if its lane is held: true. False: the lane is free, the caller can enter it.
    bool ban_if_held(uint64_t hash, std::string_view key);
    // Is there a ban on this key? One load where there is none at all.
    bool banned(uint64_t hash, std::string_view key) const {
        return bans_.load(std::memory_order_acquire) != 0 && banned_slowly(hash, key);
    }
    // The bans on this lane's keys, taken by its holder, who removes the keys and then lifts them.
    std::vector<std::string> bans_of(const Pass& pass);
    void lift(uint64_t hash, std::string_view key);

private:
    struct Ban {
        uint64_t hash;
        std::string key;
    };
    struct alignas(64) Bucket {
        mutable std::mutex mutex;
        std::condition_variable freed;
        Pass* held = nullptr;
        uint32_t waiting = 0;
        std::vector<Ban> bans;
    };
    static constexpr size_t kBuckets = 256;

    Bucket& bucket(uint64_t hash) noexcept { return buckets_[hash >> 56]; }
    const Bucket& bucket(uint64_t hash) const noexcept { return buckets_[hash >> 56]; }
    static bool is_held(const Bucket& bucket, uint64_t hash) noexcept;
    static void unlink(Bucket& bucket, Pass& pass) noexcept;
    void link(Bucket& bucket, uint64_t hash, Pass& pass) noexcept;
    bool banned_slowly(uint64_t hash, std::string_view key) const;

    const Clock& clock_;
    const int64_t wait_ns_;
    std::atomic<uint32_t> bans_{0};
    std::array<Bucket, kBuckets> buckets_;
};

}  // namespace aurelis::core
