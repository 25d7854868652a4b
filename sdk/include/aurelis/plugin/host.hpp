// Host: the services of the core as a small C++ value, and Task, work on the core's threads that ends with its owner.
#pragma once

#include <aurelis/base/language.hpp>

#include <aurelis/abi.h>
#include <aurelis/base/bytes.hpp>

#include <cstring>
#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>

namespace aurelis::plugin {

class Host {
public:
    Host() = default;
    explicit Host(const aurelis_host* host) noexcept : host_(host) {}

    const aurelis_host* raw() const noexcept { return host_; }
    const char* instance() const noexcept { return host_->instance; }
    // Whether the instance is an origin: what it holds is the source of truth and exists nowhere else.
    bool is_origin() const noexcept {
        return AURELIS_HAS(host_, aurelis_host, get_extension) &&
               host_->get_extension(host_, AURELIS_EXT_ORIGIN) != nullptr;
    }
    int64_t now_wall() const noexcept { return host_->now_wall(host_); }
    int64_t now_mono() const noexcept { return host_->now_mono(host_); }
    uint64_t hash(std::string_view data) const noexcept { return host_->hash(host_, data.data(), data.size()); }
    bool log_enabled(uint32_t level) const noexcept { return host_->log_enabled(host_, level) != 0; }
    void log(uint32_t level, std::string_view text) const noexcept {
        if (log_enabled(level)) host_->log(host_, level, text.data(), text.size());
    }
    // A new reference-counted copy of the bytes; empty (ops NULL, size 0) only if there is no memory.
    Pinned copy(std::string_view data) const noexcept {
        aurelis_buf buf{};
        void* room = nullptr;
        if (host_->buf_new(host_, data.size(), &buf, &room) != AURELIS_OK) return Pinned{};
        if (!data.empty()) std::memcpy(room, data.data(), data.size());
        return Pinned{buf};
    }

private:
    const aurelis_host* host_ = nullptr;
};

// Repeats work on a worker of the core: `work` returns the nanoseconds until it is to run again, or a negative number
// to stop. cancel() (and the destructor) waits until it no longer runs. Owner: the plugin's instance; start it in
// start() and cancel it in stop(); never cancel it from within the work or while holding a lock that the work takes.
class Task {
public:
    using Work = std::function<int64_t()>;

    Task() = default;
    ~Task() { cancel(); }
    Task(const Task&) = delete;
    Task& operator=(const Task&) = delete;

    aurelis_status start(const Host& host, Work work, int64_t delay_ns) {
        cancel();
        host_ = host.raw();
        work_ = std::move(work);
        std::scoped_lock lock(mutex_);
        ended_ = false;
        return submit(delay_ns);
    }

    void cancel() noexcept {
        uint64_t id = 0;
        {
            std::scoped_lock lock(mutex_);
            ended_ = true;
            id = std::exchange(id_, 0);
        }
        if (id != 0) host_->task_cancel(host_, id, 1);
    }

private:
    static void run(void* arg, uint32_t cancelled) noexcept { static_cast<Task*>(arg)->step(cancelled != 0); }

    void step(bool cancelled) noexcept {
        if (cancelled) return;
        int64_t again = -1;
        try {
            again = work_();
        } catch (...) {
            constexpr std::string_view kText = "a background task threw; it is not repeated";
            host_->log(host_, AURELIS_LOG_ERROR, kText.data(), kText.size());
        }
        std::scoped_lock lock(mutex_);
        if (!ended_ && again >= 0) submit(again);
    }

    // Under mutex_: submitting never calls back, so the id is known before the next run can ask for it.
    aurelis_status submit(int64_t delay_ns) noexcept {
        uint64_t id = 0;
        const aurelis_status status = host_->task_submit(host_, &Task::run, this, delay_ns, &id);
        id_ = status == AURELIS_OK ? id : 0;
        return status;
    }

    const aurelis_host* host_ = nullptr;
    Work work_;
    std::mutex mutex_;
    uint64_t id_ = 0;      // Guarded by mutex_.
    bool ended_ = true;    // Guarded by mutex_.
};

}  // namespace aurelis::plugin
