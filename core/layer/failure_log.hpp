// FailureLog: logs the failures of one layer. A repeated failure is logged only now and then, and the number of
// different ones per period is limited, so that one failing layer cannot flood the log. Threads: any.
#pragma once

#include "base/locks.hpp"
#include "plugin/host_services.hpp"

#include <cstdint>
#include <string>

namespace aurelis::core {

class FailureLog {
public:
    explicit FailureLog(Runtime& runtime) : runtime_(runtime) {}

    // Keeps the line as the last one, and logs it, followed by `more`, if it is due.
    void failed(const std::string& line, const char* more);
    // Logs a line that is not about a failure of the backend: at most one per period.
    void remark(const std::string& line);
    // The last failure; empty if there was none.
    std::string last() const;

private:
    Runtime& runtime_;
    mutable Mutex mutex_;
    std::string last_ AURELIS_GUARDED_BY(mutex_);
    int64_t window_mono_ AURELIS_GUARDED_BY(mutex_) = 0;  // When the current period began,
    uint32_t told_ AURELIS_GUARDED_BY(mutex_) = 0;        // and how many lines were logged in it.
    int64_t remarked_mono_ AURELIS_GUARDED_BY(mutex_) = 0;
};

}  // namespace aurelis::core
