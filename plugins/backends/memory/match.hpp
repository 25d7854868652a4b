// Match: the conditions of an aurelis_match, checked against one node. Leaves to others: finding nodes.
#pragma once

#include "node.hpp"

#include <aurelis/base/result.hpp>

#include <string_view>

namespace aurelis::memory {

// The glob of the ABI over the whole text: * any run, ? any byte, [a-z] [!a-z] a set, \x the byte x. A set
// that is never closed is a plain '['.
bool glob_matches(std::string_view pattern, std::string_view text) noexcept;

// Borrows what the aurelis_match borrows.
class Match {
public:
    // match may be NULL: everything. Refuses members of later versions that say something (ABI, E6).
    static Result<Match> from(const aurelis_match* match);

    bool accepts(const Node& node) const noexcept;

private:
    std::string_view prefix_, pattern_, tag_;
    int64_t created_before_ = 0;
    int64_t created_beyond_ = 0;
    uint64_t larger_than_ = 0;
};

}  // namespace aurelis::memory
