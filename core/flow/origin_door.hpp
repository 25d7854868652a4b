// OriginDoor: the way to one origin, a configured backend or a function of the host. Limits how many calls are under
// way and how often one begins (turnstile) and how long each may take, judges and counts its outcome, and refuses calls
// while the breaker is open. Then a backend is probed in the background, as that of a layer is; of a function, one call
// at a time is let through when it is due, and decides.
// Leaves to others: what the calls mean (origins, origin_store), what becomes of a load that fails (loader, api).
// Threads: any; close: the cache's owner. No lock is held during a call.
//
// A call within a call to the same origin, on the same thread, takes no place of its own, since with few places it
// would wait for itself; and the breaker, which let the outer one through, lets it through too.
#pragma once

#include "flow/turnstile.hpp"
#include "layer/breaker.hpp"
#include "layer/call_time.hpp"
#include "layer/failure_log.hpp"
#include "plugin/store_handle.hpp"
#include "stats/histogram.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace aurelis::core {

struct OriginSpec {
    std::string name;   // "users", or "host:users".
    std::string place;  // "cache.yaml:12", for the log; empty: it is not configured.
    DoorConfig door;
    FoundComponent component;  // Of the backend.
};

class OriginDoor {
public:
    // store: running; NULL: a function of the host.
    OriginDoor(Runtime& runtime, OriginSpec spec, std::unique_ptr<StoreHandle> store);
    ~OriginDoor() { close(); }
    OriginDoor(const OriginDoor&) = delete;
    OriginDoor& operator=(const OriginDoor&) = delete;
    void close();  // Stops probing and the store.

    const OriginSpec& spec() const noexcept { return spec_; }
    StoreHandle* store() const noexcept { return store_.get(); }
    const Breaker& breaker() const noexcept { return breaker_; }
    const Histogram& call_times() const noexcept { return call_times_; }
    std::string last_error() const { return failures_.last(); }
    uint64_t under_way() const noexcept { return turnstile_.inside(); }
    size_t waiting() const { return turnstile_.waiting(); }
    uint64_t counted(OriginCounter counter) const noexcept { return counters_.sum(counter); }
    Snapshot snapshot() const {
        return snapshot_of(kOriginCounterRows, [&](size_t i) { return counters_.sum(i); });
    }

    // One call to the backend: work makes it and returns its status, which is judged and returned. A failure leaves a
    // reason in context.error that names the origin; `what` is used if the backend did not say why.
    using Work = FunctionRef<aurelis_status(StoreHandle&, aurelis_call&)>;
    aurelis_status call_store(CallContext& context, const char* what, Work work) {
        return call_store(context, what, work, false);
    }
    // Has neither the origin's time-out nor its rate.
    aurelis_status flush(CallContext& context);

    // One call to the origin; a batch is one.
    class Visit {
    public:
        Visit(OriginDoor& door, aurelis_call& call) noexcept;
        ~Visit();
        Visit(const Visit&) = delete;
        Visit& operator=(const Visit&) = delete;

        // The call writes what is pending: it may take as long as its caller waits, and needs no turn, since a cache
        // could not be closed soon after its last call otherwise.
        void flushes() noexcept { flushes_ = true; }
        // OK: the call is to be made, on this thread, within the deadline that it has now; then end(). Below 0: it must
        // not be made; why names the origin.
        aurelis_status enter(std::string& why);
        // Judges the status that the call returned. why: what it said of a failure; may be empty.
        void end(aurelis_status status, std::string_view why);

    private:
        aurelis_status refuse(Turnstile::Refusal refusal, std::string& why);
        aurelis_status refuse_shut(std::string& why);
        bool is_nested() const noexcept;
        bool note(aurelis_status status, std::string_view why, int64_t now_mono);
        bool overran(int64_t now_mono);

        OriginDoor& door_;
        aurelis_call& call_;
        CallTime time_;
        const Visit* const outer_;  // Of this thread; NULL: none.
        const bool has_place_;      // An outer visit of this door has one.
        bool flushes_ = false;
        bool is_trial_ = false;
        bool is_inside_ = false;
    };

private:
    enum class Trial : uint8_t { Passed, Failed, Undecided };
    aurelis_status call_store(CallContext& context, const char* what, Work work, bool flushes);
    bool begin_trial();
    void end_trial(Trial outcome);
    void trip();
    void serves_again();
    int64_t next_probe_in();
    void schedule_probe();
    static void probe(void* self, uint32_t cancelled) noexcept;
    std::string why_shut() const;

    Runtime& runtime_;
    const OriginSpec spec_;
    const std::string name_;   // "origin users"
    const std::string label_;  // "cache.yaml:12: origin users (sqlite-disk)"
    std::unique_ptr<StoreHandle> store_;
    Striped<kOriginCounters> counters_;
    Histogram call_times_;
    Turnstile turnstile_;
    Breaker breaker_;
    FailureLog failures_;
    Mutex trial_mutex_;
    int64_t trial_at_mono_ AURELIS_GUARDED_BY(trial_mutex_) = INT64_MAX;  // When a call may try a function again.
    bool trial_under_way_ AURELIS_GUARDED_BY(trial_mutex_) = false;
};

}  // namespace aurelis::core
