// Files: folders, modes, identities and the lock of the database's place on disk, and moving a bad file out
// of the way. Leaves to others: what is in the file.
#pragma once

#include "database.hpp"

#include <sys/types.h>
#include <optional>
#include <string>

namespace aurelis::plugin {

// Which file a path means just now. A file that was deleted and made anew is another one.
struct FileIdentity {
    dev_t device = 0;
    ino_t inode = 0;
    friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
};

// Nothing if there is no such file; never opens it, since closing it would drop SQLite's locks of this
// process.
std::optional<FileIdentity> identity_of(const std::string& path) noexcept;
// Makes the missing folders above path, 0700, and answers the path with links resolved.
Result<std::string> prepare_place(const std::string& path);
// Sees to it that path is a regular file of mode 0600, making an empty one if there is none; true if it made
// one.
Result<bool> ensure_private_file(const std::string& path);
// Bytes on disk of the database alone and with its log; 0 for what is missing.
uint64_t database_bytes(const std::string& path) noexcept;
uint64_t file_bytes(const std::string& path) noexcept;
// Renames the database and its companions to path.corrupt-<UTC time>[-n] and answers the new name.
Result<std::string> move_aside(const std::string& path);

// The right to create, judge or set aside the file: one process, one thread at a time. Dies with its process.
class PlaceLock {
public:
    static Result<PlaceLock> take(const std::string& path, const Patience& patience);
    PlaceLock(PlaceLock&& other) noexcept;
    PlaceLock& operator=(PlaceLock&&) = delete;
    ~PlaceLock();

private:
    explicit PlaceLock(int descriptor) noexcept : descriptor_(descriptor) {}
    int descriptor_;
};

}  // namespace aurelis::plugin
