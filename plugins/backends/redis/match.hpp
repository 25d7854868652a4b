// Match: the conditions of a scan or a removal that this store can check on keys: a literal prefix and a glob over the
// whole key (* ? [set] [!set] [a-z] \escape), and the size of the value, which others look at.
#pragma once

#include <aurelis/abi.h>
#include <aurelis/base/result.hpp>

#include <string>
#include <string_view>

namespace aurelis::redis {

class Match {
public:
    // E_UNSUPPORTED for what lies inside of values (tag, created_before) and for members of newer cores.
    static Result<Match> read(const aurelis_match* match);

    bool fits(std::string_view key) const noexcept;
    // What to send with SCAN: the longest literal beginning, escaped, and a star.
    std::string pattern_for_server() const;
    uint64_t larger_than() const noexcept { return larger_than_; }

private:
    std::string prefix_;
    std::string pattern_;
    uint64_t larger_than_ = 0;
};

bool glob_fits(std::string_view pattern, std::string_view text) noexcept;

}  // namespace aurelis::redis
