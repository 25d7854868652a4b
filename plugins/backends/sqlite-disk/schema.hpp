// Schema: whether a file is ours, and making one that is. Leaves to others: what becomes of a file that is
// not.
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
        Outdated,  // Ours, but of no use: it may be set aside.
        Newer,     // A newer release's, which goes on using it: never touched.
        Foreign,   // Another program's: never touched.
    };
    Verdict verdict = Verdict::Foreign;
    std::string reason;  // Of the last three: one clause.
};

// Reads only, and of a foreign file no more than its head. E_CORRUPT if it is no readable database at all. is_marked:
// it is the very file that was ours before (files.hpp).
Result<Judgement> judge(Database& database, bool is_marked);
// The same by the first page alone, for a file that cannot be read: Outdated if it is ours.
Judgement judge_remains(const Database& database, bool is_marked);
// Makes the tables of an empty file. base: the version of all absent keys; 0 if no removal can be remembered
// elsewhere.
Result<void> create_schema(Database& database, int64_t base);
// Brings a file of an older version to ours; under the place's lock.
Result<void> migrate(Database& database);
// What every connection to one of our files is set to.
Result<void> tune(Database& database, const Settings& settings);

}  // namespace aurelis::sqlite_disk
