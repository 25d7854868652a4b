// TLS over a socket of ours: OpenSSL with a BIO that sends without SIGPIPE and blocks no longer than the socket's own
// short time-out. Verification of chain and name is on unless the configuration turns it off. Leaves to others:
// deadlines and waiting (transport.hpp).
#pragma once

#include "settings.hpp"

#include <openssl/ssl.h>

#include <memory>
#include <string>

namespace aurelis::redis {

// The outcome of one step on the connection.
struct TlsStep {
    enum class Kind { Done, WantsToRead, WantsToWrite, Closed, Failed };
    Kind kind = Kind::Failed;
    size_t size = 0;  // Of Done.
};

// The state of the BIO; the descriptor is owned elsewhere.
struct TlsSocket {
    int number = -1;
    bool patient = false;  // Whether reading may block.
};

class TlsSession {
public:
    TlsSession(SSL* ssl, std::unique_ptr<TlsSocket> socket) noexcept;
    ~TlsSession();
    TlsSession(const TlsSession&) = delete;
    TlsSession& operator=(const TlsSession&) = delete;

    TlsStep handshake();
    // patient: it may block until the socket's own time-out; else it never does.
    TlsStep read(char* into, size_t room, bool patient);
    TlsStep write(const char* from, size_t size);
    // Whether there is a byte to read, without consuming it.
    TlsStep peek();
    bool holds_bytes() const noexcept;
    // Why the last step failed: what is wrong with the certificate, or OpenSSL's own text.
    std::string why() const;

private:
    TlsStep told(int result);

    SSL* ssl_;
    std::unique_ptr<TlsSocket> socket_;  // What the BIO points to.
    unsigned long error_ = 0;
};

class TlsContext {
public:
    // Reads the files. [control]
    static Result<std::unique_ptr<TlsContext>> make(const TlsSettings& settings);
    ~TlsContext();
    TlsContext(const TlsContext&) = delete;
    TlsContext& operator=(const TlsContext&) = delete;

    // [any] host: what was asked for, to be found in the certificate unless the settings name another.
    Result<std::unique_ptr<TlsSession>> session(int socket, const std::string& host) const;

private:
    TlsContext(SSL_CTX* context, TlsSettings settings) : context_(context), settings_(std::move(settings)) {}

    SSL_CTX* context_;
    TlsSettings settings_;
};

}  // namespace aurelis::redis
