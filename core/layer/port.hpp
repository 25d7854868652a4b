// Port: the calls to one layer's backend. Each passes the gate, has the layer's time-out, and is judged: a failure is
// counted, logged, and reported to the breaker. While the backend is down no call is made.
// Leaves to others: what the bytes mean (envelope), whether they are believed (validity), and what happens to writes
// that did not get through (layer).
// Threads: any; open and close: the stack's owner. No lock is held during a call.
#pragma once

#include "layer/answers.hpp"
#include "layer/gate.hpp"
#include "stats/histogram.hpp"
#include "stats/layer_counters.hpp"
#include "stats/striped.hpp"

#include <aurelis/base/bytes.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace aurelis::core {

class Port {
public:
    // highest: its hits cost less than reading the clock twice, so that only some of its reads are timed.
    Port(Runtime& runtime, GateSpec spec, GateEvents events, Striped<kLayerCounters>& counters, bool highest)
        : runtime_(runtime),
          counters_(counters),
          highest_(highest),
          gate_(runtime, std::move(spec), std::move(events)) {}

    void open() { gate_.open(); }    // Starts the backend; logs a failure and retries in the background.
    void close() { gate_.close(); }  // Stops retrying, stops the backend.
    Gate& gate() noexcept { return gate_; }
    const Gate& gate() const noexcept { return gate_; }
    const Histogram& read_times() const noexcept { return read_times_; }
    // Logs and counts a failure that the core detected itself.
    aurelis_status failed(CallContext& context, aurelis_status status, const char* what);
    // Counts a call that is not made and leaves the reason in the context.
    aurelis_status unreachable(CallContext& context);

    // The following functions return what those of the ABI do; a failure has been counted, and context.error says why,
    // beginning with the layer. The handle is that of the gate. own: an entry of the cache itself; reading it is not
    // counted as a latency.
    aurelis_status get(StoreHandle& handle, CallContext& context, const aurelis_key& key, aurelis_entry& out,
                       bool own = false);
    // AURELIS_OK, or the error of the whole batch. Failures of items are judged.
    aurelis_status multi_get(StoreHandle& handle, CallContext& context, const aurelis_key* keys, size_t n,
                             aurelis_entry* out);
    // A store without room (E_FULL) can still return and remove what it holds: that is not an outage. E_TOO_LARGE is an
    // answer.
    aurelis_status set(StoreHandle& handle, CallContext& context, const aurelis_key& key, const aurelis_write& write);
    aurelis_status remove(StoreHandle& handle, CallContext& context, const aurelis_key& key);
    aurelis_status touch(StoreHandle& handle, CallContext& context, const aurelis_key& key, int64_t expires_wall);
    // AURELIS_OK, or the error of the whole batch (E_FULL only if it was not all removals).
    aurelis_status multi_write(StoreHandle& handle, CallContext& context, const aurelis_key* keys,
                               const aurelis_write* writes, size_t n, aurelis_status* each);
    // E_UNSUPPORTED is an answer, not a failure, as for list.
    aurelis_status remove_matching(StoreHandle& handle, CallContext& context, const aurelis_match& match,
                                   uint64_t& removed);
    // Lists the keys with this prefix, in no particular order and perhaps repeatedly, page by page; the store may be
    // called between pages. Ends when look_at returns anything but AURELIS_OK, which is then returned.
    using LookAt = std::function<aurelis_status(const std::vector<std::string>& page)>;
    aurelis_status list(StoreHandle& handle, CallContext& context, std::string_view prefix, const LookAt& look_at);
    // One page of this list: `after` is the `next` of the page before, or empty to start; an empty `next` marks the
    // end.
    aurelis_status list_page(StoreHandle& handle, CallContext& context, std::string_view prefix, std::string_view after,
                             uint64_t page_hint, std::vector<std::string>& keys, Pinned& next);
    aurelis_status size(StoreHandle& handle, CallContext& context, aurelis_size& out);
    aurelis_status stats(StoreHandle& handle, CallContext& context, aurelis_stat_fn tell, void* user);
    // May take until the caller's deadline, since draining can take long.
    aurelis_status flush(StoreHandle& handle, CallContext& context);

private:
    static constexpr uint32_t kSampleEvery = 128;
    // Times reads that count: every one in a lower layer, 1 in kSampleEvery in the highest.
    class Timing {
    public:
        Timing(Port& port, bool counts) noexcept : port_(port) {
            const bool taken = counts && (!port.highest_ || ++thread_slot().ticks % kSampleEvery == 0);
            if (taken) begin_ = port.runtime_.clock.mono();
        }
        ~Timing() {
            if (begin_ != 0) port_.read_times_.record(port_.runtime_.clock.mono() - begin_);
        }
        Timing(const Timing&) = delete;
        Timing& operator=(const Timing&) = delete;

    private:
        Port& port_;
        int64_t begin_ = 0;
    };
    static bool counts(const CallContext& context) noexcept { return (context.call.flags & AURELIS_CALL_PEEK) == 0; }
    aurelis_status judged(Gate::Visit& visit, aurelis_status status, const char* what) {
        if (status < 0) counters_.add(kErrors);
        return visit.end(status, what);
    }

    Runtime& runtime_;
    Striped<kLayerCounters>& counters_;
    const bool highest_;
    Histogram read_times_;
    Gate gate_;
};

// In the header, since every hit passes through it.
inline aurelis_status Port::get(StoreHandle& handle, CallContext& context, const aurelis_key& key, aurelis_entry& out,
                                bool own) {
    Gate::Visit visit(gate_, context, true);
    aurelis_status status;
    {
        Timing timing(*this, !own && counts(context));
        status = answer_of_look(handle.ops().get(handle.store(), &context.call, &key, &out));
    }
    return judged(visit, status, "get failed");
}

}  // namespace aurelis::core
