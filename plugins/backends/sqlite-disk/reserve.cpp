// Reserve: allocated blocks, not a hole.
#include "reserve.hpp"

#include <aurelis/base/descriptor.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string_view>

namespace aurelis::sqlite_disk {

namespace {

constexpr std::string_view kMark = "aurelis sqlite-disk reserve 1\n";

std::string name_of(const std::string& path) { return path + ".reserve"; }

// Any other file of that name belongs to someone else and stays.
bool is_ours(const std::string& name) noexcept {
    const int descriptor = above_standard(open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (descriptor < 0) return false;
    char head[64];
    const ssize_t size = pread(descriptor, head, kMark.size(), 0);
    close(descriptor);
    return size == static_cast<ssize_t>(kMark.size()) && std::string_view(head, kMark.size()) == kMark;
}

}  // namespace

bool keep_reserve(const std::string& path, uint64_t bytes) noexcept {
    const std::string name = name_of(path);
    struct stat found {};
    if (lstat(name.c_str(), &found) == 0) return is_ours(name);
    const int descriptor =
        above_standard(open(name.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (descriptor < 0) return false;
    const bool whole = posix_fallocate(descriptor, 0, static_cast<off_t>(bytes)) == 0 &&
                       pwrite(descriptor, kMark.data(), kMark.size(), 0) == static_cast<ssize_t>(kMark.size());
    close(descriptor);
    if (!whole) unlink(name.c_str());
    return whole;
}

void release_reserve(const std::string& path) noexcept {
    const std::string name = name_of(path);
    if (is_ours(name)) unlink(name.c_str());
}

}  // namespace aurelis::sqlite_disk
