#include "plugin/task_runner.hpp"

#include <pthread.h>
#include <signal.h>

#include <chrono>

namespace aurelis::core {
namespace {

// Workers belong to the library: signals of the host are delivered to the host's own threads.
class SignalsBlocked {
public:
    SignalsBlocked() {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

private:
    sigset_t before_;
};

thread_local uint64_t task_of_this_thread = 0;  // 0: none runs here.

}  // namespace

aurelis_status TaskRunner::submit(const void* owner, aurelis_task_fn fn, void* arg, int64_t delay_ns, uint64_t* id) {
    MutexLock lock(mutex_);
    if (stopping_ || closed_.count(owner) != 0) return AURELIS_E_CLOSED;
    const uint64_t mine = ++last_id_;
    const int64_t due = delay_ns <= 0 ? 0 : saturating_add(clock_.mono(), delay_ns);
    waiting_.emplace(std::make_pair(due, mine), Task{owner, fn, arg, due});
    due_of_.emplace(mine, due);
    if (id != nullptr) *id = mine;
    start_worker_if_needed();
    wake_.notify_one();
    return AURELIS_OK;
}

void TaskRunner::start_worker_if_needed() {
    mutex_.assert_held();
    if (idle_ != 0 || workers_.size() >= workers_max_) return;
    SignalsBlocked blocked;
    workers_.emplace_back([this] { work(); });
}

void TaskRunner::work() {
    MutexLock lock(mutex_);
    while (!stopping_) {
        const int64_t now = clock_.mono();
        if (waiting_.empty() || waiting_.begin()->first.first > now) {
            ++idle_;
            if (waiting_.empty()) {
                wake_.wait(lock);
            } else {
                // A clock of the host's own does not tell how long to wait: look again soon.
                const int64_t left = clock_.is_custom() ? 1'000'000 : waiting_.begin()->first.first - now;
                wake_.wait_for(lock, std::chrono::nanoseconds(left < 1'000'000'000 ? left : 1'000'000'000));
            }
            --idle_;
            continue;
        }
        const uint64_t id = waiting_.begin()->first.second;
        const Task task = waiting_.begin()->second;
        waiting_.erase(waiting_.begin());
        due_of_.erase(id);
        running_.emplace(id, task.owner);
        if (!waiting_.empty()) start_worker_if_needed();
        lock.unlock();
        task_of_this_thread = id;
        task.fn(task.arg, 0);
        task_of_this_thread = 0;
        lock.lock();
        running_.erase(id);
        finished_.notify_all();
    }
}

aurelis_status TaskRunner::cancel(uint64_t id, bool wait) {
    MutexLock lock(mutex_);
    const auto found = due_of_.find(id);
    if (found != due_of_.end()) {
        const auto place = waiting_.find(std::make_pair(found->second, id));
        const Task task = place->second;
        waiting_.erase(place);
        due_of_.erase(found);
        lock.unlock();
        task.fn(task.arg, 1);
        return AURELIS_OK;
    }
    // A task that waits for a task could wait for itself, or for one that waits for it.
    if (wait && is_running(id) && task_of_this_thread != 0) return AURELIS_E_BUSY;
    while (wait && is_running(id)) finished_.wait(lock);
    return AURELIS_NOT_FOUND;
}

bool TaskRunner::owner_runs(const void* owner) const {
    mutex_.assert_held();
    for (const auto& [id, runs_for] : running_)
        if (runs_for == owner && id != task_of_this_thread) return true;
    return false;
}

void TaskRunner::close(const void* owner) {
    std::vector<Task> cancelled;
    MutexLock lock(mutex_);
    closed_.insert(owner);
    for (auto place = waiting_.begin(); place != waiting_.end();) {
        if (place->second.owner != owner) {
            ++place;
            continue;
        }
        cancelled.push_back(place->second);
        due_of_.erase(place->first.second);
        place = waiting_.erase(place);
    }
    lock.unlock();
    for (const Task& task : cancelled) task.fn(task.arg, 1);
    lock.lock();
    while (owner_runs(owner)) finished_.wait(lock);
}

void TaskRunner::open(const void* owner) {
    MutexLock lock(mutex_);
    closed_.erase(owner);
}

// No task that is due is waiting or running, other than the one that asks.
bool TaskRunner::is_quiet() const {
    mutex_.assert_held();
    if (running_.size() > running_.count(task_of_this_thread)) return false;
    return waiting_.empty() || waiting_.begin()->first.first > clock_.mono();
}

bool TaskRunner::drain(int64_t deadline_mono) {
    MutexLock lock(mutex_);
    while (!is_quiet()) {
        if (clock_.mono() >= deadline_mono) return false;
        finished_.wait_for(lock, std::chrono::milliseconds(5));
    }
    return true;
}

void TaskRunner::stop() {
    std::vector<std::thread> workers;
    std::map<std::pair<int64_t, uint64_t>, Task> left;
    {
        MutexLock lock(mutex_);
        stopping_ = true;
        workers.swap(workers_);
        left.swap(waiting_);
        due_of_.clear();
        wake_.notify_all();
    }
    for (const auto& [key, task] : left) task.fn(task.arg, 1);
    for (std::thread& worker : workers) worker.join();
}

}  // namespace aurelis::core
