// aurelis-fuzz-serializers: one target, as many executions as wanted, in one process. Inputs with a new outcome join
// the pool that is mutated. On a finding it prints what was broken and how to reproduce it, and writes the input into a
// file, even when the process is stopped by a signal, by a sanitizer, or because one input takes seconds.
#include "fuzz_target.hpp"
#include "mutator.hpp"
#include "seeds.hpp"

#include <aurelis/base/standard_descriptors.hpp>

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <unordered_set>
#include <vector>

extern "C" void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

namespace {

using namespace aurelis::fuzz;

constexpr size_t kPoolMax = 4096;
constexpr time_t kSecondsMax = 5;  // Of processor time for one input.

struct Settings {
    std::string target;
    std::string plugins = AURELIS_TEST_PLUGIN_FOLDER;
    std::string input;
    std::string out = ".";
    uint64_t runs = 1'000'000;
    uint64_t seed = 1;
    size_t bytes_max = 4096;
};

// What the handlers need.
struct Current {
    const char* data = nullptr;
    size_t size = 0;
    std::atomic<uint64_t> run{0};
    uint64_t run_at_last_tick = UINT64_MAX;
    char file[512] = "";
    char told[1024] = "";
    bool saved = false;
};
Current current;

// Only what is safe in a handler.
void save_current() noexcept {
    if (current.saved || current.data == nullptr) return;
    current.saved = true;
    const int file = ::open(current.file, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (file >= 0) {
        if (::write(file, current.data, current.size) < 0) current.saved = false;
        ::close(file);
    }
    if (::write(STDERR_FILENO, current.told, std::strlen(current.told)) < 0) current.saved = false;
}

struct sigaction before_us[NSIG];

void on_signal(int number) {
    save_current();
    // The previous handler (a sanitizer's) reports more; otherwise the signal has its default effect.
    sigaction(number, &before_us[number], nullptr);
    raise(number);
}

void on_tick(int) {
    const uint64_t run = current.run.load(std::memory_order_relaxed);
    if (run == current.run_at_last_tick) {
        save_current();
        constexpr char kText[] = "one input takes seconds\n";
        if (::write(STDERR_FILENO, kText, sizeof kText - 1) < 0) _exit(4);
        _exit(1);
    }
    current.run_at_last_tick = run;
}

void watch(const Settings& settings) {
    const std::string file =
        settings.out + "/finding-" + settings.target + "-" + std::to_string(settings.seed) + ".bin";
    std::snprintf(current.file, sizeof current.file, "%s", file.c_str());
    std::snprintf(current.told, sizeof current.told, "finding: the process ends; target %s, seed %llu, input in %s\n",
                  settings.target.c_str(), static_cast<unsigned long long>(settings.seed), current.file);
    if (__sanitizer_set_death_callback != nullptr) __sanitizer_set_death_callback(&save_current);
    struct sigaction action {};
    action.sa_handler = &on_signal;
    for (const int number : {SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE}) sigaction(number, &action, &before_us[number]);
    action.sa_handler = &on_tick;
    sigaction(SIGPROF, &action, nullptr);
    const itimerval every{{kSecondsMax, 0}, {kSecondsMax, 0}};
    setitimer(ITIMER_PROF, &every, nullptr);
}

// The promise that was broken; NULL: none.
const char* try_one(FuzzTarget& target, const std::string& input) {
    current.data = input.data();
    current.size = input.size();
    current.run.fetch_add(1, std::memory_order_relaxed);
    return target.fuzz_one(input.data(), input.size());
}

int report(const Settings& settings, const char* broken) {
    save_current();
    std::fprintf(stderr, "broken: %s; at run %llu\nagain: aurelis-fuzz-serializers --target %s --input %s\n", broken,
                 static_cast<unsigned long long>(current.run.load()), settings.target.c_str(), current.file);
    return 1;
}

int replay(const Settings& settings, FuzzTarget& target) {
    std::ifstream stream(settings.input, std::ios::binary);
    const std::string input{std::istreambuf_iterator<char>(stream), {}};
    const char* const broken = target.fuzz_one(input.data(), input.size());
    std::printf("%s: %s\n", settings.input.c_str(), broken != nullptr ? broken : "all promises kept");
    return broken != nullptr ? 1 : 0;
}

int fuzz(const Settings& settings, FuzzTarget& target) {
    std::vector<std::string> pool = seeds_of(target, settings.bytes_max);
    std::unordered_set<uint64_t> outcomes;
    watch(settings);
    for (const std::string& seed : pool) {
        if (const char* broken = try_one(target, seed)) return report(settings, broken);
        outcomes.insert(target.outcome());
    }
    Mutator mutator(settings.seed, settings.bytes_max);
    const size_t seeds = pool.size();
    const auto begin = std::chrono::steady_clock::now();
    for (uint64_t run = 0; run < settings.runs; ++run) {
        const std::string& input = mutator.next(pool);
        if (const char* broken = try_one(target, input)) return report(settings, broken);
        if (!outcomes.insert(target.outcome()).second) continue;
        if (pool.size() < kPoolMax)
            pool.push_back(input);
        else
            pool[seeds + mutator.below(kPoolMax - seeds)] = input;
    }
    current.data = nullptr;
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    std::printf("%s: %llu executions, seed %llu, 0 findings, %.0f per second, %zu outcomes, %ld MiB at most\n",
                target.name().c_str(), static_cast<unsigned long long>(settings.runs),
                static_cast<unsigned long long>(settings.seed), static_cast<double>(settings.runs) / took.count(),
                outcomes.size(), usage.ru_maxrss / 1024);
    return 0;
}

int usage(int status) {
    std::string names;
    for (const std::string& name : target_names()) names += " " + name;
    std::printf(
        "usage: aurelis-fuzz-serializers --target T [--runs N] [--seed S] [--max-bytes N] [--plugins FOLDER]\n"
        "                                [--out FOLDER] [--input FILE]\n"
        "targets:%s\n"
        "Exit status: 0 nothing found, 1 a finding, whose input is written into FOLDER, 2 wrong use. A signal is a "
        "finding,\n"
        "too: the input is written, then it takes its course.\n"
        "example: aurelis-fuzz-serializers --target gzip_decode --runs 10000000 --seed 7\n",
        names.c_str());
    return status;
}

}  // namespace

int main(int argc, char** argv) {
    aurelis::open_standard_descriptors();
    Settings settings;
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        if (word == "--help") return usage(0);
        if (i + 1 == argc) return usage(2);
        const char* const value = argv[++i];
        if (word == "--target")
            settings.target = value;
        else if (word == "--runs")
            settings.runs = std::strtoull(value, nullptr, 10);
        else if (word == "--seed")
            settings.seed = std::strtoull(value, nullptr, 10);
        else if (word == "--max-bytes")
            settings.bytes_max = std::strtoull(value, nullptr, 10);
        else if (word == "--plugins")
            settings.plugins = value;
        else if (word == "--out")
            settings.out = value;
        else if (word == "--input")
            settings.input = value;
        else
            return usage(2);
    }
    auto target = FuzzTarget::open(settings.plugins, settings.target);
    if (!target) {
        std::fprintf(stderr, "aurelis-fuzz-serializers: %s\n", target.error().message.c_str());
        return usage(2);
    }
    if (!settings.input.empty()) return replay(settings, *target.value());
    return fuzz(settings, *target.value());
}
