#include "base/log.hpp"

#include <aurelis/abi.h>

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <cstdlib>
#include <iterator>
#include <string>

namespace aurelis::core {
namespace {

// In the order of AURELIS_LOG_*.
constexpr std::string_view kLogLevels[] = {"trace", "debug", "info", "warn", "error", "off"};

}  // namespace

struct Log::Stderr {
    spdlog::logger logger{"aurelis", std::make_shared<spdlog::sinks::stderr_sink_mt>()};
};

std::optional<uint32_t> log_level_of(std::string_view word) noexcept {
    for (size_t i = 0; i < std::size(kLogLevels); ++i)
        if (word == kLogLevels[i]) return static_cast<uint32_t>(i);
    return word == "warning" ? std::optional<uint32_t>{AURELIS_LOG_WARN} : std::nullopt;
}

Log::Log(aurelis_log_fn fn, void* user, uint32_t level) : fn_(fn), user_(user), level_(level) {
    if (fn_ != nullptr) return;
    stderr_ = std::make_unique<Stderr>();
    stderr_->logger.set_pattern("aurelis: %l: %v");
    stderr_->logger.set_level(spdlog::level::trace);  // enabled() decides what is logged.
    stderr_->logger.flush_on(spdlog::level::trace);
    level_ = AURELIS_LOG_WARN;
    const char* const word = std::getenv("AURELIS_LOG");
    if (word == nullptr || *word == '\0') return;
    const auto wanted = log_level_of(word);
    level_ = wanted.value_or(uint32_t{AURELIS_LOG_WARN});
    if (!wanted)
        write(AURELIS_LOG_WARN, "AURELIS_LOG: '" + std::string(word).substr(0, 40) +
                                    "' is not a log level (trace, debug, info, warn, error, off); warn is used");
}
Log::~Log() = default;

void Log::write(uint32_t level, std::string_view line) const noexcept {
    if (!enabled(level)) return;
    if (fn_ != nullptr) return fn_(user_, level, line.data(), line.size());
    stderr_->logger.log(static_cast<spdlog::level::level_enum>(level), spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace aurelis::core
