// Schema: whether a file is ours, and making one that is. Leaves to others: what becomes of a file that is
// not.
#pragma once

#include "database.hpp"
#include "settings.hpp"

#include <string>

namespace aurelis::plugin {

struct Judgement {
    enum class Verdict { Ours, Older, Fresh, Foreign };
    Verdict verdict = Verdict::Foreign;
    std::string reason;  // Of Foreign: one clause.
};

// Reads only. E_CORRUPT if it is no readable database at all.
Result<Judgement> judge(Database& database);
// Makes the tables of an empty file. base: the version of all absent keys; 0 if no removal can be remembered
// elsewhere.
Result<void> create_schema(Database& database, int64_t base);
// Brings a file of an older version to ours; under the place's lock.
Result<void> migrate(Database& database);
// What every connection to one of our files is set to.
Result<void> tune(Database& database, const Settings& settings);

}  // namespace aurelis::plugin
