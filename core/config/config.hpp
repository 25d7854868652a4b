// The configuration as plain structs. Everything in them has been checked as far as that is possible without plugins;
// each part keeps the line that it came from, so that mistakes found later (a missing plugin, a wrong option) can name
// it.
// Leaves to others: reading YAML (yaml_reader), options of plugins (option_check), building (api/cache_builder).
#pragma once

#include "config/node.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aurelis::core {

// The bounds that every interface enforces: YAML, the host API in C and C++, and the command line.
inline constexpr int64_t kLongestNs = int64_t{106'751} * 86'400 * 1'000'000'000;  // About 292 years, in whole days.
inline constexpr size_t kTagsMax = 128;                                            // Of one entry.
inline constexpr size_t kTagBytesMax = 1024;

// How long something lives: a positive time, or for ever.
struct Ttl {
    int64_t ns = 0;  // Above 0 unless it is never.
    bool never = false;
};

enum class KeyFormat : uint8_t { Default, Compat };

struct PluginFileConfig {
    std::string file;    // Absolute.
    std::string sha256;  // 64 hex digits in lower case; empty: not pinned.
    int line = 0;
};

inline constexpr size_t kSerializersMax = 16;  // Of one layer; a frame names no more.

// One stage of a layer.
struct SerializerConfig {
    std::string use;                    // As written: "lz4", "lz4.so", or "com.example.acme:lz4".
    std::optional<uint64_t> threshold;  // Values of at most this many bytes skip it; default: the stage's.
    std::optional<double> min_gain;     // Share that it must save, 0 to below 1; default: the stage's.
    Node options;                       // Map: the plugin's own.
    int line = 0;
};

// When the backend of a layer or an origin is no longer asked, and how soon it is tried again.
struct BreakerConfig {
    bool on = true;
    int64_t failures = 5;                                // This many in a row open it,
    int64_t window_ns = int64_t{1'000'000'000};          // or a run of failures that has lasted this long.
    int64_t retry_after_ns = int64_t{100'000'000};       // Then it is tried in the background; doubles up to
    static constexpr int64_t kRetryMostNs = 1'000'000'000;  // this.
};

// How long a layer's backend may take, and what happens when it fails.
struct ResilienceConfig {
    int64_t timeout_ns = 0;       // Of one call, hard; 0: the backend's own.
    int64_t soft_timeout_ns = 0;  // Of a read for which a stale copy has been found; 0: the hard one.
    BreakerConfig breaker;
    // How long copies in other layers are believed while this one, though shared, reports no changes; 0: for ever.
    int64_t trust_ns = int64_t{1'000'000'000};
    bool believes_after_gap = false;  // Copies in other layers are believed although events of this one were lost.
};

struct LayerConfig {
    std::string name;
    std::string backend;  // As written: "memory", "memory.so", or "com.example.acme:memory".
    int64_t priority = 0;
    std::optional<Ttl> ttl;
    std::optional<uint64_t> max_value_bytes;  // Default: the cache's.
    bool shared = true;  // false: nobody else writes it, although its backend could be shared.
    bool bare = false;   // `frame: none`: bare values, for a store that other programs read and write.
    std::vector<SerializerConfig> serializers;  // In the order of encoding.
    ResilienceConfig resilience;
    Node options;        // Map; max_entries, max_size and max_bytes of the layer have been merged into it.
    int line = 0;
    int backend_line = 0;
};

// How often something may be done; calls 0: without a limit.
struct RateConfig {
    int64_t calls = 0;
    int64_t per_ns = 0;
};

// What stands between the cache and an origin.
struct DoorConfig {
    int64_t timeout_ns = 0;  // Of one call; 0: the origin's own.
    BreakerConfig breaker;
    int64_t max_parallel = 0;  // Calls at once; 0: without a limit.
    RateConfig rate;
};

inline constexpr std::string_view kHostOriginMark = "host:";  // How the names of origins of the host begin.

struct OriginConfig {
    std::string name;     // "host:NAME" for one that the host registers.
    std::string backend;  // Empty for those.
    DoorConfig door;
    Node options;
    int line = 0;
    int backend_line = 0;

    bool is_of_host() const noexcept { return name.starts_with(kHostOriginMark); }
};

// An embedder that strategies can name.
struct EmbedderConfig {
    std::string name;
    std::string use;
    Node options;
    int line = 0;
    int use_line = 0;
};

struct StrategyConfig {
    std::string use;
    Node options;  // Map: everything beside `use`.
    int line = 0;
};

// When a value is loaded anew although it is fresh.
struct EarlyRefresh {
    double share = 0;  // Of its ttl that has passed; 0: not at all.
    bool is_probabilistic = false;

    bool is_wanted() const noexcept { return share != 0 || is_probabilistic; }
};

struct CategoryConfig {
    std::string name;  // Of one category, or a glob that matches the names of many.
    std::optional<Ttl> ttl;
    std::optional<bool> require_persistent;  // A set that no persistent layer takes is an error.
    std::optional<int64_t> stale_ns;  // How long after its ttl an entry may still be served as stale; 0: not at all.
    std::optional<int64_t> idle_ns;           // How long an entry that is not used lives; 0: as long as one that is.
    int idle_line = 0;
    std::optional<double> jitter;             // The share of its ttl by which an entry may end earlier.
    std::optional<int64_t> negative_ttl_ns;  // How long it is remembered that there is no value; 0: not at all.
    std::optional<int64_t> failure_pause_ns;  // How long an origin that failed is left alone; 0: not at all.
    std::optional<EarlyRefresh> refresh;
    std::optional<int64_t> soft_timeout_ns;  // How long a load is awaited with a stale value at hand,
    std::optional<int64_t> hard_timeout_ns;  // and without one; 0: no limit.
    static constexpr size_t kCoalesceMax = 100, kCoalesceLargest = 1024;
    std::optional<int64_t> coalesce_window_ns;  // How long single loads by the origin wait for others; 0: not at all.
    std::optional<size_t> coalesce_max;         // At most so many are loaded together.
    std::string
        origin;  // Name of an item of origins, or "host:NAME" for one that the host registers; empty: not given.
    std::optional<std::vector<std::string>> tags;
    std::optional<std::vector<StrategyConfig>> strategies;  // Highest first.
    int line = 0;
    int origin_line = 0;

    bool is_glob() const noexcept { return name.find_first_of("*?[\\") != std::string::npos; }
};

// What an event invalidates (flow/event_rules).
struct RuleConfig {
    struct Target {
        std::string text;  // As written: "category:NAME", "pattern:GLOB", "tag:NAME", "event:NAME" or a full key.
        int line = 0;
    };
    std::string event;
    std::vector<Target> targets;
    int line = 0;
};

struct Config {
    std::string file;    // As it is named in messages.
    std::string folder;  // Absolute; relative paths start here.
    std::string name_space = "aurelis";
    std::string version = "v1";
    uint64_t max_value_bytes = uint64_t{64} << 20;
    int64_t lease_ns = int64_t{60} * 1'000'000'000;
    int64_t close_timeout_ns = int64_t{5} * 1'000'000'000;
    int64_t wait_timeout_ns = int64_t{300} * 1'000'000'000;  // Of a call without a time-out, for what others are doing.
    KeyFormat key_format = KeyFormat::Default;
    std::vector<std::string> plugin_folders;  // Absolute, in the order of search.
    std::vector<PluginFileConfig> plugin_files;
    std::vector<LayerConfig> layers;  // Sorted: highest priority first.
    std::vector<OriginConfig> origins;
    std::vector<EmbedderConfig> embedders;
    std::vector<CategoryConfig> categories;  // "default" holds what the others do not set themselves.
    std::vector<RuleConfig> rules;           // Of `invalidation`, each event once.
    // NULL: there is none.
    const CategoryConfig* category(std::string_view name) const noexcept {
        for (const CategoryConfig& one : categories)
            if (one.name == name) return &one;
        return nullptr;
    }
    Node root;  // The whole tree after expansion, for `config show`.
};

}  // namespace aurelis::core
