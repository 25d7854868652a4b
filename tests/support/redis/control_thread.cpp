// Ticking, and recording late ticks.
#include "support/redis/control_thread.hpp"

#include <algorithm>

#include <pthread.h>
#include <sched.h>
#include <time.h>

namespace aurelis::rig {

namespace {

constexpr auto kTick = std::chrono::milliseconds(1);

timespec as_timespec(Clock::time_point at) {
    const auto ns = std::chrono::duration_cast<std::chrono::nanoseconds>(at.time_since_epoch()).count();
    return {static_cast<time_t>(ns / 1'000'000'000), static_cast<long>(ns % 1'000'000'000)};
}

void stay_on(int core) {
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET(static_cast<size_t>(core), &cores);
    pthread_setaffinity_np(pthread_self(), sizeof cores, &cores);
}

}  // namespace

ControlThread::ControlThread(Clock::duration late_by, std::optional<int> core)
    : late_by_(late_by), thread_([this, core] { run(core); }) {}

ControlThread::~ControlThread() {
    ending_ = true;
    thread_.join();
}

void ControlThread::run(std::optional<int> core) {
    if (core) stay_on(*core);
    auto due = Clock::now() + kTick;
    while (!ending_) {
        const timespec until = as_timespec(due);
        while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr) != 0) {
        }
        const auto came = Clock::now();
        note(due, came);
        // After a late tick the rhythm starts again from that tick: a delay in this code is a stall like any other.
        due = came + kTick;
    }
}

void ControlThread::note(Clock::time_point due, Clock::time_point came) {
    std::scoped_lock lock(mutex_);
    ++ticks_;
    last_tick_ = came;
    if (came - due > late_by_) {
        stalls_.push_back({due, came});
        if (stalls_.size() > kStallsMax) {
            stalls_.pop_front();
            ++dropped_;
        }
    }
    ticked_.notify_all();
}

Clock::duration ControlThread::stalled_between(Clock::time_point begin, Clock::time_point end) {
    std::unique_lock lock(mutex_);
    ticked_.wait(lock, [&] { return last_tick_ > end; });
    Clock::duration worst{0};
    for (auto stall = stalls_.rbegin(); stall != stalls_.rend() && stall->came >= begin; ++stall) {
        if (stall->due <= end) worst = std::max(worst, stall->lateness());
    }
    return worst;
}

std::vector<ControlThread::Stall> ControlThread::stalls() {
    std::scoped_lock lock(mutex_);
    return {stalls_.begin(), stalls_.end()};
}

uint64_t ControlThread::ticks() {
    std::scoped_lock lock(mutex_);
    return ticks_;
}

uint64_t ControlThread::stalls_dropped() {
    std::scoped_lock lock(mutex_);
    return dropped_;
}

}  // namespace aurelis::rig
