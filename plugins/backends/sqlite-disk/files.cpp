// Files: the system calls behind the database's place on disk.
#include "files.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <string_view>

namespace aurelis::sqlite_disk {

namespace {

constexpr int64_t kLockNapNs = 2'000'000;

Error cannot(const char* what, const std::string& path, int code, const char* way_out) {
    const aurelis_status status = code == ENOSPC || code == EDQUOT ? AURELIS_E_FULL : AURELIS_E_UNAVAILABLE;
    return fail(status,
                std::string("cannot ") + what + " " + path + ": " + std::strerror(code) + "; " + way_out);
}

std::string utc_now() {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    gmtime_r(&now, &parts);
    char text[32];
    const size_t size = std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &parts);
    return std::string(text, size);
}

constexpr const char* kCompanions[] = {"-wal", "-shm", "-journal"};

bool look(const TrustedPlace& place, const std::string& name, struct stat& found) noexcept {
    return fstatat(place.folder.number(), name.c_str(), &found, AT_SYMLINK_NOFOLLOW) == 0;
}

bool exists(const TrustedPlace& place, const std::string& name) noexcept {
    struct stat found {};
    return look(place, name, found);
}

// The file of that name must not belong to another user, nor to root if others can write it. A file of this user that
// others can access is made private once it is known to be ours.
void judge(const TrustedPlace& place, const char* suffix, trusted_path::Faults& faults) {
    const Descriptor file(
        openat(place.folder.number(), (place.name + suffix).c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    struct stat found {};
    if (!file || fstat(file.number(), &found) != 0) return;
    if (S_ISLNK(found.st_mode)) return faults.judge_link(found, place.path + suffix);
    if (found.st_uid != geteuid()) faults.judge(file.number(), found, place.path + suffix, false);
}

Error refuse(const TrustedPlace& place, const trusted_path::Faults& faults) {
    return fail(AURELIS_E_CONFIG, "'path': " + faults.sentence(place.name));
}

// "inode born", or nothing if there is no regular file. The time of birth distinguishes a file that has reused the
// inode number of a deleted one; 0 where the file system does not keep it.
std::string mark_of(const TrustedPlace& place) noexcept {
    struct statx found {};
    if (statx(place.folder.number(), place.name.c_str(), AT_SYMLINK_NOFOLLOW, STATX_INO | STATX_TYPE | STATX_BTIME,
              &found) != 0 ||
        !S_ISREG(found.stx_mode))
        return {};
    const bool has_birth = (found.stx_mask & STATX_BTIME) != 0;
    char text[128];
    const int size = std::snprintf(text, sizeof text, "aurelis sqlite-disk 1 inode %llu born %lld.%09u\n",
                                   static_cast<unsigned long long>(found.stx_ino),
                                   has_birth ? static_cast<long long>(found.stx_btime.tv_sec) : 0LL,
                                   has_birth ? found.stx_btime.tv_nsec : 0U);
    return std::string(text, static_cast<size_t>(size));
}

constexpr std::string_view kMark = "aurelis sqlite-disk ";

}  // namespace

std::optional<FileIdentity> identity_of(const std::string& path) noexcept {
    struct stat found {};
    if (lstat(path.c_str(), &found) != 0) return std::nullopt;
    return FileIdentity{found.st_dev, found.st_ino};
}

Result<TrustedPlace> prepare_place(const std::string& path) {
    int code = 0;
    auto place = trusted_place(path, {.make_folders = true, .own_folder = true}, &code);
    if (place) return place;
    const std::string& why = place.error().message;
    if (code == 0) return fail(AURELIS_E_CONFIG, "'path': " + why);
    return fail(place.error().status,
                why + (code == ENOTDIR ? "; move that file away or change 'path'"
                                       : "; make the folders above it usable for this user or change 'path'"));
}

Result<bool> ensure_private_file(const TrustedPlace& place) {
    constexpr const char* kWayOut = "make file and folder writable for this user or change 'path'";
    trusted_path::Faults faults;
    judge(place, "", faults);
    for (const char* suffix : kCompanions) judge(place, suffix, faults);
    if (!faults.none()) return refuse(place, faults);
    struct stat found {};
    if (look(place, place.name, found)) {
        if (!S_ISREG(found.st_mode))
            return fail(AURELIS_E_CONFIG,
                        "'path': " + place.path + " is not a regular file; change 'path' or move that away");
        if (faccessat(place.folder.number(), place.name.c_str(), R_OK | W_OK, AT_EACCESS) != 0)
            return cannot("open", place.path, errno, kWayOut);
        return false;
    }
    if (errno != ENOENT) return cannot("open", place.path, errno, kWayOut);
    const Descriptor made(
        openat(place.folder.number(), place.name.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!made) return cannot("open", place.path, errno, kWayOut);
    fchmod(made.number(), 0600);
    return true;
}

void make_private(const TrustedPlace& place) noexcept {
    for (const char* suffix : {"", "-wal", "-shm", "-journal", ".lock"}) {
        const Descriptor file(
            openat(place.folder.number(), (place.name + suffix).c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
        struct stat found {};
        if (!file || fstat(file.number(), &found) != 0 || !S_ISREG(found.st_mode)) continue;
        // Exactly this file, whatever its name leads to by now.
        const std::string opened = "/proc/self/fd/" + std::to_string(file.number());
        if (found.st_uid == geteuid() && (found.st_mode & 0077) != 0)
            static_cast<void>(chmod(opened.c_str(), 0600) == 0);
    }
}

uint64_t database_bytes(const std::string& path) noexcept {
    struct stat found {};
    return lstat(path.c_str(), &found) == 0 && S_ISREG(found.st_mode) ? static_cast<uint64_t>(found.st_size) : 0;
}

uint64_t file_bytes(const std::string& path) noexcept {
    return database_bytes(path) + database_bytes(path + "-wal");
}

bool is_empty_file(const TrustedPlace& place) noexcept {
    struct stat found {};
    return look(place, place.name, found) && S_ISREG(found.st_mode) && found.st_size == 0;
}

bool has_companions(const TrustedPlace& place) noexcept {
    for (const char* suffix : kCompanions)
        if (exists(place, place.name + suffix)) return true;
    return false;
}

bool has_filled_companions(const TrustedPlace& place) noexcept {
    struct stat found {};
    for (const char* suffix : {"-wal", "-journal"})
        if (look(place, place.name + suffix, found) && found.st_size != 0) return true;
    return false;
}

void drop_companions(const TrustedPlace& place) noexcept {
    for (const char* suffix : kCompanions) unlinkat(place.folder.number(), (place.name + suffix).c_str(), 0);
}

void drop_file(const TrustedPlace& place) noexcept { unlinkat(place.folder.number(), place.name.c_str(), 0); }

Result<std::string> move_aside(const TrustedPlace& place) {
    const std::string stem = place.name + ".corrupt-" + utc_now();
    std::string name = stem;
    for (int n = 1; exists(place, name); ++n) name = stem + "-" + std::to_string(n);
    const int folder = place.folder.number();
    if (renameat(folder, place.name.c_str(), folder, name.c_str()) != 0)
        return cannot("set aside", place.path, errno,
                      "make its folder writable for this user or move the file away");
    for (const char* suffix : kCompanions)
        if (exists(place, place.name + suffix) &&
            renameat(folder, (place.name + suffix).c_str(), folder, (name + suffix).c_str()) != 0)
            return cannot("set aside", place.path + suffix, errno, "move the file away");
    return place.path.substr(0, place.path.size() - place.name.size()) + name;
}

Result<PlaceLock> PlaceLock::take(const TrustedPlace& place, const Patience& patience) {
    const std::string name = place.path + ".lock";
    const std::string inside = place.name + ".lock";
    constexpr int kFlags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
    trusted_path::Faults faults;
    judge(place, ".lock", faults);
    if (!faults.none()) return refuse(place, faults);
    Descriptor file(openat(place.folder.number(), inside.c_str(), kFlags | O_CREAT | O_EXCL, 0600));
    const bool made = static_cast<bool>(file);
    if (!made && errno == EEXIST) file = Descriptor(openat(place.folder.number(), inside.c_str(), kFlags));
    if (!file)
        return cannot("open", name, errno, "make its folder writable for this user or change 'path'");
    PlaceLock lock(std::move(file), made);
    int64_t waited = 0;
    while (flock(lock.file_.number(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return cannot("lock", name, errno, "use a local file system");
        if (waited >= patience.at_most_ns || patience.over())
            return fail(AURELIS_E_TIMEOUT, place.path + ": another process is opening it and holds " + name +
                                               "; end it or raise 'busy_timeout'");
        const timespec span{0, kLockNapNs};
        nanosleep(&span, nullptr);
        waited += kLockNapNs;
    }
    struct stat found {};
    if (fstat(lock.file_.number(), &found) != 0 || !S_ISREG(found.st_mode) || (found.st_size != 0 && !lock.has_mark()))
        return fail(AURELIS_E_CONFIG,
                    "'path': " + name + " is another program's file; change 'path' or move that file away");
    return lock;
}

std::string PlaceLock::text() const noexcept {
    char text[128];
    const ssize_t size = pread(file_.number(), text, sizeof text, 0);
    return std::string(text, size > 0 ? static_cast<size_t>(size) : 0);
}

void PlaceLock::mark(const TrustedPlace& place) const noexcept {
    const std::string mark = mark_of(place);
    if (mark.empty() || mark == text()) return;
    // Without the mark, only a file whose head is lost cannot be recognized.
    if (pwrite(file_.number(), mark.data(), mark.size(), 0) == static_cast<ssize_t>(mark.size()))
        static_cast<void>(ftruncate(file_.number(), static_cast<off_t>(mark.size())) == 0);
}

bool PlaceLock::marks(const TrustedPlace& place) const noexcept {
    const std::string mark = mark_of(place);
    return !mark.empty() && mark == text();
}

bool PlaceLock::has_mark() const noexcept { return text().starts_with(kMark); }

void PlaceLock::leave_no_trace(const TrustedPlace& place) const noexcept {
    if (made_) unlinkat(place.folder.number(), (place.name + ".lock").c_str(), 0);
}

}  // namespace aurelis::sqlite_disk
