// WriteSteps: sets, removals and touches as Redis commands, and what the answers to them mean. All that goes to one
// server is one request; the announcement of its keys is the last command in it, so nobody is told of a write before
// the server has done it.
#pragma once

#include "announcement.hpp"
#include "envelope.hpp"
#include "exchange.hpp"
#include "own_writes.hpp"
#include "scripts.hpp"

#include <aurelis/abi.h>

namespace aurelis::redis {

struct WriteJob {
    enum class Kind { Set, SetIf, Drop, Touch };
    Kind kind = Kind::Set;
    std::string_view key;
    std::string_view value;
    std::array<char, Envelope::kBytes> envelope{};
    uint64_t version = 0;   // That the key has afterwards.
    uint64_t expected = 0;  // With kIfVersion.
    std::string conditions;
    int64_t end_ms = 0;  // 0: never.
    aurelis_status done = AURELIS_OK;
    char announces = 0;  // 'c', 'r', or nothing.
};

// The questions of its exchange are in the order of its jobs.
class WriteSteps final : public Steps {
public:
    // What is the same for all jobs of a call.
    struct Frame {
        int64_t now_ms = 0;
        int64_t lease_ms = 0;
        const Sender* sender = nullptr;
        OwnWrites* own = nullptr;  // With tracking.
    };
    WriteSteps(Surroundings& around, const Frame& frame) : around_(around), frame_(frame) {}

    // What a set, a removal or a touch comes to. A set that is over already becomes a removal that answers NOT_STORED.
    // An error: nothing of it is possible.
    Result<void> add_write(std::string_view key, const aurelis_write& write);
    void add_drop(std::string_view key);
    void add_touch(std::string_view key, int64_t expires_wall);
    std::vector<WriteJob>& jobs() noexcept { return jobs_; }

    void ask(Connection& connection, std::span<const size_t> which, const Exchange& exchange) override;
    Result<void> hear(Connection& connection, std::span<const size_t> which, Exchange& exchange) override;

private:
    struct Life {
        std::string_view word;  // PX, PXAT, or nothing: for ever.
        int64_t ms = 0;
    };
    Life life_of(const Connection& connection, const WriteJob& job) const noexcept;
    void ask_one(Connection& connection, const WriteJob& job, const Question& question);
    void ask_framed(Connection& connection, const WriteJob& job, bool with_text);
    void ask_bare(Connection& connection, const WriteJob& job);
    void script(Request& request, const Script& script, bool with_text, const WriteJob& job, size_t words);
    void announce(Request& request, std::span<const size_t> which);
    aurelis_status meaning(const WriteJob& job, const Head& head) const noexcept;
    void add_tombstone(WriteJob& job);
    Result<void> hear_announced(Connection& connection, const Deadline& deadline);

    Surroundings& around_;
    const Frame frame_;
    std::vector<WriteJob> jobs_;
    // How many answers to announcements are due from each connection that was asked in this round.
    std::vector<std::pair<const Connection*, size_t>> announced_;
};

}  // namespace aurelis::redis
