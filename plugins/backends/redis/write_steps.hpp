// WriteSteps: sets, removals and touches as Redis commands, and what the answers to them mean. All that goes to one
// server is one request; the announcement of its keys is the last command in it, so nobody is told of a write before
// the server has done it.
//
// A request that was given up may arrive much later, out of a proxy or out of the queue of a server that hung, and must
// not undo what was written since. So every write carries its call's deadline, by the server's clock:
//
// - A set is `SET key value PXAT deadline` and then `PEXPIREAT key end` (or PERSIST). What comes late sets a value that
//   is over at once: nobody reads it, and the second command finds no key, which is how the late one is told from one
//   in time. That costs a plain command more, where a script would cost the server four times as much.
// - What is conditional, a removal or a touch is a script anyway: it looks at the time first and answers -1 if it is
//   late. So are sets for servers before 6.2, which do not know PXAT.
//
// A server whose clock was set takes a write in time for a late one; it is asked again over a new connection, which
// learns the time anew. Of a user who may not ask for the TIME writes go without. Late announcements and clears may
// come: they cost a miss.
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
    WriteSteps(Context& context, const Frame& frame) : context_(context), frame_(frame) {}

    // What a set, a removal or a touch comes to. A set that is over already becomes a removal that answers NOT_STORED.
    // An error: nothing of it is possible.
    Result<void> add_write(std::string_view key, const aurelis_write& write);
    void add_drop(std::string_view key);
    void add_touch(std::string_view key, int64_t expires_wall);
    std::vector<WriteJob>& jobs() noexcept { return jobs_; }

    void ask(Connection& connection, std::span<const size_t> which, const Exchange& exchange) override;
    Result<void> read_replies(Connection& connection, std::span<const size_t> which, Exchange& exchange) override;

private:
    struct Life {
        std::string_view word;  // PX, PXAT, or nothing: for ever.
        int64_t ms = 0;
    };
    Life life_of(const Connection& connection, const WriteJob& job) const noexcept;
    // Until when the server may carry it out, by its clock; 0: unknown.
    int64_t last_moment(const Connection& connection, const Deadline& deadline);
    // Whether it is a SET and what makes it last.
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
    // copy: of what others hold as well, so that its removal is none for them.
    void add_tombstone(WriteJob& job, bool copy = false);
    Result<void> read_announced(Connection& connection, const Deadline& deadline);

    Context& context_;
    const Frame frame_;
    std::vector<WriteJob> jobs_;
    // How many answers to announcements are due from each connection that was asked in this round.
    std::vector<std::pair<const Connection*, size_t>> announced_;
};

}  // namespace aurelis::redis
