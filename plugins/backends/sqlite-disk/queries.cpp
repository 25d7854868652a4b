// Queries: the texts.
#include "queries.hpp"

#include <array>

namespace aurelis::sqlite_disk {

namespace {

constexpr std::array<const char*, static_cast<size_t>(Query::Count)> kTexts{
    "BEGIN IMMEDIATE",
    "BEGIN",
    "COMMIT",
    "ROLLBACK",
    "PRAGMA page_count",
    "PRAGMA freelist_count",
    "PRAGMA data_version",
    "SELECT count(*) FROM entries",
    "SELECT max(accessed) FROM entries",
    "SELECT (SELECT count(*) FROM entries) - coalesce((SELECT value FROM facts WHERE fact = ?1), 0)",
    // The index only leads to the row. The row's own key is compared with the key, and the version in the key's slot
    // (?2) with the row's version.
    "SELECT e.id, e.created, e.stale, e.expires, e.version, e.flags, e.cost, e.attrs, e.value, e.key, n.version "
    "FROM entries AS i INDEXED BY entries_key LEFT JOIN entries AS e ON e.id = i.id LEFT JOIN slots AS n ON n.slot = "
    "?2 WHERE i.key = ?1",
    "SELECT e.id, e.expires, e.version, e.tagged, length(e.value), e.key, n.version "
    "FROM entries AS i INDEXED BY entries_key LEFT JOIN entries AS e ON e.id = i.id LEFT JOIN slots AS n ON n.slot = "
    "?2 WHERE i.key = ?1",
    "INSERT INTO entries(created, stale, expires, version, flags, cost, accessed, tagged, key, attrs, value) "
    "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    "UPDATE entries SET created = ?1, stale = ?2, expires = ?3, version = ?4, flags = ?5, cost = ?6, "
    "accessed = ?7, "
    "tagged = ?8, attrs = ?10, value = ?11 WHERE id = ?9",
    "UPDATE entries SET expires = ?2 WHERE key = ?1 AND (expires = 0 OR expires > ?3)",
    "DELETE FROM entries WHERE id = ?1",
    "INSERT OR IGNORE INTO tags(tag, id) VALUES(?1, ?2)",
    "DELETE FROM tags WHERE id = ?1",
    // The version of the key's own slot or, for keys without one, of the base (slot -1).
    "SELECT version FROM slots WHERE slot IN (?1, -1) ORDER BY slot DESC LIMIT 1",
    "INSERT OR REPLACE INTO slots(slot, version) VALUES(?1, ?2)",
    "SELECT version FROM slots WHERE slot = ?1",
    "DELETE FROM slots WHERE slot = ?1 AND version = (SELECT version FROM entries WHERE id = ?2)",
    "DELETE FROM slots WHERE slot = ?1",
    "SELECT id, key, tagged FROM entries WHERE expires > 0 AND expires <= ?1 ORDER BY expires LIMIT ?2",
    "SELECT id, key, tagged, accessed FROM entries ORDER BY accessed LIMIT ?1",
    "UPDATE entries SET accessed = ?2 WHERE id = ?1 AND accessed < ?2",
    "PRAGMA incremental_vacuum(256)",
    "SELECT e.id, e.created, e.stale, e.expires, e.version, e.flags, e.cost, e.key, length(e.value), e.tagged "
    "FROM entries AS i INDEXED BY entries_key LEFT JOIN entries AS e ON e.id = i.id "
    "WHERE i.key >= ?1 AND (?2 IS NULL OR i.key < ?2) ORDER BY i.key LIMIT ?3",
    "SELECT e.id, e.created, e.stale, e.expires, e.version, e.flags, e.cost, e.key, length(e.value), e.tagged, "
    "e.attrs, e.value "
    "FROM entries AS i INDEXED BY entries_key LEFT JOIN entries AS e ON e.id = i.id "
    "WHERE i.key >= ?1 AND (?2 IS NULL OR i.key < ?2) ORDER BY i.key LIMIT ?3",
    "SELECT e.id, created, stale, expires, version, flags, cost, key, length(value), tagged FROM tags AS t "
    "CROSS JOIN entries AS e ON e.id = t.id WHERE t.tag = ?4 AND t.id > ?1 ORDER BY t.id LIMIT ?3",
    "SELECT e.id, created, stale, expires, version, flags, cost, key, length(value), tagged, attrs, value "
    "FROM tags "
    "AS t CROSS JOIN entries AS e ON e.id = t.id WHERE t.tag = ?4 AND t.id > ?1 ORDER BY t.id LIMIT ?3",
    "SELECT seq, kind FROM changes ORDER BY seq DESC LIMIT 1",
    "SELECT seq, length(key) FROM changes ORDER BY seq LIMIT 1",
    "SELECT seq, writer, kind, key FROM changes WHERE seq > ?1 ORDER BY seq LIMIT ?2",
    // All but the newest, from which numbering continues.
    "SELECT seq, at FROM changes WHERE seq < (SELECT max(seq) FROM changes) ORDER BY seq LIMIT ?1",
    "INSERT INTO changes(seq, writer, kind, at, key) VALUES(?1, ?2, ?3, ?4, ?5)",
    "DELETE FROM changes WHERE seq <= ?1",
    "SELECT value FROM facts WHERE fact = ?1",
    "INSERT OR REPLACE INTO facts(fact, value) VALUES(?1, ?2)",
};

}  // namespace

const char* sql_of(Query query) noexcept { return kTexts[static_cast<size_t>(query)]; }

}  // namespace aurelis::sqlite_disk
