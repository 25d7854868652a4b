// Presence: locks of an open file description, which other descriptors of this process do not share or drop.
#include "presence.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>
#include <utility>

namespace aurelis::sqlite_disk {

namespace {

constexpr off_t kListenersByte = 1;
constexpr int kFirstFreeDescriptor = 3;  // 0 to 2 may be closed in a host and must not be used.

struct flock listeners(short type) noexcept {
    struct flock lock {};
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    lock.l_start = kListenersByte;
    lock.l_len = 1;
    return lock;
}

}  // namespace

Presence::~Presence() { close(); }

Result<void> Presence::open(const std::string& path) {
    std::scoped_lock held(mutex_);
    name_ = path + ".lock";
    return reopen();
}

void Presence::close() noexcept {
    std::scoped_lock held(mutex_);
    listens_ = false;
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

Result<void> Presence::reopen() {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
    int opened = ::open(name_.c_str(), O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (opened >= 0 && opened < kFirstFreeDescriptor) {
        const int higher = fcntl(opened, F_DUPFD_CLOEXEC, kFirstFreeDescriptor);
        ::close(opened);
        opened = higher;
    }
    if (opened < 0)
        return fail(AURELIS_E_UNAVAILABLE, "cannot open " + name_ + ": " + std::strerror(errno) +
                                               "; make its folder writable for this user or change 'path'");
    descriptor_ = opened;
    if (!listens_) return {};
    return lock(F_RDLCK);
}

// Whether the name still leads to the open file, which may have been deleted while it was open.
bool Presence::is_current() const noexcept {
    struct stat found {};
    return descriptor_ >= 0 && fstat(descriptor_, &found) == 0 && found.st_nlink != 0;
}

Result<void> Presence::lock(short type) noexcept {
    struct flock wanted = listeners(type);
    if (fcntl(descriptor_, F_OFD_SETLK, &wanted) == 0) return {};
    return fail(AURELIS_E_UNAVAILABLE,
                "cannot lock " + name_ + ": " + std::strerror(errno) + "; use a local file system");
}

Result<void> Presence::listen(bool listens) {
    std::scoped_lock held(mutex_);
    listens_ = listens;
    if (!is_current()) return reopen();
    return lock(static_cast<short>(listens ? F_RDLCK : F_UNLCK));
}

bool Presence::stands() {
    std::scoped_lock held(mutex_);
    return is_current();
}

bool Presence::others_listen() {
    std::scoped_lock held(mutex_);
    if (!is_current() && !reopen()) return true;
    struct flock found = listeners(F_WRLCK);
    return fcntl(descriptor_, F_OFD_GETLK, &found) != 0 || found.l_type != F_UNLCK;
}

}  // namespace aurelis::sqlite_disk
