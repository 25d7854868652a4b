// Exchange: a number of questions, each about one key, put to the servers that serve them and answered within a
// deadline. It finds the node of each key, writes to all of them before it reads from any, follows MOVED and ASK, sends
// a script whose text is not known yet, looks for another master when there seems to be one, and says of each question
// what became of it. Leaves to others: what is asked and what the answers mean (Steps).
//
// What is not answered after it was sent is E_TIMEOUT for a write (its outcome is open) and why it is so for a read; a
// read is asked once more if the connection had been lying idle, for then its end says nothing about the server.
// What was not sent is E_UNAVAILABLE: nothing has changed.
//
// A write that was given up must not be carried out after a later one. Three things see to that: its connection is
// closed by a reset, so that the kernel here forgets it; before anything else is written to that server, its client
// there is killed by its id in the same request, so that what lies in a proxy or in the server's own queue has nobody
// any more to be read from; and each write carries the time until which the server may carry it out (write_steps.hpp),
// so that it cannot overtake another process either, nor on a server that does not let clients be killed.
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
    bool asks = false;                   // After ASK: the target answers only so.
    bool with_text = false;              // After NOSCRIPT: send the script itself.
    aurelis_status status = AURELIS_OK;  // Once settled.
    NodePointer target;                  // After a redirection; empty: by slot.
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
    // The first thing that went wrong; its message stands for the others.
    const Error& trouble() const noexcept { return trouble_; }

    // For Steps.
    void settle(size_t index, aurelis_status status) {
        questions_[index].is_settled = true;
        questions_[index].status = status;
    }
    // The server took the write for one that comes too late, and this call knows better: a clock has been set. It is
    // asked again over a new connection, which learns the time anew.
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
        std::vector<Turn> turn;        // One, once it is taken.
        std::vector<int64_t> ending;   // Conversations that are ended before anything is written.
        int64_t time_asked_ns = 0;     // When the server was asked for its time; 0: it was not.
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
