// ChangeLog: what one write transaction tells the listeners of other instances, as rows of the table `changes` in that
// very transaction. A row's sequence number counts the bytes of the log up to its end, so that a reader sees by the
// numbers alone whether rows between were pruned, and the log's size is the difference of two of them.
//
// While nobody else listens nothing is written, but for one row that says that there is a gap from here on: a log that
// nobody reads would cost each set a page. Who asked for a position (watcher.hpp) wants to come back: until as many
// bytes were logged since as the log holds, it is written all the same.
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
    Unnamed = 2,  // A gap: changes that have no rows of their own; also after it, as long as it is the newest row.
    Mark = 3      // Nothing; ends a gap, so that a position behind it sees the next one.
};

// Single numbers about the file, in the table `facts`.
enum class Fact : int64_t {
    LogIdentity = 1,  // By chance, when the file was made: the numbers of another log mean other rows.
    LogMark = 2,      // Where the log stood when somebody last asked for a position.
    Entries = 3       // How many entries there are, kept by those who have a bound for them.
};
Result<int64_t> fact_of(Database& database, Fact fact);  // 0: unknown.
Result<void> set_fact(Database& database, Fact fact, int64_t value);

// The sequence numbers by which a row with that key moves the log on.
constexpr int64_t log_step(size_t key_bytes) noexcept { return static_cast<int64_t>(32 + key_bytes); }

// What one instance's transactions have in common.
struct Telling {
    explicit Telling(int64_t self_) noexcept : self(self_) {}

    const int64_t self;  // The instance: nobody is told its own changes.
    Presence presence;
    GoneKeys gone;
    std::atomic<uint64_t> logged{0};
};

class ChangeLog {
public:
    ChangeLog(WriteTurn& turn, const Settings& settings, Telling& telling) noexcept
        : turn_(turn), settings_(settings), telling_(telling) {}

    // Others are to hear of it; now on the wall's clock.
    Result<void> tell(Change change, std::string_view key, int64_t now);
    // Whether tell() writes anything: not worth collecting keys for otherwise.
    Result<bool> is_read();
    // Notes that somebody stands here and wants to come back.
    Result<void> mark(int64_t now);
    // Before the transaction commits: cuts off what is beyond the bound.
    Result<void> prune();
    // Cuts off some rows that are older than the log is kept, if there are any.
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
    bool needs_gap_ = false;  // Before nothing more is written.
    bool read_ = false;
    bool empty_ = true;
    int64_t newest_ = 0, newest_before_ = 0;
    int64_t version_ = 0;  // The file's data_version in this transaction.
    Change newest_change_ = Change::Unnamed;
    uint64_t appended_ = 0;
};

}  // namespace aurelis::sqlite_disk
