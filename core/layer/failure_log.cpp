#include "layer/failure_log.hpp"

namespace aurelis::core {
namespace {

constexpr int64_t kTellAgainNs = 10'000'000'000;  // How often a repeated line is logged,
constexpr uint32_t kToldMost = 8;                 // and how many different lines in that time.

}  // namespace

void FailureLog::failed(const std::string& line, const char* more) {
    const int64_t now = runtime_.clock.mono();
    bool tell = false;
    {
        MutexLock lock(mutex_);
        if (now - window_mono_ >= kTellAgainNs) window_mono_ = now, told_ = 0;
        tell = told_ == 0 || (last_ != line && told_ < kToldMost);
        if (tell) ++told_;
        last_ = line;
    }
    if (tell) runtime_.log.write(AURELIS_LOG_WARN, line + more);
}

void FailureLog::remark(const std::string& line) {
    const int64_t now = runtime_.clock.mono();
    {
        MutexLock lock(mutex_);
        if (remarked_mono_ != 0 && now - remarked_mono_ < kTellAgainNs) return;
        remarked_mono_ = now;
    }
    runtime_.log.write(AURELIS_LOG_WARN, line);
}

std::string FailureLog::last() const {
    MutexLock lock(mutex_);
    return last_;
}

}  // namespace aurelis::core
