// ChangeLog: what one write transaction reports to the listeners of other instances, as rows of the table `changes` in
// the same transaction. A row's sequence number counts the bytes of the log up to its end, so that a reader sees from
// the numbers alone whether rows in between were pruned, and the log's size is the difference of two of them.
//
// While nobody else listens, nothing is written except one row that marks a gap from here on: a log that nobody reads
// would cost each set a page. But an instance that asked for a position (watcher.hpp) may come back: until the log has
// grown by its full size since then, it is written all the same.
// Leaves to others: who listens (presence.hpp), and reading the log (watcher.hpp).
#pragma once

#include "connections.hpp"
#include "gone.hpp"
#include "presence.hpp"

#include <atomic>
#include <string_view>

namespace aurelis::sqlite_disk {

enum class Change : int64_t {
    Set = 0,
    Removed = 1,
    Unnamed = 2,  // A gap: changes without rows of their own, up to the next row.
    Mark = 3      // No change; ends a gap, so that a position after it detects the next one.
};

// Single numbers about the file, in the table `facts`.
enum class Fact : int64_t {
    LogIdentity = 1,  // Random, set when the file was made: the numbers of another log mean other rows.
    LogMark = 2,      // The position of the log when it was last asked for.
    Entries = 3       // How many entries there are, kept by instances that bound it.
};
Result<int64_t> fact_of(Database& database, Fact fact);  // 0: unknown.
Result<void> set_fact(Database& database, Fact fact, int64_t value);

// By how much a row with that key advances the sequence number.
constexpr int64_t log_step(size_t key_bytes) noexcept { return static_cast<int64_t>(32 + key_bytes); }

// What one instance's transactions have in common.
struct Telling {
    explicit Telling(int64_t self_) noexcept : self(self_) {}

    const int64_t self;  // The instance, which is not told of its own changes.
    Presence presence;
    GoneKeys gone;
    std::atomic<uint64_t> logged{0};
};

class ChangeLog {
public:
    ChangeLog(WriteTurn& turn, const Settings& settings, Telling& telling) noexcept
        : turn_(turn), settings_(settings), telling_(telling) {}

    // Reports a change to others; now: by the wall clock.
    Result<void> tell(Change change, std::string_view key, int64_t now);
    // Whether tell() writes anything; otherwise keys need not be collected.
    Result<bool> is_read();
    // Records that an instance may come back to this position.
    Result<void> mark(int64_t now);
    // Called before the transaction commits: prunes what exceeds the bound.
    Result<void> prune();
    // Prunes some of the rows that are older than rows are kept, if there are any.
    Result<void> prune_aged(int64_t now);
    static Result<bool> has_aged(Database& database, int64_t now);
    void committed() noexcept;

private:
    static Result<int64_t> last_aged(Database& database, int64_t now, int64_t rows_at_most);
    Result<void> read_newest();
    Result<void> append(Change change, std::string_view key, int64_t now);

    WriteTurn& turn_;
    const Settings& settings_;
    Telling& telling_;
    bool decided_ = false;
    bool writes_ = false;
    bool needs_gap_ = false;  // To be written before writing stops.
    bool read_ = false;
    bool empty_ = true;
    int64_t newest_ = 0, newest_before_ = 0;
    int64_t version_ = 0;  // The file's data_version in this transaction.
    Change newest_change_ = Change::Unnamed;
    uint64_t appended_ = 0;
};

}  // namespace aurelis::sqlite_disk
