// above_standard: what it gives is 3 or more, closed by exec, and the same open file; the low number is free again.
#include <aurelis/base/descriptor.hpp>

#include "support/catch.hpp"

#include <sys/wait.h>

#include <array>

using aurelis::above_standard;

namespace {

bool is_open(int fd) { return fcntl(fd, F_GETFD) >= 0; }
bool is_closed_by_exec(int fd) { return (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0; }

// Runs the steps in a child, since the test needs its own standard output; returns the number of the first step that
// failed.
template <typename Steps>
int failed_step_in_child(Steps steps) {
    const pid_t child = fork();
    if (child == 0) _exit(steps());
    int status = -1;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

}  // namespace

TEST_CASE("a descriptor in the place of a standard one is moved") {
    for (const int low : {0, 1, 2}) {
        const int step = failed_step_in_child([low] {
            std::array<int, 2> ends{};
            if (pipe(ends.data()) != 0 || dup2(ends[1], low) != low) return 1;
            const int moved = above_standard(low);
            if (moved < 3 || !is_closed_by_exec(moved)) return 2;
            if (is_open(low)) return 3;
            char got = 0;
            if (write(moved, "x", 1) != 1 || read(ends[0], &got, 1) != 1 || got != 'x') return 4;
            return 0;
        });
        CHECK(step == 0);
    }
}

TEST_CASE("a descriptor above 2 stays, and exec closes it") {
    std::array<int, 2> ends{};
    REQUIRE(pipe(ends.data()) == 0);
    CHECK(above_standard(ends[0]) == ends[0]);
    CHECK(is_closed_by_exec(ends[0]));
    CHECK_FALSE(is_closed_by_exec(ends[1]));
    close(ends[0]);
    close(ends[1]);
}

TEST_CASE("a call that failed stays failed, with its errno") {
    errno = EMFILE;
    CHECK(above_standard(-1) == -1);
    CHECK(errno == EMFILE);
    CHECK(above_standard(9999) == -1);
    CHECK(errno == EBADF);
}
