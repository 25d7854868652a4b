// Schema: marks, tables and pragmas.
#include "schema.hpp"

#include "changes.hpp"
#include "keeper.hpp"

#include <iterator>

namespace aurelis::plugin {

namespace {

constexpr int kPageBytes = 4096;

// The texts of all that the file says it holds, SQLite's own tables apart, are the first so many of ours.
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

}  // namespace

Result<Judgement> judge(Database& database) {
    using Verdict = Judgement::Verdict;
    AURELIS_TRY(application, database.number("PRAGMA application_id"));
    AURELIS_TRY(version, database.number("PRAGMA user_version"));
    AURELIS_TRY(objects, database.number("SELECT count(*) FROM sqlite_schema"));
    if (application == 0 && version == 0 && objects == 0) return Judgement{Verdict::Fresh, {}};
    if (application != kApplicationId)
        return Judgement{Verdict::Foreign, "it is another program's database (application_id " +
                                               std::to_string(application) + ")"};
    if (version < 1 || version > kSchemaVersion)
        return Judgement{Verdict::Foreign, "its schema is version " + std::to_string(version) +
                                               ", this plugin knows " + std::to_string(kSchemaVersion)};
    const bool older = version < kSchemaVersion;
    AURELIS_TRY(equal, has_our_tables(database, older ? kTextsOfVersion1 : std::size(kSchema)));
    if (!equal) return Judgement{Verdict::Foreign, "its tables are not those of this plugin"};
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
    sql += "PRAGMA user_version=" + std::to_string(kSchemaVersion) + ";COMMIT";
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
    const uint64_t wal_pages = settings.wal_bytes() / kPageBytes / 2;
    std::string sql = "PRAGMA journal_mode=WAL;";
    sql += settings.power_safe ? "PRAGMA synchronous=FULL;" : "PRAGMA synchronous=NORMAL;";
    sql +=
        "PRAGMA secure_delete=OFF;PRAGMA temp_store=MEMORY;PRAGMA trusted_schema=OFF;PRAGMA "
        "cell_size_check=ON;";
    sql += "PRAGMA wal_autocheckpoint=" + std::to_string(wal_pages) + ";";
    sql += "PRAGMA journal_size_limit=" + std::to_string(settings.wal_bytes()) + ";";
    sql += "PRAGMA mmap_size=" + std::to_string(settings.mmap_bytes) + ";";
    return database.execute(sql);
}

}  // namespace aurelis::plugin
