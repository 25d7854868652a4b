// A get that hits L1 through the C host API: no allocation, no copy of the value, no system call. Counted, not assumed.
#include "scenarios/scenario.hpp"

#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <new>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;  // The sanitizers replace malloc and make system calls of their own.
#else
constexpr bool kSanitized = false;
#endif

namespace {
std::atomic<uint64_t> allocations{0};
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
extern "C" void* __libc_malloc(size_t);
extern "C" void* __libc_calloc(size_t, size_t);
extern "C" void* __libc_realloc(void*, size_t);
extern "C" void* malloc(size_t size) {
    allocations.fetch_add(1, std::memory_order_relaxed);
    return __libc_malloc(size);
}
extern "C" void* calloc(size_t n, size_t size) {
    allocations.fetch_add(1, std::memory_order_relaxed);
    return __libc_calloc(n, size);
}
extern "C" void* realloc(void* old, size_t size) {
    allocations.fetch_add(1, std::memory_order_relaxed);
    return __libc_realloc(old, size);
}
#endif

using namespace aurelis;
using namespace aurelis::testing;

namespace {

constexpr const char* kYaml = "layers:\n  - {name: L1, backend: memory, priority: 1, ttl: 5m, max_entries: 1000}\n";

struct Asked {
    aurelis_bytes id = bytes("user123");
    aurelis_name name;
    explicit Asked(const aurelis_category* category) : name(aurelis_name_of(category, &id)) {}
};

// Gets n times; false if one missed.
bool get_often(aurelis_cache* cache, const aurelis_name& name, int n) {
    bool all = true;
    for (int i = 0; i < n; ++i) {
        aurelis_answer answer;
        all &= aurelis_get(cache, &name, nullptr, &answer, nullptr) == AURELIS_OK;
        aurelis_answer_release(&answer);
    }
    return all;
}

// System calls that `work` makes between two marks, counted by a tracing parent.
template <typename Work>
long system_calls(Work&& work) {
    constexpr long kMark = SYS_getppid;
    const pid_t child = fork();
    if (child == 0) {
        ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
        raise(SIGSTOP);
        work([] { syscall(kMark); });
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    ptrace(PTRACE_SETOPTIONS, child, nullptr, PTRACE_O_TRACESYSGOOD);
    long counted = 0;
    int marks = 0;
    bool entering = true;
    for (;;) {
        ptrace(PTRACE_SYSCALL, child, nullptr, nullptr);
        waitpid(child, &status, 0);
        if (WIFEXITED(status) || WIFSIGNALED(status)) break;
        if (!WIFSTOPPED(status) || WSTOPSIG(status) != (SIGTRAP | 0x80)) continue;
        user_regs_struct regs{};
        ptrace(PTRACE_GETREGS, child, nullptr, &regs);
        if (entering) {
            if (static_cast<long>(regs.orig_rax) == kMark)
                ++marks;
            else if (marks == 1)
                ++counted;
        }
        entering = !entering;
    }
    return marks == 2 ? counted : -1;
}

}  // namespace

TEST_CASE("a hit in L1 through the C host API allocates nothing") {
    Opened opened(kYaml);
    REQUIRE(opened.status == AURELIS_OK);
    REQUIRE(opened.set("user123", std::string(4096, 'v')) == AURELIS_OK);
    const Asked asked(opened.category());
    REQUIRE(get_often(opened.cache, asked.name, 1000));
    const uint64_t before = allocations;
    REQUIRE(get_often(opened.cache, asked.name, 100'000));
    CHECK(allocations - before == 0);
    if (!kSanitized) CHECK(before > 0);  // The counter works.

    // With params: canonical JSON and a digest, but still no allocation.
    aurelis_name with_params = asked.name;
    with_params.params = bytes("{\"page\": 1, \"limit\": 10, \"deep\": {\"b\": [1.5, null], \"a\": \"\\u00e9\"}}");
    REQUIRE(aurelis_set(opened.cache, &with_params, bytes("v"), nullptr, nullptr, nullptr) == AURELIS_OK);
    REQUIRE(get_often(opened.cache, with_params, 1000));
    const uint64_t before_params = allocations;
    REQUIRE(get_often(opened.cache, with_params, 1000));
    CHECK(allocations - before_params == 0);
}

TEST_CASE("a hit in L1 gives the stored bytes themselves, and they outlive a removal") {
    Opened opened(kYaml);
    REQUIRE(opened.set("user123", std::string(4096, 'v')) == AURELIS_OK);
    const Asked asked(opened.category());
    aurelis_answer one{}, two{};
    REQUIRE(aurelis_get(opened.cache, &asked.name, nullptr, &one, nullptr) == AURELIS_OK);
    REQUIRE(aurelis_get(opened.cache, &asked.name, nullptr, &two, nullptr) == AURELIS_OK);
    CHECK(one.value.data == two.value.data);
    CHECK(one.layer == 1);
    aurelis_answer shared = aurelis_answer_share(&one);
    REQUIRE(opened.remove("user123") == AURELIS_OK);
    aurelis_answer_release(&one);
    aurelis_answer_release(&two);
    CHECK(view(shared.value) == std::string(4096, 'v'));
    aurelis_answer_release(&shared);
}

TEST_CASE("a hit in L1 through the C host API makes no system call") {
    // A forked child has only one thread, so it opens a cache itself.
    const long calls = system_calls([](auto&& mark) {
        Opened opened(kYaml);
        opened.set("user123", "value");
        const Asked asked(opened.category());
        get_often(opened.cache, asked.name, 1000);
        mark();
        const bool all = get_often(opened.cache, asked.name, 100'000);
        mark();
        if (!all) _exit(1);
    });
    if (kSanitized)
        CHECK(calls >= 0);
    else
        CHECK(calls == 0);
}
