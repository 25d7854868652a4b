// WalBound: keeps SQLite's write-ahead log within its room, whatever other processes write. SQLite restarts a log only
// if no writer added to it while it was copied into the database and no reader uses it; among several busy processes
// that never happens by itself. So a writer that sees the log at its limit blocks the other writers and restarts it. If
// a reader that does not end prevents that, entries are refused from twice the room on, and removals from three times.
// Leaves to others: what the database's own pages take (batch.hpp).
#pragma once

#include "database.hpp"
#include "settings.hpp"

#include <aurelis/plugin/host.hpp>

namespace aurelis::sqlite_disk {

struct Counters;

class WalBound {
public:
    WalBound(const Settings& settings, const plugin::Host& host, Counters& counters) noexcept;

    // Learns the length of the log from each commit of the writer. From then on SQLite no longer checkpoints by itself.
    void follow(Database& writer) noexcept;
    // Called before a write transaction. E_FULL: there is no room even for a removal.
    Result<void> prepare(Database& writer);
    // No room for entries; for a transaction that prepare() has admitted.
    bool is_full() const noexcept { return frames_ > 2 * room_; }
    // The error for that case; counts it.
    Error refuse();
    // Called after a write transaction, in the same turn.
    void settle(Database& writer);
    // Called now and then, also for what other processes have left behind. bytes: of the log file.
    void trim(Database& writer, uint64_t bytes);

private:
    enum class Mode { Passive, Restart, Truncate };
    // True if everything is copied and, except with Passive, the next write restarts the log.
    bool checkpoint(Database& writer, Mode mode, int64_t patience_ns);
    bool is_known_blocked() const noexcept;
    void tell_blocked();
    std::string why() const;

    const Settings& settings_;
    const plugin::Host& host_;
    Counters& counters_;
    const int64_t room_;         // In frames.
    std::string path_;
    int64_t frames_ = 0;         // In the log, as last seen.
    int64_t passive_at_ = 0;     // How many there were when they were last copied; 0: not since the log was restarted.
    int64_t copied_ = -1;        // How many were copied by the last failed attempt to restart the log.
    int64_t tried_ns_ = 0;       // On the steady clock: when it last could not be restarted,
    int64_t told_ns_ = 0;        // and when that was logged.
};

}  // namespace aurelis::sqlite_disk
