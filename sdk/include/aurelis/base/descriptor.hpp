// above_standard: keeps our own descriptors away from 0, 1 and 2. A program that was started with one of them closed
// gets that number for the next file or socket that is opened, and whatever is printed then goes there: a value that is
// written to "standard output" could be sent to a server as commands. Every descriptor that outlives the function that
// opened it goes through here. Leaves to others: opening, and owning.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace aurelis {

// Takes a descriptor, or the -1 of a call that failed, together with its errno. Returns one that is 3 or more and
// closed by exec, for the same open file; -1 with errno set if there is none, and then nothing stays open.
inline int above_standard(int fd) noexcept {
    constexpr int kFirst = STDERR_FILENO + 1;
    if (fd < 0) return -1;
    if (fd >= kFirst) {
        const int flags = fcntl(fd, F_GETFD);
        if (flags >= 0 && ((flags & FD_CLOEXEC) != 0 || fcntl(fd, F_SETFD, flags | FD_CLOEXEC) == 0)) return fd;
    }
    const int moved = fd < kFirst ? fcntl(fd, F_DUPFD_CLOEXEC, kFirst) : -1;
    const int error = errno;
    close(fd);
    errno = error;
    return moved;
}

}  // namespace aurelis
