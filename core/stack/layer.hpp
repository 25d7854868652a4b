// Layer: one configured level. A backend with its ttl, its limits, its frame and its numbers; turns what a backend
// keeps into entries that can be believed, and entries into what it keeps. A backend that cannot start, or fails, never
// fails the cache: it is counted, told once in a while, passed over, and tried again.
// Owner: the stack. All functions but open and close: any thread, no lock held during a backend's call.
#pragma once

#include "config/config.hpp"
#include "plugin/store_handle.hpp"
#include "stack/entry.hpp"
#include "stack/envelope.hpp"
#include "stats/histogram.hpp"
#include "stats/striped.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace aurelis::core {

struct LayerSpec {
    std::string name;
    std::string backend;
    std::string place;  // "cache.yaml:12", for messages.
    int64_t priority = 0;
    std::optional<Ttl> ttl;
    uint64_t max_value_bytes = 0;
    bool shared = true;  // Whether other processes may write a backend that can be shared.
    FoundComponent component;
    Node options;  // Checked.
    std::vector<Stage> stages;
    const SerializerShelf* shelf = nullptr;  // Outlives the layer.
};

enum LayerCounter : size_t {
    kHits, kMisses, kStaleFound, kExpiredFound, kInvalidatedFound, kCorrupt, kOversized, kNoSerializer, kNoDictionary,
    kCollisions, kErrors, kUnreachable, kSets, kRemoves, kFills, kPromotions, kNotAdmitted, kTooLarge, kConflicts, kLayerCounters
};

// What a layer holds of one key, for explain.
struct LayerView {
    enum class State : uint8_t { Present, Absent, Expired, Invalidated, Corrupt, Unreachable };
    State state = State::Absent;
    std::string reason;
    aurelis_meta meta{};
    std::string attrs;
    uint64_t bytes_raw = 0;
    uint64_t bytes_stored = 0;
    std::vector<FrameStage> stages;
    bool stale = false;
};

class Layer {
public:
    Layer(Runtime& runtime, LayerSpec spec, const Stamps& stamps, bool highest);
    ~Layer();

    void open();   // Starts the backend; on failure says so and goes on trying behind the calls.
    void close();  // Ends the trying, stops the backend.

    const LayerSpec& spec() const noexcept { return spec_; }
    // The running backend, or NULL while it is not there.
    StoreHandle* backend() const noexcept { return live_.load(std::memory_order_acquire); }
    uint64_t caps() const noexcept {
        const StoreHandle* handle = backend();
        return handle != nullptr ? handle->caps() : spec_.component.component->caps;
    }
    bool blocks() const noexcept { return (caps() & AURELIS_CAP_NO_BLOCK) == 0; }
    bool is_shared() const noexcept { return spec_.shared && (caps() & AURELIS_CAP_SHARED) != 0; }
    bool framed() const noexcept {
        constexpr uint64_t kRaw = AURELIS_CAP_META;
        return (caps() & (AURELIS_CAP_PERSISTENT | AURELIS_CAP_SHARED)) != 0 || (caps() & kRaw) == 0 ||
               !envelope_.stages().empty();
    }

    // OK: *out is alive, fresh or stale (see its meta); the caller owns the value. NOT_FOUND: out->meta.version is what
    // the layer says of the absent key. Below 0: counted already.
    aurelis_status get(CallContext& context, const aurelis_key& key, aurelis_entry& out, bool& stale);
    // out[i].status as get would answer, AURELIS_STALE for a stale one.
    void multi_get(CallContext& context, const aurelis_key* keys, size_t n, aurelis_entry* out);

    // The value and times as the cache means them; the layer limits the life and seals the frame.
    aurelis_status set(CallContext& context, const aurelis_key& key, const aurelis_write& write);
    aurelis_status remove(CallContext& context, const aurelis_key& key);
    void multi_write(CallContext& context, const aurelis_key* keys, const aurelis_write* writes, size_t n,
                     aurelis_status* each);
    // Drops what begins so and was created before the stamp; UINT64_MAX: unknown how many.
    aurelis_status remove_older(CallContext& context, std::string_view prefix, int64_t stamp, uint64_t& removed);

    LayerView look(CallContext& context, const aurelis_key& key);
    void count(LayerCounter counter) noexcept { counters_.add(counter); }
    uint64_t counted(LayerCounter counter) const noexcept { return counters_.sum(counter); }
    const Stages& stages() const noexcept { return envelope_.stages(); }
    const Histogram& read_times() const noexcept { return read_times_; }
    // The last failure in words; empty: none so far.
    std::string last_error() const;
    aurelis_status failed(CallContext& context, aurelis_status status, const char* what);

private:
    class Timing;
    class OwnError;
    struct Prepared {  // What is handed to the backend for one write.
        aurelis_write write;
        Pinned frame;
    };

    aurelis_status accept(CallContext& context, const aurelis_key& key, aurelis_entry& out, bool& stale);
    void tell_of_missing(const std::string& why);
    aurelis_status prepare(CallContext& context, const aurelis_key& key, const aurelis_write& write, Prepared& out);
    aurelis_status written(CallContext& context, const aurelis_key& key, const aurelis_write& write,
                           aurelis_status status);
    aurelis_status unreachable(CallContext& context);
    aurelis_status remove_by_scan(StoreHandle& handle, CallContext& context, std::string_view prefix, uint64_t& removed);
    bool counts(const CallContext& context) const noexcept {
        return (context.call.flags & AURELIS_CALL_PEEK) == 0;
    }
    Result<void> try_start();
    static void retry(void* self, uint32_t cancelled) noexcept;

    Runtime& runtime_;
    const LayerSpec spec_;
    const Stamps& stamps_;
    const bool highest_;
    const Envelope envelope_;
    std::atomic<StoreHandle*> live_{nullptr};
    std::unique_ptr<StoreHandle> owned_;
    int64_t retry_delay_ns_ = 0;
    Striped<kLayerCounters> counters_;
    Histogram read_times_;
    mutable std::mutex failure_mutex_;  // Guards the four below.
    std::string last_error_;
    int64_t window_mono_ = 0;  // When the present stretch of telling began,
    uint32_t told_ = 0;        // and how many lines were told in it.
    int64_t told_of_missing_ = 0;
};

}  // namespace aurelis::core
