// KeyOrder: who may write or publish a key now. A write holds the lane of its key, every write revokes the leases of
// the look-ups under way, and a removal that could not enter its lane in time is carried out by whoever holds it.
// Leaves to others: how a key is removed (a function), when to take a lane or lease (stack, follower, reconciler).
#pragma once

#include "coherence/lanes.hpp"
#include "coherence/leases.hpp"
#include "validity/entry.hpp"

#include <functional>
#include <memory>
#include <vector>

namespace aurelis::core {

class KeyOrder {
public:
    // remove: removes a key from every layer; called with its lane held.
    KeyOrder(const Clock& clock, int64_t wait_ns, std::function<void(const aurelis_key&)> remove)
        : lanes_(clock, wait_ns), remove_(std::move(remove)) {}

    // Holds the lane of a key from enter() until it is destroyed, when it carries out the removals that are owed there.
    class Lane {
    public:
        explicit Lane(KeyOrder& order) noexcept : order_(order) {}
        ~Lane() { leave(); }
        Lane(const Lane&) = delete;
        Lane& operator=(const Lane&) = delete;

        // Waits at most until the deadline (mono, 0: as long as any call may wait). False: not entered.
        bool enter(uint64_t hash, int64_t deadline_mono) {
            hash_ = hash;
            return order_.lanes_.enter(hash, deadline_mono, pass_);
        }
        bool try_enter(uint64_t hash) {
            hash_ = hash;
            return order_.lanes_.try_enter(hash, pass_);
        }

    private:
        void leave();

        KeyOrder& order_;
        Lanes::Pass pass_;
        uint64_t hash_ = 0;
    };

    // The lanes of a batch, taken in the order of the hashes, so that two batches never wait for each other in a ring.
    class BatchLanes {
    public:
        enum class For { Writes, Publication };  // Only writes revoke the leases of their keys.
        // n distinct keys; waits at most until the deadline, as a lane.
        BatchLanes(KeyOrder& order, const aurelis_key* keys, size_t n, int64_t deadline_mono, For what = For::Writes);
        // Which keys' lanes are held, in the order of the batch, and which could not be entered in time.
        const std::vector<uint32_t>& entered() const noexcept { return entered_; }
        const std::vector<uint32_t>& not_entered() const noexcept { return not_entered_; }
        // The hashes of the lanes that are held, in ascending order.
        const std::vector<uint64_t>& hashes() const noexcept { return hashes_; }

    private:
        std::vector<std::unique_ptr<Lane>> lanes_;
        std::vector<uint32_t> entered_, not_entered_;
        std::vector<uint64_t> hashes_;
    };

    // Does this thread hold the lane of that hash?
    bool holds_lane(uint64_t hash) const noexcept { return lanes_.is_held_here(hash); }
    // The removal of the key has been promised and is not done yet: no copy of it is believed.
    bool owes_removal(const aurelis_key& key) const { return lanes_.is_owed(key.hash, text_of(key)); }
    // True: the lane is held, and its holder removes the key. False: the caller can enter the lane itself.
    bool owe_removal(const aurelis_key& key) { return lanes_.owe_if_held(key.hash, text_of(key)); }

    // Is somebody in the lane? Only for AURELIS_DEBUG_CHECK: a release build does not define it.
    bool is_in_lane(uint64_t hash) const { return lanes_.is_held(hash); }

    void take_lease(uint64_t hash, Lease& lease) noexcept { leases_.take(hash, lease); }
    void revoke_leases(uint64_t hash) noexcept { leases_.revoke(hash); }
    // Of the look-ups other than this one.
    void revoke_other_leases(uint64_t hash, const Lease& own) noexcept { leases_.revoke(hash, &own); }
    void revoke_all_leases() noexcept { leases_.revoke_all(); }

private:
    Lanes lanes_;
    Leases leases_;
    const std::function<void(const aurelis_key&)> remove_;
};

}  // namespace aurelis::core
