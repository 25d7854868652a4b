// Schema: marks, tables and pragmas.
#include "schema.hpp"

#include <iterator>

namespace aurelis::plugin {

namespace {

constexpr int kPageBytes = 4096;

// The texts of all that the file says it holds, SQLite's own tables apart.
Result<bool> has_our_tables(Database& database) {
    std::string sql = "SELECT count(*) = " + std::to_string(std::size(kSchema)) + " AND sum(sql IN (";
    for (const char* text : kSchema) sql += (text == kSchema[0] ? "'" : ", '") + std::string(text) + "'";
    sql += ")) = " + std::to_string(std::size(kSchema)) + " FROM sqlite_schema WHERE sql IS NOT NULL";
    AURELIS_TRY(equal, database.number(sql));
    return equal == 1;
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
    if (version != kSchemaVersion)
        return Judgement{Verdict::Foreign, "its schema is version " + std::to_string(version) +
                                               ", this plugin knows " + std::to_string(kSchemaVersion)};
    AURELIS_TRY(equal, has_our_tables(database));
    if (!equal) return Judgement{Verdict::Foreign, "its tables are not those of this plugin"};
    return Judgement{Verdict::Ours, {}};
}

Result<void> create_schema(Database& database, int64_t base) {
    AURELIS_TRY_VOID(database.execute("PRAGMA page_size=" + std::to_string(kPageBytes)));
    AURELIS_TRY_VOID(database.execute("PRAGMA auto_vacuum=INCREMENTAL"));
    AURELIS_TRY_VOID(database.execute("PRAGMA journal_mode=WAL"));
    std::string sql = "BEGIN IMMEDIATE;";
    for (const char* text : kSchema) sql += std::string(text) + ";";
    if (base != 0) sql += "INSERT INTO slots(slot, version) VALUES(-1, " + std::to_string(base) + ");";
    sql += "PRAGMA application_id=" + std::to_string(kApplicationId) + ";";
    sql += "PRAGMA user_version=" + std::to_string(kSchemaVersion) + ";COMMIT";
    return database.execute(sql);
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
