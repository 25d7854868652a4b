// fork() without exec: the child continues with what the parent has read, and loads the plugin itself.
#include "isolated.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <mutex>
#include <utility>

namespace aurelis::conformance {

namespace {

constexpr char kDone = '\0';
constexpr size_t kHeadBytes = 1 + sizeof(uint32_t);

const Teller* the_teller = nullptr;  // For the handler, which has no arguments.

// A plugin's function must not throw, so an exception ends the process; this reports it first.
[[noreturn]] void tell_exception() {
    std::string what = "an exception left a function of the plugin";
    try {
        if (const auto caught = std::current_exception()) std::rethrow_exception(caught);
        what = "std::terminate was called";
    } catch (const std::exception& thrown) {
        what += std::string(": ") + thrown.what();
    } catch (...) {
        what += ": it is not a std::exception";
    }
    the_teller->tell('f', what);
    std::abort();
}

std::atomic<bool> has_done_all{false};

// If a plugin ends the process, the process ends at once: otherwise its other threads would go on while the process is
// torn down, and their crashes would be reported instead.
void end_at_once(int status, void*) {
    if (!has_done_all) _exit(status);
}

[[noreturn]] void be_the_child(int descriptor, const std::function<void(const Teller&)>& work) {
    for (const int signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTERM}) std::signal(signal, SIG_DFL);
    const Teller teller(descriptor);
    the_teller = &teller;
    std::set_terminate(&tell_exception);
    on_exit(&end_at_once, nullptr);
    work(teller);
    has_done_all = true;
    teller.tell(kDone, {});
    // Not _exit(): what a plugin does at the end of the process, and the verdict of a leak checker, belong in the
    // report.
    std::exit(0);
}

// Removes the complete records from the front; returns whether the last one was among them.
bool take_records(std::string& bytes, const std::function<void(char, std::string)>& take) {
    bool done = false;
    size_t at = 0;
    while (bytes.size() - at >= kHeadBytes) {
        uint32_t size = 0;
        std::memcpy(&size, bytes.data() + at + 1, sizeof size);
        if (bytes.size() - at - kHeadBytes < size) break;
        if (bytes[at] == kDone)
            done = true;
        else
            take(bytes[at], bytes.substr(at + kHeadBytes, size));
        at += kHeadBytes + size;
    }
    bytes.erase(0, at);
    return done;
}

// Reads until the child's end of the pipe is closed; false: the time limit came first.
bool read_all(int descriptor, int limit_seconds, const std::function<void(std::string_view)>& take) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(limit_seconds);
    char part[4096];
    for (;;) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now()).count();
        if (left <= 0) return false;
        pollfd waiting{descriptor, POLLIN, 0};
        if (poll(&waiting, 1, static_cast<int>(left)) <= 0) continue;
        const ssize_t got = read(descriptor, part, sizeof part);
        if (got > 0) take(std::string_view(part, static_cast<size_t>(got)));
        if (got == 0 || (got < 0 && errno != EINTR)) return true;
    }
}

int wait_for(pid_t child) {
    int state = 0;
    while (waitpid(child, &state, 0) < 0 && errno == EINTR) {
    }
    return state;
}

}  // namespace

void Teller::tell(char kind, std::string_view text) const {
    static std::mutex mutex;
    std::string record(1, kind);
    const auto size = static_cast<uint32_t>(text.size());
    record.append(reinterpret_cast<const char*>(&size), sizeof size).append(text);
    std::scoped_lock lock(mutex);
    for (std::string_view left = record; !left.empty();) {
        const ssize_t put = write(descriptor_, left.data(), left.size());
        if (put < 0 && errno != EINTR) return;  // Nobody listens any more.
        if (put > 0) left.remove_prefix(static_cast<size_t>(put));
    }
}

std::string run_isolated(const std::function<void(const Teller&)>& work,
                         const std::function<void(char kind, std::string text)>& take, int limit_seconds) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return std::string("could not be given a pipe: ") + std::strerror(errno);
    std::fflush(nullptr);  // Otherwise buffered output would be written by both.
    const pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        be_the_child(ends[1], work);
    }
    close(ends[1]);
    if (child < 0) {
        close(ends[0]);
        return std::string("could not be given a process: ") + std::strerror(errno);
    }
    std::string bytes;
    bool done = false;
    const bool in_time = read_all(ends[0], limit_seconds, [&](std::string_view part) {
        bytes += part;
        done = take_records(bytes, take) || done;
    });
    close(ends[0]);
    if (!in_time) kill(child, SIGKILL);
    const int state = wait_for(child);
    if (!in_time) return "did not end within " + std::to_string(limit_seconds) + " s and was stopped";
    const std::string when = done ? " at the end of its process, after all checks" : "";
    if (WIFSIGNALED(state)) {
        const int signal = WTERMSIG(state);
        return "died of signal " + std::to_string(signal) + " (" + strsignal(signal) + ")" + when;
    }
    if (!done || WEXITSTATUS(state) != 0)
        return "ended its process with exit status " + std::to_string(WEXITSTATUS(state)) + when;
    return {};
}

}  // namespace aurelis::conformance
