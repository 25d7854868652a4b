// Gate: the way from a layer to its backend. Starts the backend, and retries until it has started; limits how long each
// call may take; judges its outcome; and shuts while the breaker is open and a probe in the background asks the backend
// instead.
// Leaves to others: what the calls mean (layer), what happens to writes that did not get through (missed_writes).
//
// A read for which a stale copy is available gets the soft time-out, every other call the hard one; call_time says what
// follows from it. Threads: any; open and close: the stack's owner.
#pragma once

#include "plugin/store_handle.hpp"
#include "layer/breaker.hpp"
#include "layer/call_time.hpp"
#include "layer/failure_log.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <string>

namespace aurelis::core {

// The backend behind the gate.
struct GateSpec {
    std::string name;
    std::string backend;
    std::string place;  // "cache.yaml:12", for messages.
    FoundComponent component;
    const Node& options;
    ResilienceConfig resilience;
};

// What a gate reports to its owner, with no lock held.
struct GateEvents {
    // The backend can be called again, and others will call it after this. False: it is down again.
    std::function<bool(StoreHandle&)> returns;
    std::function<void(StoreHandle&)> started;  // The backend has started; it is used from now on.
    std::function<void()> serves;               // It is back after a failed start or an outage. Called from a task.
};

class Gate {
public:
    Gate(Runtime& runtime, GateSpec spec, GateEvents events);
    ~Gate();

    void open();
    void close();

    // The running backend; NULL if it has not started yet.
    StoreHandle* backend() const noexcept { return live_.load(std::memory_order_acquire); }
    // The backend if it may be called: it runs and the breaker is closed.
    StoreHandle* passable() const noexcept { return breaker_.closed() ? backend() : nullptr; }
    const Breaker& breaker() const noexcept { return breaker_; }
    std::string last_error() const { return failures_.last(); }
    void remark(const std::string& what) { failures_.remark(label_ + ": " + what); }

    // One call to the backend: limits its time, from construction to end().
    class Visit {
    public:
        Visit(Gate& gate, CallContext& context, bool reads) noexcept
            : gate_(gate), context_(context), time_(context.call) {
            if (gate.waits_) limit(reads);
        }
        Visit(const Visit&) = delete;
        Visit& operator=(const Visit&) = delete;

        // The call may take as long as there is data to go through: its duration is not judged.
        void has_parts() noexcept { has_parts_ = true; }

        // Judges the status that the call returned and returns it, as a known code. A failure is logged and counted
        // towards the breaker, and context.error says why, beginning with the layer. `what` is used if the backend did
        // not say why.
        aurelis_status end(aurelis_status status, const char* what) {
            if (time_.has_begun() && !has_parts_) look_at_the_time();
            if (status < 0) return end_badly(status, what);
            if (!overran_) gate_.breaker_.succeeded();
            return status;
        }

    private:
        void limit(bool reads) noexcept;
        void look_at_the_time();
        aurelis_status end_badly(aurelis_status status, const char* what);

        Gate& gate_;
        CallContext& context_;
        CallTime time_;
        bool overran_ = false;
        bool has_parts_ = false;
    };

    // Logs a failure that the core detected itself.
    aurelis_status failed(CallContext& context, aurelis_status status, const char* what);

private:
    friend class Visit;
    Result<void> try_start();
    void trip();
    void overrun(int64_t began_mono, int64_t now_mono);
    void schedule_probe();
    bool alive();
    static void retry(void* self, uint32_t cancelled) noexcept;
    static void probe(void* self, uint32_t cancelled) noexcept;

    Runtime& runtime_;
    const GateSpec spec_;
    const std::string label_;  // "cache.yaml:12: layer L2_redis (redis)"
    const GateEvents events_;
    const bool waits_;  // Its calls may take long enough for time-outs to matter.
    const int64_t time_out_ns_;  // The longer of the layer's two time-outs; 0: none.
    std::atomic<StoreHandle*> live_{nullptr};
    std::unique_ptr<StoreHandle> owned_;
    int64_t retry_delay_ns_ = 0;
    Breaker breaker_;
    FailureLog failures_;
};

}  // namespace aurelis::core
