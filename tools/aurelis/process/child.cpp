// Running this program again in a process of its own.
#include "process/child.hpp"

#include "output/units.hpp"
#include "process/interrupt.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>

namespace aurelis::cli {
namespace {

constexpr int kAnswerDescriptor = 3;
constexpr size_t kAnswerMax = size_t{64} << 20;
constexpr const char* kSelf = "/proc/self/exe";

using Clock = std::chrono::steady_clock;

Error system_failure(const char* what) {
    return fail(AURELIS_E_FAILED, std::string(what) + " failed: " + std::strerror(errno) +
                                      "; the system is short of processes, memory or descriptors");
}

// Uses only what may be called between fork and exec.
[[noreturn]] void become(char* const* arguments, int answer) noexcept {
    if (answer == kAnswerDescriptor)
        fcntl(answer, F_SETFD, 0);
    else
        dup2(answer, kAnswerDescriptor);
    dup2(STDERR_FILENO, STDOUT_FILENO);
    execv(kSelf, arguments);
    _exit(127);
}

// Follows one child from its start to its end.
class Watch {
public:
    Watch(pid_t pid, int answer, const ChildRequest& request)
        : pid_(pid),
          answer_(answer),
          request_(request),
          began_(Clock::now()),
          seen_interrupts_(interrupts()) {}
    ~Watch() { close(answer_); }
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

    ChildEnd wait() {
        while (!ended_) {
            stop_if_late();
            pass_interrupts_on();
            read_some(ended_answering_ ? 5 : 50);
            look_whether_it_ended();
        }
        while (!ended_answering_ && read_some(0)) {
        }  // What it sent last may still be in the pipe.
        return std::move(end_);
    }

private:
    void stop_if_late() {
        if (request_.limit_ns == 0 || end_.timed_out) return;
        if (Clock::now() - began_ < std::chrono::nanoseconds(request_.limit_ns)) return;
        end_.timed_out = true;
        kill(pid_, SIGKILL);
    }

    void pass_interrupts_on() {
        const int now = interrupts();
        if (now == seen_interrupts_) return;
        const bool first = !passed_on_ && now == seen_interrupts_ + 1;
        seen_interrupts_ = now;
        kill(pid_, request_.passes_interrupts_on && first ? SIGTERM : SIGKILL);
        passed_on_ = true;
    }

    // Waits at most that long for a piece of the answer; true if there was one.
    bool read_some(int wait_ms) {
        pollfd waiting{answer_, POLLIN, 0};
        if (ended_answering_) return poll(nullptr, 0, wait_ms), false;
        if (poll(&waiting, 1, wait_ms) <= 0) return false;
        std::array<char, 65536> piece;
        const ssize_t size = read(answer_, piece.data(), piece.size());
        if (size < 0 && errno == EINTR) return true;
        if (size <= 0) return ended_answering_ = true, false;
        if (end_.answer.size() < kAnswerMax) end_.answer.append(piece.data(), static_cast<size_t>(size));
        return true;
    }

    void look_whether_it_ended() {
        int status = 0;
        const pid_t which = waitpid(pid_, &status, WNOHANG);
        if (which == 0 || (which < 0 && errno == EINTR)) return;
        ended_ = true;
        if (which < 0) return;
        if (WIFSIGNALED(status)) end_.signal = WTERMSIG(status);
        if (WIFEXITED(status)) end_.status = WEXITSTATUS(status);
    }

    pid_t pid_;
    int answer_;
    const ChildRequest& request_;
    Clock::time_point began_;
    int seen_interrupts_;
    bool passed_on_ = false;
    bool ended_ = false;
    bool ended_answering_ = false;
    ChildEnd end_;
};

}  // namespace

std::string ChildEnd::description(int64_t limit_ns) const {
    if (timed_out) return "did not end within " + format_duration(limit_ns) + " and was stopped";
    if (signal != 0) return "died by signal " + std::to_string(signal) + " (" + strsignal(signal) + ")";
    return "ended with status " + std::to_string(status);
}

Result<ChildEnd> run_child(const ChildRequest& request) {
    std::string name = "aurelis";
    std::vector<std::string> texts = request.arguments;
    std::vector<char*> arguments{name.data()};
    for (std::string& text : texts) arguments.push_back(text.data());
    arguments.push_back(nullptr);

    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) return system_failure("pipe");
    const pid_t pid = fork();
    if (pid == 0) become(arguments.data(), ends[1]);
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return system_failure("fork");
    }
    return Watch(pid, ends[0], request).wait();
}

bool answer_parent(std::string_view text) noexcept {
    while (!text.empty()) {
        const ssize_t size = write(kAnswerDescriptor, text.data(), text.size());
        if (size < 0 && errno == EINTR) continue;
        if (size <= 0) return false;
        text.remove_prefix(static_cast<size_t>(size));
    }
    return true;
}

void become_child() noexcept {
    fcntl(kAnswerDescriptor, F_SETFD, FD_CLOEXEC);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const rlimit none{0, 0};
    setrlimit(RLIMIT_CORE, &none);
}

}  // namespace aurelis::cli
