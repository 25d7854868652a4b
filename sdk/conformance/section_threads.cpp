// Threads: each key is a register that only one thread writes, so its writer knows what the store must return, and
// readers must only see complete values in the order in which they were written.
#include "sections.hpp"

#include <mutex>
#include <thread>

namespace aurelis::conformance {

namespace {

constexpr int kThreads = 8;
constexpr int kKeysEach = 16;
constexpr int kRounds = 300;

std::string key_of(int thread, int i) {
    return "register:" + std::to_string(thread) + ":" + std::to_string(i);
}

// The counter, then bytes that follow from it, so that a torn value is noticed.
std::string value_of(int thread, int counter) {
    return std::to_string(counter) + ":" +
           pattern_of(static_cast<size_t>(20 + counter % 200),
                      static_cast<uint64_t>(thread * 1000003 + counter));
}

bool is_whole(const Got& got, int thread, int& counter) {
    counter = std::atoi(std::string(got.view().substr(0, 12)).c_str());
    return got.view() == value_of(thread, counter);
}

// As a host calls it: one call at a time for a component that asks for that.
class Turns {
public:
    explicit Turns(Bench& bench) : is_serial_(bench.component().threads == AURELIS_THREADS_SERIAL) {}
    template <typename Call>
    auto take(Call&& call) {
        const std::unique_lock<std::mutex> lock =
            is_serial_ ? std::unique_lock<std::mutex>(mutex_) : std::unique_lock<std::mutex>();
        return call();
    }

private:
    const bool is_serial_;
    std::mutex mutex_;
};

void work(Bench& bench, Turns& turns, int self) {
    Instance& store = bench.store();
    std::vector<int> written(kKeysEach, -1);
    std::vector<std::vector<int>> seen(kThreads, std::vector<int>(kKeysEach, -1));
    for (int round = 0; round < kRounds; ++round) {
        const int i = (round * 7 + self) % kKeysEach;
        const std::string key = key_of(self, i);
        if (round % 11 == 10) {
            AURELIS_EXPECT(turns.take([&] { return store.remove(key); }) ==
                           (written[i] >= 0 ? AURELIS_OK : AURELIS_NOT_FOUND));
            written[i] = -1;
        } else {
            AURELIS_EXPECT(turns.take([&] { return store.set(key, value_of(self, round)); }) == AURELIS_OK);
            written[i] = round;
        }
        const Got own = turns.take([&] { return store.get(key); });
        AURELIS_EXPECT(written[i] >= 0 ? own.is(value_of(self, written[i]))
                                       : own.status == AURELIS_NOT_FOUND);
        const int other = (self + round) % kThreads;
        const Got strange = turns.take([&] { return store.get(key_of(other, i)); });
        AURELIS_EXPECT(strange.status == AURELIS_OK || strange.status == AURELIS_NOT_FOUND);
        if (strange.status != AURELIS_OK) continue;
        int counter = 0;
        AURELIS_EXPECT(is_whole(strange, other, counter));
        AURELIS_EXPECT(counter >= seen[other][i]);
        seen[other][i] = counter;
    }
}

}  // namespace

void threads_see_registers(Bench& bench) {
    bench.host.start_worker();
    Turns turns(bench);
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) threads.emplace_back([&bench, &turns, t] { work(bench, turns, t); });
    for (std::thread& thread : threads) thread.join();
    bench.host.stop_worker();
}

}  // namespace aurelis::conformance
