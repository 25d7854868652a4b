// Ctrl-C as a wish, not as an end: SIGINT and SIGTERM raise a flag that long work looks at.
#pragma once

namespace aurelis::cli {

// Ignores SIGPIPE and SIGXFSZ: a write that cannot be is an error like others. Done once, first thing in
// main.
void ignore_write_signals() noexcept;
// From here on SIGINT and SIGTERM are counted instead of ending the process.
void catch_interrupts() noexcept;
// How often one came.
int interrupts() noexcept;

}  // namespace aurelis::cli
