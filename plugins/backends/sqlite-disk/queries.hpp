// Queries: every statement that sqlite-disk runs, by name, and the schema of its file.
#pragma once

#include <cstddef>

namespace aurelis::sqlite_disk {

enum class Query : size_t {
    Begin,
    BeginRead,
    Commit,
    Rollback,
    PageCount,
    FreePages,
    DataVersion,
    CountEntries,
    LastTick,
    EntriesBeyondFact,
    Get,
    Find,
    Insert,
    Update,
    Touch,
    Delete,
    AddTag,
    DropTags,
    SlotVersion,
    SetSlot,
    Newest,
    DropNewest,
    DropSlot,
    Expired,
    LeastRecent,
    SetAccessed,
    Shrink,
    WalkKeys,
    WalkEntries,
    WalkTagKeys,
    WalkTagEntries,
    LogNewest,
    LogOldest,
    LogAfter,
    LogAges,
    LogAppend,
    LogPrune,
    FactOf,
    SetFact,
    Count
};

const char* sql_of(Query query) noexcept;

// The marks by which a file is known as ours. A file with other marks is foreign, one with a higher version
// is newer.
inline constexpr int kApplicationId = 0x41555243;  // "AURC"
inline constexpr int kSchemaVersion = 2;

// One CREATE each, in this order; the text is compared with what the file says about itself.
inline constexpr const char* kSchema[] = {
    // A rowid table: values are large, and a B-tree that carries them in its inner pages (WITHOUT ROWID)
    // would be deep
    // and slow to search. Small columns come first, so that they are read without following overflow pages.
    "CREATE TABLE entries(id INTEGER PRIMARY KEY, created INTEGER NOT NULL, stale INTEGER NOT NULL, expires "
    "INTEGER "
    "NOT NULL, version INTEGER NOT NULL, flags INTEGER NOT NULL, cost INTEGER NOT NULL, accessed INTEGER NOT "
    "NULL, "
    "tagged INTEGER NOT NULL, key BLOB NOT NULL, attrs BLOB NOT NULL, value BLOB NOT NULL)",
    "CREATE UNIQUE INDEX entries_key ON entries(key)",
    "CREATE INDEX entries_accessed ON entries(accessed)",
    "CREATE INDEX entries_expires ON entries(expires) WHERE expires > 0",
    "CREATE TABLE tags(tag BLOB NOT NULL, id INTEGER NOT NULL, PRIMARY KEY(tag, id)) WITHOUT ROWID",
    "CREATE INDEX tags_id ON tags(id)",
    // Versions of absent keys: one slot for all keys of one digest, changed by each removal in it.
    "CREATE TABLE slots(slot INTEGER PRIMARY KEY, version INTEGER NOT NULL)",
    // Since version 2: what one instance tells the others (changes.hpp).
    "CREATE TABLE changes(seq INTEGER PRIMARY KEY, writer INTEGER NOT NULL, kind INTEGER NOT NULL, at INTEGER NOT "
    "NULL, key BLOB NOT NULL)",
    "CREATE TABLE facts(fact INTEGER PRIMARY KEY, value INTEGER NOT NULL)",
};

inline constexpr size_t kTextsOfVersion1 = 7;

}  // namespace aurelis::sqlite_disk
