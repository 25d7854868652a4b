// Transport: one connected socket, plain or with TLS, on which every wait ends at a deadline. It knows nothing about
// Redis.
// Leaves to others: names (resolver.hpp), what the bytes mean (connection.hpp).
//
// A read is one system call when the answer comes soon: the socket blocks, but for at most 10 ms (SO_RCVTIMEO); with
// less time left it is polled instead. So a server that sends byte by byte cannot stretch a deadline, and a prompt one
// does not cost a second system call. Writing never blocks.
#pragma once

#include "byte_source.hpp"
#include "resolver.hpp"
#include "tls.hpp"

#include <memory>
#include <string_view>

namespace aurelis::redis {

class Transport final : public ByteSource {
public:
    // Tries each address of the name in turn. tls NULL: plain.
    static Result<std::unique_ptr<Transport>> connect(const Address& address, Resolver& resolver, const TlsContext* tls,
                                                      const Deadline& deadline);
    ~Transport() override;
    Transport(const Transport&) = delete;
    Transport& operator=(const Transport&) = delete;

    Result<size_t> receive(char* into, size_t room, const Deadline& deadline) override;
    // Reads what is available now; 0: nothing yet.
    Result<size_t> receive_now(char* into, size_t room);
    // Writes what the kernel takes now; 0: nothing, wait.
    Result<size_t> send_now(std::string_view bytes);
    // Waits until the socket is readable, or writable if to_write; true: readable.
    Result<bool> wait(bool to_write, const Deadline& deadline);
    // Open, and nothing to read: a byte that was not requested means that the connection is out of step.
    bool is_quiet();
    int socket() const noexcept { return socket_; }
    // Closing discards what the kernel has not delivered yet, instead of delivering it behind the caller's back.
    void reset_when_closed() noexcept;
    // Whether bytes wait that poll() cannot see.
    bool holds_bytes() const noexcept { return tls_ != nullptr && tls_->holds_bytes(); }

private:
    explicit Transport(int socket) noexcept : socket_(socket) {}
    Result<void> start_tls(const TlsContext& tls, const std::string& host, const Deadline& deadline);
    Result<size_t> read_step(char* into, size_t room, bool patient);

    int socket_;
    std::unique_ptr<TlsSession> tls_;
};

}  // namespace aurelis::redis
