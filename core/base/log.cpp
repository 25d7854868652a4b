#include "base/log.hpp"

#include <aurelis/abi.h>

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

namespace aurelis::core {

struct Log::Stderr {
    spdlog::logger logger{"aurelis", std::make_shared<spdlog::sinks::stderr_sink_mt>()};
};

Log::Log(aurelis_log_fn fn, void* user, uint32_t level)
    : fn_(fn), user_(user), level_(fn != nullptr ? level : uint32_t{AURELIS_LOG_WARN}) {
    if (fn_ != nullptr) return;
    stderr_ = std::make_unique<Stderr>();
    stderr_->logger.set_pattern("aurelis: %l: %v");
    stderr_->logger.flush_on(spdlog::level::trace);
}
Log::~Log() = default;

void Log::write(uint32_t level, std::string_view line) const noexcept {
    if (!enabled(level)) return;
    if (fn_ != nullptr) return fn_(user_, level, line.data(), line.size());
    stderr_->logger.log(static_cast<spdlog::level::level_enum>(level), spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace aurelis::core
