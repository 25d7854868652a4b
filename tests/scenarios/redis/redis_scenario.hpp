// What the scenarios over Redis share: the YAML of their stacks, and helpers that read the reports.
#pragma once

#include "scenarios/scenario.hpp"
#include "support/redis/deadline.hpp"
#include "support/redis/fault_proxy.hpp"
#include "support/redis/redis_server.hpp"

#include <string>

namespace aurelis::testing {

// Whether a sanitizer dominates the time of a call, so that latencies mean nothing.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

inline std::string redis_url(uint16_t port) { return "redis://127.0.0.1:" + std::to_string(port) + "/0"; }

struct Layers {
    std::string memory = "ttl: 5m";
    std::string redis = "timeout: 200ms";  // Further keys of the layer, in flow style.
    std::string redis_options;             // Further options: ", pool: {max: 2}"
    std::string disk;                      // The path of its file; empty: no such layer.
    std::string head;                      // What comes before the layers.
    bool has_memory = true;

    std::string over(uint16_t port) const { return over_options("url: \"" + redis_url(port) + "\""); }
    std::string over_options(const std::string& where) const {
        std::string yaml = head + "layers:\n";
        if (has_memory)
            yaml += "  - {name: L1_memory, backend: memory, priority: 3, max_entries: 100000" +
                    (memory.empty() ? "" : ", " + memory) + "}\n";
        yaml += "  - {name: L2_redis, backend: redis, priority: 2, " + redis + ", options: {" + where +
                redis_options + "}}\n";
        if (!disk.empty())
            yaml +=
                "  - {name: L3_disk, backend: sqlite-disk, priority: 1, ttl: 1d, options: {path: \"" + disk + "\"}}\n";
        return yaml;
    }
};

inline nlohmann::json layer_stats(Opened& opened, const std::string& name) {
    const auto stats = opened.stats();
    for (const auto& layer : stats["layers"])
        if (layer["name"] == name) return layer;
    return {};
}

// Waits until events flow: changes by others are reported from now on.
inline void await_live(Opened& opened) {
    rig::require_soon(
        "live events", [&] { return layer_stats(opened, "L2_redis")["following"]["state"] == "live"; },
        rig::Milliseconds(60'000));
}

// A get from one layer only, by number.
inline std::string get_from(Opened& opened, const std::string& id, uint32_t layer, uint32_t count) {
    const uint64_t all = (uint64_t{1} << count) - 1;
    return opened.get(id, {.promote = false, .skip_layers = all & ~(uint64_t{1} << (layer - 1))});
}

}  // namespace aurelis::testing
