// OtherProcess: this test program again, as a process of its own with a cache of its own, which carries out commands.
// For what only processes can do to each other: remote removals, and a crash.
#pragma once

#include <sys/types.h>

#include <cstdio>
#include <string>

namespace aurelis::testing {

class OtherProcess {
public:
    // Returns when its cache over that YAML is open and is told what others do to that layer.
    explicit OtherProcess(const std::string& yaml, const std::string& follows = "L2_redis");
    ~OtherProcess();  // Closes the cache and waits for the end, unless it has crashed.
    OtherProcess(const OtherProcess&) = delete;
    OtherProcess& operator=(const OtherProcess&) = delete;

    // Returns when the set began, on the clock of mono_ns().
    int64_t set(const std::string& id, const std::string& value) { return std::stoll(tell("set " + id + " " + value)); }
    int64_t remove(const std::string& id) { return std::stoll(tell("remove " + id)); }
    // The value; "-" for a miss.
    std::string get(const std::string& id) { return tell("get " + id); }
    // "category -" (that of the entries), "tag NAME" or "pattern GLOB".
    void invalidate(const std::string& what) { tell(what); }
    // Kills it at once: nothing is closed, nothing is flushed.
    void crash();

private:
    std::string tell(const std::string& order);
    std::string answer();
    void close_pipes();

    pid_t pid_ = -1;
    FILE* to_ = nullptr;
    FILE* from_ = nullptr;
};

int64_t mono_ns();

}  // namespace aurelis::testing
