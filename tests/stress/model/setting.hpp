// Setting: the layers that a run is about, as YAML.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace aurelis::stress {

// What a setting needs to know of its surroundings.
struct Place {
    std::string folder;      // Of the databases.
    std::string unreliable;  // The plugin's file.
    uint16_t port = 0;       // Of Redis.
};

// "memory", "disk", "faults", "stages", "pubsub", "tracking"; nothing for any other name.
std::optional<std::string> yaml_of(const std::string& setting, const Place& place);
inline bool is_of_two_processes(const std::string& setting) { return setting == "pubsub" || setting == "tracking"; }
inline bool has_failing_layer(const std::string& setting) { return setting == "faults" || setting == "stages"; }
inline constexpr const char* kSettings = "memory, disk, faults, stages, pubsub or tracking";

}  // namespace aurelis::stress
