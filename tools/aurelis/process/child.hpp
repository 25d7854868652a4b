// Running this program again in a process of its own: for work that may end its process (loading an unknown plugin) and
// for work that has to begin with empty memory (a pass of `run`). Both sides of the communication are here: the child
// answers with one text on descriptor 3; its standard output goes to standard error, so nothing that a library prints
// gets into an answer. Leaves to others: what is asked and answered.
#pragma once

#include <aurelis/base/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aurelis::cli {

struct ChildEnd {
    std::string answer;  // Everything that it sent, complete or not.
    bool timed_out = false;
    int signal = 0;  // The signal that ended it; 0: it exited by itself.
    int status = 0;  // Its exit status if it ended by itself.

    // "died by signal 7 (Bus error)", "did not end within 10 s and was stopped", "ended with status 4".
    std::string description(int64_t limit_ns) const;
};

struct ChildRequest {
    std::vector<std::string> arguments;  // After the program's name.
    int64_t limit_ns = 0;                // 0: no time limit.
    bool passes_interrupts_on =
        false;  // The first interrupt is passed on to the child, the second ends it; otherwise the first ends it.
};

// Runs it and waits for its end.
Result<ChildEnd> run_child(const ChildRequest& request);

// In the child: sends the answer. False if the parent does not listen.
bool answer_parent(std::string_view text) noexcept;
// Called first in the child: keeps the answer's descriptor from programs that are started from here, ends the child
// with its parent, and prevents core dumps.
void become_child() noexcept;

}  // namespace aurelis::cli
