// WalBound: keeps SQLite's write-ahead log within its room, whoever else writes. A log is begun anew only if no writer
// added to it while it was copied into the database and no reader stands in it; of several busy processes none ever
// finds that by itself. So whoever sees the log at its room holds the other writers up and begins it anew. Where a
// reader that does not end prevents that, entries are refused from twice the room on, and removals from three times.
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

    // Learns from each commit of the writer how long the log is. From then on SQLite does nothing by itself.
    void follow(Database& writer) noexcept;
    // Before a write transaction. E_FULL: not even a removal has room.
    Result<void> prepare(Database& writer);
    // No room for entries; within a transaction that prepare() let pass.
    bool is_full() const noexcept { return frames_ > 2 * room_; }
    // What to answer then; counts it.
    Error refuse();
    // After a write transaction, in the turn of whoever wrote.
    void settle(Database& writer);
    // Now and then: also for what others have left behind. bytes: of the log's file.
    void trim(Database& writer, uint64_t bytes);

private:
    enum class Mode { Passive, Restart, Truncate };
    // True if all is copied; but for Passive: and the next write begins the log anew.
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
    int64_t passive_at_ = 0;     // How many there were when they were last copied; 0: not since the log began.
    int64_t copied_ = -1;        // Of them by the last attempt to begin the log anew that failed.
    int64_t tried_ns_ = 0;       // On the steady clock: when it could not be begun anew,
    int64_t told_ns_ = 0;        // and when that was told.
};

}  // namespace aurelis::sqlite_disk
