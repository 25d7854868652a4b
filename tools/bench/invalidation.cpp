// What invalidations cost those who read, and how fast they are: ratios within one run, interleaved, best of each.
//
//   aurelis-bench-invalidation [--json] [--check] [--only PART]... [--rounds N] [--entries N]
#include "invalidation.hpp"

#include "instructions.hpp"

#include <aurelis/base/standard_descriptors.hpp>

#include <time.h>

#include <algorithm>
#include <atomic>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <stdexcept>
#include <thread>

namespace aurelis::bench {
namespace {

constexpr size_t kOperations = 200'000;  // Per thread and round.
constexpr size_t kCounted = 64;          // Look-ups whose instructions are counted.

double processor_ns() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

// Processor time, since a thread that has to wait for a core says nothing about the look-ups.
double ns_per_operation(size_t threads, const Way& way) {
    std::vector<std::thread> running;
    std::vector<double> took(threads);
    std::atomic<uint64_t> hits{0};
    for (size_t t = 0; t < threads; ++t)
        running.emplace_back([&, t] {
            const double begin = processor_ns();
            hits += way.work(t, kOperations);
            took[t] = processor_ns() - begin;
        });
    for (std::thread& thread : running) thread.join();
    if (hits != threads * kOperations) throw std::runtime_error(std::string(way.label) + ": look-ups have missed");
    double all = 0;
    for (const double one : took) all += one;
    return all / static_cast<double>(threads * kOperations);
}

struct Part {
    const char* name;
    void (*measure)(const Settings&, Report&);
};
constexpr Part kParts[] = {
    {"tags_and_bans", measure_tags_and_bans},
    {"get_or_compute", measure_get_or_compute},
    {"category", measure_category},
    {"single_flight", measure_single_flight},
};

bool is_part(std::string_view name) {
    return std::any_of(std::begin(kParts), std::end(kParts), [&](const Part& part) { return part.name == name; });
}

int run(const Settings& settings) {
    Report report(settings.json);
    for (const Part& part : kParts)
        if (settings.only.empty() ||
            std::find(settings.only.begin(), settings.only.end(), part.name) != settings.only.end())
            part.measure(settings, report);
    return report.finish() || !settings.check ? 0 : 1;
}

int explain_usage(bool asked) {
    std::fprintf(asked ? stdout : stderr,
                 "usage: aurelis-bench-invalidation [--json] [--check] [--only PART]... [--rounds N] [--entries N]\n"
                 "What invalidations cost those who read, and how fast they are.\n"
                 "  --only PART     tags_and_bans, get_or_compute, category or single_flight; may be repeated\n"
                 "  --check         exit status 1 if a limit is exceeded\n"
                 "  --rounds N      how often each look-up is measured (25)\n"
                 "  --entries N     how many entries the category has (1000000)\n"
                 "example: aurelis-bench-invalidation --check --only tags_and_bans\n");
    return asked ? 0 : 2;
}

}  // namespace

void Report::print(const char* format, ...) const {
    if (json_) return;
    va_list values;
    va_start(values, format);
    std::vprintf(format, values);
    va_end(values);
    std::fflush(stdout);
}

void Report::limit(std::string_view what, double value, double at_most, std::string_view unit) {
    if (value <= at_most) return;
    char numbers[96];
    std::snprintf(numbers, sizeof numbers, ": %.3f, at most %.3f", value, at_most);
    std::string line(what);
    line += numbers;
    if (!unit.empty()) (line += ' ') += unit;
    exceeded_.push_back(line + (at_most == 1 ? " is allowed" : " are allowed"));
}

bool Report::finish() {
    for (const std::string& line : exceeded_) std::fprintf(stderr, "limit exceeded: %s\n", line.c_str());
    if (!json_) return exceeded_.empty();
    figures_["exceeded"] = exceeded_;
    std::printf("%s\n", figures_.dump().c_str());
    return exceeded_.empty();
}

void measure(std::vector<Way>& ways, size_t rounds) {
    for (size_t round = 0; round < rounds; ++round)
        for (size_t threads = 1; threads <= 2; ++threads)
            for (Way& way : ways) way.ns[threads - 1] = std::min(way.ns[threads - 1], ns_per_operation(threads, way));
    for (Way& way : ways) {
        way.work(0, kCounted);  // By now everything that is made once has been made.
        const int64_t counted = instructions_of([&] { way.work(0, kCounted); });
        if (counted > 0) way.instructions = static_cast<double>(counted) / double{kCounted};
    }
}

Cache opened(const std::string& yaml) { return must(Cache::open({.text = yaml})); }

}  // namespace aurelis::bench

int main(int argc, char** argv) {
    using namespace aurelis::bench;
    aurelis::open_standard_descriptors();
    Settings settings;
    try {
        for (int i = 1; i < argc; ++i) {
            const std::string_view word = argv[i];
            const bool has_next = i + 1 < argc;
            if (word == "--json") {
                settings.json = true;
            } else if (word == "--check") {
                settings.check = true;
            } else if (word == "--only" && has_next && is_part(argv[i + 1])) {
                settings.only.emplace_back(argv[++i]);
            } else if (word == "--rounds" && has_next) {
                settings.rounds = std::max<size_t>(1, std::strtoull(argv[++i], nullptr, 10));
            } else if (word == "--entries" && has_next) {
                settings.entries = std::max<size_t>(1000, std::strtoull(argv[++i], nullptr, 10));
            } else if (word == "--invalidate-and-be-killed" && has_next) {  // Only for measure_category.
                return invalidate_and_be_killed(argv[++i]);
            } else {
                return explain_usage(word == "--help");
            }
        }
        return run(settings);
    } catch (const std::exception& caught) {
        std::fprintf(stderr, "aurelis-bench-invalidation: %s\n", caught.what());
        return 3;
    }
}
