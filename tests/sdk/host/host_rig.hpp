// A cache in C++ with a memory and a disk layer, a clock that stands still, and what it logs.
#pragma once

#include "support/catch.hpp"
#include "support/folder.hpp"
#include "support/manual_clock.hpp"

#include <aurelis/cache.hpp>

#include <algorithm>
#include <mutex>
#include <string>
#include <vector>

namespace aurelis::testing {

struct HostRig {
    test::Folder folder;
    ManualClock clock;
    std::mutex mutex;
    std::vector<std::string> log;  // Guarded by mutex.
    Cache cache = open(options());

    OpenOptions options() {
        OpenOptions said;
        said.text = "layers:\n"
                    "  - {name: L1, backend: memory, priority: 2, max_entries: 10000}\n"
                    "  - {name: L2, backend: sqlite-disk, priority: 1, options: {path: \"" + folder / "a.db" + "\"}}\n"
                    "categories:\n"
                    "  loaded: {origin: \"host:numbers\", tags: [always]}\n"
                    "  gathered: {origin: \"host:numbers\", coalesce_window: 2ms, coalesce_max: 3}\n"
                    "  absent: {ttl: 1h, negative_ttl: 30s}\n"
                    "  idle: {ttl: 1h, idle: 10s}\n"
                    "  lasting: {ttl: 10s, stale: 1m, failure_pause: 5s}\n"
                    "  \"page_*\": {ttl: 10s}\n"
                    "  page_views: {ttl: 20s}\n"
                    "  \"page_views*\": {ttl: 30s}\n"
                    "  early: {ttl: 10s, refresh_at: 50%, hard_timeout: 1s}\n"
                    "  by_chance: {ttl: 10s, refresh_at: probabilistic}\n";
        said.clock = clock.table();
        said.log = [this](LogLevel, std::string_view line) {
            std::scoped_lock lock(mutex);
            log.emplace_back(line);
        };
        return said;
    }
    static Cache open(const OpenOptions& options) {
        auto opened = Cache::open(options);
        if (!opened) FAIL(opened.error().message);
        return std::move(opened).value();
    }
    Category category(std::string_view name) { return cache.category(name).value(); }
    nlohmann::json stats() { return nlohmann::json::parse(cache.stats_json().value()); }
    size_t lines_with(std::string_view text) {
        std::scoped_lock lock(mutex);
        return static_cast<size_t>(std::count_if(
            log.begin(), log.end(), [&](const std::string& line) { return line.find(text) != std::string::npos; }));
    }
};

}  // namespace aurelis::testing
