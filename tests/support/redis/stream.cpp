// Sockets with time-outs, plain or TLS.
#include "support/redis/stream.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace aurelis::rig {

namespace {

constexpr size_t kTlsChunkBytes = 16384;

struct Address {
    sockaddr_storage storage{};
    socklen_t size = 0;
    int family = AF_INET;
};

Address address_of(const Endpoint& to) {
    Address address;
    if (!to.unix_path.empty()) {
        auto& local = reinterpret_cast<sockaddr_un&>(address.storage);
        if (to.unix_path.size() >= sizeof local.sun_path) throw std::runtime_error(to.text() + ": path too long");
        local.sun_family = AF_UNIX;
        std::memcpy(local.sun_path, to.unix_path.c_str(), to.unix_path.size() + 1);
        address.size = sizeof local;
        address.family = AF_UNIX;
        return address;
    }
    auto& internet = reinterpret_cast<sockaddr_in&>(address.storage);
    internet.sin_family = AF_INET;
    internet.sin_port = htons(to.port);
    if (inet_pton(AF_INET, to.host.c_str(), &internet.sin_addr) != 1) {
        throw std::runtime_error(to.text() + ": not an IPv4 address in digits");
    }
    address.size = sizeof internet;
    return address;
}

}  // namespace

Stream::Stream(const Endpoint& to, Clock::duration timeout, const TlsFiles* tls) : place_(to.text()) {
    const Deadline deadline(timeout);
    try {
        connect(to, deadline);
        if (tls != nullptr) start_tls(*tls, deadline);
    } catch (...) {
        SSL_free(ssl_);
        SSL_CTX_free(context_);
        if (fd_ >= 0) ::close(fd_);
        throw;
    }
}

Stream::~Stream() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
    if (fd_ >= 0) ::close(fd_);
}

Stream::Stream(Stream&& other) noexcept
    : place_(std::move(other.place_)),
      fd_(std::exchange(other.fd_, -1)),
      context_(std::exchange(other.context_, nullptr)),
      ssl_(std::exchange(other.ssl_, nullptr)) {}

void Stream::fail(const std::string& what) const { throw std::runtime_error(place_ + ": " + what); }

void Stream::fail_tls(const std::string& what) const {
    char text[256] = "no reason given";
    const unsigned long code = ERR_get_error();
    if (code != 0) ERR_error_string_n(code, text, sizeof text);
    ERR_clear_error();
    fail("TLS: " + what + ": " + text);
}

bool Stream::await(short events, const Deadline& deadline) const {
    pollfd wanted{fd_, events, 0};
    for (;;) {
        const int ready = poll(&wanted, 1, deadline.left_ms());
        if (ready > 0) return true;
        if (ready == 0) return false;
        if (errno != EINTR) fail(std::string("poll: ") + std::strerror(errno));
    }
}

void Stream::connect(const Endpoint& to, const Deadline& deadline) {
    const Address address = address_of(to);
    fd_ = socket(address.family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd_ < 0) fail(std::strerror(errno));
    const int yes = 1;
    if (address.family == AF_INET) setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address.storage), address.size) == 0) return;
    if (errno != EINPROGRESS) fail(std::strerror(errno));
    if (!await(POLLOUT, deadline)) fail("connecting took too long");
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) fail(std::strerror(error));
}

void Stream::start_tls(const TlsFiles& files, const Deadline& deadline) {
    ERR_clear_error();
    context_ = SSL_CTX_new(TLS_client_method());
    if (context_ == nullptr) fail_tls("no context");
    if (!files.ca.empty() && SSL_CTX_load_verify_locations(context_, files.ca.c_str(), nullptr) != 1) {
        fail_tls(files.ca);
    }
    if (!files.certificate.empty() &&
        (SSL_CTX_use_certificate_chain_file(context_, files.certificate.c_str()) != 1 ||
         SSL_CTX_use_PrivateKey_file(context_, files.key.c_str(), SSL_FILETYPE_PEM) != 1)) {
        fail_tls(files.certificate);
    }
    SSL_CTX_set_verify(context_, files.ca.empty() ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, nullptr);
    ssl_ = SSL_new(context_);
    if (ssl_ == nullptr) fail_tls("no session");
    SSL_set_bio(ssl_, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_tlsext_host_name(ssl_, files.server_name.c_str());
    if (!files.ca.empty()) SSL_set1_host(ssl_, files.server_name.c_str());
    for (;;) {
        const int result = SSL_connect(ssl_);
        const int why = SSL_get_error(ssl_, result);
        flush_tls(deadline);
        if (result == 1) return;
        if (why != SSL_ERROR_WANT_READ) fail_tls("handshake");
        const Received received = raw_receive(deadline, kTlsChunkBytes);
        if (received.seen == Seen::TimedOut) fail("TLS: the handshake took too long");
        if (received.seen != Seen::Bytes) fail("TLS: the peer closed the connection during the handshake");
        BIO_write(SSL_get_rbio(ssl_), received.bytes.data(), static_cast<int>(received.bytes.size()));
    }
}

void Stream::flush_tls(const Deadline& deadline) {
    char chunk[kTlsChunkBytes];
    for (;;) {
        const int size = BIO_read(SSL_get_wbio(ssl_), chunk, sizeof chunk);
        if (size <= 0) return;
        raw_send({chunk, static_cast<size_t>(size)}, deadline);
    }
}

void Stream::raw_send(std::string_view bytes, const Deadline& deadline) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent >= 0) {
            bytes.remove_prefix(static_cast<size_t>(sent));
        } else if (errno == EAGAIN) {
            if (!await(POLLOUT, deadline)) fail("sending took too long");
        } else if (errno != EINTR) {
            fail(std::string("send: ") + std::strerror(errno));
        }
    }
}

Received Stream::raw_receive(const Deadline& deadline, size_t bytes_max) {
    Received received;
    received.bytes.resize(bytes_max);
    for (;;) {
        const ssize_t size = recv(fd_, received.bytes.data(), bytes_max, 0);
        if (size >= 0) {
            received.bytes.resize(static_cast<size_t>(size));
            received.seen = size == 0 ? Seen::End : Seen::Bytes;
            return received;
        }
        if (errno == EAGAIN) {
            if (!await(POLLIN, deadline)) return {Seen::TimedOut, ""};
        } else if (errno == ECONNRESET) {
            return {Seen::Reset, ""};
        } else if (errno != EINTR) {
            fail(std::string("recv: ") + std::strerror(errno));
        }
    }
}

void Stream::send(std::string_view bytes, Clock::duration timeout) {
    const Deadline deadline(timeout);
    if (ssl_ == nullptr) return raw_send(bytes, deadline);
    while (!bytes.empty()) {
        const auto size = static_cast<int>(std::min(bytes.size(), kTlsChunkBytes));
        if (SSL_write(ssl_, bytes.data(), size) != size) fail_tls("write");
        bytes.remove_prefix(static_cast<size_t>(size));
        flush_tls(deadline);
    }
}

Received Stream::receive_tls(const Deadline& deadline, size_t bytes_max) {
    Received received{Seen::Bytes, std::string(bytes_max, '\0')};
    for (;;) {
        const int size = SSL_read(ssl_, received.bytes.data(), static_cast<int>(bytes_max));
        const int why = SSL_get_error(ssl_, size);
        flush_tls(deadline);
        if (size > 0) {
            received.bytes.resize(static_cast<size_t>(size));
            return received;
        }
        if (why == SSL_ERROR_ZERO_RETURN) return {Seen::End, ""};
        if (why != SSL_ERROR_WANT_READ) fail_tls("read");
        Received raw = raw_receive(deadline, kTlsChunkBytes);
        if (raw.seen != Seen::Bytes) return raw;
        BIO_write(SSL_get_rbio(ssl_), raw.bytes.data(), static_cast<int>(raw.bytes.size()));
    }
}

Received Stream::receive(Clock::duration timeout, size_t bytes_max) {
    const Deadline deadline(timeout);
    return ssl_ != nullptr ? receive_tls(deadline, bytes_max) : raw_receive(deadline, bytes_max);
}

Received Stream::receive_exactly(size_t bytes, Clock::duration timeout) {
    const Deadline deadline(timeout);
    Received all{Seen::Bytes, ""};
    while (all.bytes.size() < bytes && all.seen == Seen::Bytes) {
        const Received part = receive(deadline.left(), bytes - all.bytes.size());
        all.seen = part.seen;
        all.bytes += part.bytes;
    }
    return all;
}

Received Stream::receive_all(Clock::duration timeout) {
    const Deadline deadline(timeout);
    Received all{Seen::Bytes, ""};
    while (all.seen == Seen::Bytes) {
        const Received part = receive(deadline.left());
        all.seen = part.seen;
        all.bytes += part.bytes;
    }
    return all;
}

void Stream::close_sending() { shutdown(fd_, SHUT_WR); }

}  // namespace aurelis::rig
