// Connection: one conversation with one Redis, from login to the last answer. Requests go out and answers come back in
// order; whoever leaves it in any doubt about that (a time-out, a surprise, an unread byte) leaves a connection that is
// closed, never used again. Used by one thread at a time. Leaves to others: which server, which commands.
#pragma once

#include "reply_stream.hpp"
#include "request.hpp"
#include "surroundings.hpp"
#include "transport.hpp"

#include <memory>

namespace aurelis::redis {

// How to begin the conversation.
struct Greeting {
    Login login;
    int64_t database = 0;
    bool must_be_master = false;  // By ROLE: a sentinel's word may be old.
    bool reads_from_replica = false;
};

// What the server said of itself.
struct ServerFacts {
    uint64_t run = 0;           // A digest of its run id: another one means that it is another process. 0: not told.
    int version = 0;            // 70015 for 7.0.15; 0: not told.
    bool shares_clock = false;  // Its wall clock is within half a second of ours.
};

class Connection {
public:
    static Result<std::unique_ptr<Connection>> open(Surroundings& around, const Address& address,
                                                    const Greeting& greeting, const Deadline& deadline);

    const ServerFacts& facts() const noexcept { return facts_; }
    // Whether PXAT means there what it means here.
    bool takes_absolute_expiry() const noexcept { return facts_.version >= 60200 && facts_.shares_clock; }

    Request& request() noexcept { return request_; }
    // Sends the request and forgets it. E_TIMEOUT when it was not taken in time.
    Result<void> send(const Deadline& deadline);
    ReplyStream& replies() noexcept { return replies_; }
    Transport& transport() noexcept { return *transport_; }

    // Nothing that was asked is unanswered, nothing that came is unread, and the other side is still there.
    bool is_in_step() { return !spoiled_ && replies_.is_empty() && transport_->is_quiet(); }
    void spoil() noexcept { spoiled_ = true; }
    bool is_spoiled() const noexcept { return spoiled_ || !replies_.is_empty(); }
    // Whether it has served a call before: then a broken pipe says nothing about the server.
    bool was_used() const noexcept { return used_; }
    void rest();
    bool has_rested_less_than(int64_t ns) const noexcept { return mono_ns() - resting_since_ns_ < ns; }

private:
    Connection(Surroundings& around, const Address& address, std::unique_ptr<Transport> transport)
        : around_(around), address_(address), transport_(std::move(transport)), replies_(*transport_) {}
    Result<void> greet(const Greeting& greeting, const Deadline& deadline);
    Result<void> hear_login(const Login& login, const Deadline& deadline);
    Result<void> hear_facts(const Deadline& deadline);
    Result<void> hear_role(const Deadline& deadline);
    Result<void> expect_ok(const char* what, const Deadline& deadline);
    Result<void> send_run(std::string_view bytes, const Deadline& deadline);
    Error refused(const char* what, std::string_view line) const;

    Surroundings& around_;
    const Address address_;
    std::unique_ptr<Transport> transport_;
    ReplyStream replies_;
    Request request_;
    ServerFacts facts_;
    bool spoiled_ = false;
    bool used_ = false;
    int64_t resting_since_ns_ = 0;
};

}  // namespace aurelis::redis
