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
    const auto same = [&](const std::shared_ptr<Flight>& flight) {
        return flight->hash_ == hash && flight->identity_ == identity && !flight->lease_->revoked();
    };
    const auto running = std::find_if(place.flights.begin(), place.flights.end(), same);
    leads = running == place.flights.end();
    if (!leads) return *running;
    auto flight = std::make_shared<Flight>();
    flight->identity_ = identity;
    flight->hash_ = hash;
    flight->leader_ = std::this_thread::get_id();
    flight->lease_ = &lease;
    place.flights.push_back(flight);
    return flight;
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
