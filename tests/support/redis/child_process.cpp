// Forking, signalling and reaping the servers of a test.
#include "support/redis/child_process.hpp"

#include "support/redis/temp_folder.hpp"

#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <cstring>
#include <functional>
#include <stdexcept>
#include <thread>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace aurelis::rig {

namespace {

constexpr int kDescriptorsClosedByHand = 4096;

// The thread that forks. It is never joined: it must live until the process has ended.
class Nursery {
public:
    static Nursery& shared() {
        static auto* nursery = new Nursery;
        return *nursery;
    }

    void run(const std::function<void()>& work) {
        std::unique_lock turn(turn_);
        std::unique_lock lock(mutex_);
        work_ = &work;
        changed_.notify_all();
        changed_.wait(lock, [&] { return work_ == nullptr; });
    }

private:
    Nursery() {
        std::thread([this] { serve(); }).detach();
    }

    [[noreturn]] void serve() {
        std::unique_lock lock(mutex_);
        for (;;) {
            changed_.wait(lock, [&] { return work_ != nullptr; });
            (*work_)();
            work_ = nullptr;
            changed_.notify_all();
        }
    }

    std::mutex turn_;  // One job at a time.
    std::mutex mutex_;
    std::condition_variable changed_;
    const std::function<void()>* work_ = nullptr;  // Guarded by mutex_.
};

void close_inherited(int but) {
    if (but > 3) close_range(3, static_cast<unsigned>(but - 1), 0);
    if (close_range(static_cast<unsigned>(but) + 1, ~0U, 0) == 0) return;
    for (int fd = 3; fd < kDescriptorsClosedByHand; ++fd) {
        if (fd != but) close(fd);
    }
}

// Between fork and exec only async-signal-safe calls are allowed: the other threads are gone, their locks are not.
[[noreturn]] void become(char* const* argv, int output, int report, pid_t parent) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(127);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    signal(SIGPIPE, SIG_DFL);
    const int nothing = open("/dev/null", O_RDONLY);
    if (nothing >= 0) dup2(nothing, 0);
    dup2(output, 1);
    dup2(output, 2);
    close_inherited(report);
    execvp(argv[0], argv);
    const int error = errno;
    const ssize_t ignored = write(report, &error, sizeof error);
    _exit(ignored == 0 ? 126 : 127);
}

// The child's id; *error is the errno of a failed exec, 0 if it went well.
pid_t fork_program(const std::vector<std::string>& argv, int output, int* error) {
    std::vector<char*> words;
    for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    int report[2];
    if (pipe2(report, O_CLOEXEC) != 0) {
        *error = errno;
        return -1;
    }
    pid_t child = -1;
    Nursery::shared().run([&] {
        const pid_t parent = getpid();
        child = fork();
        if (child == 0) become(words.data(), output, report[1], parent);
        *error = child < 0 ? errno : 0;  // Read on this thread, since errno is per thread.
    });
    close(report[1]);
    while (child > 0 && read(report[0], error, sizeof *error) < 0 && errno == EINTR) {
    }
    close(report[0]);
    return child;
}

}  // namespace

ChildProcess::ChildProcess(const std::vector<std::string>& argv, const std::string& output_file)
    : owner_(getpid()), name_(argv.at(0)) {
    const int output = open(output_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (output < 0) throw std::runtime_error(output_file + ": " + std::strerror(errno));
    int error = 0;
    pid_ = fork_program(argv, output, &error);
    close(output);
    if (error == 0) return;
    if (pid_ > 0) kill_and_reap();
    throw std::runtime_error(name_ + " could not be started: " + std::strerror(error) +
                             "; tools/test installs what the tests need");
}

ChildProcess::~ChildProcess() {
    if (owner_ == getpid()) kill_and_reap();
}

bool ChildProcess::look() {
    if (status_) return true;
    int status = 0;
    const pid_t seen = waitpid(pid_, &status, WNOHANG | WUNTRACED);
    if (seen != pid_) return false;
    if (WIFSTOPPED(status)) {
        stopped_ = true;
        return false;
    }
    status_ = status;
    return true;
}

bool ChildProcess::running() {
    std::scoped_lock lock(mutex_);
    return !look();
}

bool ChildProcess::signal(int number) {
    std::scoped_lock lock(mutex_);
    if (look()) return false;
    if (number == SIGCONT) stopped_ = false;
    return ::kill(pid_, number) == 0;
}

void ChildProcess::await_stop(Clock::duration timeout) {
    require_soon(
        "the stop of " + name_,
        [&] {
            std::scoped_lock lock(mutex_);
            if (look()) throw std::runtime_error(name_ + " has ended instead of stopping");
            return stopped_;
        },
        timeout, Milliseconds(1));
}

std::optional<int> ChildProcess::await_exit(Clock::duration timeout) {
    wait_until(
        [&] {
            std::scoped_lock lock(mutex_);
            return look();
        },
        timeout, Milliseconds(1));
    std::scoped_lock lock(mutex_);
    return status_;
}

void ChildProcess::kill_and_reap() noexcept {
    std::scoped_lock lock(mutex_);
    if (status_) return;
    ::kill(pid_, SIGKILL);
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    status_ = status;
}

std::string run_program(const std::vector<std::string>& argv, Clock::duration timeout) {
    const TempFolder folder;
    const std::string output = folder.file("output");
    ChildProcess program(argv, output);
    const auto status = program.await_exit(timeout);
    std::string said = read_file(output);
    if (!status) throw std::runtime_error(argv[0] + " did not end in time: " + said);
    if (!WIFEXITED(*status) || WEXITSTATUS(*status) != 0) throw std::runtime_error(argv[0] + " failed: " + said);
    return said;
}

}  // namespace aurelis::rig
