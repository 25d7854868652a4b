// HostServices: the aurelis_host that one plugin instance gets: log lines under its name, clocks, buffers, tasks,
// metrics. Runtime: what all instances of one cache share.
#pragma once

#include "base/clock.hpp"
#include "base/locks.hpp"
#include "base/log.hpp"
#include "plugin/item_errors.hpp"
#include "plugin/task_runner.hpp"

#include <aurelis/abi.h>

#include <atomic>
#include <deque>
#include <string>
#include <vector>

namespace aurelis::core {

struct Runtime {
    Runtime(const aurelis_clock* custom, aurelis_log_fn log_fn, void* log_user, uint32_t log_level)
        : clock(custom), log(log_fn, log_user, log_level), tasks(clock) {}

    Clock clock;
    Log log;
    TaskRunner tasks;
    int64_t lease_ns = int64_t{60} * 1'000'000'000;
    int64_t wait_ns = int64_t{300} * 1'000'000'000;  // How long a call without a time-out may wait for other calls.
};

struct MetricValue {
    std::string name;
    std::string unit;
    uint32_t kind;
    double value;    // Sum for counters and histograms, last value for gauges.
    uint64_t count;  // Observations.
};

class HostServices {
public:
    HostServices(Runtime& runtime, std::string instance, const aurelis_config_api* config, bool is_origin = false);
    HostServices(const HostServices&) = delete;
    HostServices& operator=(const HostServices&) = delete;

    const aurelis_host* table() const noexcept { return &table_; }
    const std::string& instance() const noexcept { return instance_; }
    Runtime& runtime() const noexcept { return runtime_; }
    // Used for an instance that is only created for trial: it logs nothing.
    void mute() noexcept { is_mute_ = true; }
    // The instance is about to stop: whatever its own calls (call_init) are doing is pointless now.
    void cancel_calls() noexcept { cancel_.store(1, std::memory_order_relaxed); }
    void close_tasks() {
        cancel_calls();
        runtime_.tasks.close(this);
    }
    std::vector<MetricValue> metrics() const AURELIS_EXCLUDES(mutex_);

    struct Metric {
        std::string name, unit, help;
        uint32_t kind;
        std::atomic<int64_t> sum{0};
        std::atomic<double> observed{0};
        std::atomic<uint64_t> count{0};
    };

private:
    friend struct HostTable;

    Runtime& runtime_;
    std::string instance_;
    bool is_origin_;
    bool is_mute_ = false;
    std::atomic<uint32_t> cancel_{0};  // Read by the plugin through aurelis_call::cancel.
    mutable Mutex mutex_;
    std::deque<Metric> metrics_ AURELIS_GUARDED_BY(mutex_);  // Its elements never move.
    aurelis_host table_{};
};

struct Walk;  // What an operation carries through the strategies (chain/walk.hpp).

// A call and its error text; the core's own calls and those of tasks are made from it.
struct CallContext {
    aurelis_call call;
    aurelis_status error_status = AURELIS_OK;
    std::string error;
    // Of a batch: why single items failed; `error` is the text for the whole, and for the items that have none here.
    ItemErrors item_errors;
    bool has_fallback = false;  // A stale copy is at hand: stores need not be waited for as long.
    // A layer did not take a write, and what it holds for the key instead may be read by others or after a restart.
    bool left_outdated = false;
    uint64_t outdated_layers = 0;      // Of which layers of the stack that is true; bit i: layer i.
    bool requires_persistent = false;  // A write that no persistent layer takes is an error.
    Walk* walk = nullptr;              // While strategies are called.

    CallContext() noexcept {
        // Member by member, since clearing it as a whole costs a call.
        call.struct_size = sizeof call;
        call.flags = 0;
        call.deadline_mono = call.now_wall = 0;
        call.trace_id[0] = call.trace_id[1] = call.span_id = 0;
        call.trace_flags = call.reserved0 = 0;
        call.layers = 0;
        call.cancel = nullptr;
        call.host_data = this;
        call.set_error = &keep_error;
        call.set_item_error = &keep_item_error;
    }
    CallContext(const CallContext&) = delete;
    CallContext& operator=(const CallContext&) = delete;

    // The context of this call, or of the call from which a plugin or a loop over a batch has derived it; NULL: a
    // plugin has made the call itself.
    static CallContext* behind(aurelis_call* call) noexcept {
        if (call->set_error == &keep_error) return static_cast<CallContext*>(call->host_data);
        return behind_loop(call);
    }

    // The text of an item; of_all if the item has none.
    const std::string& error_of(size_t item, const std::string& of_all) const noexcept {
        return item_errors.of(item, of_all);
    }

    // May run on several threads at once, if the plugin has derived calls from this one.
    static void keep_error(aurelis_call* call, aurelis_status status, const char* text, size_t size) noexcept;
    static void keep_item_error(aurelis_call* call, size_t item, aurelis_status status, const char* text,
                                size_t size) noexcept;

private:
    static CallContext* behind_loop(aurelis_call* call) noexcept;
};

}  // namespace aurelis::core
