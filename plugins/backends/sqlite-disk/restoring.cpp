// Batch: restoring rows of a damaged file unchanged.
#include "batch.hpp"
#include "records.hpp"

#include <aurelis/base/bytes.hpp>

namespace aurelis::sqlite_disk {

namespace {

bool has_tags(const std::string& attrs) noexcept {
    for (aurelis_attr item{}; aurelis_attr_next(bytes(attrs), &item) != 0;)
        if (item.kind == AURELIS_ATTR_TAG) return true;
    return false;
}

}  // namespace

Result<Batch::Restored> Batch::restore(const EntryRecord& row, int64_t base) {
    AURELIS_TRY(old, find(row.key, row.meta.created_wall));
    if (old.id != 0 || old.version != base) return Restored::Superseded;
    const uint64_t bytes_here = 2 * row.key.size() + row.attrs.size() + row.value.size();
    if (bytes_here > settings_.entry_bytes()) return Restored::Superseded;
    const auto pages = static_cast<int64_t>(bytes_here / kPageSize) + 2;
    const bool many = settings_.max_entries != 0 && entries_ >= static_cast<int64_t>(settings_.max_entries);
    if (many || used_pages_ + pages > static_cast<int64_t>(settings_.page_bytes() / kPageSize)) {
        AURELIS_TRY_VOID(measure());  // The estimate may have been too high.
        if (many || used_pages_ + pages > static_cast<int64_t>(settings_.page_bytes() / kPageSize))
            return Restored::NoRoom;
    }
    used_pages_ += pages;
    const auto version = static_cast<int64_t>(row.meta.version);
    const bool tagged = has_tags(row.attrs);
    {
        Run run(database_, Query::Insert);
        run.bind(1, row.meta.created_wall).bind(2, row.meta.stale_wall).bind(3, row.meta.expires_wall);
        run.bind(4, version).bind(5, int64_t{row.meta.flags}).bind(6, int64_t{row.meta.cost});
        run.bind(7, row.accessed).bind(8, int64_t{tagged});
        run.bind(9, std::string_view(row.key)).bind(10, std::string_view(row.attrs));
        AURELIS_TRY_VOID(run.bind(11, std::string_view(row.value)).finish());
    }
    const int64_t id = database_.last_id();
    ++own_entries_;
    ++entries_;
    AURELIS_TRY_VOID(note_newest(row.key, version));
    if (!tagged) return Restored::Taken;
    aurelis_write write{};
    write.attrs = bytes(row.attrs);
    AURELIS_TRY_VOID(write_tags(id, write));
    return Restored::Taken;
}

Result<bool> Batch::salvage_goes_on() { return Run(database_, Query::Newest).bind(1, kSalvageSlot).step(); }

Result<void> Batch::begin_salvage() {
    return Run(database_, Query::SetSlot).bind(1, kSalvageSlot).bind(2, new_version()).finish();
}

Result<void> Batch::end_salvage() { return Run(database_, Query::DropSlot).bind(1, kSalvageSlot).finish(); }

}  // namespace aurelis::sqlite_disk
