// What the parts of aurelis-bench-invalidation share: opening a cache, the report, and ways to do one thing that are
// measured against each other. Mistakes of the machine (no folder, a store that fails) are thrown as
// std::runtime_error.
#pragma once

#include <aurelis/cache.hpp>

#include <nlohmann/json.hpp>

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace aurelis::bench {

struct Settings {
    bool json = false;
    bool check = false;
    size_t rounds = 25;
    size_t entries = 1'000'000;       // Of the category.
    std::vector<std::string> only{};  // Parts; empty: all.
};

// Figures, as text while they are measured or as one JSON object at the end, and the limits that they exceed.
class Report {
public:
    explicit Report(bool json) : json_(json) {}

    // Where the figures of a part are collected.
    nlohmann::ordered_json& part(const std::string& name) { return figures_[name]; }
    [[gnu::format(printf, 2, 3)]] void print(const char* format, ...) const;
    void limit(std::string_view what, double value, double at_most, std::string_view unit);
    // Prints what is left to be printed; true: no limit is exceeded.
    bool finish();

private:
    const bool json_;
    nlohmann::ordered_json figures_ = nlohmann::ordered_json::object();
    std::vector<std::string> exceeded_{};
};

// One way to look something up. `work` does that many look-ups and returns how many were hits.
struct Way {
    const char* name;
    const char* label;
    std::function<uint64_t(size_t thread, size_t operations)> work;
    double ns[2] = {1e9, 1e9};  // Per look-up with 1 and 2 threads, the best round.
    double instructions = 0;    // Per look-up.
};
// Interleaves the rounds of all ways. The instructions stay 0 where they cannot be counted.
void measure(std::vector<Way>& ways, size_t rounds);

Cache opened(const std::string& yaml);
// The value of a result that is no error; otherwise throws what it says.
template <typename T>
T must(Result<T> result) {
    if (!result) throw std::runtime_error(result.error().message);
    return std::move(result).value();
}
inline void must(Result<void> result) {
    if (!result) throw std::runtime_error(result.error().message);
}

// The parts.
void measure_tags_and_bans(const Settings& settings, Report& report);
void measure_get_or_compute(const Settings& settings, Report& report);
void measure_category(const Settings& settings, Report& report);
void measure_single_flight(const Settings& settings, Report& report);
// What a process of its own does for measure_category: invalidates the category and is killed. Only returns on failure.
int invalidate_and_be_killed(const std::string& folder);

}  // namespace aurelis::bench
