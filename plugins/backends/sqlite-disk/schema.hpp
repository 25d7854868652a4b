// Schema: whether a file is ours, and creating one. Leaves to others: what happens to a file that is not ours.
#pragma once

#include "database.hpp"
#include "settings.hpp"

#include <string>

namespace aurelis::sqlite_disk {

struct Judgement {
    enum class Verdict {
        Ours,
        Older,  // Ours, of an earlier release: it can be brought up to date.
        Fresh,
        Outdated,  // Ours, but unusable: it may be set aside.
        Newer,     // A newer release's, which still uses it: never changed.
        Foreign,   // Another program's: never changed.
    };
    Verdict verdict = Verdict::Foreign;
    std::string reason;  // For the last three: one clause.
};

// Only reads, and only the head of a foreign file. E_CORRUPT if it is not a readable database at all. is_marked: it is
// the file that was recorded as ours before (files.hpp).
Result<Judgement> judge(Database& database, bool is_marked);
// The same from the first page alone, for a file that cannot be read: Outdated if it is ours.
Judgement judge_remains(const Database& database, bool is_marked);
// Makes the tables of an empty file. base: the version of all absent keys; 0 if no removal can be remembered
// elsewhere.
Result<void> create_schema(Database& database, int64_t base);
// Migrates a file of an older version to ours; under the place's lock.
Result<void> migrate(Database& database);
// Applies the settings that every connection to one of our files has.
Result<void> tune(Database& database, const Settings& settings);

}  // namespace aurelis::sqlite_disk
