// Descriptors of the library: a host without standard input, output and error never finds one of the library's there,
// and none of them is inherited by the programs that it starts.
#include "scenario.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <string>

using namespace aurelis;
using namespace aurelis::testing;

namespace {

namespace fs = std::filesystem;

// Runs the steps in a process of its own; the number of the first one that failed, 0 if none did.
template <typename Steps>
int failed_step(Steps steps) {
    const pid_t child = fork();
    if (child == 0) _exit(steps());
    int status = -1;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

// Which files are open, by number.
std::map<int, std::string> open_files() {
    std::map<int, std::string> all;
    for (const auto& entry : fs::directory_iterator("/proc/self/fd")) {
        std::error_code gone;
        const std::string target = fs::read_symlink(entry.path(), gone).string();
        if (!gone && target.find("/fd") == std::string::npos) all[std::stoi(entry.path().filename().string())] = target;
    }
    return all;
}

}  // namespace

TEST_CASE("a host without 0, 1 and 2 finds none of the library's files there, and its programs inherit none") {
    Folder folder;
    const std::string yaml = two_layers(folder / "deep/c.db");
    for (int closed = 0; closed < 8; ++closed) {
        INFO(closed);
        CHECK(failed_step([&] {
            for (int fd = 0; fd < 3; ++fd)
                if ((closed >> fd & 1) != 0) close(fd);
            const auto before = open_files();
            Opened opened(yaml);
            if (opened.status != AURELIS_OK) return 1;
            if (opened.set("a", "1") != AURELIS_OK || opened.get("a") != "1" || opened.remove("a") != AURELIS_OK)
                return 2;
            size_t made = 0;
            for (const auto& [fd, target] : open_files()) {
                if (const auto known = before.find(fd); known != before.end() && known->second == target) continue;
                // SQLite fills such a descriptor with the null device and uses higher ones.
                if (fd < 3 && target != "/dev/null") return 3;
                if (fd < 3) continue;
                if ((fcntl(fd, F_GETFD) & FD_CLOEXEC) == 0) return 4;
                ++made;
            }
            return made == 0 ? 5 : 0;
        }) == 0);
    }
}
