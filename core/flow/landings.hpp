// Landing: a flight that this thread leads, which lands whatever happens, so that those that wait for it are never left
// waiting. Landings: the flights of a batch.
// Leaves to others: what is loaded (loader), who waits (flights).
// Threads: the one that leads; a batch may be begun on one thread and led by another.
#pragma once

#include "flow/flights.hpp"
#include "flow/waits.hpp"

#include <deque>
#include <memory>
#include <utility>
#include <vector>

namespace aurelis::core {

class Landing {
public:
    Landing(Flights& flights, Flight& flight)
        : flights_(flights), flight_(flight), leading_((flight.led_here(), flight)) {
        outcome.status = AURELIS_E_INTERNAL;
        outcome.error = "the load ended without a result";
    }
    ~Landing() { land(); }
    Landing(const Landing&) = delete;
    Landing& operator=(const Landing&) = delete;
    void land() {
        if (std::exchange(landed_, true)) return;
        flights_.land(flight_, std::move(outcome));
    }
    LoadOutcome outcome;

private:
    Flights& flights_;
    Flight& flight_;
    const Waits::Leading leading_;
    bool landed_ = false;
};

class Landings {
public:
    explicit Landings(Flights& flights) : flights_(flights) {}
    ~Landings() {
        lead();  // Nobody may be left waiting.
        while (!landings_.empty()) landings_.pop_back();  // In the reverse order, as Waits::Leading needs it.
    }
    Landings(const Landings&) = delete;
    Landings& operator=(const Landings&) = delete;

    // So that add() for so many cannot fail.
    void reserve(size_t n) {
        requests_.reserve(n);
        led_.reserve(n);
    }
    void add(size_t request, std::shared_ptr<Flight> flight) {
        requests_.push_back(request);
        led_.push_back(std::move(flight));
    }
    // On this thread from now on.
    void lead() {
        while (landings_.size() < led_.size()) landings_.emplace_back(flights_, *led_[landings_.size()]);
    }
    bool empty() const noexcept { return led_.empty(); }
    size_t size() const noexcept { return led_.size(); }
    size_t request(size_t k) const noexcept { return requests_[k]; }
    Landing& operator[](size_t k) { return landings_[k]; }

private:
    Flights& flights_;
    std::vector<size_t> requests_;  // Places in the batch.
    std::vector<std::shared_ptr<Flight>> led_;
    std::deque<Landing> landings_;
};

}  // namespace aurelis::core
