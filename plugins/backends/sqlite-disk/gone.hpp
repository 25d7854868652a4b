// GoneKeys: which entries this instance has evicted or purged, queued for a watcher of the same process that asked for
// them. Bounded: what does not fit is not reported, since such events are hints.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace aurelis::sqlite_disk {

class GoneKeys {
public:
    using Gone = std::pair<uint32_t, std::string>;  // The event and the key.

    void want(uint32_t events) {
        wanted_.store(events, std::memory_order_relaxed);
        if (events != 0) return;
        std::scoped_lock lock(mutex_);
        waiting_.clear();
    }
    bool wants(uint32_t event) const noexcept { return (wanted_.load(std::memory_order_relaxed) & event) != 0; }
    void add(std::vector<Gone>&& gone) {
        std::scoped_lock lock(mutex_);
        for (Gone& one : gone)
            if (waiting_.size() < kWaitingMax) waiting_.push_back(std::move(one));
    }
    std::vector<Gone> take() {
        std::scoped_lock lock(mutex_);
        return std::exchange(waiting_, {});
    }

private:
    static constexpr size_t kWaitingMax = 4096;
    std::atomic<uint32_t> wanted_{0};
    std::mutex mutex_;
    std::vector<Gone> waiting_;  // Guarded by mutex_.
};

}  // namespace aurelis::sqlite_disk
