// Reserve: blocks that are really there, not a hole.
#include "reserve.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace aurelis::plugin {

namespace {

std::string name_of(const std::string& path) { return path + ".reserve"; }

}  // namespace

bool keep_reserve(const std::string& path, uint64_t bytes) noexcept {
    const std::string name = name_of(path);
    struct stat found {};
    if (lstat(name.c_str(), &found) == 0) return true;
    const int descriptor = open(name.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor < 0) return false;
    const bool whole = posix_fallocate(descriptor, 0, static_cast<off_t>(bytes)) == 0;
    close(descriptor);
    if (!whole) unlink(name.c_str());
    return whole;
}

void release_reserve(const std::string& path) noexcept { unlink(name_of(path).c_str()); }

}  // namespace aurelis::plugin
