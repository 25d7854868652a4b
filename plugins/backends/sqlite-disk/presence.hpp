// Presence: whether anybody but this instance listens for changes of the file, told by a lock on one byte of
// path.lock that every listener shares. The kernel lets it go when a process dies, so nothing of a dead listener is
// left, and asking is one system call. Leaves to others: what is logged for listeners (changes.hpp).
#pragma once

#include <aurelis/base/result.hpp>

#include <mutex>
#include <string>

namespace aurelis::sqlite_disk {

class Presence {
public:
    Presence() = default;
    ~Presence();
    Presence(const Presence&) = delete;
    Presence& operator=(const Presence&) = delete;

    // Of the database at that path, links resolved.
    Result<void> open(const std::string& path);
    void close() noexcept;
    // Takes or lets go the place of this instance among the listeners.
    Result<void> listen(bool listens);
    // The place is still where writers look for it. It is not after path.lock was deleted: listen again.
    bool stands();
    // Another instance listens, here or in another process. True also if that cannot be found out.
    bool others_listen();

private:
    Result<void> reopen();
    bool is_current() const noexcept;
    Result<void> lock(short type) noexcept;

    std::mutex mutex_;
    std::string name_;       // Guarded by mutex_, as all below.
    int descriptor_ = -1;
    bool listens_ = false;
};

}  // namespace aurelis::sqlite_disk
