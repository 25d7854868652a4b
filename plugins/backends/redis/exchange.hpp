// Exchange: a number of requests ("questions"), each about one key, sent to the servers of the keys and answered within
// a deadline. It finds the node of each key, writes to all nodes before it reads from any, follows MOVED and ASK, sends
// the text of a script that a server does not know yet, looks for another master when there seems to be one, and
// records the outcome of each question. Leaves to others: what is asked and what the answers mean (Steps).
//
// A question that was sent but not answered is E_TIMEOUT for a write (its outcome is open); for a read it is the cause.
// A read is repeated once if the connection had been idle, since the end of an idle connection says nothing about the
// server. A question that was not sent is E_UNAVAILABLE: nothing has changed.
//
// A write that was given up must not be carried out after a later one. Three things prevent that: its connection is
// closed by a reset, so that the local kernel drops it; the next request to that server begins by killing the old
// client by its id, so that whatever is still in a proxy or in the server's own queue is never executed; and each write
// carries the time until which the server may carry it out (write_steps.hpp), which also protects the writes of other
// processes, and those on a server that does not allow clients to be killed.
#pragma once

#include "topology.hpp"

#include <span>
#include <string_view>
#include <vector>

namespace aurelis::redis {

struct Question {
    std::string_view key;
    uint16_t slot = 0;
    bool is_settled = false;
    bool asks = false;                   // After ASK: the target answers only with ASKING.
    bool with_text = false;              // After NOSCRIPT: send the script itself.
    aurelis_status status = AURELIS_OK;  // Once settled.
    NodePointer target;                  // Set by a redirection; empty: by slot.
};

class Exchange;

// One kind of exchange. Both functions get the indices of the exchange's questions that go to one node, in order.
class Steps {
public:
    virtual ~Steps() = default;
    virtual void ask(Connection& connection, std::span<const size_t> which, const Exchange& exchange) = 0;
    // Settles questions as their answers come.
    virtual Result<void> read_replies(Connection& connection, std::span<const size_t> which, Exchange& exchange) = 0;
};

class Exchange {
public:
    Exchange(Context& context, Topology& topology, const Deadline& deadline, bool reading)
        : context_(context), topology_(topology), deadline_(deadline), reading_(reading) {}

    void add(std::string_view key);
    void run(Steps& steps);

    const std::vector<Question>& questions() const noexcept { return questions_; }
    const Deadline& deadline() const noexcept { return deadline_; }
    // The first error; its message is used for the others as well.
    const Error& trouble() const noexcept { return trouble_; }

    // For Steps.
    void settle(size_t index, aurelis_status status) {
        questions_[index].is_settled = true;
        questions_[index].status = status;
    }
    // The server refused the write as too late although the deadline has not passed: a clock has been set. It is
    // repeated over a new connection, which learns the time again.
    void came_late(Connection& connection) noexcept {
        connection.spoil();
        fresh_ = true;
    }
    // An error line instead of an answer: settles the question, or leaves it to be asked elsewhere.
    void refused(size_t index, std::string_view line);

private:
    struct Group {
        NodePointer node;
        std::vector<size_t> which;
        std::vector<Turn> turn;        // One element, once it is taken.
        std::vector<int64_t> ending;   // Ids of clients that are killed before anything is written.
        int64_t time_asked_ns = 0;     // When the server was asked for its time; 0: not asked.
        bool failed = false;
    };
    void fail_all(std::span<const size_t> which, const Error& why);
    std::vector<Group> grouped();
    void take(Group& group);
    void ask_ahead(Group& group);
    Result<void> read_ahead(Group& group);
    void lost(Group& group, const Error& why);

    Context& context_;
    Topology& topology_;
    const Deadline deadline_;
    const bool reading_;
    std::vector<Question> questions_;
    Error trouble_{AURELIS_OK, {}};
    Node* reading_from_ = nullptr;
    int second_chances_ = 2;  // To find another master, or a connection that works.
    bool fresh_ = false;
    bool first_round_ = true;
};

}  // namespace aurelis::redis
