// KeyMatch: the conditions of a scan or a removal that this store can check on keys, and the size of the value, which
// others look at.
#pragma once

#include <aurelis/plugin/match.hpp>

#include <string>
#include <string_view>

namespace aurelis::redis {

// Borrows what the aurelis_match borrows.
class KeyMatch {
public:
    // E_UNSUPPORTED for what lies inside of values (tag, created_before) and for members of newer cores.
    static Result<KeyMatch> read(const aurelis_match* match);

    bool fits(std::string_view key) const noexcept { return match_.fits_key(key); }
    // What to send with SCAN: the longest literal beginning, escaped, and a star.
    std::string pattern_for_server() const;
    uint64_t larger_than() const noexcept { return match_.larger_than(); }

private:
    explicit KeyMatch(const plugin::Match& match) : match_(match) {}
    plugin::Match match_;
};

}  // namespace aurelis::redis
