// What an error line of Redis means to the core.
#pragma once

#include <aurelis/types.h>

#include <string>
#include <string_view>

namespace aurelis::redis {

// "LOADING" of "LOADING Redis is loading the dataset in memory".
std::string_view error_code(std::string_view line) noexcept;

struct Meaning {
    aurelis_status status;
    const char* advice;  // A way out; empty: none.
};
Meaning meaning_of(std::string_view line) noexcept;

// The server serves, but not writes: another one is the master now.
bool is_no_master(std::string_view line) noexcept;

}  // namespace aurelis::redis
