// A request trace: one request per line, a key and optionally a size in bytes, oldest first; plain or
// compressed by gzip, xz, zstd, bzip2 or lz4. Kept in memory as indices into a table of distinct keys. Leaves to
// others: what is done with the requests.
#pragma once

#include <aurelis/base/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace aurelis::cli {

class Trace {
public:
    struct Request {
        uint32_t key;   // Which of the distinct keys.
        uint32_t size;  // kNoSize: the trace has none.
    };
    static constexpr uint32_t kNoSize = UINT32_MAX;

    // Whether there is a file that could be a trace.
    static Result<void> check_file(const std::string& file);
    // The first `limit` requests of a file (0: all). An interrupt ends the reading and keeps what has been read.
    static Result<Trace> read(const std::string& file, uint64_t limit);

    const std::vector<Request>& requests() const noexcept { return requests_; }
    const std::string& key(uint32_t number) const noexcept { return *keys_[number]; }
    size_t distinct_keys() const noexcept { return keys_.size(); }
    bool sized() const noexcept { return sized_; }

    // Adds one line without its end; an error says what is wrong with it.
    Result<void> add_line(std::string_view line);

private:
    std::vector<Request> requests_;
    std::unordered_map<std::string, uint32_t> numbers_;
    std::vector<const std::string*> keys_;  // Into numbers_, whose nodes never move.
    bool sized_ = false;
};

}  // namespace aurelis::cli
