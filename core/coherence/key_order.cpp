#include "coherence/key_order.hpp"

#include <algorithm>
#include <numeric>

namespace aurelis::core {

void KeyOrder::Lane::leave() {
    while (pass_.held() && !order_.lanes_.leave_unless_owing(pass_)) {
        for (const std::string& key : order_.lanes_.owed_in(pass_)) {
            order_.leases_.revoke(hash_);
            order_.remove_({key.data(), key.size(), hash_, nullptr});
            order_.leases_.revoke(hash_);
            order_.lanes_.pay(hash_, key);
        }
    }
}

KeyOrder::BatchLanes::BatchLanes(KeyOrder& order, const aurelis_key* keys, size_t n, int64_t deadline_mono, For what) {
    std::vector<uint32_t> by_hash(n);
    std::iota(by_hash.begin(), by_hash.end(), 0u);
    std::sort(by_hash.begin(), by_hash.end(), [&](uint32_t a, uint32_t b) { return keys[a].hash < keys[b].hash; });
    for (const uint32_t i : by_hash) {
        if (what == For::Writes) order.revoke_leases(keys[i].hash);
        // Two keys of one hash share a lane.
        if (hashes_.empty() || hashes_.back() != keys[i].hash) {
            auto lane = std::make_unique<Lane>(order);
            if (!lane->enter(keys[i].hash, deadline_mono)) {
                not_entered_.push_back(i);
                continue;
            }
            lanes_.push_back(std::move(lane));
            hashes_.push_back(keys[i].hash);
        }
        entered_.push_back(i);
    }
    std::sort(entered_.begin(), entered_.end());
}

}  // namespace aurelis::core
