// Loader: what happens on a full miss. One caller per identity loads, the others wait; the result is published from the
// top of the chain, unless the key was written meanwhile or the load took longer than a lease lasts.
// Leaves to others: where the value comes from (a function of the caller), keys and policies (api).
#pragma once

#include "base/function_ref.hpp"
#include "chain/chain.hpp"
#include "flow/entry_terms.hpp"
#include "flow/failure_pauses.hpp"
#include "flow/flights.hpp"
#include "flow/waits.hpp"
#include "stats/counter_list.hpp"

#include <aurelis/base/result.hpp>

#include <array>
#include <atomic>
#include <memory>
#include <span>
#include <vector>

namespace aurelis::core {

// What the origin gave.
struct Loaded {
    Pinned value;
    bool keep = true;        // false: only for those that ask now.
    bool too_large = false;  // The same, since the cache would not take it.
    bool is_negative = false;  // It gave nothing, and that is to be remembered.
    std::string error;
};

struct LoadRequest {
    aurelis_key key;
    std::string_view identity;
    Chain& chain;            // Of the category; what is loaded is published at its top.
    Lookup& lookup;          // Of the get that missed; if its lease is not taken, the key is looked up first.
    uint64_t landings_seen;  // Loader::landings() before that get.
    // OK, NOT_FOUND or an error; runs on the caller's thread with no lock and no lane held.
    FunctionRef<aurelis_status(Loaded&)> run;
    // Sets what is stored with what was loaded: times, flags, attributes; a cost of 0 is replaced by the time it took.
    FunctionRef<void(const Loaded&, int64_t created, aurelis_meta&, std::string& attrs)> describe;
    int64_t failure_pause_ns = 0;  // If it fails, is_paused() for so long.
    // The caller has a stale value that it may be answered with: it waits for the load of another, or for one behind,
    // for its patience alone, and load() returns STALE then.
    bool has_stale = false;
    int64_t patience_ns = 0;  // 0: without a stale value, until the call's time-out.
};

// Several names that are loaded together.
struct LoadBatch {
    std::span<LoadRequest* const> requests;  // Distinct names of one chain.
    bool at_once;  // `run` asks for all with one call; else it is called for one name after the other.
    // Loads those of `requests` that `which` names: for the k-th of them, loaded[k] and each[k] are what `run` of a
    // request makes and returns.
    FunctionRef<void(std::span<const size_t> which, Loaded* loaded, aurelis_status* each)> run;
};

// What became of one name of a batch, as from load(). The caller owns the entry's value.
struct LoadAnswer {
    aurelis_status status = AURELIS_NOT_FOUND;
    aurelis_entry entry{};
    std::string error;
};

// A load that goes on behind the call that began it, of one name or several, and owns all that it refers to.
class OwnedLoad {
public:
    virtual ~OwnedLoad() = default;
    virtual const LoadBatch& batch() noexcept = 0;
    virtual CallContext& context() noexcept = 0;
};

// What became of the loads after full misses.
#define AURELIS_LOADER_COUNTERS(X)                                                                                    \
    X(kLoads, "loads", "Computations and requests to an origin that were begun.")                                     \
    X(kLoadFailures, "load_failures", "Those that failed.")                                                           \
    X(kLoadsTogether, "loads_together", "Computations and requests for several names at once; each name is a load.")  \
    X(kLoadsNotFound, "loads_not_found", "Those that found no value.")                                                \
    X(kLoadsGathered, "loads_gathered", "Loads that joined the request of another one, within `coalesce_window`.")     \
    X(kLoadsJoined, "loads_joined", "Callers that waited for another caller's load of the same name.")                \
    X(kLoadsNotAwaited, "loads_not_awaited",                                                                          \
      "Callers that got a stale value at once, while another caller was loading the name.")                           \
    X(kLoadsBehind, "loads_behind", "Loads that went on behind the calls that began them.")                           \
    X(kLoadsLeft, "loads_left", "Callers whose soft_timeout or hard_timeout ended before the load.")                  \
    X(kLoadsDropped, "loads_dropped", "Loads that were not begun behind the call, since too many were waiting.")      \
    X(kLoadsOutdated, "loads_outdated",                                                                               \
      "Callers that loaded anew, since the load that they awaited began before an invalidation and they asked after.") \
    X(kLoadsRevoked, "loads_revoked", "Values that were not stored, since the key was written or removed meanwhile.") \
    X(kLoadsTooLate, "loads_too_late", "Values that were not stored, since they took longer than `lease`.")           \
    X(kLoadsTooLarge, "loads_too_large", "Values that were not stored, since they are above `max_value_bytes`.")      \
    X(kLoadsFailedOver, "loads_failed_over",                                                                          \
      "Callers that got a stale or default value, since the load failed.")                                            \
    X(kLoadsPaused, "loads_paused", "Callers that got one without a load, since the last one failed.")                \
    X(kLoadWaitTimeouts, "load_wait_timeouts", "Callers whose time-out passed while they waited.")                    \
    X(kLoadRings, "load_rings", "Computations that waited for one another in a ring, and were refused.")

AURELIS_DEFINE_COUNTERS(LoaderCounter, kLoaderCounters, kLoaderCounterRows, AURELIS_LOADER_COUNTERS);

class Landings;

class Loader {
public:
    explicit Loader(Runtime& runtime) : runtime_(runtime), behind_(runtime.clock, kBehindMax) {}
    // Tells the loads that go on behind to give up, and waits for them. From then on none begins.
    void close();

    uint64_t landings(uint64_t hash) noexcept { return flights_.landings(hash); }
    // OK: out holds the value (the caller's). NOT_FOUND: the origin has none. STALE: the request's patience has ended.
    // Below 0: context.error says why; E_TIMEOUT also if the patience of a request without a stale value has ended.
    aurelis_status load(CallContext& context, LoadRequest& request, aurelis_entry& out);
    // The same, but behind the call, which only waits for it. load: the same request again, with the lease. If too many
    // loads are waiting, it is done here.
    aurelis_status load_behind(CallContext& context, LoadRequest& request, std::unique_ptr<OwnedLoad> load,
                               aurelis_entry& out);
    // Begins the load and waits for nothing.
    void refresh_behind(std::unique_ptr<OwnedLoad> load);
    // load() of several names; out has as many. Names that nobody is loading are loaded with one call, before this
    // waits for any of the others.
    void load_together(CallContext& context, const LoadBatch& batch, LoadAnswer* out);
    // The same, but behind the call, as load_behind(), in two steps. False: too many are waiting, or this is a load
    // behind that would have to wait for it; the load is still the caller's.
    struct Pending {
        std::vector<std::shared_ptr<Flight>> flights;
        int64_t known_stamp = 0, asked_mono = 0;
    };
    bool begin_behind(const LoadBatch& batch, std::unique_ptr<OwnedLoad>& load, Pending& pending);
    void await(CallContext& context, const LoadBatch& batch, Pending& pending, LoadAnswer* out);
    // This thread carries out a load behind.
    static bool is_worker() noexcept { return is_worker_; }
    bool is_under_way(uint64_t hash, std::string_view identity) { return flights_.is_under_way(hash, identity); }
    // The same for a caller that holds the lane of the key: waits for nobody and publishes nothing.
    aurelis_status load_alone(CallContext& context, LoadRequest& request, aurelis_entry& out);
    // The last load of the key has failed, and the origin is left alone for a while.
    bool is_paused(uint64_t hash) const noexcept { return pauses_.holds(hash, runtime_.clock.mono()); }
    // A caller got something else instead of what was to be loaded. why: the error of its load; empty: it was paused.
    void failed_over(const LoadRequest& request, const std::string& why);
    std::atomic<uint64_t>& counter(LoaderCounter counter) noexcept { return counts_[counter]; }
    uint64_t counted(LoaderCounter counter) const noexcept { return counts_[counter].load(std::memory_order_relaxed); }
    Snapshot snapshot() const {
        return snapshot_of(kLoaderCounterRows, [&](size_t i) { return counted(static_cast<LoaderCounter>(i)); });
    }

private:
    static constexpr size_t kBehindMax = 32;          // So many run at once;
    static constexpr uint32_t kWaitingMax = 1024;     // so many may wait.
    struct Behind;
    void count(LoaderCounter counter) noexcept { counts_[counter].fetch_add(1, std::memory_order_relaxed); }
    LoadOutcome fly(CallContext& context, LoadRequest& request, bool publishes);
    // has_flown(k): the outcome of landing k is made, and published if it may be.
    void fly_together(CallContext& context, const LoadBatch& batch, Landings& landings,
                      FunctionRef<void(size_t k)> has_flown);
    void fly_at_once(CallContext& context, const LoadBatch& batch, Landings& landings,
                     const std::vector<size_t>& places, FunctionRef<void(size_t k)> has_flown);
    // When a load began.
    struct Begun {
        int64_t stamp, mono;
    };
    // Before the origin is asked, so that a later invalidation hides what it gives.
    Begun begin() const { return {runtime_.clock.stamp(), runtime_.clock.mono()}; }
    // Makes the outcome of what the origin gave. True: it may be published.
    bool complete(LoadRequest& request, const Begun& begun, aurelis_status status, Loaded& loaded,
                  LoadOutcome& outcome);
    void publish(CallContext& context, LoadRequest& request, const LoadOutcome& outcome);
    static aurelis_write write_of(const LoadOutcome& outcome) noexcept;
    bool look_up(CallContext& context, LoadRequest& request, Lookup& lookup, LoadOutcome& outcome);
    void observe(CallContext& context, LoadRequest& request);
    const LoadOutcome* wait_for(Flight& flight, int64_t deadline_mono);
    bool found_meanwhile(CallContext& context, LoadRequest& request, LoadOutcome& outcome);
    bool is_outdated(const LoadRequest& request, const LoadOutcome& outcome, int64_t known_stamp) const;
    bool load_or_join(CallContext& context, LoadRequest& request, int64_t known_stamp, aurelis_entry& out,
                      aurelis_status& status);
    // asked_mono: when the caller began to wait, as its patience counts.
    bool join(CallContext& context, LoadRequest& request, Flight& flight, int64_t known_stamp, int64_t asked_mono,
              aurelis_entry& out, aurelis_status& status);
    aurelis_status load_since(CallContext& context, LoadRequest& request, int64_t known_stamp, aurelis_entry& out);
    // What the caller has joined is out of date for it.
    aurelis_status load_anew(CallContext& context, LoadRequest& request, int64_t known_stamp, aurelis_entry& out);
    // join(), and load_anew() if need be, for one name of a batch.
    void await(CallContext& context, LoadRequest& request, Flight& flight, int64_t known_stamp, int64_t asked_mono,
               LoadAnswer& out);
    using FlightPtrs = std::vector<std::shared_ptr<Flight>>;
    // flights: those of the load's requests, this or other callers'. False: too many are waiting, and the load is still
    // the caller's.
    bool start_behind(std::unique_ptr<OwnedLoad>& load, FlightPtrs& flights);
    void carry_out(OwnedLoad& load, Landings& landings, bool cancelled);
    void tell_failure(const LoadRequest& request, const std::string& why);
    aurelis_status answer(CallContext& context, const LoadOutcome& outcome, aurelis_entry& out);

    // A load behind does not wait for another one, which may not get a worker: it does that one's work itself.
    static thread_local bool is_worker_;

    Runtime& runtime_;
    Flights flights_;
    FailurePauses pauses_;
    std::atomic<int64_t> failure_told_{0};  // When a failure was last logged (mono); 0: never.
    std::array<std::atomic<uint64_t>, kLoaderCounters> counts_{};
    std::atomic<uint32_t> waiting_{0};   // Loads behind, running ones included.
    std::atomic<uint32_t> closing_{0};  // 1: loads behind are to give up; computations see it as their cancel flag.
    TaskRunner behind_;
};

}  // namespace aurelis::core
