// Connection: one conversation with one Redis, from login to the last answer. Requests go out and answers come back in
// order; after anything that puts this in doubt (a time-out, an unexpected answer, an unread byte) the connection is
// closed and never used again. Used by one thread at a time. Leaves to others: which server, which commands.
#pragma once

#include "reply_stream.hpp"
#include "request.hpp"
#include "context.hpp"
#include "transport.hpp"

#include <memory>

namespace aurelis::redis {

// How a connection begins.
struct Greeting {
    Login login;
    int64_t database = 0;
    bool must_be_master = false;  // Checked by ROLE: a sentinel's answer may be outdated.
    bool reads_from_replica = false;
};

// What the server reported about itself.
struct ServerFacts {
    uint64_t run = 0;       // A digest of its run id: a different one means another process. 0: not known.
    int version = 0;        // 70015 for 7.0.15; 0: not known.
    int64_t client_id = 0;  // The id of this connection at the server; 0: not known.
};

// The server's wall clock in terms of our monotonic one, from its answer to TIME.
// Clock: a step of our own wall clock does not matter. After a step forward of the server's clock, or a sleep of this
// machine, writes seem late to the server and are repeated over a new connection, which learns the time again; after a
// step back it accepts late ones for that much longer, until the next answer to TIME, which is requested with a write
// every 10 s.
class ServerClock {
public:
    bool is_known() const noexcept { return server_ms_ != 0; }
    bool is_old() const noexcept { return is_known() && mono_ns() - told_ns_ > kOldNs; }
    // It was asked at asked_ns or later.
    void set(int64_t server_ms, int64_t asked_ns) noexcept {
        server_ms_ = server_ms;
        asked_ns_ = asked_ns;
        told_ns_ = mono_ns();
    }
    // The earliest and the latest time that it may show at that moment.
    int64_t earliest_ms(int64_t at_ns) const noexcept { return server_ms_ + (at_ns - told_ns_) / kMillisecond; }
    int64_t latest_ms(int64_t at_ns) const noexcept { return server_ms_ + (at_ns - asked_ns_) / kMillisecond; }

private:
    static constexpr int64_t kOldNs = 10 * kSecond;
    int64_t server_ms_ = 0;  // 0: not known.
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
    // Whether the server's SET supports PXAT, and we know the server's time.
    bool takes_absolute_expiry() const noexcept { return facts_.version >= 60200 && clock_.is_known(); }
    // Reads the answer to a TIME that was sent at asked_ns or later.
    Result<void> read_time(int64_t asked_ns, const Deadline& deadline);

    Request& request() noexcept { return request_; }
    // Sends the request and clears it. E_TIMEOUT if it was not taken in time.
    Result<void> send(const Deadline& deadline);
    ReplyStream& replies() noexcept { return replies_; }
    Transport& transport() noexcept { return *transport_; }

    // No request is unanswered, no received byte is unread, and the other side is still there.
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
