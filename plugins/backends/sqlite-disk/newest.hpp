// Newest: which version of each key was written last, kept in the table of slots, apart from the rows and their
// indices. A row is believed only if it is the version that stands there, so one bad page is not enough to bring an
// older row back or to hide a row from the write that replaces it. Leaves to others: reading and writing the slots,
// and mending what does not agree (repair.hpp).
#pragma once

#include "database.hpp"

#include <cstdint>
#include <string_view>

namespace aurelis::sqlite_disk {

// Slots that mean something else than the absence of keys.
inline constexpr int64_t kBaseSlot = -1;     // The version of all absent keys that have no slot.
inline constexpr int64_t kSeedSlot = -2;     // Makes the places of keys unforeseeable.
inline constexpr int64_t kCoveredSlot = -3;  // Every row of the file has its newest version noted.
inline constexpr int64_t kSalvageSlot = -4;  // Rows of a damaged file are still to come; gone when they must not.
inline constexpr int64_t kNewestSlots = int64_t{1} << 62;  // From here on: the newest versions, by digest of the key.

// What a connection must know of its file to judge rows. Constant for the life of a file, but for covered, which can
// become true.
struct Marks {
    uint64_t seed = 0;  // 0: the file keeps no newest versions.
    bool covered = false;

    // Where the key's newest version stands.
    int64_t slot_of(std::string_view key) const noexcept;
    // Is a row of that version the newest? known: what stands in the slot, if noted.
    bool believes(int64_t version, bool noted, int64_t known) const noexcept {
        if (seed == 0) return true;
        return noted ? known == version : !covered;
    }
};

// Of an open file of ours. A file of an earlier release gets a seed; without room for it, it goes without.
Result<Marks> read_marks(Database& database);
// SQL that marks a file without rows as covered.
std::string cover_sql(uint64_t seed);
// E_CORRUPT: an index and the rows do not agree.
Error disagreement(const Database& database, const char* what);

}  // namespace aurelis::sqlite_disk
