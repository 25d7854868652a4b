// The single flight of aurelis-bench-invalidation: a thousand threads that ask for one missing entry at once.
#include "invalidation.hpp"

#include <algorithm>
#include <atomic>
#include <barrier>
#include <chrono>
#include <thread>

namespace aurelis::bench {
namespace {

constexpr size_t kThreads = 1'000;
constexpr size_t kRounds = 200;

// Of one round.
struct Flight {
    std::atomic<size_t> asking{0}, computed{0}, answered{0};
};

void ask(const Category& category, size_t round, Flight& flight) {
    const auto compute = [&] {
        ++flight.computed;
        // Lasts until all of them have asked, and have had the time to reach the cache.
        while (flight.asking < kThreads) std::this_thread::sleep_for(std::chrono::microseconds(100));
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
        return "value" + std::to_string(round);
    };
    ++flight.asking;
    const auto value = category.get_or_compute<std::string>("entry" + std::to_string(round), compute);
    if (value && *value == "value" + std::to_string(round)) ++flight.answered;
}

}  // namespace

void measure_single_flight(const Settings&, Report& report) {
    const Cache cache = opened("layers: [{name: L1, backend: memory, priority: 1, max_entries: 10000}]\n");
    const Category category = must(cache.category("flights"));
    std::vector<Flight> flights(kRounds);
    std::barrier start(static_cast<std::ptrdiff_t>(kThreads));
    std::vector<std::thread> threads;
    for (size_t t = 0; t < kThreads; ++t)
        threads.emplace_back([&] {
            for (size_t round = 0; round < kRounds; ++round) {
                start.arrive_and_wait();
                ask(category, round, flights[round]);
            }
        });
    for (std::thread& thread : threads) thread.join();
    size_t alone = 0, most = 0, unanswered = 0;
    for (const Flight& flight : flights) {
        alone += flight.computed == 1 ? 1 : 0;
        most = std::max<size_t>(most, flight.computed);
        unanswered += kThreads - flight.answered;
    }
    report.print("single flight: %zu threads ask for one missing entry: 1 computation in %zu of %zu rounds\n", kThreads,
                 alone, kRounds);
    report.part("single_flight") = {{"threads", kThreads},
                                    {"rounds", kRounds},
                                    {"rounds_with_1", alone},
                                    {"most_computations", most},
                                    {"unanswered", unanswered}};
    report.limit("single_flight, rounds with another number of computations than 1",
                 static_cast<double>(kRounds - alone), 0, "");
    report.limit("single_flight, callers without the value", static_cast<double>(unanswered), 0, "");
}

}  // namespace aurelis::bench
