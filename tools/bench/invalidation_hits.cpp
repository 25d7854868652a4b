// The hits of aurelis-bench-invalidation: what invalidations that are known add to a hit in memory, and what
// get_or_compute adds to it.
#include "invalidation.hpp"

#include <array>
#include <chrono>
#include <random>
#include <stdexcept>
#include <thread>

namespace aurelis::bench {
namespace {

constexpr size_t kWorkingSets[] = {1'000, 100'000};
constexpr size_t kTags = 10'000, kBans = 1'000;
constexpr double kKnownInvalidations = 1.1;  // What they may make of a hit, and get_or_compute of a get.
constexpr double kGetOrCompute = 1.3;

// A cache in memory whose entries have 4 tags each, of 100 bytes.
class Users {
public:
    explicit Users(size_t count)
        : cache_(opened("layers: [{name: L1, backend: memory, priority: 1, max_bytes: 2GiB, max_entries: " +
                        std::to_string(count * 8) + "}]\n")),
          category_(must(cache_.category("user_data"))) {
        for (size_t i = 0; i < count; ++i) ids_.push_back("user" + std::to_string(i * 7919));
        std::mt19937 random(1);
        for (uint32_t& index : order_) index = static_cast<uint32_t>(random() % count);
    }

    void fill() const {
        const std::string value(100, 'v');
        for (size_t i = 0; i < ids_.size(); ++i) {
            const auto tag = [](const char* kind, size_t which) { return kind + std::to_string(which); };
            WriteOptions options;
            options.tags = {tag("team-", i % 100), tag("plan-", i % 3), tag("region-", i % 7), tag("account-", i)};
            must(category_.set(ids_[i], value, options));
        }
    }
    // None of them hides an entry. Of the bans a quarter is of this category, so that each entry has to be compared
    // with its pattern, a quarter of any that begins with "user_", a quarter of others, and a quarter of all
    // categories.
    void invalidate() const {
        for (size_t i = 0; i < kTags; ++i) must(cache_.invalidate({.tag = "gone-" + std::to_string(i)}));
        for (size_t i = 0; i < kBans; ++i) {
            const std::string number = std::to_string(1000 + i);
            switch (i % 4) {
                case 0: must(cache_.invalidate({.pattern = "user_data:u*-" + number + "?"})); break;
                case 1: must(cache_.invalidate({.pattern = "user_*:*-" + number + "x?"})); break;
                case 2: must(cache_.invalidate({.pattern = "user_" + number + ":*x?"})); break;
                default: must(cache_.invalidate({.larger_than = 1000 + i})); break;
            }
        }
        const nlohmann::json known = figures();
        if (known["bans"] != kBans)
            throw std::runtime_error("there are " + known["bans"].dump() + " bans; the bench needs 1000 live ones");
    }
    // What is removed behind the invalidations would take time from the first rounds.
    void wait_for_sweeps() const {
        for (int i = 0; figures()["layers_to_sweep"] != 0; ++i) {
            if (i == 6000) throw std::runtime_error("the layers are still being swept after 5 minutes");
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
        }
    }

    uint64_t get(size_t thread, size_t operations) const {
        return ask(thread, operations, [&](const aurelis_name& name, aurelis_answer& answer) {
            return aurelis_get(cache_.raw(), &name, nullptr, &answer, nullptr);
        });
    }
    uint64_t get_or_compute(size_t thread, size_t operations) const {
        const auto compute = [](void*, const aurelis_name*, aurelis_computed*) noexcept -> aurelis_status {
            return AURELIS_NOT_FOUND;  // Everything is there.
        };
        return ask(thread, operations, [&](const aurelis_name& name, aurelis_answer& answer) {
            return aurelis_get_or_compute(cache_.raw(), &name, compute, nullptr, nullptr, nullptr, &answer, nullptr);
        });
    }

private:
    nlohmann::json figures() const { return nlohmann::json::parse(must(cache_.stats_json()))["invalidations"]; }
    template <typename Call>
    uint64_t ask(size_t thread, size_t operations, const Call& call) const {
        uint64_t hits = 0;
        for (size_t i = 0; i < operations; ++i) {
            const aurelis_bytes part = bytes(ids_[order_[(i + thread * 377) % order_.size()]]);
            const aurelis_name name = aurelis_name_of(category_.raw(), &part);
            aurelis_answer answer;
            if (call(name, answer) != AURELIS_OK) continue;
            hits += static_cast<const char*>(answer.value.data)[0] == 'v';
            aurelis_answer_release(&answer);
        }
        return hits;
    }

    Cache cache_;
    Category category_;
    std::vector<std::string> ids_;
    std::vector<uint32_t> order_ = std::vector<uint32_t>(1'000'000);
};

// The first way is what the others are compared with.
void report_ways(const std::string& part, size_t entries, const std::vector<Way>& ways, double at_most,
                 Report& report) {
    report.print("%s, %zu entries: ns and instructions per look-up, and ratios\n", part.c_str(), entries);
    report.print("%-36s %10s %7s %10s %7s %13s %7s\n", "", "1 thread", "", "2 threads", "", "instructions", "");
    const Way& bare = ways.front();
    nlohmann::ordered_json& figures = report.part(part)[std::to_string(entries)];
    for (const Way& way : ways) {
        const double ratios[3] = {way.ns[0] / bare.ns[0], way.ns[1] / bare.ns[1],
                                  bare.instructions == 0 ? 0 : way.instructions / bare.instructions};
        report.print("%-36s %10.1f %7.3f %10.1f %7.3f %13.1f %7.3f\n", way.label, way.ns[0], ratios[0], way.ns[1],
                     ratios[1], way.instructions, ratios[2]);
        figures[way.name] = {{"ns_1_thread", way.ns[0]},         {"ratio_1_thread", ratios[0]},
                             {"ns_2_threads", way.ns[1]},        {"ratio_2_threads", ratios[1]},
                             {"instructions", way.instructions}, {"ratio_instructions", ratios[2]}};
        const std::string what = part + ", " + std::to_string(entries) + " entries, " + way.name;
        report.limit(what + ", ratio with 1 thread", ratios[0], at_most, "");
        report.limit(what + ", ratio with 2 threads", ratios[1], at_most, "");
        report.limit(what + ", ratio of instructions", ratios[2], at_most, "");
    }
    report.print("\n");
}

}  // namespace

void measure_tags_and_bans(const Settings& settings, Report& report) {
    for (const size_t entries : kWorkingSets) {
        const Users without(entries), older(entries), newer(entries);
        without.fill();
        older.fill();
        older.invalidate();
        newer.invalidate();
        newer.fill();
        older.wait_for_sweeps();
        newer.wait_for_sweeps();
        const auto gets = [](const Users& users) {
            return [&users](size_t thread, size_t operations) { return users.get(thread, operations); };
        };
        std::vector<Way> ways;
        ways.push_back({"no_invalidations", "no invalidations", gets(without)});
        ways.push_back({"older_entries", "10,000 tags, 1,000 bans; older entries", gets(older)});
        ways.push_back({"newer_entries", "... and entries set after them", gets(newer)});
        measure(ways, settings.rounds);
        report_ways("tags_and_bans", entries, ways, kKnownInvalidations, report);
    }
}

void measure_get_or_compute(const Settings& settings, Report& report) {
    for (const size_t entries : kWorkingSets) {
        const Users users(entries);
        users.fill();
        std::vector<Way> ways;
        ways.push_back({"get", "get", [&](size_t thread, size_t n) { return users.get(thread, n); }});
        ways.push_back({"get_or_compute", "get_or_compute",
                        [&](size_t thread, size_t n) { return users.get_or_compute(thread, n); }});
        measure(ways, settings.rounds);
        report_ways("get_or_compute", entries, ways, kGetOrCompute, report);
    }
}

}  // namespace aurelis::bench
