// WalIndex: reaching the memory through SQLite itself. Closing a separate descriptor of that file would drop the locks
// of this process.
#include "wal_index.hpp"

#include <sqlite3.h>

namespace aurelis::sqlite_disk {

namespace {
constexpr int kRegionBytes = 32 * 1024;
}

WalIndex::WalIndex(Database& database) noexcept {
    sqlite3_file* file = nullptr;
    if (sqlite3_file_control(database.raw(), "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK) return;
    if (file == nullptr || file->pMethods == nullptr || file->pMethods->iVersion < 2) return;
    void volatile* region = nullptr;
    if (file->pMethods->xShmMap(file, 0, kRegionBytes, 0, &region) != SQLITE_OK) return;
    shared_ = static_cast<const volatile uint32_t*>(region);
}

bool WalIndex::has_changed() noexcept {
    if (shared_ == nullptr) return true;
    Header now;
    for (size_t i = 0; i < now.size(); ++i) now[i] = shared_[i];
    if (known_ && now == last_) return false;
    last_ = now;
    known_ = true;
    return true;
}

}  // namespace aurelis::sqlite_disk
