// The folder in which `run` keeps its data.
#include "run/data_folder.hpp"

#include <aurelis/base/trusted_path.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace aurelis::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMarker = ".aurelis-run";

Error cannot(const std::string& path, const char* what, const std::string& why) {
    return fail(AURELIS_E_FAILED, path + ": the data folder cannot be " + what + ": " + why +
                                      "; free it, or choose another one with --data");
}

// Whether there are foreign files in it, and no run has ever marked it as its own.
Result<bool> is_foreign(const fs::path& path) {
    std::error_code problem;
    const bool empty = fs::is_empty(path, problem);
    if (problem) return cannot(path, "read", problem.message());
    return !empty && !fs::is_regular_file(fs::symlink_status(path / kMarker, problem));
}

Result<int> lock_marker(const TrustedPlace& place, const fs::path& path) {
    const int marker =
        above_standard(openat(place.folder.number(), kMarker, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (marker < 0) return cannot(path, "written", std::strerror(errno));
    if (flock(marker, LOCK_EX | LOCK_NB) == 0) return marker;
    const int why = errno;
    close(marker);
    return cannot(path, "used", why == EWOULDBLOCK ? "another run uses it" : std::strerror(why));
}

Result<void> empty_folder(const fs::path& path) {
    std::error_code problem;
    for (fs::directory_iterator item(path, problem), end; !problem && item != end; item.increment(problem)) {
        if (item->path().filename() == kMarker) continue;
        std::error_code failed;
        fs::remove_all(item->path(), failed);
        if (failed) return cannot(item->path(), "emptied", failed.message());
    }
    if (problem) return cannot(path, "emptied", problem.message());
    return {};
}

}  // namespace

Result<DataFolder> DataFolder::claim(const std::string& path, bool keep) {
    std::error_code problem;
    fs::path folder = fs::absolute(path, problem).lexically_normal();
    if (problem) return cannot(path, "found", problem.message());
    if (!folder.has_filename()) folder = folder.parent_path();
    // What is emptied later must be what was checked: nobody else may be able to change where the path leads.
    int code = 0;
    auto place = trusted_place(folder / kMarker, {.make_folders = true, .own_folder = true}, &code);
    if (!place && code == 0)
        return fail(AURELIS_E_INVALID, folder.string() + ": not usable as the data folder: " + place.error().message);
    if (!place) return cannot(folder, "made", std::strerror(code));
    folder = fs::path(place.value().path).parent_path();
    AURELIS_TRY(foreign, is_foreign(folder));
    if (foreign)  // Even with keep: once marked, a later run would empty it.
        return fail(AURELIS_E_INVALID, folder.string() +
                                           ": the data folder has files that no run has made; choose "
                                           "another or an empty one with --data");
    AURELIS_TRY(lock, lock_marker(place.value(), folder));
    DataFolder claimed(folder, lock);
    if (!keep) AURELIS_TRY_VOID(empty_folder(folder));
    return claimed;
}

Result<std::string> DataFolder::default_path() {
    const char* cache = std::getenv("XDG_CACHE_HOME");
    if (cache != nullptr && *cache == '/') return std::string(cache) + "/aurelis/run";
    const char* home = std::getenv("HOME");
    if (home != nullptr && *home == '/') return std::string(home) + "/.cache/aurelis/run";
    return fail(AURELIS_E_INVALID,
                "the data has no folder, since neither XDG_CACHE_HOME nor HOME is set; choose one with --data");
}

DataFolder::~DataFolder() {
    if (lock_ >= 0) close(lock_);
}

}  // namespace aurelis::cli
