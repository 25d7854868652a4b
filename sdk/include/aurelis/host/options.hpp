// What a caller may specify when opening, reading and writing. Leaves to others: which values are refused (the library;
// see sdk/README.md, "Options and bounds").
#pragma once

#include <aurelis/aurelis.h>
#include <aurelis/base/bytes.hpp>
#include <aurelis/host/duration.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aurelis {

// What happens to a stored value that the codec cannot decode; it is counted in any case. Default: get returns the
// codec's error and leaves the entry; get_or_compute and get_or_load remove it and compute or load again.
enum class Undecodable : uint8_t { Default, Fail, Remove };

struct ReadOptions {
    bool allow_stale = false;
    bool peek = false;  // Leaves recency and counters alone.
    bool promote = true;
    std::optional<Duration> timeout{};  // 0: none.
    uint64_t skip_layers = 0;           // Bit i: leave out layer i+1.
    Undecodable undecodable = Undecodable::Default;
    const std::atomic<uint32_t>* cancel = nullptr;  // Set to 1 to give up the call; lives as long as the call.
    std::optional<aurelis_trace> trace{};           // Where the call belongs; plugins and computations get it.
};

struct WriteOptions {
    std::optional<Life> ttl{};  // Else the category's, else the layers'.
    std::optional<Duration> stale{};
    std::vector<std::string> tags{};
    uint16_t app_flags = 0;
    uint32_t cost = 0;  // Microseconds that it took to compute; 0: unknown, or as measured for a computation.
    std::optional<Duration> timeout{};
    uint64_t skip_layers = 0;
    bool require_persistent = false;  // set: an error if no persistent layer takes it; then no layer holds the name.
    const std::atomic<uint32_t>* cancel = nullptr;  // As in ReadOptions; some layers may have the write.
    std::optional<aurelis_trace> trace{};
    std::optional<Duration> negative_ttl{};  // How long it is remembered that a computation found nothing; 0: not.
    std::optional<double> jitter{};          // The share of the ttl that may be taken off, 0 to below 1.
    std::string etag{};                      // What the origin calls this version of the value.
    std::optional<Duration> idle{};  // It ends if it is not used for so long; 0: it does not.
};

// How a value is loaded.
struct LoadOptions {
    bool fresh_only = false;  // A stale value is not an answer, although the category has a stale time.
    std::optional<Duration> failure_pause{};     // Else the category's: how long an origin that failed is left alone.
    std::optional<std::string> default_value{};  // Encoded: the answer if the load fails and there is no stale value.
    // For loads that may go on behind the call, which are those of origins and of behind(compute); else the category's:
    std::optional<Duration> soft_timeout{};  // How long to wait if a stale value is at hand; 0: not at all.
    std::optional<Duration> hard_timeout{};  // And without one; 0: no limit.
    std::optional<double> refresh_at{};  // The share of its ttl after which a fresh value is loaded anew; 0: none.
    bool refresh_probabilistic = false;  // Instead: by chance, weighed by what the value took to load.
};

enum class LogLevel : uint32_t { Trace, Debug, Info, Warn, Error };
// Called from any thread; must not call the cache. What it throws is dropped.
using Log = std::function<void(LogLevel level, std::string_view message)>;

struct OpenOptions {
    std::string file{};                     // The YAML file; empty: the text, else the usual places.
    std::string text{};                     // YAML text instead of a file.
    std::string folder{};                   // For text: relative paths count from here.
    std::string name_space{};               // Replaces cache.namespace.
    std::string data_folder{};              // Every option that says where a component keeps its data is moved here.
    const aurelis_clock* clock = nullptr;   // For tests; must outlive the cache.
    Log log{};                              // Empty: standard error, from the level that AURELIS_LOG names.
    LogLevel log_level = LogLevel::Warn;    // With log: the lowest level to pass on.
};

namespace detail {

inline aurelis_read_options read_options(const ReadOptions& from) noexcept {
    aurelis_read_options to{};
    to.struct_size = sizeof to;
    if (from.allow_stale) to.flags |= AURELIS_READ_ALLOW_STALE;
    if (from.peek) to.flags |= AURELIS_READ_PEEK;
    if (!from.promote) to.flags |= AURELIS_READ_NO_PROMOTE;
    to.timeout_ns = from.timeout ? from.timeout->ns() : 0;
    to.skip_layers = from.skip_layers;
    to.cancel = reinterpret_cast<const uint32_t*>(from.cancel);
    to.trace = from.trace ? &*from.trace : nullptr;
    return to;
}

// What it points to is in `from`.
inline aurelis_computation computation(const LoadOptions& from, aurelis_compute_fn run, void* user) noexcept {
    aurelis_computation to{};
    to.struct_size = sizeof to;
    to.run = run;
    to.user = user;
    if (from.fresh_only) to.flags |= AURELIS_LOAD_FRESH_ONLY;
    if (from.failure_pause) {
        to.flags |= AURELIS_LOAD_FAILURE_PAUSE;
        to.failure_pause_ns = from.failure_pause->ns();
    }
    if (from.default_value) {
        to.flags |= AURELIS_LOAD_DEFAULT;
        to.default_value = bytes(*from.default_value);
    }
    if (from.soft_timeout) {
        to.flags |= AURELIS_LOAD_SOFT_TIMEOUT;
        to.soft_timeout_ns = from.soft_timeout->ns();
    }
    if (from.hard_timeout) {
        to.flags |= AURELIS_LOAD_HARD_TIMEOUT;
        to.hard_timeout_ns = from.hard_timeout->ns();
    }
    if (from.refresh_at) {
        to.flags |= AURELIS_LOAD_REFRESH_AT;
        to.refresh_at = *from.refresh_at;
    }
    if (from.refresh_probabilistic) to.flags |= AURELIS_LOAD_REFRESH_PROBABILISTIC;
    return to;
}

inline aurelis_computation computation(const LoadOptions& from, aurelis_compute_many_fn run, void* user) noexcept {
    aurelis_computation to = computation(from, aurelis_compute_fn{nullptr}, user);
    to.run_many = run;
    return to;
}

inline std::vector<aurelis_bytes> texts_of(const std::vector<std::string>& from) {
    std::vector<aurelis_bytes> to;
    to.reserve(from.size());
    for (const std::string& tag : from) to.push_back(bytes(tag));
    return to;
}

// Sets the times and their flags in aurelis_write_options and aurelis_computed alike.
template <typename To>
void say_negative_ttl(const std::optional<Duration>& negative_ttl, To& to) noexcept {
    if (!negative_ttl) return;
    to.flags |= AURELIS_WRITE_NEGATIVE_TTL;
    to.negative_ttl_ns = negative_ttl->ns();
}
template <typename To>
void say_idle(const std::optional<Duration>& idle, To& to) noexcept {
    if (!idle) return;
    to.flags |= AURELIS_WRITE_IDLE;
    to.idle_ns = idle->ns();
}
template <typename To>
void say_times(const std::optional<Life>& ttl, const std::optional<Duration>& stale, To& to) noexcept {
    if (ttl) to.flags |= ttl->is_never() ? uint32_t{AURELIS_WRITE_NEVER} : uint32_t{AURELIS_WRITE_TTL};
    if (ttl && !ttl->is_never()) to.ttl_ns = ttl->ns();
    if (!stale) return;
    to.flags |= AURELIS_WRITE_STALE;
    to.stale_ns = stale->ns();
}

// Options of a write with the array of tags that they point to; the tags' bytes stay the caller's.
class Write {
public:
    explicit Write(const WriteOptions& from) : tags_(texts_of(from.tags)) {
        options_.struct_size = sizeof options_;
        say_times(from.ttl, from.stale, options_);
        say_negative_ttl(from.negative_ttl, options_);
        say_idle(from.idle, options_);
        if (from.jitter) options_.flags |= AURELIS_WRITE_JITTER;
        options_.jitter = from.jitter.value_or(0);
        options_.etag = bytes(from.etag);
        if (from.require_persistent) options_.flags |= AURELIS_WRITE_PERSISTENT;
        options_.tags = tags_.data();
        options_.tag_count = tags_.size();
        options_.entry_flags = uint32_t{from.app_flags} << 16;
        options_.cost = from.cost;
        options_.timeout_ns = from.timeout ? from.timeout->ns() : 0;
        options_.skip_layers = from.skip_layers;
        options_.cancel = reinterpret_cast<const uint32_t*>(from.cancel);
        options_.trace = from.trace ? &*from.trace : nullptr;
    }
    Write(const Write&) = delete;
    Write& operator=(const Write&) = delete;
    const aurelis_write_options* get() const noexcept { return &options_; }

private:
    std::vector<aurelis_bytes> tags_;
    aurelis_write_options options_{};
};

inline void write_log(void* log, uint32_t level, const char* message, size_t size) noexcept {
    try {
        (*static_cast<const Log*>(log))(static_cast<LogLevel>(level), std::string_view(message, size));
    } catch (...) {  // There is no one left to report it to.
    }
}

// Options for opening a cache; what they point to is the caller's. log is used instead of from.log.
inline aurelis_open_options open_options(const OpenOptions& from, const Log* log) noexcept {
    const auto or_null = [](const std::string& text) { return text.empty() ? nullptr : text.c_str(); };
    aurelis_open_options to{};
    to.struct_size = sizeof to;
    to.file = or_null(from.file);
    to.text = bytes(from.text);
    to.folder = or_null(from.folder);
    to.name_space = or_null(from.name_space);
    to.data_folder = or_null(from.data_folder);
    to.clock = from.clock;
    to.log_level = static_cast<uint32_t>(from.log_level);
    if (log == nullptr || !*log) return to;
    to.log = write_log;
    to.log_user = const_cast<Log*>(log);  // Only ever called as const.
    return to;
}

}  // namespace detail
}  // namespace aurelis
