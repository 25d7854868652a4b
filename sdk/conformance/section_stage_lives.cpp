// Lives: several instances at once, many after one another, and threads that share one, end before it or outlive it.
// What a stage keeps per thread or in a pool must cope with that.
#include "stage_sections.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace aurelis::conformance {

namespace {

void round_trip_all(StageBench& bench, const Stage& stage) {
    for (const StageInput& input : small_stage_inputs()) bench.round_trips(stage, input);
}

// What one instance encodes, the other one decodes.
void exchange(StageBench& bench, const Stage& from, const Stage& to) {
    for (const StageInput& input : small_stage_inputs()) {
        const Coded encoded = bench.encode(from, input);
        if (!encoded.ok() || from.marks()) continue;
        AURELIS_EXPECT_OF(input, bench.decode(to, encoded.output, input.bytes.size(), input).gives(input.bytes));
    }
}

}  // namespace

void instances_side_by_side(StageBench& bench) {
    std::vector<std::unique_ptr<Stage>> stages;
    for (int i = 0; i < 6; ++i) {
        stages.push_back(bench.open());
        if (stages.back() == nullptr) return;
    }
    for (size_t i = 0; i < stages.size(); ++i) exchange(bench, *stages[i], *stages[(i + 1) % stages.size()]);
    for (size_t i = 0; i < stages.size(); i += 2) stages[i]->close();
    for (size_t i = 1; i < stages.size(); i += 2) exchange(bench, *stages[i], bench.stage());
}

void lives_are_many(StageBench& bench) {
    const StageInput& input = small_stage_inputs().back();
    for (int i = 0; i < 300; ++i) {
        const std::unique_ptr<Stage> stage = bench.open();
        if (stage == nullptr) return;
        if (i % 3 == 0) bench.round_trips(*stage, input);
        if (i % 50 == 0) round_trip_all(bench, *stage);
    }
}

void reading_needs_no_options(StageBench& bench) {
    const auto plain = bench.open_with({});
    if (!plain) return;  // It has options that are required.
    for (const StageInput& input : small_stage_inputs()) {
        const Coded encoded = bench.encode(bench.stage(), input);
        if (!encoded.ok()) continue;
        const Coded decoded = bench.decode(*plain.value(), encoded.output, input.bytes.size(), input);
        // If another instance cannot read it because a dictionary is missing, it says so.
        AURELIS_EXPECT_OF(input, decoded.gives(input.bytes) || decoded.status == AURELIS_NOT_FOUND);
    }
}

void threads_share_an_instance(StageBench& bench) {
    constexpr int kThreads = 8;
    constexpr size_t kRounds = 25;
    const std::vector<StageInput>& inputs = small_stage_inputs();
    std::vector<std::thread> threads;
    for (int self = 0; self < kThreads; ++self) {
        threads.emplace_back([&bench, &inputs, self] {
            for (size_t i = 0; i < kRounds * inputs.size(); ++i)
                bench.round_trips(bench.stage(), inputs[(i * 7 + static_cast<size_t>(self)) % inputs.size()]);
        });
    }
    for (std::thread& thread : threads) thread.join();
}

void threads_come_and_go(StageBench& bench) {
    for (int i = 0; i < 64; ++i) std::thread([&bench] { round_trip_all(bench, bench.stage()); }).join();
    // Threads that have used an instance outlive it, and use the next one.
    std::unique_ptr<Stage> passing = bench.open();
    if (passing == nullptr) return;
    std::mutex mutex;
    std::condition_variable changed;
    int used = 0;
    bool replaced = false;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            round_trip_all(bench, *passing);
            std::unique_lock lock(mutex);
            ++used;
            changed.notify_all();
            changed.wait(lock, [&] { return replaced; });
            lock.unlock();
            round_trip_all(bench, bench.stage());
        });
    }
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return used == 4; });
    passing->close();
    replaced = true;
    changed.notify_all();
    lock.unlock();
    for (std::thread& thread : threads) thread.join();
    round_trip_all(bench, bench.stage());
}

}  // namespace aurelis::conformance
