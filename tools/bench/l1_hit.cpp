// What a hit in L1 costs through the C host API, including key building, compared with a bare hash-map look-up, with a
// direct call of the plugin's table, and through strategies: one run, interleaved rounds, best of each, for 1 and 2
// threads. Or the instructions of each, which are the same in every run.
//
//   aurelis-bench-l1 [--json] [--entries N] [--rounds N] [--instructions [--check]]
#include "instructions.hpp"

#include "base/hash.hpp"
#include "config/option_check.hpp"
#include "plugin/store_handle.hpp"

#include <aurelis/aurelis.h>
#include <aurelis/base/standard_descriptors.hpp>
#include <aurelis/base/bytes.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <functional>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

namespace {

using namespace aurelis;
using namespace aurelis::core;
// Does this many look-ups; returns the number of hits.
using Work = std::function<uint64_t(size_t thread, size_t operations)>;

constexpr size_t kOperations = 1'000'000;
constexpr size_t kCounted = 256;  // Look-ups whose instructions are counted.

struct Settings {
    size_t entries = 100'000;
    int rounds = 5;
    bool json = false;
    bool instructions = false;
    bool check = false;
};

double ns_per_operation(size_t threads, const Work& work) {
    std::vector<std::thread> running;
    std::atomic<uint64_t> hits{0};
    const auto begin = std::chrono::steady_clock::now();
    for (size_t t = 0; t < threads; ++t) running.emplace_back([&, t] { hits += work(t, kOperations); });
    for (std::thread& thread : running) thread.join();
    const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - begin;
    if (hits != threads * kOperations) std::fprintf(stderr, "a look-up missed: %zu hits\n", static_cast<size_t>(hits));
    return took.count() / static_cast<double>(kOperations);
}

struct Measured {
    const char* name;
    const char* label;
    Work work;
    double best[2] = {1e9, 1e9};  // 1 and 2 threads.
};

// A category whose hits pass through strategies.
struct ThroughStrategies {
    const char* name;
    const char* label;
    const char* list;
};
constexpr ThroughStrategies kThrough[] = {
    {"pass_through", "... and a strategy that does nothing", "[pass-through]"},
    {"pass_through_twice", "... and two of them", "[pass-through, pass-again]"},
    {"counting", "... and one that counts", "[counting]"},
};
// The limits of --check: how many instructions strategies may add to a hit, and how many one more strategy may add.
constexpr double kFirstAdds = 200;
constexpr double kNextAdds = 40;

// 0; 1 if --check found a strategy too expensive; 3 if nothing could be counted.
int count_instructions(const Settings& settings, const std::vector<Measured>& all) {
    nlohmann::ordered_json json;
    double host_api = 0;
    int status = 0;
    for (const Measured& one : all) {
        one.work(0, kCounted);  // By now everything that is made once has been made.
        const double counted = bench::instructions_of([&] { one.work(0, kCounted); }) / double{kCounted};
        if (counted <= 0) {
            std::fprintf(stderr, "instructions cannot be counted here: ptrace is not allowed\n");
            return 3;
        }
        json[one.name] = counted;
        if (!settings.json) std::printf("%-38s %10.1f instructions\n", one.label, counted);
        const bool is_second = one.name == std::string_view("pass_through_twice");
        const double allowed = host_api + kFirstAdds + (is_second ? kNextAdds : 0);
        if (host_api != 0 && settings.check && counted > allowed) {
            std::fprintf(stderr, "%s: %.1f instructions, %.1f are allowed\n", one.name, counted, allowed);
            status = 1;
        }
        if (one.name == std::string_view("host_api")) host_api = counted;
    }
    if (settings.json) std::printf("%s\n", json.dump().c_str());
    return status;
}

int measure(const Settings& settings) {
    std::vector<std::string> ids;
    for (size_t i = 0; i < settings.entries; ++i) ids.push_back("user" + std::to_string(i * 7919));
    std::vector<uint32_t> order(kOperations);
    std::mt19937 random(1);
    for (uint32_t& index : order) index = static_cast<uint32_t>(random() % settings.entries);
    const std::string value(100, 'v');

    // The host API.
    std::string yaml = "plugins: {files: [\"" AURELIS_BENCH_STRATEGIES "/bench-pass-through.so\", "
                       "\"" AURELIS_BENCH_STRATEGIES "/bench-counting.so\"]}\n"
                       "layers:\n  - {name: L1, backend: memory, priority: 1, max_entries: " +
                       std::to_string(settings.entries * 8) + ", max_bytes: 4GiB}\ncategories:\n";
    for (const ThroughStrategies& one : kThrough)
        yaml += std::string("  ") + one.name + ": {strategies: " + one.list + "}\n";
    aurelis_open_options options{};
    options.struct_size = sizeof options;
    options.text = bytes(yaml);
    aurelis_cache* cache = nullptr;
    aurelis_error* error = nullptr;
    const aurelis_category* users = nullptr;
    if (aurelis_open(&options, &cache, &error) != AURELIS_OK ||
        aurelis_category_open(cache, bytes("user_data"), &users, &error) != AURELIS_OK) {
        std::fprintf(stderr, "%s\n", aurelis_error_message(error));
        return 3;
    }
    std::vector<std::string> keys;
    for (const std::string& id : ids) {
        const aurelis_bytes part = bytes(id);
        const aurelis_name name = aurelis_name_of(users, &part);
        aurelis_set(cache, &name, bytes(value), nullptr, nullptr, nullptr);
        keys.push_back("aurelis:v1:user_data:" + id);
    }

    // The plugin's table, called with ready-made keys.
    Runtime runtime(nullptr, nullptr, nullptr, 3);
    PluginRegistry registry({});
    auto found = registry.find(AURELIS_KIND_BACKEND, "memory");
    Problems problems("bench");
    Node none;
    none.kind = Node::Kind::Map;
    Node limit;
    limit.kind = Node::Kind::Scalar;
    limit.text = std::to_string(settings.entries * 2);
    none.members.emplace_back("max_entries", limit);
    const Node checked = check_options(found->component->options, found->component->option_count, none, {}, problems);
    auto plugin = StoreHandle::start(runtime, found.value(), "bench", checked);
    if (!plugin) {
        std::fprintf(stderr, "%s\n", plugin.error().message.c_str());
        return 3;
    }
    StoreHandle& store = *plugin.value();
    std::vector<aurelis_key> ready;
    CallContext filling;
    filling.call.now_wall = runtime.clock.wall();
    for (const std::string& key : keys) {
        ready.push_back({key.data(), key.size(), hash_bytes(key.data(), key.size()), nullptr});
        aurelis_write write{};
        write.value = borrowed(value);
        write.meta.created_wall = filling.call.now_wall;
        store.ops().set(store.store(), &filling.call, &ready.back(), &write, nullptr);
    }

    // A bare map of the standard library, without bounds, locks or lifetimes.
    struct Hash {
        size_t operator()(std::string_view key) const noexcept { return hash_bytes(key.data(), key.size()); }
    };
    std::unordered_map<std::string_view, std::string, Hash> map;
    for (const std::string& key : keys) map.emplace(key, value);

    std::vector<Measured> all;
    all.push_back({"hash_map", "bare std::unordered_map", [&](size_t t, size_t operations) {
                       uint64_t hits = 0, bytes_seen = 0;
                       for (size_t i = 0; i < operations; ++i) {
                           const auto it = map.find(keys[order[(i + t * 377) % kOperations]]);
                           if (it != map.end()) ++hits, bytes_seen += static_cast<unsigned char>(it->second[0]);
                       }
                       return hits + (bytes_seen == 1 ? 1 : 0);
                   }});
    all.push_back({"plugin_table", "plugin's table, key ready", [&](size_t t, size_t operations) {
                       uint64_t hits = 0;
                       CallContext context;
                       context.call.now_wall = runtime.clock.wall();
                       for (size_t i = 0; i < operations; ++i) {
                           aurelis_entry entry;
                           const aurelis_key& key = ready[order[(i + t * 377) % kOperations]];
                           if (store.ops().get(store.store(), &context.call, &key, &entry) != AURELIS_OK) continue;
                           hits += static_cast<const char*>(entry.value.data)[0] == 'v';
                           aurelis_buf_release(&entry.value);
                       }
                       return hits;
                   }});
    const auto by_host_api = [&](const aurelis_category* category) {
        return [&, category](size_t t, size_t operations) {
            uint64_t hits = 0;
            for (size_t i = 0; i < operations; ++i) {
                const aurelis_bytes part = bytes(ids[order[(i + t * 377) % kOperations]]);
                const aurelis_name name = aurelis_name_of(category, &part);
                aurelis_answer answer;
                if (aurelis_get(cache, &name, nullptr, &answer, nullptr) != AURELIS_OK) continue;
                hits += static_cast<const char*>(answer.value.data)[0] == 'v';
                aurelis_answer_release(&answer);
            }
            return hits;
        };
    };
    all.push_back({"host_api", "C host API, key built", by_host_api(users)});
    for (const ThroughStrategies& one : kThrough) {
        const aurelis_category* category = nullptr;
        aurelis_category_open(cache, bytes(std::string_view(one.name)), &category, nullptr);
        for (const std::string& id : ids) {
            const aurelis_bytes part = bytes(id);
            const aurelis_name name = aurelis_name_of(category, &part);
            aurelis_set(cache, &name, bytes(value), nullptr, nullptr, nullptr);
        }
        all.push_back({one.name, one.label, by_host_api(category)});
    }
    if (settings.instructions) {
        const int status = count_instructions(settings, all);
        plugin.value().reset();
        aurelis_close(cache, 0, nullptr);
        return status;
    }
    for (int round = 0; round < settings.rounds; ++round)
        for (Measured& one : all)
            for (size_t threads = 1; threads <= 2; ++threads)
                one.best[threads - 1] = std::min(one.best[threads - 1], ns_per_operation(threads, one.work));

    if (settings.json) {
        nlohmann::ordered_json json;
        json["entries"] = settings.entries;
        for (const Measured& one : all) json[one.name] = {{"ns_1_thread", one.best[0]}, {"ns_2_threads", one.best[1]}};
        std::printf("%s\n", json.dump().c_str());
    } else {
        std::printf("A hit of 100 bytes among %zu entries, ns per look-up and thread\n\n", settings.entries);
        std::printf("%-38s %10s %10s\n", "", "1 thread", "2 threads");
        for (const Measured& one : all) std::printf("%-38s %10.1f %10.1f\n", one.label, one.best[0], one.best[1]);
    }
    plugin.value().reset();
    aurelis_close(cache, 0, nullptr);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    aurelis::open_standard_descriptors();
    Settings settings;
    for (int i = 1; i < argc; ++i) {
        const std::string_view word = argv[i];
        if (word == "--json") {
            settings.json = true;
        } else if (word == "--instructions") {
            settings.instructions = true;
        } else if (word == "--check") {
            settings.instructions = settings.check = true;
        } else if (word == "--entries" && i + 1 < argc) {
            settings.entries = std::max<size_t>(1, std::strtoull(argv[++i], nullptr, 10));
        } else if (word == "--rounds" && i + 1 < argc) {
            settings.rounds = std::max(1, std::atoi(argv[++i]));
        } else {
            std::printf(
                "usage: aurelis-bench-l1 [--json] [--entries N] [--rounds N] [--instructions [--check]]\n"
                "What a hit in L1 costs, compared with a bare map, the plugin's own table, and through strategies.\n"
                "  --instructions  counts instructions instead of time, by single steps\n"
                "  --check         the same; exit status 1 if a strategy adds more than it may\n"
                "example: aurelis-bench-l1 --entries 512\n");
            return word == "--help" ? 0 : 2;
        }
    }
    return measure(settings);
}
