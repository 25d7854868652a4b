// Threads that take no signals: the host's handlers must never run on a thread that the host does not know.
#pragma once

#include <signal.h>

#include <system_error>
#include <thread>
#include <utility>

namespace aurelis::redis {

// A started thread, or none if the system could not create one.
class ThreadWithoutSignals {
public:
    ThreadWithoutSignals() = default;
    explicit ThreadWithoutSignals(std::thread thread) noexcept : thread_(std::move(thread)) {}
    bool runs() const noexcept { return thread_.joinable(); }
    void join() {
        if (thread_.joinable()) thread_.join();
    }
    // Detaches it; false if there is none.
    bool detached() {
        if (!thread_.joinable()) return false;
        thread_.detach();
        return true;
    }

private:
    std::thread thread_;
};

template <typename Work>
ThreadWithoutSignals start_thread_without_signals(Work&& work) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    ThreadWithoutSignals made;
    try {
        made = ThreadWithoutSignals(std::thread(std::forward<Work>(work)));
    } catch (const std::system_error&) {
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return made;
}

}  // namespace aurelis::redis
