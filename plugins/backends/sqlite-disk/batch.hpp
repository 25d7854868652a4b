// Batch: one write transaction: sets, removals, expiry and eviction, all or nothing. Makes room before it
// writes, so that the file never grows beyond its bound by more than one entry. Leaves to others: whose turn it is to
// write, and what a call requests.
#pragma once

#include "changes.hpp"
#include "connections.hpp"
#include "keeper.hpp"
#include "recency.hpp"

#include <string_view>

namespace aurelis::sqlite_disk {

struct EntryRecord;

class Batch {
public:
    enum class Restored : uint8_t { Taken, Superseded, NoRoom };

    Batch(WriteTurn& turn, const Settings& settings, Recency& recency, Counters& counters, Telling& telling) noexcept
        : log_(turn, settings, telling),
          telling_(telling),
          turn_(turn),
          database_(turn.database()),
          settings_(settings),
          recency_(recency),
          counters_(counters) {}
    ~Batch();  // Rolls back what was not committed.
    Batch(const Batch&) = delete;
    Batch& operator=(const Batch&) = delete;

    // power_safe: commit() returns only when the data is on the disk, whatever the configuration says.
    Result<void> begin(bool power_safe);
    Result<void> commit();

    // OK, CONFLICT or, for a value that is too large, E_TOO_LARGE; the key is then removed.
    Result<aurelis_status> put(std::string_view key, const aurelis_write& write, int64_t now,
                               int64_t* version);
    // OK, NOT_FOUND or CONFLICT. Changes the version of the key except on CONFLICT.
    Result<aurelis_status> drop(std::string_view key, const int64_t* if_version, int64_t now);
    // E_CORRUPT if what the file holds for the key is inconsistent.
    Result<void> verify(std::string_view key, int64_t now);
    // Deletes a row that was found, with its tags, and changes the version of its key.
    Result<void> erase(int64_t id, std::string_view key, bool tagged);
    // Counts the entries instead of using the number in the file.
    Result<void> recount();
    // Deletes everything at once.
    Result<uint64_t> erase_all();
    // Deletes up to at_most expired rows; returns how many.
    Result<size_t> purge(int64_t now, size_t at_most);
    // Evicts until there is room for that many more pages and entries.
    Result<void> make_room(int64_t pages, int64_t entries, int64_t now);
    // Copies a row from a damaged file, if the key has been neither written nor removed in this one. base: the version
    // of all keys that have been absent from the beginning.
    Result<Restored> restore(const EntryRecord& row, int64_t base);
    // From now on rows of a damaged file may be restored, until a removal by condition ends that.
    Result<void> begin_salvage();
    Result<bool> salvage_goes_on();
    Result<void> end_salvage();
    // Records in the file when entries were last read.
    Result<void> write_recency(size_t at_most);

    // The changes that the transaction reports to other instances.
    ChangeLog& log() noexcept { return log_; }
    Database& database() noexcept { return database_; }

private:
    struct Standing {
        int64_t id = 0;       // 0: no such row.
        int64_t version = 0;  // Of the entry or of its absence.
        bool live = false;
        bool tagged = false;
        int64_t bytes = 0;
        bool doubted = false;  // A row that is not the key's newest; it counts as absent.
    };
    // E_CORRUPT if index, rows and newest versions do not agree.
    Result<Standing> find(std::string_view key, int64_t now);
    Result<void> settle_doubt(Standing& standing, int64_t slot);
    Result<int64_t> absent_version(std::string_view key);
    Result<void> change_slot(std::string_view key);
    Result<int64_t> write_row(std::string_view key, const aurelis_write& write, const Standing& old,
                              int64_t now);
    Result<void> note_newest(std::string_view key, int64_t version);
    Result<void> write_tags(int64_t id, const aurelis_write& write);
    Result<size_t> evict_some(int64_t pages_goal, int64_t entries_goal);
    Result<void> measure();
    Result<void> check_growth();
    Result<void> count_entries();

    ChangeLog log_;
    Telling& telling_;
    WriteTurn& turn_;
    Database& database_;
    const Settings& settings_;
    Recency& recency_;
    Counters& counters_;
    bool raised_ = false;
    bool counted_anew_ = false;
    int64_t entries_ = 0;  // As this transaction sees them.
    int64_t used_pages_ = 0;
    int64_t free_pages_ = 0;
    int64_t pages_at_begin_ = 0;
    int64_t own_entries_ = 0;  // The change by this transaction.
    std::vector<GoneKeys::Gone> gone_;
    uint64_t evicted_ = 0;
    uint64_t expired_ = 0;
};

// The slot in which removals of the key are remembered; the same in every process and build.
int64_t slot_of(std::string_view key) noexcept;

}  // namespace aurelis::sqlite_disk
