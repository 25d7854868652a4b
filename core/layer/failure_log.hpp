// FailureLog: the failures of one layer in words. A failure that repeats itself is told now and then, many different
// ones only so many at a time, so that one failing layer cannot flood the log. Threads: any.
#pragma once

#include "base/locks.hpp"
#include "plugin/host_services.hpp"

#include <cstdint>
#include <string>

namespace aurelis::core {

class FailureLog {
public:
    explicit FailureLog(Runtime& runtime) : runtime_(runtime) {}

    // Keeps the line as the last one, and writes it, with `more` behind, if it is time.
    void failed(const std::string& line, const char* more);
    // A line that is not about a failure of the backend: at most one in a while.
    void remark(const std::string& line);
    // The last failure; empty: none so far.
    std::string last() const;

private:
    Runtime& runtime_;
    mutable Mutex mutex_;
    std::string last_ AURELIS_GUARDED_BY(mutex_);
    int64_t window_mono_ AURELIS_GUARDED_BY(mutex_) = 0;  // When the present stretch of telling began,
    uint32_t told_ AURELIS_GUARDED_BY(mutex_) = 0;        // and how many lines were told in it.
    int64_t remarked_mono_ AURELIS_GUARDED_BY(mutex_) = 0;
};

}  // namespace aurelis::core
