// open_standard_descriptors: for the start of main(). A program that was started with standard input, output or error
// closed would get those numbers for its next files and sockets, and what it prints would go into them.
// Leaves to others: libraries, which cannot know what their host wants there and keep their own descriptors above
// these (descriptor.hpp).
#pragma once

#include <fcntl.h>
#include <unistd.h>

namespace aurelis {

// Opens /dev/null as each of 0, 1 and 2 that is closed.
inline void open_standard_descriptors() noexcept {
    for (;;) {
        const int lowest = open("/dev/null", O_RDWR | O_NOCTTY);
        if (lowest >= 0 && lowest <= STDERR_FILENO) continue;
        if (lowest >= 0) close(lowest);
        return;
    }
}

}  // namespace aurelis
