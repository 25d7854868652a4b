// Salvage: copies what can be read of a damaged file into the fresh one that replaces it. It goes through the pages,
// not through the trees, so a bad page costs only what is on it. Of each key only the newest row counts, and only if
// the key has not been written or removed since. Works in small pieces, between which the store serves calls. Leaves to
// others: setting the bad file aside, and when to work (keeper.hpp).
#pragma once

#include "batch.hpp"
#include "pages.hpp"
#include "records.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace aurelis::sqlite_disk {

class Salvage {
public:
    // For a file of ours. pages: its content; marks: what is known about it, if it was open; base: the version of all
    // absent keys in the fresh file.
    Salvage(std::unique_ptr<Pages> pages, std::optional<Marks> marks, int64_t base)
        : pages_(std::move(pages)), marks_(marks.value_or(Marks{})), base_(base) {}

    // Does a piece of the work, for a few milliseconds at most; false once it is finished or must not continue.
    Result<bool> step(Batch& batch, int64_t now_wall);

    // The last piece was not committed: repeats it.
    void rewind() noexcept { at_ = before_; }

    uint64_t restored() const noexcept { return at_.restored; }
    // Entries that are known to have existed but could not be read.
    uint64_t lost() const noexcept { return lost_; }
    // It ended because there was no room, or because entries were removed by condition meanwhile.
    bool cut_short() const noexcept { return cut_short_; }

private:
    enum class Phase : uint8_t { Slots, Rows, Unnoted, Done };
    struct Noted {
        int64_t slot;
        int64_t version;
    };
    struct Place {  // Of a row whose key has no noted newest version.
        int64_t digest;
        int64_t created;
        int64_t id;
        uint32_t page;
        uint16_t cell;
    };

    void take_slots(const LeafPage& leaf);
    void end_slots();
    Result<void> take_rows(Batch& batch, const LeafPage& leaf, int64_t now_wall);
    void end_rows();
    Result<void> take_unnoted(Batch& batch, int64_t now_wall);
    Result<void> restore(Batch& batch, const EntryRecord& row, int64_t now_wall);
    bool is_noted(int64_t slot, int64_t version, bool& other) const;

    const std::unique_ptr<Pages> pages_;
    Marks marks_;
    const int64_t base_;
    struct Progress {
        Phase phase = Phase::Slots;
        uint32_t page = 0;
        size_t next_unnoted = 0;
        uint64_t restored = 0;
        uint64_t seen = 0;  // How many rows of the noted versions were read.
    };
    Progress at_, before_;
    std::vector<Noted> noted_;    // The newest versions, by slot.
    std::vector<Place> unnoted_;  // By digest; the newest of each first.
    uint64_t lost_ = 0;
    bool cut_short_ = false;
};

}  // namespace aurelis::sqlite_disk
