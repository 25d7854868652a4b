// TaskRunner: the core's workers. Runs functions after a delay, each exactly once; threads appear when there is work.
// An owner (one plugin instance) can be closed: its waiting tasks are called with "cancelled", its running ones are
// awaited.
#pragma once

#include "base/clock.hpp"
#include "base/locks.hpp"

#include <aurelis/abi.h>

#include <cstdint>
#include <map>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace aurelis::core {

class TaskRunner {
public:
    // workers_max: so many tasks run at once; the others wait.
    explicit TaskRunner(const Clock& clock, size_t workers_max = 4) : clock_(clock), workers_max_(workers_max) {}
    ~TaskRunner() { stop(); }

    // Any pointer can identify an owner. E_CLOSED once the owner or the runner is closed; then fn does not run.
    aurelis_status submit(const void* owner, aurelis_task_fn fn, void* arg, int64_t delay_ns, uint64_t* id)
        AURELIS_EXCLUDES(mutex_);
    // NOT_FOUND: it has run or been cancelled already (with wait: and has finished). E_BUSY: it is running, and the
    // caller is itself a task, which must not wait.
    aurelis_status cancel(uint64_t id, bool wait) AURELIS_EXCLUDES(mutex_);
    // Cancels and awaits all of the owner's tasks except the caller; submit() then refuses the owner's tasks.
    void close(const void* owner) AURELIS_EXCLUDES(mutex_);
    void open(const void* owner) AURELIS_EXCLUDES(mutex_);  // Accepts a closed owner again.
    void stop() AURELIS_EXCLUDES(mutex_);                   // Cancels everything, joins the workers.
    // Waits until no task that is due now is waiting or running, at most until the deadline (mono).
    bool drain(int64_t deadline_mono) AURELIS_EXCLUDES(mutex_);

private:
    struct Task {
        const void* owner;
        aurelis_task_fn fn;
        void* arg;
        int64_t due;
    };
    void work() AURELIS_EXCLUDES(mutex_);
    void start_worker_if_needed() AURELIS_REQUIRES(mutex_);
    bool is_running(uint64_t id) const AURELIS_REQUIRES(mutex_) { return running_.count(id) != 0; }
    bool owner_runs(const void* owner) const AURELIS_REQUIRES(mutex_);
    bool is_quiet() const AURELIS_REQUIRES(mutex_);

    const Clock& clock_;
    const size_t workers_max_;
    Mutex mutex_;  // Never held while a task runs.
    Condition wake_;
    Condition finished_;
    std::map<std::pair<int64_t, uint64_t>, Task> waiting_ AURELIS_GUARDED_BY(mutex_);  // By due time, then id.
    std::unordered_map<uint64_t, int64_t> due_of_ AURELIS_GUARDED_BY(mutex_);          // Waiting ids.
    std::unordered_map<uint64_t, const void*> running_ AURELIS_GUARDED_BY(mutex_);
    std::unordered_set<const void*> closed_ AURELIS_GUARDED_BY(mutex_);
    std::vector<std::thread> workers_ AURELIS_GUARDED_BY(mutex_);
    size_t idle_ AURELIS_GUARDED_BY(mutex_) = 0;
    uint64_t last_id_ AURELIS_GUARDED_BY(mutex_) = 0;
    bool stopping_ AURELIS_GUARDED_BY(mutex_) = false;
};

}  // namespace aurelis::core
