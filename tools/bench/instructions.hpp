// Counts the instructions of a piece of work, by stepping through it from another process: the same number on every
// run, however busy the machine is. Instructions of the kernel are not counted.
#pragma once

#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>

namespace aurelis::bench {

// Steps the thread from one SIGUSR1 to the next; returns the number of steps, or -1.
inline int64_t steps_between_marks(pid_t traced) {
    int status = 0;
    int64_t steps = -1;
    while (waitpid(traced, &status, __WALL) == traced && WIFSTOPPED(status)) {
        const bool is_mark = WSTOPSIG(status) == SIGUSR1;
        if (is_mark && steps >= 0) {
            ptrace(PTRACE_DETACH, traced, nullptr, nullptr);
            return steps;
        }
        if (is_mark) steps = 0;
        if (steps >= 0) ++steps;
        const int passed_on =
            is_mark || WSTOPSIG(status) == SIGSTOP || WSTOPSIG(status) == SIGTRAP ? 0 : WSTOPSIG(status);
        ptrace(steps >= 0 ? PTRACE_SINGLESTEP : PTRACE_CONT, traced, nullptr,
               reinterpret_cast<void*>(static_cast<intptr_t>(passed_on)));
    }
    return -1;
}

// A child steps this process, since a forked copy of the work would behave differently. -1: not allowed here.
template <typename Work>
int64_t instructions_of(Work&& work) {
    const auto counted = [](auto&& what) -> int64_t {
        const pid_t traced = getpid();
        int ready[2], result[2];
        if (pipe(ready) != 0 || pipe(result) != 0) return -1;
        const pid_t tracer = fork();
        if (tracer == 0) {
            const bool attached = ptrace(PTRACE_ATTACH, traced, nullptr, nullptr) == 0;
            const char word = attached ? 1 : 0;
            if (attached) {
                int status = 0;
                waitpid(traced, &status, __WALL);
                ptrace(PTRACE_CONT, traced, nullptr, nullptr);
            }
            int64_t steps = -1;
            if (write(ready[1], &word, 1) == 1 && attached) steps = steps_between_marks(traced);
            if (write(result[1], &steps, sizeof steps) != sizeof steps) _exit(1);
            _exit(0);
        }
        char attached = 0;
        int64_t steps = -1;
        if (tracer > 0 && read(ready[0], &attached, 1) == 1 && attached != 0) {
            raise(SIGUSR1);
            what();
            raise(SIGUSR1);
        }
        if (tracer > 0 && read(result[0], &steps, sizeof steps) != sizeof steps) steps = -1;
        if (tracer > 0) waitpid(tracer, nullptr, 0);
        for (const int end : {ready[0], ready[1], result[0], result[1]}) close(end);
        return steps;
    };
    signal(SIGUSR1, SIG_IGN);  // The marks matter only to a tracer.
    const int64_t marks_alone = counted([] {});
    const int64_t all = counted(work);
    return marks_alone < 0 || all < 0 ? -1 : all - marks_alone;
}

}  // namespace aurelis::bench
