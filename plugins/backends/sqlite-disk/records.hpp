// Records: the rows on one leaf page of a table, read from its bytes. Knows rows of entries and of slots by their
// shape. Leaves to others: which rows to believe (salvage.hpp).
#pragma once

#include "pages.hpp"

#include <aurelis/abi.h>

#include <string>
#include <string_view>
#include <vector>

namespace aurelis::sqlite_disk {

struct EntryRecord {
    int64_t id = 0;
    aurelis_meta meta{};
    int64_t accessed = 0;
    std::string key, attrs, value;
};

struct SlotRecord {
    int64_t slot = 0;
    int64_t version = 0;
};

// The cells of a leaf page of a table. Other pages have none.
class LeafPage {
public:
    // bytes: kPageSize of them, which must outlive this.
    explicit LeafPage(const char* bytes) noexcept;

    size_t cells() const noexcept { return cells_; }
    // Whether all bytes of the page are accounted for. If not, its head is damaged, and a cell may be a deleted one.
    bool accounted() const noexcept { return accounted_; }
    // False: the cell is not of that table, or is damaged. Parts on other pages are fetched from there.
    bool read(size_t cell, Pages& pages, EntryRecord& out) const;
    bool read(size_t cell, SlotRecord& out) const;

private:
    struct Cell {
        int64_t rowid = 0;
        uint64_t payload = 0;
        size_t at = 0;     // Where the payload begins on this page,
        size_t local = 0;  // how much of it is here,
        size_t end = 0;    // and where the cell ends.
    };
    bool cell_at(size_t cell, Cell& out) const noexcept;
    bool count_up() const noexcept;
    static bool fetch(const Cell& cell, const char* bytes, Pages& pages, std::string& out);

    const char* const bytes_;
    size_t cells_ = 0;
    bool accounted_ = false;
};

}  // namespace aurelis::sqlite_disk
