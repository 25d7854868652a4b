// Schema: marks, tables and pragmas.
#include "schema.hpp"

#include "changes.hpp"
#include "keeper.hpp"

#include <sqlite3.h>

#include <cstdint>
#include <iterator>
#include <string_view>

namespace aurelis::sqlite_disk {

namespace {

constexpr int kPageBytes = 4096;

// Whether the SQL of everything in the file, apart from SQLite's own tables, is the first `texts` of ours.
Result<bool> has_our_tables(Database& database, size_t texts) {
    std::string sql = "SELECT count(*) = " + std::to_string(texts) + " AND sum(sql IN (";
    for (size_t i = 0; i < texts; ++i) sql += (i == 0 ? "'" : ", '") + std::string(kSchema[i]) + "'";
    sql += ")) = " + std::to_string(texts) + " FROM sqlite_schema WHERE sql IS NOT NULL";
    AURELIS_TRY(equal, database.number(sql));
    return equal == 1;
}

std::string new_identity() {
    return "INSERT INTO facts(fact, value) VALUES(" + std::to_string(static_cast<int64_t>(Fact::LogIdentity)) + ", " +
           std::to_string(new_version()) + ");";
}

// A larger number is not a release's but damage.
constexpr int64_t kVersionsMost = 10'000;

// From the format of SQLite's files.
constexpr std::string_view kMagic("SQLite format 3\0", 16);
constexpr size_t kPagesAt = 28, kVersionAt = 60, kApplicationAt = 68, kHeaderBytes = 100;

uint32_t big_endian(std::string_view bytes, size_t at) noexcept {
    uint32_t number = 0;
    for (size_t i = 0; i < 4; ++i) number = number << 8 | static_cast<unsigned char>(bytes[at + i]);
    return number;
}

bool has_head(std::string_view page) noexcept { return page.size() >= kHeaderBytes && page.starts_with(kMagic); }

// A file whose first transaction is still in the log, or that has had none, does not show yet whose it is.
bool says_nothing_yet(std::string_view page) noexcept {
    return has_head(page) && big_endian(page, kApplicationAt) == 0 && big_endian(page, kPagesAt) <= 1;
}

Judgement foreign(int64_t application) {
    return {Judgement::Verdict::Foreign,
            "it is another program's database (application_id " + std::to_string(application) + ")"};
}

Judgement newer(int64_t version) {
    return {Judgement::Verdict::Newer, "a newer release made it: its schema is version " + std::to_string(version) +
                                           ", this one knows " + std::to_string(kSchemaVersion)};
}

bool is_newer(int64_t version) noexcept { return version > kSchemaVersion && version < kVersionsMost; }

Judgement judge_page(std::string_view page, bool is_marked) {
    const Judgement ours{Judgement::Verdict::Outdated, "its head is damaged"};
    if (page.empty()) return ours;  // Nothing that could be lost.
    if (page.size() >= kHeaderBytes && big_endian(page, kApplicationAt) == kApplicationId) {
        const uint32_t version = big_endian(page, kVersionAt);
        return has_head(page) && is_newer(version) ? newer(version) : ours;
    }
    if (is_marked && page.find(kSchema[0]) != std::string_view::npos) return ours;
    if (has_head(page)) return foreign(big_endian(page, kApplicationAt));
    if (is_marked) return ours;
    return {Judgement::Verdict::Foreign, "it is not a database of this plugin"};
}

}  // namespace

Judgement judge_remains(const Database& database, bool is_marked) {
    return judge_page(database.first_bytes(kPageBytes), is_marked);
}

Result<Judgement> judge(Database& database, bool is_marked) {
    using Verdict = Judgement::Verdict;
    const std::string page = database.first_bytes(kPageBytes);
    if (Judgement first = judge_page(page, is_marked);
        first.verdict != Verdict::Outdated && !says_nothing_yet(page))
        return first;
    AURELIS_TRY(application, database.number("PRAGMA application_id"));
    AURELIS_TRY(version, database.number("PRAGMA user_version"));
    AURELIS_TRY(objects, database.number("SELECT count(*) FROM sqlite_schema"));
    if (application == 0 && version == 0 && objects == 0) return Judgement{Verdict::Fresh, {}};
    if (application != kApplicationId) {
        Judgement remains = judge_page(page, is_marked);
        return !page.empty() && remains.verdict == Verdict::Outdated ? remains : foreign(application);
    }
    if (is_newer(version)) return newer(version);
    if (version < 1 || version > kSchemaVersion)
        return Judgement{Verdict::Outdated, "its schema is version " + std::to_string(version) +
                                                ", this plugin knows " + std::to_string(kSchemaVersion)};
    const bool older = version < kSchemaVersion;
    AURELIS_TRY(equal, has_our_tables(database, older ? kTextsOfVersion1 : std::size(kSchema)));
    if (!equal) return Judgement{Verdict::Outdated, "its tables are not those of this plugin"};
    return Judgement{older ? Verdict::Older : Verdict::Ours, {}};
}

Result<void> create_schema(Database& database, int64_t base) {
    AURELIS_TRY_VOID(database.execute("PRAGMA page_size=" + std::to_string(kPageBytes)));
    AURELIS_TRY_VOID(database.execute("PRAGMA auto_vacuum=INCREMENTAL"));
    AURELIS_TRY_VOID(database.execute("PRAGMA journal_mode=WAL"));
    std::string sql = "BEGIN IMMEDIATE;";
    for (const char* text : kSchema) sql += std::string(text) + ";";
    sql += cover_sql(static_cast<uint64_t>(new_version()));
    if (base != 0) sql += "INSERT INTO slots(slot, version) VALUES(-1, " + std::to_string(base) + ");";
    sql += new_identity();
    sql += "PRAGMA application_id=" + std::to_string(kApplicationId) + ";";
    sql += "PRAGMA user_version=" + std::to_string(kSchemaVersion) + ";COMMIT;";
    // From here on the file itself shows whose it is, even if its log is lost.
    sql += "PRAGMA wal_checkpoint(PASSIVE)";
    return database.execute(sql);
}

Result<void> migrate(Database& database) {
    std::string sql = "BEGIN IMMEDIATE;";
    for (size_t i = kTextsOfVersion1; i < std::size(kSchema); ++i) sql += std::string(kSchema[i]) + ";";
    sql += new_identity();
    sql += "PRAGMA user_version=" + std::to_string(kSchemaVersion) + ";COMMIT";
    const Result<void> done = database.execute(sql);
    if (!done && database.in_transaction()) static_cast<void>(database.execute("ROLLBACK"));
    return done;
}

Result<void> tune(Database& database, const Settings& settings) {
    sqlite3_db_config(database.raw(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, nullptr);
    std::string sql = "PRAGMA journal_mode=WAL;";
    sql += settings.power_safe ? "PRAGMA synchronous=FULL;" : "PRAGMA synchronous=NORMAL;";
    sql +=
        "PRAGMA secure_delete=OFF;PRAGMA temp_store=MEMORY;PRAGMA trusted_schema=OFF;PRAGMA "
        "cell_size_check=ON;";
    sql += "PRAGMA wal_autocheckpoint=0;";  // The writer does that itself (wal_bound.hpp).
    sql += "PRAGMA journal_size_limit=" + std::to_string(settings.wal_bytes()) + ";";
    sql += "PRAGMA mmap_size=" + std::to_string(settings.mmap_bytes) + ";";
    return database.execute(sql);
}

}  // namespace aurelis::sqlite_disk
