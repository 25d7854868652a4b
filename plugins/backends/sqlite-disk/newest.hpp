// Newest: which version of each key was written last, kept in the table of slots, apart from the rows and their
// indices. A row is believed only if it has the version in its slot, so one bad page is not enough to bring an older
// row back or to hide a row from the write that replaces it. Leaves to others: reading and writing the slots, and
// repairing inconsistencies (repair.hpp).
#pragma once

#include "database.hpp"

#include <cstdint>
#include <string_view>

namespace aurelis::sqlite_disk {

// Slots that mean something other than the absence of keys.
inline constexpr int64_t kBaseSlot = -1;     // The version of all absent keys that have no slot.
inline constexpr int64_t kSeedSlot = -2;     // Makes the slots of keys unpredictable.
inline constexpr int64_t kCoveredSlot = -3;  // The newest version of every row of the file is recorded.
inline constexpr int64_t kSalvageSlot =
    -4;  // Rows of a damaged file may still be restored; deleted when they must not.
inline constexpr int64_t kNewestSlots = int64_t{1} << 62;  // From here on: the newest versions, by digest of the key.

// What a connection must know about its file to judge rows. Constant for the life of a file, except covered, which can
// become true.
struct Marks {
    uint64_t seed = 0;  // 0: the file keeps no newest versions.
    bool covered = false;

    // The slot of the key's newest version.
    int64_t slot_of(std::string_view key) const noexcept;
    // Is a row of that version the newest? known: the version in the slot, if noted.
    bool believes(int64_t version, bool noted, int64_t known) const noexcept {
        if (seed == 0) return true;
        return noted ? known == version : !covered;
    }
};

// For an open file of ours. A file of an earlier release gets a seed if there is room for it.
Result<Marks> read_marks(Database& database);
// SQL that marks a file without rows as covered.
std::string cover_sql(uint64_t seed);
// E_CORRUPT: an index and the rows do not agree.
Error disagreement(const Database& database, const char* what);

}  // namespace aurelis::sqlite_disk
