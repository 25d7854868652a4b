// Log: where one cache's lines go, to the host's function or to standard error. Never carries values or secrets.
#pragma once

#include <aurelis/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace aurelis::core {

// "trace" (0) to "error" (4), and "off".
std::optional<uint32_t> log_level_of(std::string_view word) noexcept;

class Log {
public:
    // fn NULL: lines go to standard error, from the level that the environment variable AURELIS_LOG names, by default
    // warnings and errors. A host that takes the lines sets the level itself.
    Log(aurelis_log_fn fn, void* user, uint32_t level);
    ~Log();

    bool enabled(uint32_t level) const noexcept { return level >= level_; }
    void write(uint32_t level, std::string_view line) const noexcept;

private:
    struct Stderr;
    aurelis_log_fn fn_;
    void* user_;
    uint32_t level_;
    std::unique_ptr<Stderr> stderr_;
};

}  // namespace aurelis::core
