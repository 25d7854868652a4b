// Presence: whether any other instance listens for changes of the file, known by a lock on one byte of path.lock that
// all listeners share. The kernel releases it when a process dies, so dead listeners leave nothing behind, and asking
// is one system call. Leaves to others: what is logged for listeners (changes.hpp).
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

    // For the database at that path, links resolved.
    Result<void> open(const std::string& path);
    void close() noexcept;
    // Registers or unregisters this instance as a listener.
    Result<void> listen(bool listens);
    // Whether writers can still see the registration. They cannot after path.lock was deleted: listen again.
    bool stands();
    // Another instance listens, here or in another process. Also true if that cannot be determined.
    bool others_listen();

private:
    Result<void> reopen();
    bool is_current() const noexcept;
    Result<void> lock(short type) noexcept;

    std::mutex mutex_;
    std::string name_;       // Guarded by mutex_, like everything below.
    int descriptor_ = -1;
    bool listens_ = false;
};

}  // namespace aurelis::sqlite_disk
