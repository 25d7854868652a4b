// Counting Ctrl-C.
#include "process/interrupt.hpp"

#include <csignal>

namespace aurelis::cli {
namespace {

volatile std::sig_atomic_t count = 0;

extern "C" void count_interrupt(int) { count = count + 1; }

}  // namespace

void ignore_write_signals() noexcept {
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);
}

void catch_interrupts() noexcept {
    struct sigaction action {};
    action.sa_handler = count_interrupt;  // Without SA_RESTART, so that blocking system calls return.
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
}

int interrupts() noexcept { return count; }

}  // namespace aurelis::cli
