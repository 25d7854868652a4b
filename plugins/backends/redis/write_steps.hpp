// WriteSteps: sets, removals and touches as Redis commands, and what the answers to them mean. Everything for one
// server is one request; the announcement of its keys is the last command in it, so no write is announced before the
// server has done it.
//
// A request that was given up may arrive much later, from a proxy or from the queue of a server that hung, and must not
// undo later writes. So every write carries its call's deadline, by the server's clock:
//
// - A set is `SET key value PXAT deadline` and then `PEXPIREAT key end` (or PERSIST). A late one sets a value that
//   expires at once: nobody reads it, and the second command finds no key, which distinguishes it from one in time.
//   That costs one plain command more; a script would cost the server four times as much.
// - Conditional writes, removals and touches are scripts anyway: these check the time first and return -1 if they are
//   late. So are sets on servers before 6.2, which do not support PXAT.
//
// A server whose clock was set may take a write in time for a late one; the write is repeated over a new connection,
// which learns the time again. Writes of a user without the right to call TIME carry no deadline. Announcements and
// clears may arrive late: they cost a miss.
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
    uint64_t version = 0;   // The key's version afterwards.
    uint64_t expected = 0;  // With kIfVersion.
    std::string conditions;
    int64_t end_ms = 0;  // 0: never.
    aurelis_status done = AURELIS_OK;
    char announces = 0;  // 'c', 'r', or nothing.
    bool drops_copy = false;  // It removes an outdated copy.
};

// The questions of its exchange are in the order of its jobs.
class WriteSteps final : public Steps {
public:
    // What all jobs of a call have in common.
    struct Frame {
        int64_t now_ms = 0;
        int64_t lease_ms = 0;
        const Sender* sender = nullptr;
        OwnWrites* own = nullptr;  // With tracking.
    };
    WriteSteps(Context& context, const Frame& frame) : context_(context), frame_(frame) {}

    // Adds the job for a set, a removal or a touch. A set of an entry that has expired already becomes a removal that
    // answers NOT_STORED. An error: it cannot be done.
    Result<void> add_write(std::string_view key, const aurelis_write& write);
    void add_drop(std::string_view key);
    void add_touch(std::string_view key, int64_t expires_wall);
    std::vector<WriteJob>& jobs() noexcept { return jobs_; }

    void ask(Connection& connection, std::span<const size_t> which, const Exchange& exchange) override;
    Result<void> read_replies(Connection& connection, std::span<const size_t> which, Exchange& exchange) override;

private:
    struct Life {
        std::string_view word;  // PX, PXAT, or empty: for ever.
        int64_t ms = 0;
    };
    Life life_of(const Connection& connection, const WriteJob& job) const noexcept;
    // Until when, by its clock, the server may carry the write out; 0: unknown.
    int64_t last_moment(const Connection& connection, const Deadline& deadline);
    // Whether it is a SET followed by the command that sets its real end.
    bool is_in_two_steps(const Connection& connection, const WriteJob& job) const noexcept;
    void make_last(Request& request, const WriteJob& job, const Life& life, bool asks);
    Result<bool> read_one(Connection& connection, size_t index, Exchange& exchange);
    void ask_one(Connection& connection, const WriteJob& job, const Question& question, int64_t last_moment);
    void ask_in_two_steps(Connection& connection, const WriteJob& job, bool asks, int64_t last_moment);
    void ask_framed(Connection& connection, const WriteJob& job, bool with_text, int64_t last_moment);
    void ask_bare(Connection& connection, const WriteJob& job, bool with_text, int64_t last_moment);
    void script(Request& request, const Script& script, bool with_text, const WriteJob& job, int64_t last_moment,
                size_t words);
    void announce(Request& request, std::span<const size_t> which);
    aurelis_status meaning(const WriteJob& job, const Head& head, bool in_two_steps) const noexcept;
    // copy: the key is an outdated copy, so others need not be told of its removal.
    void add_tombstone(WriteJob& job, bool copy = false);
    Result<void> read_announced(Connection& connection, const Deadline& deadline);

    Context& context_;
    const Frame frame_;
    std::vector<WriteJob> jobs_;
    // How many answers to announcements are due on each connection used in this round.
    std::vector<std::pair<const Connection*, size_t>> announced_;
};

}  // namespace aurelis::redis
