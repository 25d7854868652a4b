#include "flow/flights.hpp"

#include <algorithm>
#include <chrono>

namespace aurelis::core {

const LoadOutcome* Flight::wait(const Clock& clock, int64_t deadline_mono) {
    MutexLock lock(mutex_);
    while (!landed()) {
        const int64_t left = deadline_mono - clock.mono();
        if (left <= 0) return nullptr;
        ended_.wait_for(lock, std::chrono::nanoseconds(clock.is_custom() ? 1'000'000 : left));
    }
    return &outcome_;
}

std::shared_ptr<Flight> Flights::join_or_lead(uint64_t hash, std::string_view identity, const Lease& lease,
                                              bool& leads) {
    Shard& place = shard(hash);
    MutexLock lock(place.mutex);
    auto flight = running(place, hash, identity);
    leads = flight == nullptr;
    if (!leads) return flight;
    flight = std::make_shared<Flight>();
    flight->identity_ = identity;
    flight->hash_ = hash;
    flight->lease_ = &lease;
    place.flights.push_back(flight);
    return flight;
}

std::shared_ptr<Flight> Flights::running(const Shard& shard, uint64_t hash, std::string_view identity) {
    for (const std::shared_ptr<Flight>& flight : shard.flights)
        if (flight->hash_ == hash && flight->identity_ == identity && !flight->lease_->revoked()) return flight;
    return nullptr;
}

bool Flights::is_under_way(uint64_t hash, std::string_view identity) {
    Shard& place = shard(hash);
    MutexLock lock(place.mutex);
    return running(place, hash, identity) != nullptr;
}

void Flights::land(Flight& flight, LoadOutcome outcome) {
    Shard& place = shard(flight.hash_);
    {
        MutexLock lock(place.mutex);
        const auto mine = std::find_if(place.flights.begin(), place.flights.end(),
                                       [&](const std::shared_ptr<Flight>& one) { return one.get() == &flight; });
        if (mine != place.flights.end()) place.flights.erase(mine);
        flight.lease_ = nullptr;
        place.landings.fetch_add(1, std::memory_order_release);
    }
    MutexLock lock(flight.mutex_);
    flight.outcome_ = std::move(outcome);
    flight.done_.store(true, std::memory_order_release);
    flight.ended_.notify_all();
}

}  // namespace aurelis::core
