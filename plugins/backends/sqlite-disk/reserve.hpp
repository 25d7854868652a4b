// Reserve: a file beside the database that is deleted when the disk is full, so that an entry can still be removed when
// its new value does not fit. Leaves to others: when to use it.
#pragma once

#include <cstdint>
#include <string>

namespace aurelis::sqlite_disk {

// Ensures that there is one, if the disk has room for it; false if there is none.
bool keep_reserve(const std::string& path, uint64_t bytes) noexcept;
void release_reserve(const std::string& path) noexcept;

}  // namespace aurelis::sqlite_disk
