// Connections: everything that is open on one file: the writer behind its gate, the pool of readers, and what is known
// about the file's contents. Dies with its last user, so a file that was replaced is closed when the last call on it
// has ended. Leaves to others: which file is the right one (keeper.hpp).
#pragma once

#include "database.hpp"
#include "files.hpp"
#include "newest.hpp"
#include "recency.hpp"
#include "settings.hpp"
#include "wal_bound.hpp"

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

namespace aurelis::sqlite_disk {

// A mutex with a time limit for waiting.
class Gate {
public:
    bool enter(int64_t at_most_ns);
    void leave() noexcept;

private:
    std::mutex mutex_;
    std::condition_variable freed_;
    bool taken_ = false;  // Guarded by mutex_.
};

class Connections {
public:
    // Figures that others can read without asking the file; maintained by the writer.
    struct Figures {
        std::atomic<int64_t> entries{0};
        std::atomic<int64_t> used_pages{0};
        std::atomic<int64_t> free_pages{0};
        std::atomic<int64_t> data_version{0};
        std::atomic<bool> reserve{false};  // There is one, for removals from a full disk.
    };

    // What the last write transaction saw in the log of changes: its newest row marks a gap, so nothing is added while
    // the file has the same data_version and nobody listens.
    struct LogState {
        int64_t data_version = 0;
        bool in_gap = false;
    };

    Connections(const Settings& settings, FileIdentity identity, std::unique_ptr<Database> writer, Marks marks,
                const plugin::Host& host, Counters& counters)
        : settings_(settings),
          identity_(identity),
          marks_(marks),
          wal_(settings, host, counters),
          writer_(std::move(writer)) {
        wal_.follow(*writer_);
    }

    const FileIdentity& identity() const noexcept { return identity_; }
    const Marks& marks() const noexcept { return marks_; }
    Figures& figures() noexcept { return figures_; }
    // Only for the holder of the writer.
    LogState& log_state() noexcept { return log_state_; }
    WalBound& wal() noexcept { return wal_; }
    // The indices have been rebuilt recently: a remaining inconsistency is not their fault.
    bool indices_are_new() const noexcept;
    void indices_count_as_new_until(int64_t steady_ns) noexcept { new_until_ns_ = steady_ns; }
    // Counts the entries and pages again, through the writer that the caller holds.
    Result<void> take_stock(Recency& recency);

private:
    friend class ReadTurn;
    friend class WriteTurn;
    Result<std::unique_ptr<Database>> borrow(const Patience& patience);
    void give_back(std::unique_ptr<Database> reader) noexcept;

    const Settings& settings_;
    const FileIdentity identity_;
    const Marks marks_;
    Figures figures_;
    LogState log_state_;
    int64_t new_until_ns_ = 0;  // On the steady clock; constant once this object is shared.
    WalBound wal_;
    Gate gate_;
    std::unique_ptr<Database> writer_;  // Used by the holder of gate_.
    std::mutex mutex_;
    std::condition_variable returned_;
    std::vector<std::unique_ptr<Database>> idle_;  // Guarded by mutex_.
    size_t open_ = 0;                              // Guarded by mutex_.
};

// The right to use one reader.
class ReadTurn {
public:
    static Result<ReadTurn> take(const std::shared_ptr<Connections>& connections, const Patience& patience);
    ReadTurn(ReadTurn&&) = default;
    ReadTurn& operator=(ReadTurn&&) = delete;
    ~ReadTurn();
    Database& database() noexcept { return *reader_; }

private:
    ReadTurn(std::shared_ptr<Connections> connections, std::unique_ptr<Database> reader)
        : connections_(std::move(connections)), reader_(std::move(reader)) {}
    std::shared_ptr<Connections> connections_;
    std::unique_ptr<Database> reader_;
};

// The right to use the writer.
class WriteTurn {
public:
    static Result<WriteTurn> take(const std::shared_ptr<Connections>& connections, const Patience& patience);
    WriteTurn(WriteTurn&&) = default;
    WriteTurn& operator=(WriteTurn&&) = delete;
    ~WriteTurn();
    Database& database() noexcept { return *connections_->writer_; }
    Connections& connections() noexcept { return *connections_; }

private:
    explicit WriteTurn(std::shared_ptr<Connections> connections) : connections_(std::move(connections)) {}
    std::shared_ptr<Connections> connections_;
};

}  // namespace aurelis::sqlite_disk
