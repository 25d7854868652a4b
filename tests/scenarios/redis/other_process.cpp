#include "scenarios/redis/other_process.hpp"

#include "scenarios/scenario.hpp"
#include "support/redis/deadline.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace aurelis::testing {

namespace {

constexpr const char* kItsTest = "the other process of the scenarios";
constexpr const char* kItsYaml = "AURELIS_OTHER_PROCESS_YAML";
constexpr const char* kItsLayer = "AURELIS_OTHER_PROCESS_FOLLOWS";

void say(const std::string& text) {
    printf("\n>%s\n", text.c_str());
    fflush(stdout);
}

}  // namespace

int64_t mono_ns() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(rig::Clock::now().time_since_epoch()).count();
}

OtherProcess::OtherProcess(const std::string& yaml, const std::string& follows) {
    int down[2], up[2];
    REQUIRE(pipe2(down, O_CLOEXEC) == 0);
    REQUIRE(pipe2(up, O_CLOEXEC) == 0);
    // Made before the fork: after it, only what is safe in a child of a multi-threaded process is allowed.
    std::string its_yaml = std::string(kItsYaml) + "=" + yaml;
    std::string its_layer = std::string(kItsLayer) + "=" + follows;
    std::vector<char*> environment;
    for (char** variable = environ; *variable != nullptr; ++variable) environment.push_back(*variable);
    environment.push_back(its_yaml.data());
    environment.push_back(its_layer.data());
    environment.push_back(nullptr);
    std::string its_name = "other", its_test = kItsTest;
    char* arguments[] = {its_name.data(), its_test.data(), nullptr};
    pid_ = fork();
    if (pid_ == 0) {
        if (dup2(down[0], STDIN_FILENO) >= 0 && dup2(up[1], STDOUT_FILENO) >= 0)
            execve("/proc/self/exe", arguments, environment.data());
        _exit(127);
    }
    close(down[0]);
    close(up[1]);
    to_ = fdopen(down[1], "w");
    from_ = fdopen(up[0], "r");
    REQUIRE(pid_ > 0);
    REQUIRE(answer() == "ready");
}

OtherProcess::~OtherProcess() {
    if (pid_ < 0) return;
    close_pipes();
    waitpid(pid_, nullptr, 0);
}

void OtherProcess::close_pipes() {
    fclose(to_);
    fclose(from_);
}

void OtherProcess::crash() {
    kill(pid_, SIGKILL);
    close_pipes();
    int ended = 0;
    REQUIRE(waitpid(pid_, &ended, 0) == pid_);
    REQUIRE(WIFSIGNALED(ended));
    pid_ = -1;
}

std::string OtherProcess::tell(const std::string& order) {
    fprintf(to_, "%s\n", order.c_str());
    fflush(to_);
    return answer();
}

// Catch2's own lines are skipped.
std::string OtherProcess::answer() {
    char line[256];
    while (fgets(line, sizeof line, from_) != nullptr)
        if (line[0] == '>') return std::string(line + 1, strcspn(line + 1, "\n"));
    return "(gone)";
}

}  // namespace aurelis::testing

// Not a test of its own: it runs only as OtherProcess.
TEST_CASE("the other process of the scenarios", "[.]") {
    using namespace aurelis::testing;
    const char* yaml = std::getenv(kItsYaml);
    REQUIRE(yaml != nullptr);
    Opened opened(yaml);
    REQUIRE(opened.problem == "");
    const std::string follows = std::getenv(kItsLayer);
    aurelis::rig::require_soon(
        "live events",
        [&] {
            const auto stats = opened.stats();
            for (const auto& layer : stats["layers"])
                if (layer["name"] == follows) return layer["following"]["state"] == "live";
            return false;
        },
        aurelis::rig::Milliseconds(30'000));
    say("ready");
    char line[256];
    while (fgets(line, sizeof line, stdin) != nullptr) {
        char what[32] = "", id[64] = "", value[64] = "";
        sscanf(line, "%31s %63s %63s", what, id, value);
        const std::string order = what;
        const int64_t began = mono_ns();
        if (order == "remove") opened.remove(id);
        if (order == "set") opened.set(id, value);
        if (order == "tag") opened.invalidate({.tag = id});
        if (order == "category") opened.invalidate({}, true);
        if (order == "pattern") opened.invalidate({.pattern = id});
        say(order == "get" ? opened.get(id) : std::to_string(began));
    }
}
