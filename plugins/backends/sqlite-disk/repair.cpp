// Repair: SQLite's quick_check, and dropping and creating the indices of the entries.
#include "repair.hpp"

#include "keeper.hpp"

#include <sqlite3.h>

#include <cstring>
#include <string>

namespace aurelis::sqlite_disk {

namespace {

// Temporarily shortens the connection's patience.
class Limit {
public:
    Limit(Database& database, int64_t at_most_ns) noexcept : database_(database), before_(database.patience()) {
        Patience own = before_;
        const int64_t end = own.host->now_mono(own.host) + at_most_ns;
        if (own.deadline_mono == 0 || end < own.deadline_mono) own.deadline_mono = end;
        database_.set_patience(own);
    }
    ~Limit() { database_.set_patience(before_); }
    Limit(const Limit&) = delete;
    Limit& operator=(const Limit&) = delete;

private:
    Database& database_;
    const Patience before_;
};

class Ends {
public:
    explicit Ends(Database& database) noexcept : database_(database) {}
    ~Ends() {
        if (database_.in_transaction()) static_cast<void>(database_.execute("ROLLBACK"));
    }
    Ends(const Ends&) = delete;
    Ends& operator=(const Ends&) = delete;

private:
    Database& database_;
};

Result<void> check_pages(Database& database) {
    sqlite3_stmt* statement = nullptr;
    int code = sqlite3_prepare_v2(database.raw(), "PRAGMA quick_check(1)", -1, &statement, nullptr);
    if (code == SQLITE_OK) code = sqlite3_step(statement);
    std::string found;
    if (code == SQLITE_ROW) {
        const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, 0));
        found = text != nullptr ? text : "";
    }
    const Error failure = database.error(code);
    sqlite3_finalize(statement);
    if (code != SQLITE_ROW && code != SQLITE_DONE) return failure;
    for (char& letter : found)
        if (letter == '\n') letter = ' ';
    if (found.empty() || found == "ok") return {};
    return fail(AURELIS_E_CORRUPT, database.path() + ": " + found);
}

// slot_of(key), in SQL.
void slot_function(sqlite3_context* context, int, sqlite3_value** values) noexcept {
    const auto& marks = *static_cast<const Marks*>(sqlite3_user_data(context));
    const void* data = sqlite3_value_blob(values[0]);
    const auto size = static_cast<size_t>(sqlite3_value_bytes(values[0]));
    sqlite3_result_int64(context, marks.slot_of(data == nullptr
                                                    ? std::string_view{}
                                                    : std::string_view(static_cast<const char*>(data), size)));
}

bool is_index_of_entries(const char* text) noexcept { return std::strstr(text, "INDEX entries_") != nullptr; }

std::string name_of_index(const char* text) {
    const std::string_view rest = std::strstr(text, "entries_");
    return std::string(rest.substr(0, rest.find(' ')));
}

Result<void> create_indices(Database& database) {
    for (const char* text : kSchema)
        if (is_index_of_entries(text)) AURELIS_TRY_VOID(database.execute(text));
    return {};
}

// While there are no indices, statements find rows by the table alone.
Result<void> drop_doubles(Database& database, const Marks& marks) {
    if (marks.seed != 0)
        AURELIS_TRY_VOID(database.execute("DELETE FROM entries WHERE (SELECT version FROM slots WHERE slot = "
                                          "aurelis_slot(entries.key)) <> entries.version"));
    if (create_indices(database)) return {};
    for (const char* text : kSchema)
        if (is_index_of_entries(text))
            AURELIS_TRY_VOID(database.execute("DROP INDEX IF EXISTS " + name_of_index(text)));
    // Duplicates from before newest versions were recorded.
    AURELIS_TRY_VOID(database.execute(
        "DELETE FROM entries WHERE id IN (SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY key ORDER BY "
        "created DESC, id DESC) AS place FROM entries) WHERE place > 1)"));
    return create_indices(database);
}

Result<void> rebuild(Database& database, const Marks& marks) {
    for (const char* text : kSchema)
        if (is_index_of_entries(text)) AURELIS_TRY_VOID(database.execute("DROP INDEX " + name_of_index(text)));
    AURELIS_TRY_VOID(drop_doubles(database, marks));
    AURELIS_TRY_VOID(database.execute("DELETE FROM tags WHERE id NOT IN (SELECT id FROM entries)"));
    // Earlier versions of absent keys are no longer valid: rows may have been dropped.
    const std::string base = std::to_string(new_version());
    AURELIS_TRY_VOID(
        database.execute("DELETE FROM slots WHERE slot >= -1; INSERT INTO slots VALUES(-1, " + base + ")"));
    if (marks.seed == 0) return {};
    return database.execute("INSERT OR REPLACE INTO slots SELECT aurelis_slot(key), version FROM entries;" +
                            cover_sql(marks.seed));
}

}  // namespace

Result<void> look_over(Database& database, int64_t at_most_ns) {
    const Limit limit(database, at_most_ns);
    const auto checked = check_pages(database);
    if (!checked && checked.error().status == AURELIS_E_CORRUPT) return checked.error();
    return {};
}

Result<void> make_indices_anew(Database& database, int64_t at_most_ns) {
    const Limit limit(database, at_most_ns);
    AURELIS_TRY(marks, read_marks(database));
    const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;
    const int made = sqlite3_create_function_v2(database.raw(), "aurelis_slot", 1, flags, &marks, &slot_function,
                                                nullptr, nullptr, nullptr);
    if (made != SQLITE_OK) return database.error(made);
    const Ends ends(database);
    AURELIS_TRY_VOID(database.execute("BEGIN IMMEDIATE"));
    AURELIS_TRY_VOID(rebuild(database, marks));
    AURELIS_TRY_VOID(check_pages(database));
    return database.execute("COMMIT");
}

}  // namespace aurelis::sqlite_disk
