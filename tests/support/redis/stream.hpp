// A socket for tests: every call has a time-out and reports exactly what it saw (bytes, end, reset, nothing). Plain or
// TLS, TCP or Unix. It knows nothing of Redis.
#pragma once

#include "support/redis/deadline.hpp"
#include "support/redis/endpoint.hpp"
#include "support/redis/test_certificates.hpp"

#include <string>
#include <string_view>

struct ssl_st;
struct ssl_ctx_st;

namespace aurelis::rig {

enum class Seen { Bytes, End, Reset, TimedOut };

struct Received {
    Seen seen = Seen::TimedOut;
    std::string bytes;
};

class Stream {
public:
    // Throws std::runtime_error with the place and errno's text: "127.0.0.1:7000: Connection refused".
    Stream(const Endpoint& to, Clock::duration timeout, const TlsFiles* tls = nullptr);
    ~Stream();
    Stream(Stream&& other) noexcept;
    Stream& operator=(Stream&&) = delete;

    // Throws if not all could be sent in time.
    void send(std::string_view bytes, Clock::duration timeout = Milliseconds(5000));
    // What comes first: some bytes, the end, a reset, or the time-out.
    Received receive(Clock::duration timeout, size_t bytes_max = 65536);
    // Continues until that many bytes are there, or something other than bytes came.
    Received receive_exactly(size_t bytes, Clock::duration timeout);
    // Everything until the end, a reset or the time-out.
    Received receive_all(Clock::duration timeout);
    void close_sending();

private:
    void connect(const Endpoint& to, const Deadline& deadline);
    void start_tls(const TlsFiles& files, const Deadline& deadline);
    void raw_send(std::string_view bytes, const Deadline& deadline);
    Received raw_receive(const Deadline& deadline, size_t bytes_max);
    void flush_tls(const Deadline& deadline);
    Received receive_tls(const Deadline& deadline, size_t bytes_max);
    bool await(short events, const Deadline& deadline) const;
    [[noreturn]] void fail(const std::string& what) const;
    [[noreturn]] void fail_tls(const std::string& what) const;

    std::string place_;
    int fd_ = -1;
    ssl_ctx_st* context_ = nullptr;
    ssl_st* ssl_ = nullptr;  // Between two memory BIOs, so that all system calls are ours and none raises SIGPIPE.
};

}  // namespace aurelis::rig
