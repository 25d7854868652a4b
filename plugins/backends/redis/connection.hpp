// Connection: one conversation with one Redis, from login to the last answer. Requests go out and answers come back in
// order; whoever leaves it in any doubt about that (a time-out, a surprise, an unread byte) leaves a connection that is
// closed, never used again. Used by one thread at a time. Leaves to others: which server, which commands.
#pragma once

#include "reply_stream.hpp"
#include "request.hpp"
#include "context.hpp"
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
    uint64_t run = 0;       // A digest of its run id: another one means that it is another process. 0: not told.
    int version = 0;        // 70015 for 7.0.15; 0: not told.
    int64_t client_id = 0;  // Under which it knows this connection; 0: not told.
};

// The server's wall clock by our monotonic one, as its answer to TIME gives it.
// Clock: a step of our own wall clock does not matter. After a step forward of the server's, or a sleep of this
// machine, writes seem late to it and are asked again over a connection that learns the time anew; after a step back it
// takes late ones for that much longer, until the next answer to TIME, which is asked for with a write every 10 s.
class ServerClock {
public:
    bool is_known() const noexcept { return server_ms_ != 0; }
    bool is_old() const noexcept { return is_known() && mono_ns() - told_ns_ > kOldNs; }
    // It was asked not before asked_ns.
    void set(int64_t server_ms, int64_t asked_ns) noexcept {
        server_ms_ = server_ms;
        asked_ns_ = asked_ns;
        told_ns_ = mono_ns();
    }
    // What it shows at that moment at the earliest, and at the latest.
    int64_t earliest_ms(int64_t at_ns) const noexcept { return server_ms_ + (at_ns - told_ns_) / kMillisecond; }
    int64_t latest_ms(int64_t at_ns) const noexcept { return server_ms_ + (at_ns - asked_ns_) / kMillisecond; }

private:
    static constexpr int64_t kOldNs = 10 * kSecond;
    int64_t server_ms_ = 0;  // 0: not told.
    int64_t asked_ns_ = 0;
    int64_t told_ns_ = 0;
};

class Connection {
public:
    static Result<std::unique_ptr<Connection>> open(Context& context, const Address& address,
                                                    const Greeting& greeting, const Deadline& deadline);

    const Address& address() const noexcept { return address_; }
    const ServerFacts& facts() const noexcept { return facts_; }
    const ServerClock& clock() const noexcept { return clock_; }
    // Whether SET knows PXAT there, and we know what time it is there.
    bool takes_absolute_expiry() const noexcept { return facts_.version >= 60200 && clock_.is_known(); }
    // The answer to a TIME that was asked not before asked_ns.
    Result<void> read_time(int64_t asked_ns, const Deadline& deadline);

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
    Connection(Context& context, const Address& address, std::unique_ptr<Transport> transport)
        : context_(context), address_(address), transport_(std::move(transport)), replies_(*transport_) {}
    Result<void> greet(const Greeting& greeting, const Deadline& deadline);
    Result<void> read_login(const Login& login, const Deadline& deadline);
    Result<void> read_facts(int64_t asked_ns, const Deadline& deadline);
    void set_clock(const Reply& time, int64_t asked_ns);
    void compare_clocks(int64_t server_ms, int64_t asked_ns);
    Result<void> read_role(const Deadline& deadline);
    Result<void> expect_ok(const char* what, const Deadline& deadline);
    Result<void> send_run(std::string_view bytes, const Deadline& deadline);
    Error refused(const char* what, std::string_view line) const;

    Context& context_;
    const Address address_;
    std::unique_ptr<Transport> transport_;
    ReplyStream replies_;
    Request request_;
    ServerFacts facts_;
    ServerClock clock_;
    bool spoiled_ = false;
    bool used_ = false;
    int64_t resting_since_ns_ = 0;
};

}  // namespace aurelis::redis
