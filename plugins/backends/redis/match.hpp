// KeyMatch: the conditions of a scan or a removal that this store can check on keys, and the condition on the size of
// the value, which is checked elsewhere.
#pragma once

#include <aurelis/plugin/match.hpp>

#include <string>
#include <string_view>

namespace aurelis::redis {

// Borrows what the aurelis_match borrows.
class KeyMatch {
public:
    // E_UNSUPPORTED for conditions on what is inside values (tag, created_before) and for members of newer cores.
    static Result<KeyMatch> read(const aurelis_match* match);

    bool fits(std::string_view key) const noexcept { return match_.fits_key(key); }
    // The pattern for SCAN: the longest literal prefix, escaped, and a star.
    std::string pattern_for_server() const;
    uint64_t larger_than() const noexcept { return match_.larger_than(); }

private:
    explicit KeyMatch(const plugin::Match& match) : match_(match) {}
    plugin::Match match_;
};

}  // namespace aurelis::redis
