// ScanPlace: the position of a scan, as the bytes that the core hands back to continue: which of the masters, its
// cursor, and the keys of the current page that have not been shown yet. A cursor is valid for one server only: when
// another one has taken over, the scan begins again, since a key may be shown twice but must never be left out.
#pragma once

#include <aurelis/base/result.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace aurelis::redis {

struct ScanPlace {
    uint64_t shape = 0;  // Of the topology when the scan began.
    uint64_t run = 0;    // Of the server that gave the cursor; 0: none yet.
    uint32_t master = 0;
    uint64_t cursor = 0;
    std::vector<std::string> pending;

    std::string written() const;
    static Result<ScanPlace> read(std::string_view bytes);
};

}  // namespace aurelis::redis
