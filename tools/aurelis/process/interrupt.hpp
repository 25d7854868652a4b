// Ctrl-C as a request that does not end the process: SIGINT and SIGTERM raise a counter that long work checks.
#pragma once

namespace aurelis::cli {

// Ignores SIGPIPE and SIGXFSZ: a failed write is an error like others. Called once, first in main.
void ignore_write_signals() noexcept;
// From here on SIGINT and SIGTERM are counted instead of ending the process.
void catch_interrupts() noexcept;
// How often one came.
int interrupts() noexcept;

}  // namespace aurelis::cli
