// Reserve: a file beside the database that is given back to a full disk, so that an entry can still be removed there
// when its new value found no room. Leaves to others: when to use it.
#pragma once

#include <cstdint>
#include <string>

namespace aurelis::sqlite_disk {

// Sees to it that there is one, if the disk has room for it; false if there is none.
bool keep_reserve(const std::string& path, uint64_t bytes) noexcept;
void release_reserve(const std::string& path) noexcept;

}  // namespace aurelis::sqlite_disk
