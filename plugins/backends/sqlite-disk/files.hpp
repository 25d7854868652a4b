// Files: folders, modes, identities and the lock of the database's place on disk, and moving a bad file out
// of the way. Everything that creates, renames or deletes goes through the descriptor of a folder that only root and
// this user can change. Leaves to others: what is in the file.
#pragma once

#include "database.hpp"

#include <aurelis/base/trusted_path.hpp>

#include <sys/types.h>
#include <optional>
#include <string>

namespace aurelis::sqlite_disk {

// Which file a path leads to now. A file that was deleted and created again is a different one.
struct FileIdentity {
    dev_t device = 0;
    ino_t inode = 0;
    friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
};

// Nothing if there is no such file; never opens it for reading, since closing it would drop the locks that SQLite holds
// in this process. Does not follow a link.
std::optional<FileIdentity> identity_of(const std::string& path) noexcept;
// Makes the missing folders above path, 0700, and opens the folder that it leads to, links followed. Refused as a
// configuration error: what others could change.
Result<TrustedPlace> prepare_place(const std::string& path);
// Ensures that there is a regular file, creating an empty one, 0600, if there is none; true if it created one. Refused:
// another user's file or companions.
Result<bool> ensure_private_file(const TrustedPlace& place);
// Gives the file, its companions and the lock the mode 0600.
void make_private(const TrustedPlace& place) noexcept;
// Bytes on disk of the database alone and with its log; a missing file counts as 0.
uint64_t database_bytes(const std::string& path) noexcept;
uint64_t file_bytes(const std::string& path) noexcept;
bool is_empty_file(const TrustedPlace& place) noexcept;
// Log, index and rollback journal beside the file; if they are not empty, their content may exist nowhere else.
bool has_companions(const TrustedPlace& place) noexcept;
bool has_filled_companions(const TrustedPlace& place) noexcept;
void drop_companions(const TrustedPlace& place) noexcept;
void drop_file(const TrustedPlace& place) noexcept;
// Renames the database and its companions to path.corrupt-<UTC time>[-n] and returns the new name.
Result<std::string> move_aside(const TrustedPlace& place);

// The right to create, judge or set aside the file: one process, one thread at a time. Ends with its process. The lock
// file also records which file here is ours, so that it is recognized when nothing in it can be read.
class PlaceLock {
public:
    static Result<PlaceLock> take(const TrustedPlace& place, const Patience& patience);
    PlaceLock(PlaceLock&&) noexcept = default;
    PlaceLock& operator=(PlaceLock&&) = delete;

    // Records the file that is in the place now as ours.
    void mark(const TrustedPlace& place) const noexcept;
    // Is it the one that was marked?
    bool marks(const TrustedPlace& place) const noexcept;
    // Was there ever a file of ours?
    bool has_mark() const noexcept;
    // Deletes the lock file if it was created just now: the place belongs to another program.
    void leave_no_trace(const TrustedPlace& place) const noexcept;

private:
    PlaceLock(Descriptor file, bool made) noexcept : file_(std::move(file)), made_(made) {}
    std::string text() const noexcept;
    Descriptor file_;
    bool made_;
};

}  // namespace aurelis::sqlite_disk
