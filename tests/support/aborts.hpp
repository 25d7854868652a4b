// aborts: does this end the process by abort(), as a broken invariant does? Tried in a forked child, whose output is
// discarded.
#pragma once

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

namespace aurelis::testing {

template <typename Work>
bool aborts(const Work& work) {
    const pid_t child = fork();
    if (child == 0) {
        const rlimit no_core{0, 0};
        setrlimit(RLIMIT_CORE, &no_core);
        std::signal(SIGABRT, SIG_DFL);  // Not Catch's.
        close(STDERR_FILENO);
        work();
        _exit(0);
    }
    int status = 0;
    return waitpid(child, &status, 0) == child && WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

}  // namespace aurelis::testing
