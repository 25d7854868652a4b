// A program that runs beside the test and never outlives it. Every child is forked by one thread that lives as long as
// the process, because the kernel's death signal follows the thread that forked, not the process. Standard output and
// error go to a file; no descriptor of the test is inherited.
#pragma once

#include "support/redis/deadline.hpp"

#include <sys/types.h>

#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace aurelis::rig {

class ChildProcess {
public:
    // argv[0] is looked up in PATH. Throws if the program cannot be executed.
    ChildProcess(const std::vector<std::string>& argv, const std::string& output_file);
    ~ChildProcess();
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    pid_t pid() const noexcept { return pid_; }
    bool running();
    // False if the process is gone already.
    bool signal(int number);
    // Waits until a SIGSTOP has really stopped it.
    void await_stop(Clock::duration timeout);
    // The wait status, or nothing if it still runs when the time is over.
    std::optional<int> await_exit(Clock::duration timeout);
    void kill_and_reap() noexcept;

private:
    // Whether its end is known; does not wait for it.
    bool look();

    std::mutex mutex_;
    const pid_t owner_;  // Only the process that started it ends it, not a forked copy of the test.
    const std::string name_;
    pid_t pid_ = -1;
    bool stopped_ = false;
    std::optional<int> status_;
};

// Runs a program to its end; throws with its output if it fails or takes longer than the time.
std::string run_program(const std::vector<std::string>& argv, Clock::duration timeout);

}  // namespace aurelis::rig
