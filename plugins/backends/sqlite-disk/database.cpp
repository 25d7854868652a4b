// Database: the thin layer over SQLite's C functions, and the one place that translates its codes.
#include "database.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <ctime>

namespace aurelis::sqlite_disk {

namespace {

constexpr int kStepsBetweenLooks = 50'000;

int64_t steady_ns() noexcept {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

void nap(int64_t ns) noexcept {
    const timespec span{ns / 1'000'000'000, ns % 1'000'000'000};
    nanosleep(&span, nullptr);
}

bool no_room(int system_error) noexcept {
    return system_error == ENOSPC || system_error == EDQUOT || system_error == EFBIG;
}

struct Meaning {
    aurelis_status status;
    const char* way_out;
};

Meaning meaning_of(int code, int system_error) noexcept {
    if (code == SQLITE_READONLY_DBMOVED)
        return {AURELIS_E_CORRUPT, "it was moved or deleted and is being reopened"};
    switch (code & 0xff) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
        case SQLITE_PROTOCOL:
            return {AURELIS_E_TIMEOUT, "another process holds the lock; end it or raise 'busy_timeout'"};
        case SQLITE_INTERRUPT:
            return {AURELIS_E_TIMEOUT, "the deadline passed; allow more time"};
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
        case SQLITE_ERROR:       // Our statements are fixed: what they name no longer exists.
        case SQLITE_CONSTRAINT:  // The index contradicts the table.
        case SQLITE_MISMATCH:
            return {AURELIS_E_CORRUPT, "the file is set aside and a fresh one takes its place"};
        case SQLITE_FULL:
            return {AURELIS_E_FULL, "free some disk space or lower 'max_bytes'"};
        case SQLITE_IOERR:
            if (no_room(system_error)) return {AURELIS_E_FULL, "free some disk space or lower 'max_bytes'"};
            return {AURELIS_E_UNAVAILABLE, "check the disk"};
        case SQLITE_NOMEM:
            return {AURELIS_E_NOMEM, "free some memory"};
        case SQLITE_TOOBIG:
            return {AURELIS_E_TOO_LARGE, "store smaller values in this layer"};
        case SQLITE_READONLY:
        case SQLITE_PERM:
        case SQLITE_AUTH:
        case SQLITE_CANTOPEN:
            return {AURELIS_E_UNAVAILABLE, "make file and folder writable for this user or change 'path'"};
        default:
            return {AURELIS_E_FAILED, "look the code up at sqlite.org/rescode.html"};
    }
}

}  // namespace

int64_t Patience::left_ns() const noexcept {
    if (deadline_mono == 0) return at_most_ns;
    return std::clamp<int64_t>(deadline_mono - host->now_mono(host), 0, at_most_ns);
}

Result<std::unique_ptr<Database>> Database::open(const std::string& path, const Patience& patience) {
    std::unique_ptr<Database> made(new Database(path, patience));
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE |
                      SQLITE_OPEN_NOFOLLOW;  // The path has no links: they were followed when it was checked.
    const int code = sqlite3_open_v2(path.c_str(), &made->handle_, flags, nullptr);
    if (made->handle_ == nullptr)
        return fail(AURELIS_E_NOMEM, path + ": no memory to open it; free some memory");
    if (code != SQLITE_OK) return made->error(code);
    sqlite3_extended_result_codes(made->handle_, 1);
    sqlite3_busy_handler(made->handle_, &Database::on_busy, made.get());
    sqlite3_progress_handler(made->handle_, kStepsBetweenLooks, &Database::on_progress, made.get());
    sqlite3_db_config(made->handle_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    // Until it is known to be ours (tune) the file is left as it is.
    sqlite3_db_config(made->handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    // The last connection to close would delete the log by its name. SQLite checks whether the file was moved, but
    // between the check and the deletion the name may come to mean the log of a newer file.
    int keep = 1;
    sqlite3_file_control(made->handle_, "main", SQLITE_FCNTL_PERSIST_WAL, &keep);
    return made;
}

Database::~Database() {
    for (sqlite3_stmt* statement : statements_) sqlite3_finalize(statement);
    sqlite3_close_v2(handle_);
}

std::string Database::first_bytes(size_t size) const {
    sqlite3_file* file = nullptr;
    sqlite3_int64 whole = 0;
    if (sqlite3_file_control(handle_, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK || file == nullptr ||
        file->pMethods == nullptr || file->pMethods->xFileSize(file, &whole) != SQLITE_OK || whole < 0)
        return {};
    // A file of one byte is reported as empty.
    std::string bytes(std::min<size_t>(size, std::max<size_t>(static_cast<size_t>(whole), 1)), '\0');
    const int code = file->pMethods->xRead(file, bytes.data(), static_cast<int>(bytes.size()), 0);
    return code == SQLITE_OK ? bytes : std::string();
}

int Database::on_busy(void* self, int times) noexcept {
    auto& database = *static_cast<Database*>(self);
    const int64_t now = steady_ns();
    if (times == 0) database.busy_until_ns_ = now + database.patience_.left_ns();
    const int64_t left = std::min(database.busy_until_ns_ - now, database.patience_.left_ns());
    if (left <= 0) return 0;
    nap(std::min<int64_t>(left, times < 10 ? 200'000 : 2'000'000));
    return 1;
}

int Database::on_progress(void* self) noexcept {
    return static_cast<Database*>(self)->patience_.over() ? 1 : 0;
}

sqlite3_stmt* Database::prepared(Query query, int& code) noexcept {
    sqlite3_stmt*& statement = statements_[static_cast<size_t>(query)];
    if (statement == nullptr)
        code = sqlite3_prepare_v3(handle_, sql_of(query), -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    return statement;
}

Result<void> Database::execute(const std::string& sql) {
    const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return error(code);
    return {};
}

Result<int64_t> Database::number(const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    int code = sqlite3_prepare_v2(handle_, sql.c_str(), -1, &statement, nullptr);
    if (code != SQLITE_OK) return error(code);
    code = sqlite3_step(statement);
    const int64_t value = code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
        const Error why = error(code);
        sqlite3_finalize(statement);
        return why;
    }
    sqlite3_finalize(statement);
    return value;
}

Result<int64_t> Database::number(Query query) {
    Run run(*this, query);
    AURELIS_TRY(row, run.step());
    return row ? run.number(0) : int64_t{0};
}

int64_t Database::changes() const noexcept { return sqlite3_changes64(handle_); }

int64_t Database::last_id() const noexcept { return sqlite3_last_insert_rowid(handle_); }

bool Database::in_transaction() const noexcept { return sqlite3_get_autocommit(handle_) == 0; }

Error Database::error(int code) const {
    // SQLite does not record what failed in a commit; the thread's errno, cleared before the step, still tells.
    const int last_error = errno;
    const int recorded = sqlite3_system_errno(handle_);
    const int system_error = recorded == 0 && no_room(last_error) ? last_error : recorded;
    const Meaning meaning = meaning_of(code, system_error);
    std::string text = path_ + ": " + sqlite3_errmsg(handle_) + " (SQLite " + std::to_string(code);
    const int family = code & 0xff;
    if (system_error != 0 && (family == SQLITE_IOERR || family == SQLITE_CANTOPEN || family == SQLITE_FULL))
        text += std::string(", ") + std::strerror(system_error);
    return fail(meaning.status, text + "); " + meaning.way_out);
}

Run::~Run() {
    if (statement_ == nullptr) return;
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
}

Run& Run::bind(int at, int64_t number) noexcept {
    if (code_ == SQLITE_OK) code_ = sqlite3_bind_int64(statement_, at, number);
    return *this;
}

Run& Run::bind(int at, std::string_view bytes) noexcept {
    if (code_ != SQLITE_OK) return *this;
    const char* data = bytes.data() != nullptr ? bytes.data() : "";  // A null pointer would bind NULL.
    code_ = sqlite3_bind_blob64(statement_, at, data, bytes.size(), SQLITE_STATIC);
    return *this;
}

Result<bool> Run::step() {
    if (code_ == SQLITE_OK) {
        errno = 0;
        const int code = sqlite3_step(statement_);
        if (code == SQLITE_ROW) return true;
        if (code == SQLITE_DONE) return false;
        code_ = code;
    }
    return database_.error(code_);
}

Result<void> Run::finish() {
    for (;;) {
        AURELIS_TRY(row, step());
        if (!row) return {};
    }
}

bool Run::null(int column) const noexcept { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

int64_t Run::number(int column) const noexcept { return sqlite3_column_int64(statement_, column); }

std::string_view Run::bytes(int column) const noexcept {
    const void* data = sqlite3_column_blob(statement_, column);
    const int size = sqlite3_column_bytes(statement_, column);
    return data == nullptr ? std::string_view{}
                           : std::string_view(static_cast<const char*>(data), static_cast<size_t>(size));
}

}  // namespace aurelis::sqlite_disk
