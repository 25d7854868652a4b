// A small host for testing plugins: loads a plugin file, gives an instance the services of abi.h with a clock that
// stands still until it is advanced, and calls it. What a plugin reports (errors, log lines, metrics) is kept for the
// test. Leaves to others: everything that a core does with stores.
#pragma once

#include "config_tree.hpp"

#include <aurelis/abi.h>
#include <aurelis/base/bytes.hpp>
#include <aurelis/base/result.hpp>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace aurelis::conformance {

inline constexpr int64_t kSecond = 1'000'000'000;

// What a plugin reported by set_error since the last Instance::call() of this thread.
struct CallErrors {
    size_t texts = 0;
    bool is_text = true;  // UTF-8, and not NULL.
    std::string text;
    static CallErrors& of_this_thread() noexcept;
    void note(const char* said, size_t size);
    // Which rule of abi.h the errors of a single call with this answer break; NULL: none.
    const char* fault(aurelis_status status) const noexcept;
};

// The names of the capabilities in `caps`, "AURELIS_CAP_CAS | AURELIS_CAP_LEASE".
std::string cap_names(uint64_t caps);

// The services of one instance. Threads: the table is safe from any thread, the rest belongs to the test.
class PluginHost {
public:
    explicit PluginHost(std::string instance = "under-test");
    ~PluginHost();
    PluginHost(const PluginHost&) = delete;
    PluginHost& operator=(const PluginHost&) = delete;

    const aurelis_host* table() const noexcept { return &table_; }
    int64_t now_wall() const noexcept { return wall_.load(std::memory_order_relaxed); }
    // Advances all clocks; tasks that fall due are run by the next run_due_tasks(), or by the worker.
    void advance(int64_t ns);
    // Runs the tasks that are due, including those that they submit without a delay, at most `most`; returns how many
    // ran.
    size_t run_due_tasks(size_t most = 10000);
    // From now on a thread runs the tasks that are due, until stop_worker() or the destructor.
    void start_worker();
    void stop_worker();

    // From now on calls of instances have a deadline one minute after now_mono; at first they have none.
    void limit_calls() noexcept { limits_calls_ = true; }
    // That of a call that begins now.
    int64_t deadline() const noexcept { return limits_calls_ ? mono_.load() + kCallNs : 0; }

    std::vector<std::string> log_lines() const;
    std::map<std::string, double> metrics() const;
    // How instances broke the rules of abi.h on errors, each once. note_call: one call's answer. [any]
    std::vector<std::string> call_faults() const;
    void note_call(const char* function, aurelis_status status);
    // How often this host was asked for memory (buf_new, alloc).
    int64_t allocations() const noexcept { return allocations_.load(); }
    // Buffers of buf_new that nobody has released, in this process.
    static int64_t live_buffers() noexcept;
    // How often one of them was retained or released after its last release.
    static int64_t misused_buffers() noexcept;

private:
    friend struct HostTable;
    static constexpr int64_t kCallNs = 60'000'000'000;
    struct Task {
        aurelis_task_fn fn;
        void* arg;
        int64_t due;
    };
    struct Metric {
        std::string name;
        std::atomic<double> sum{0};
    };
    bool run_one(std::unique_lock<std::mutex>& lock);
    bool is_due() const;
    void work();

    std::string instance_;
    aurelis_host table_{};
    std::atomic<int64_t> wall_{1'700'000'000 * kSecond};
    std::atomic<int64_t> mono_{1000 * kSecond};
    std::atomic<int64_t> stamp_{0};
    std::atomic<int64_t> allocations_{0};
    bool limits_calls_ = false;  // Set before the first call.

    mutable std::mutex mutex_;  // Guards everything below.
    std::condition_variable changed_;
    std::map<uint64_t, Task> tasks_;
    std::map<uint64_t, std::thread::id> running_;
    uint64_t next_task_ = 1;
    bool worker_stops_ = false;
    std::vector<std::string> log_lines_;
    std::vector<std::unique_ptr<Metric>> metrics_;
    std::set<std::string> call_faults_;
    std::thread worker_;
};

// A loaded plugin file; stays loaded, since buffers may outlive everything else.
class PluginFile {
public:
    static Result<PluginFile> load(const std::string& path);
    const aurelis_plugin& plugin() const noexcept { return *plugin_; }
    // NULL if it has none of that kind and name.
    const aurelis_component* component(uint32_t kind, std::string_view type_name) const noexcept;

private:
    const aurelis_plugin* plugin_ = nullptr;
};

// What a write specifies besides its bytes.
struct SetOptions {
    int64_t expires_wall = 0;
    int64_t stale_wall = 0;
    int64_t created_wall = 0;
    uint32_t flags = 0;
    uint64_t if_version = 0;
    std::string_view attrs = {};
    uint32_t entry_flags = 0;
    uint32_t cost = 0;
};

// The result of a get; owns its pin.
struct Got {
    aurelis_status status = AURELIS_E_FAILED;
    Pinned value;
    aurelis_meta meta{};
    std::string attrs;
    std::string_view view() const noexcept { return value.view(); }
    bool is(std::string_view text) const noexcept { return status == AURELIS_OK && view() == text; }
};

// One instance of a backend, started. Data calls are safe from any thread.
class Instance {
public:
    static Result<std::unique_ptr<Instance>> open(const PluginFile& file, std::string_view type_name,
                                                  const OptionValues& values, PluginHost& host);
    ~Instance() { close(); }
    Instance(const Instance&) = delete;
    Instance& operator=(const Instance&) = delete;

    void close();  // Stops and destroys; a second call does nothing.
    // Whether it has the capabilities and their functions can be called.
    bool has(uint64_t cap) const noexcept { return (usable_caps_ & cap) == cap; }
    // Each claimed capability that lacks its functions, as in "the instance <this>".
    const std::vector<std::string>& broken_claims() const noexcept { return broken_claims_; }
    uint64_t claimed_caps() const noexcept { return store_.caps; }
    aurelis_store* store() noexcept { return &store_; }
    const aurelis_store_ops& ops() const noexcept { return ops_; }
    PluginHost& host() const noexcept { return host_; }

    Got get(std::string_view key, uint32_t call_flags = 0);
    aurelis_status set(std::string_view key, std::string_view value, const SetOptions& options = {},
                       uint64_t* version = nullptr, uint32_t call_flags = 0);
    aurelis_status remove(std::string_view key, uint32_t call_flags = 0);
    aurelis_status touch(std::string_view key, int64_t expires_wall, uint32_t call_flags = 0);
    aurelis_size size();
    std::map<std::string, double> stats();

    // A call as the core makes it: with the current time, the host's deadline, and errors recorded.
    aurelis_call call(uint32_t flags = 0);
    aurelis_key key(std::string_view text) const;
    static aurelis_write write(std::string_view value, const SetOptions& options);
    std::string last_error() const;

private:
    Instance(PluginHost& host) : host_(host) {}
    void weigh_claims();
    PluginHost& host_;
    aurelis_store store_{};
    aurelis_store_ops ops_{};  // The plugin's table, full size; missing functions are NULL.
    uint64_t usable_caps_ = 0;
    std::vector<std::string> broken_claims_;
    bool open_ = false;
    mutable std::mutex mutex_;
    std::string last_error_;  // Guarded by mutex_.
};

}  // namespace aurelis::conformance
