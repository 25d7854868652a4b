// The category of aurelis-bench-invalidation: how long it takes to invalidate a million entries in memory over a file,
// and whether one of them is a hit afterwards, here, and after the process was killed right behind the call.
#include "invalidation.hpp"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <span>
#include <stdexcept>
#include <thread>

namespace aurelis::bench {
namespace {

constexpr size_t kBatch = 5'000;
constexpr size_t kInvalidations = 20;
constexpr size_t kSetAgain = 100;  // Entries, between two invalidations.
constexpr double kMostMs = 1;
constexpr const char* kCategory = "pages";
using Clock = std::chrono::steady_clock;

double ms_since(Clock::time_point begin) {
    return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

// A temporary folder, removed at the end.
class Folder {
public:
    Folder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "aurelis-bench-XXXXXX").string();
        if (mkdtemp(pattern.data()) == nullptr)
            throw std::runtime_error("no folder can be made like " + pattern +
                                     "; set TMPDIR to one that can be written");
        path_ = pattern;
    }
    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    const std::string& path() const noexcept { return path_; }

private:
    std::string path_;
};

void require_all(size_t hits, size_t count, const char* when) {
    if (hits != count)
        throw std::runtime_error("only " + std::to_string(hits) + " of " + std::to_string(count) +
                                 " entries are hits " + when + "; give the layers more room");
}

class Pages {
public:
    explicit Pages(const std::string& folder)
        : cache_(opened("layers:\n"
                        "  - {name: memory, backend: memory, priority: 2, max_entries: 4000000, max_bytes: 4GiB}\n"
                        "  - {name: disk, backend: sqlite-disk, priority: 1,\n"
                        "     options: {path: \"" +
                        folder + "/pages.db\", max_bytes: 8GiB, durability: process}}\n")),
          category_(must(cache_.category(kCategory))) {}

    void fill(size_t count) const {
        const std::vector<std::string> values(kBatch, std::string(100, 'v'));
        for (size_t first = 0; first < count; first += kBatch) {
            const std::vector<Id> ids = ids_from(first, count);
            const auto report = must(category_.multi_set(ids, std::span(values.data(), ids.size())));
            if (!report.complete()) throw std::runtime_error("a set failed: " + report.problems.begin()->second);
        }
    }
    size_t hits(size_t count) const {
        return count_if(count, [](const Answer& answer) { return answer.found(); });
    }
    // How many are in memory; look-ups bring them there.
    size_t in_memory(size_t count) const {
        return count_if(count, [](const Answer& answer) { return answer.hit() && answer.layer() == 1; });
    }
    // Returns the milliseconds until the call returned.
    double invalidate() const {
        aurelis_invalidation what{};
        what.struct_size = sizeof what;
        what.category = category_.raw();
        const auto begin = Clock::now();
        const aurelis_status status = aurelis_invalidate(cache_.raw(), &what, nullptr, nullptr);
        const double took = ms_since(begin);
        if (status != AURELIS_OK)
            throw std::runtime_error("the category could not be invalidated: status " + std::to_string(status));
        return took;
    }
    // Milliseconds that invalidations take, with some entries set again before each; adds those that are still hits.
    template <typename Prepare>
    std::vector<double> times(size_t& hits_after, const Prepare& prepare) const {
        std::vector<double> took;
        while (took.size() < kInvalidations) {
            fill(kSetAgain);
            require_all(hits(kSetAgain), kSetAgain, "after they were set again");
            prepare();
            took.push_back(invalidate());
            hits_after += hits(kSetAgain);
        }
        return took;
    }
    // After many reads sqlite-disk stores which entries were read, for some seconds and in pieces of up to 30 ms, and a
    // write has to wait for the piece under way. That is not what is measured here.
    void wait_until_quiet() const {
        const auto begin = Clock::now();
        for (int quick = 0; quick < 100 && ms_since(begin) < 30'000; ++quick) {
            const auto asked = Clock::now();
            must(category_.set("quiet", std::string("yes")));
            if (ms_since(asked) > 3) quick = 0;
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
    }
    size_t layers_to_sweep() const {
        return nlohmann::json::parse(must(cache_.stats_json()))["invalidations"]["layers_to_sweep"];
    }
    void close() { must(cache_.close()); }

private:
    template <typename Which>
    size_t count_if(size_t count, const Which& which) const {
        size_t found = 0;
        for (size_t first = 0; first < count; first += kBatch) {
            const auto answers = must(category_.multi_lookup(ids_from(first, count), {.allow_stale = true}));
            for (const Result<Answer>& answer : answers) {
                if (!answer) throw std::runtime_error("a look-up failed: " + answer.error().message);
                found += which(*answer) ? 1 : 0;
            }
        }
        return found;
    }
    static std::vector<Id> ids_from(size_t first, size_t count) {
        std::vector<Id> ids;
        ids.reserve(kBatch);
        // Of equal length, so that the order of the numbers is that of the keys, which the file is filled in fastest
        // by.
        for (size_t i = first; i < std::min(first + kBatch, count); ++i)
            ids.emplace_back("page" + std::to_string(1'000'000'000 + i));
        return ids;
    }

    Cache cache_;
    Category category_;
};

// Runs this program again, to invalidate the category and to be killed.
void invalidate_in_killed_process(const std::string& folder) {
    std::string self = "/proc/self/exe", option = "--invalidate-and-be-killed", argument = folder;
    char* const words[] = {self.data(), option.data(), argument.data(), nullptr};
    pid_t child = -1;
    if (posix_spawn(&child, self.c_str(), nullptr, nullptr, words, environ) != 0)
        throw std::runtime_error("the bench cannot run itself from /proc/self/exe; mount /proc");
    int status = 0;
    waitpid(child, &status, 0);
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
        throw std::runtime_error("the process that invalidates was not killed but ended with status " +
                                 std::to_string(WIFEXITED(status) ? WEXITSTATUS(status) : -1));
}

void report_times(const std::string& name, const char* label, std::vector<double> took, Report& report) {
    const double first = took.front();
    std::sort(took.begin(), took.end());
    const double median = took[took.size() / 2];
    report.print("20 invalidations %s: first %.3f ms, best %.3f, median %.3f, worst %.3f\n", label, first, took.front(),
                 median, took.back());
    report.part("category")[name] = {
        {"ms_first", first}, {"ms_best", took.front()}, {"ms_median", median}, {"ms_worst", took.back()}};
    report.limit("category, median of 20 invalidations " + std::string(label), median, kMostMs, "ms");
}

}  // namespace

void measure_category(const Settings& settings, Report& report) {
    const size_t count = settings.entries;
    nlohmann::ordered_json& figures = report.part("category");
    figures["entries"] = count;
    report.print("category, %zu entries in memory over sqlite-disk\n", count);
    const Folder folder;
    const std::string kept = folder.path() + "/kept", killed = folder.path() + "/killed";
    {
        const auto begin = Clock::now();
        Pages pages(kept);
        pages.fill(count);
        require_all(pages.hits(count), count, "after they were set");
        pages.close();
        report.print("%-52s %10.1f s\n", "filled in", ms_since(begin) / 1000);
    }
    std::filesystem::copy(kept, killed);
    invalidate_in_killed_process(killed);
    const size_t hits_killed = Pages(killed).hits(count);

    const Pages pages(kept);
    for (int tries = 0; pages.in_memory(count) != count; ++tries)
        if (tries == 5) require_all(pages.in_memory(count), count, "in memory");
    pages.wait_until_quiet();
    size_t hits_after = 0;
    // The first of them meets the whole category; what it hides is being removed behind the others.
    report_times("in_a_row", "in a row", pages.times(hits_after, [] {}), report);
    hits_after += pages.hits(count);
    const auto file_is_swept = [&] {
        for (int i = 0; i < 1000 && pages.layers_to_sweep() != 1; ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
    };
    report_times("during_sweep", "while the file is swept", pages.times(hits_after, file_is_swept), report);
    hits_after += pages.hits(count);
    report.print("%-52s %10zu\n", "hits after all of them", hits_after);
    report.print("%-52s %10zu\n\n", "hits after another process invalidated, then killed", hits_killed);
    figures["hits_after"] = hits_after;
    figures["hits_after_kill"] = hits_killed;
    report.limit("category, hits after it was invalidated", static_cast<double>(hits_after), 0, "");
    report.limit("category, hits after the process that invalidated was killed", static_cast<double>(hits_killed), 0,
                 "");
}

int invalidate_and_be_killed(const std::string& folder) {
    const Pages pages(folder);
    require_all(pages.hits(1), 1, "in the process that invalidates");
    pages.invalidate();
    kill(getpid(), SIGKILL);
    return 3;
}

}  // namespace aurelis::bench
