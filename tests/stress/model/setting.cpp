#include "stress/model/setting.hpp"

namespace aurelis::stress {

namespace {

// Room for a third of the keys, so that entries are evicted all the time.
constexpr const char* kSmallMemory = "  - {name: L1_memory, backend: memory, priority: 3, max_entries: 128}\n";
constexpr const char* kMemory = "  - {name: L1_memory, backend: memory, priority: 3, max_entries: 100000}\n";

std::string disk(const Place& place) {
    return "  - name: L3_disk\n"
           "    backend: sqlite-disk\n"
           "    priority: 1\n"
           "    shared: false\n"
           "    options: {path: \"" + place.folder + "/cache.db\", durability: process}\n";
}

std::string unreliable(const std::string& more) {
    return "  - name: L2_unreliable\n"
           "    backend: unreliable\n"
           "    priority: 2\n"
           "    breaker: {failures: 3, retry_after: 1ms}\n" + more;
}

std::string redis(const Place& place, const std::string& coherence) {
    return "  - name: L2_redis\n"
           "    backend: redis\n"
           "    priority: 1\n"
           "    options: {url: \"redis://127.0.0.1:" + std::to_string(place.port) + "/0\", coherence: " + coherence +
           "}\n";
}

}  // namespace

std::optional<std::string> yaml_of(const std::string& setting, const Place& place) {
    std::string layers;
    if (setting == "memory")
        layers = kSmallMemory;
    else if (setting == "disk")
        layers = kSmallMemory + disk(place);
    else if (setting == "faults")
        layers = kSmallMemory + unreliable("");
    else if (setting == "stages")
        layers = kSmallMemory + unreliable("    serializers: [{use: lz4, threshold: 64B}]\n") + disk(place);
    else if (is_of_two_processes(setting))
        layers = kMemory + redis(place, setting);
    else
        return std::nullopt;
    return "plugins: {files: [\"" + place.unreliable + "\"]}\n"
           "layers:\n" + layers +
           "categories:\n"
           "  default: {ttl: 10m, stale: 10m}\n"
           "invalidation:\n"
           "  - {on: changed, targets: [\"aurelis:v1:{category}:{id}\", \"tag:{tag}\"]}\n";
}

}  // namespace aurelis::stress
