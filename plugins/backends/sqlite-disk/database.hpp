// Database: one connection to SQLite with its prepared statements and its patience (how long it waits for a
// lock), and Run, one execution of a statement. A connection is used by one thread at a time. Leaves to
// others: the schema, and who may use which connection.
#pragma once

#include "queries.hpp"

#include <aurelis/abi.h>
#include <aurelis/base/result.hpp>

#include <array>
#include <memory>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace aurelis::sqlite_disk {

// How long a call may wait: until its own deadline and no longer than the configured time.
struct Patience {
    const aurelis_host* host = nullptr;
    int64_t deadline_mono = 0;  // Of the call, on the host's clock; 0 none.
    int64_t at_most_ns = 0;

    // How long may still be waited, in nanoseconds, if waiting began now.
    int64_t left_ns() const noexcept;
    bool over() const noexcept { return deadline_mono != 0 && host->now_mono(host) >= deadline_mono; }
};

class Database {
public:
    // Opens an existing file, which is first accessed by the first statement.
    static Result<std::unique_ptr<Database>> open(const std::string& path, const Patience& patience);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    // For the call that uses the connection next.
    void set_patience(const Patience& patience) noexcept { patience_ = patience; }
    const Patience& patience() const noexcept { return patience_; }
    const std::string& path() const noexcept { return path_; }
    sqlite3* raw() const noexcept { return handle_; }

    // The first bytes of the file on the disk, read through SQLite's own descriptor: closing another one would drop its
    // locks. Fewer if the file is shorter, none if it cannot be read.
    std::string first_bytes(size_t size) const;

    // Runs SQL whose rows are not wanted.
    Result<void> execute(const std::string& sql);
    // The single number that the statement returns.
    Result<int64_t> number(const std::string& sql);
    Result<int64_t> number(Query query);
    int64_t changes() const noexcept;
    int64_t last_id() const noexcept;
    // What the error code means for the caller: status, SQLite's text, path and way out.
    Error error(int code) const;
    // True between Begin and Commit or Rollback.
    bool in_transaction() const noexcept;

private:
    friend class Run;
    Database(std::string path, const Patience& patience) : path_(std::move(path)), patience_(patience) {}
    sqlite3_stmt* prepared(Query query, int& code) noexcept;
    static int on_busy(void* self, int times) noexcept;
    static int on_progress(void* self) noexcept;

    std::string path_;
    sqlite3* handle_ = nullptr;
    Patience patience_;
    int64_t busy_until_ns_ = 0;  // On the steady clock: a host's clock may stand still.
    std::array<sqlite3_stmt*, static_cast<size_t>(Query::Count)> statements_{};
};

// One execution: bind, step, read columns; reset when it goes out of scope.
class Run {
public:
    Run(Database& database, Query query) noexcept
        : database_(database), statement_(database.prepared(query, code_)) {}
    ~Run();
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;

    Run& bind(int at, int64_t number) noexcept;
    Run& bind(int at, std::string_view bytes) noexcept;  // Borrowed until the run ends.
    // True for a row, false at the end.
    Result<bool> step();
    // For statements without rows.
    Result<void> finish();

    bool null(int column) const noexcept;
    int64_t number(int column) const noexcept;
    std::string_view bytes(int column) const noexcept;  // Until the next step.

private:
    Database& database_;
    int code_ = 0;
    sqlite3_stmt* statement_;
};

}  // namespace aurelis::sqlite_disk
