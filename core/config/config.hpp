// The configuration as plain structs. What stands here has been checked as far as it can be without plugins; each
// part keeps the line it came from, so that later mistakes (a missing plugin, a wrong option) can name it.
// Leaves to others: reading YAML (yaml_reader), options of plugins (option_check), building (host/cache_builder).
#pragma once

#include "config/node.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace aurelis::core {

// The bounds that every interface keeps to: YAML, the host API in C and with it C++, and the command line.
inline constexpr int64_t kLongestNs = int64_t{106'751} * 86'400 * 1'000'000'000;  // Some 292 years, in whole days.
inline constexpr size_t kTagsMax = 128;                                            // Of one entry.
inline constexpr size_t kTagBytesMax = 1024;

// How long something lives: a positive time, or never ending.
struct Ttl {
    int64_t ns = 0;  // Above 0, but for never.
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
    std::optional<uint64_t> threshold;  // Values of at most so many bytes pass it by; else as the stage is made.
    std::optional<double> min_gain;     // Share that it must save, 0 to below 1; else as the stage is made.
    Node options;                       // Map: the plugin's own.
    int line = 0;
};

// When a layer's backend is no longer asked, and how soon it is tried again.
struct BreakerConfig {
    bool on = true;
    int64_t failures = 5;                                // So many in a row open it,
    int64_t window_ns = int64_t{1'000'000'000};          // or a run of failures that has lasted so long.
    int64_t retry_after_ns = int64_t{100'000'000};       // Then it is tried behind the calls; doubles up to
    static constexpr int64_t kRetryMostNs = 1'000'000'000;  // this.
};

// How long a layer's backend may take, and what becomes of one that fails.
struct ResilienceConfig {
    int64_t timeout_ns = 0;       // Of one call, hard; 0: as the backend has it.
    int64_t soft_timeout_ns = 0;  // Of a read for which a stale copy has been found; 0: the hard one.
    BreakerConfig breaker;
    // How long copies of other layers are believed while this one, though shared, tells of no changes; 0: for ever.
    int64_t trust_ns = int64_t{1'000'000'000};
    bool believes_after_gap = false;  // Copies of other layers are believed although events of this one were lost.
};

struct LayerConfig {
    std::string name;
    std::string backend;  // As written: "memory", "memory.so", or "com.example.acme:memory".
    int64_t priority = 0;
    std::optional<Ttl> ttl;
    std::optional<uint64_t> max_value_bytes;  // Else the cache's.
    bool shared = true;  // false: nobody else writes it, although its backend could be shared.
    bool bare = false;   // `frame: none`: bare values, for a store that other programs read and write.
    std::vector<SerializerConfig> serializers;  // In the order of encoding.
    ResilienceConfig resilience;
    Node options;        // Map; max_entries, max_size and max_bytes of the layer have been merged into it.
    int line = 0;
    int backend_line = 0;
};

struct OriginConfig {
    std::string name;
    std::string backend;
    Node options;
    int line = 0;
    int backend_line = 0;
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
    Node options;  // Map: all that stands beside `use`.
    int line = 0;
};

struct CategoryConfig {
    std::string name;
    std::optional<Ttl> ttl;
    std::optional<bool> require_persistent;  // A set that no persistent layer takes is an error.
    std::optional<int64_t> stale_ns;  // How long after its ttl an entry may still be served as stale; 0: not at all.
    std::string origin;  // Name of an item of origins, or "host:NAME" of what the host registers; empty: not said.
    std::optional<std::vector<std::string>> tags;
    std::optional<std::vector<StrategyConfig>> strategies;  // The highest first.
    int line = 0;
    int origin_line = 0;
};

struct Config {
    std::string file;    // As it is named in messages.
    std::string folder;  // Absolute; relative paths count from here.
    std::string name_space = "aurelis";
    std::string version = "v1";
    uint64_t max_value_bytes = uint64_t{64} << 20;
    int64_t lease_ns = int64_t{60} * 1'000'000'000;
    int64_t close_timeout_ns = int64_t{5} * 1'000'000'000;
    int64_t wait_timeout_ns = int64_t{300} * 1'000'000'000;  // Of a call that says none, for what others are doing.
    KeyFormat key_format = KeyFormat::Default;
    std::vector<std::string> plugin_folders;  // Absolute, in the order of search.
    std::vector<PluginFileConfig> plugin_files;
    std::vector<LayerConfig> layers;  // Sorted: highest priority first.
    std::vector<OriginConfig> origins;
    std::vector<EmbedderConfig> embedders;
    std::vector<CategoryConfig> categories;  // "default" is what all others take that they do not say themselves.
    // NULL: there is none.
    const CategoryConfig* category(std::string_view name) const noexcept {
        for (const CategoryConfig& one : categories)
            if (one.name == name) return &one;
        return nullptr;
    }
    Node root;  // The whole tree after expansion, for `config show`.
};

}  // namespace aurelis::core
