// Threads that take no signals: the host's handlers must never run on a thread that the host does not know.
#pragma once

#include <signal.h>

#include <system_error>
#include <thread>
#include <utility>

namespace aurelis::redis {

// A started thread, or none if the system had none to give.
class QuietThread {
public:
    QuietThread() = default;
    explicit QuietThread(std::thread thread) noexcept : thread_(std::move(thread)) {}
    bool runs() const noexcept { return thread_.joinable(); }
    void join() {
        if (thread_.joinable()) thread_.join();
    }
    // Lets it go; false if there is none.
    bool detached() {
        if (!thread_.joinable()) return false;
        thread_.detach();
        return true;
    }

private:
    std::thread thread_;
};

template <typename Work>
QuietThread start_quiet_thread(Work&& work) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    QuietThread made;
    try {
        made = QuietThread(std::thread(std::forward<Work>(work)));
    } catch (const std::system_error&) {
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return made;
}

}  // namespace aurelis::redis
