// CallTime: how long one call to a plugin or to a function of the host may take, and what its outcome says about who
// was called. A caller's own deadline applies if it is earlier, and a time-out then counts as the callee's failure only
// if the caller has waited long enough. Nothing can interrupt a callee: one that takes ten times its time-out, whatever
// its outcome, is not to be called for now, since every later call would block its caller for as long.
// Leaves to others: who is called, and what happens then (gate, flow/origin_door). Threads: one at a time, like a call.
#pragma once

#include "base/clock.hpp"

#include <aurelis/abi.h>

namespace aurelis::core {

class CallTime {
public:
    // The call's own deadline is restored at the end.
    explicit CallTime(aurelis_call& call) noexcept : call_(call), callers_deadline_(call.deadline_mono) {}
    ~CallTime() { call_.deadline_mono = callers_deadline_; }
    CallTime(const CallTime&) = delete;
    CallTime& operator=(const CallTime&) = delete;

    // The call begins now and may take this long; 0: as long as its caller waits.
    void begin(int64_t now_mono, int64_t most_ns) noexcept {
        began_mono_ = now_mono;
        if (most_ns == 0) return;
        const int64_t own = saturating_add(now_mono, most_ns);
        limited_ = callers_deadline_ == 0 || own <= callers_deadline_;
        if (limited_) call_.deadline_mono = own;
    }
    bool has_begun() const noexcept { return began_mono_ != 0; }
    int64_t began_mono() const noexcept { return began_mono_; }
    // It has begun, and has taken ten times this time-out; 0: none.
    bool overran(int64_t time_out_ns, int64_t now_mono) const noexcept {
        return time_out_ns != 0 && (now_mono - began_mono_) / kOverrun >= time_out_ns;
    }
    // Whether a call that ended now with this status, below 0, shows that the callee is down.
    bool shows_outage(aurelis_status status, int64_t now_mono) const noexcept;

private:
    static constexpr int64_t kOverrun = 10;
    static constexpr int64_t kPatienceNs = 100'000'000;  // A caller's time-out after this long is the callee's failure.

    aurelis_call& call_;
    const int64_t callers_deadline_;
    int64_t began_mono_ = 0;  // 0: not needed.
    bool limited_ = false;    // The callee's own time-out is the earlier deadline.
};

}  // namespace aurelis::core
