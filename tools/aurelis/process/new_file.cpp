// The system calls.
#include "process/new_file.hpp"

#include "output/text.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

namespace aurelis::cli {
namespace {

Error exists(const std::string& path) {
    return fail(AURELIS_E_INVALID, printable(path) + " exists; give --force to replace it, or another name");
}

Error cannot_write(const std::string& path, int code) {
    return fail(AURELIS_E_FAILED, "cannot write " + printable(path) + ": " + std::strerror(code) +
                                      "; give another place, or make this one writable");
}

// 0, or the error's number.
int write_all(int file, std::string_view content) {
    while (!content.empty()) {
        const ssize_t written = ::write(file, content.data(), content.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return errno;
        content.remove_prefix(static_cast<size_t>(written));
    }
    return ::fsync(file) == 0 ? 0 : errno;
}

// Gives the file its name. link() fails if the name is taken, even if that happened after the check; where the file
// system has no links, rename() has to do.
int publish(const std::string& from, const std::string& to, bool replace) {
    if (!replace && ::link(from.c_str(), to.c_str()) == 0) return ::unlink(from.c_str()), 0;
    if (!replace && errno != EPERM && errno != ENOTSUP && errno != ENOSYS) return errno;
    return ::rename(from.c_str(), to.c_str()) == 0 ? 0 : errno;
}

}  // namespace

Result<void> check_new_file(const std::string& path, bool replace) {
    struct stat found {};
    const std::filesystem::path folder = std::filesystem::path(path).parent_path();
    if (!folder.empty() && (::stat(folder.c_str(), &found) != 0 || !S_ISDIR(found.st_mode)))
        return fail(AURELIS_E_INVALID, "the folder " + printable(folder.string()) + " does not exist; make it first");
    if (::lstat(path.c_str(), &found) != 0) return {};
    if (!S_ISREG(found.st_mode))
        return fail(AURELIS_E_INVALID, printable(path) + " is not a regular file; give another name");
    return replace ? Result<void>() : exists(path);
}

Result<void> write_new_file(const std::string& path, std::string_view content, bool replace) {
    const std::string beside = path + ".new-" + std::to_string(::getpid());
    const int file = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (file < 0) return cannot_write(path, errno);
    int code = write_all(file, content);
    if (::close(file) != 0 && code == 0) code = errno;
    if (code == 0) code = publish(beside, path, replace);
    if (code == 0) return {};
    ::unlink(beside.c_str());
    return code == EEXIST ? exists(path) : cannot_write(path, code);
}

}  // namespace aurelis::cli
