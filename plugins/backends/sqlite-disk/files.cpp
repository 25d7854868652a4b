// Files: the system calls behind the database's place on disk.
#include "files.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>
#include <utility>

namespace aurelis::plugin {

namespace {

constexpr int64_t kLockNapNs = 2'000'000;

Error cannot(const char* what, const std::string& path, int code, const char* way_out) {
    const aurelis_status status = code == ENOSPC || code == EDQUOT ? AURELIS_E_FULL : AURELIS_E_UNAVAILABLE;
    return fail(status,
                std::string("cannot ") + what + " " + path + ": " + std::strerror(code) + "; " + way_out);
}

Result<void> make_folders(const std::string& folder) {
    struct stat found {};
    if (stat(folder.c_str(), &found) == 0) {
        if (S_ISDIR(found.st_mode)) return {};
        return cannot("open", folder, ENOTDIR, "move that file away or change 'path'");
    }
    const size_t slash = folder.find_last_of('/');
    if (slash != std::string::npos && slash > 0) AURELIS_TRY_VOID(make_folders(folder.substr(0, slash)));
    if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
        return cannot("make the folder", folder, errno,
                      "make its parent writable for this user or change 'path'");
    return {};
}

std::string folder_of(const std::string& path) {
    const size_t slash = path.find_last_of('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

std::string utc_now() {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    gmtime_r(&now, &parts);
    char text[32];
    const size_t size = std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &parts);
    return std::string(text, size);
}

bool exists(const std::string& path) noexcept {
    struct stat found {};
    return lstat(path.c_str(), &found) == 0;
}

}  // namespace

std::optional<FileIdentity> identity_of(const std::string& path) noexcept {
    struct stat found {};
    if (stat(path.c_str(), &found) != 0) return std::nullopt;
    return FileIdentity{found.st_dev, found.st_ino};
}

Result<std::string> prepare_place(const std::string& path) {
    const std::string folder = folder_of(path);
    AURELIS_TRY_VOID(make_folders(folder));
    const std::string& existing = exists(path) ? path : folder;
    const std::unique_ptr<char, decltype(&std::free)> resolved(realpath(existing.c_str(), nullptr),
                                                               &std::free);
    if (resolved == nullptr)
        return cannot("open", path, errno, "make it readable for this user or change 'path'");
    if (&existing == &path) return std::string(resolved.get());
    const std::string base = resolved.get();
    const size_t slash = path.find_last_of('/');
    return (base == "/" ? base : base + "/") + (slash == std::string::npos ? path : path.substr(slash + 1));
}

Result<bool> ensure_private_file(const std::string& path) {
    constexpr const char* kWayOut = "make file and folder writable for this user or change 'path'";
    struct stat found {};
    if (stat(path.c_str(), &found) == 0) {
        if (!S_ISREG(found.st_mode))
            return fail(AURELIS_E_UNAVAILABLE, "cannot open " + path + ": not a regular file; change 'path'");
        if (access(path.c_str(), R_OK | W_OK) != 0) return cannot("open", path, errno, kWayOut);
        if (found.st_uid == geteuid() && (found.st_mode & 0077) != 0) chmod(path.c_str(), 0600);
        return false;
    }
    if (errno != ENOENT) return cannot("open", path, errno, kWayOut);
    const int descriptor = open(path.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor < 0) return cannot("open", path, errno, kWayOut);
    fchmod(descriptor, 0600);
    close(descriptor);
    return true;
}

uint64_t database_bytes(const std::string& path) noexcept {
    struct stat found {};
    return stat(path.c_str(), &found) == 0 ? static_cast<uint64_t>(found.st_size) : 0;
}

uint64_t file_bytes(const std::string& path) noexcept {
    return database_bytes(path) + database_bytes(path + "-wal");
}

Result<std::string> move_aside(const std::string& path) {
    const std::string stem = path + ".corrupt-" + utc_now();
    std::string name = stem;
    for (int n = 1; exists(name); ++n) name = stem + "-" + std::to_string(n);
    if (std::rename(path.c_str(), name.c_str()) != 0)
        return cannot("set aside", path, errno,
                      "make its folder writable for this user or move the file away");
    for (const char* suffix : {"-wal", "-shm"})
        if (exists(path + suffix) && std::rename((path + suffix).c_str(), (name + suffix).c_str()) != 0)
            return cannot("set aside", path + suffix, errno, "move the file away");
    return name;
}

Result<PlaceLock> PlaceLock::take(const std::string& path, const Patience& patience) {
    const std::string name = path + ".lock";
    const int descriptor = open(name.c_str(), O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor < 0)
        return cannot("open", name, errno, "make its folder writable for this user or change 'path'");
    PlaceLock lock(descriptor);
    int64_t waited = 0;
    while (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return cannot("lock", name, errno, "use a local file system");
        if (waited >= patience.at_most_ns || patience.over())
            return fail(AURELIS_E_TIMEOUT, path + ": another process is opening it and holds " + name +
                                               "; end it or raise 'busy_timeout'");
        const timespec span{0, kLockNapNs};
        nanosleep(&span, nullptr);
        waited += kLockNapNs;
    }
    return lock;
}

PlaceLock::PlaceLock(PlaceLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

PlaceLock::~PlaceLock() {
    if (descriptor_ >= 0) close(descriptor_);
}

}  // namespace aurelis::plugin
