// Transport: connecting, and the system calls. EINTR never aborts anything; SIGPIPE is never raised.
#include "transport.hpp"

#include <aurelis/base/descriptor.hpp>

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace aurelis::redis {

namespace {

constexpr int64_t kQuantumNs = 10 * kMillisecond;

Error broken(const char* what, int error) {
    return fail(AURELIS_E_UNAVAILABLE, std::string(what) + ": " + std::strerror(error));
}

Error closed() { return fail(AURELIS_E_UNAVAILABLE, "the server closed the connection"); }
Error too_late(const char* what) { return fail(AURELIS_E_TIMEOUT, what); }

// What poll() reported; 0 if the deadline passed first.
Result<short> polled(int socket, short events, const Deadline& deadline) {
    for (;;) {
        pollfd one{socket, events, 0};
        const int ready = poll(&one, 1, deadline.left_ms());
        if (ready > 0) return one.revents;
        if (ready < 0 && errno != EINTR) return broken("waiting for the server failed", errno);
        if (deadline.over()) return short{0};
    }
}

void set_option(int socket, int level, int name, int value) noexcept {
    setsockopt(socket, level, name, &value, sizeof value);
}

// Blocking from here on, but never for longer than the quantum.
void settle(int socket, bool tcp) noexcept {
    fcntl(socket, F_SETFL, fcntl(socket, F_GETFL) & ~O_NONBLOCK);
    const timeval quantum{0, kQuantumNs / 1000};
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &quantum, sizeof quantum);
    if (!tcp) return;
    set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1);
    set_option(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_option(socket, IPPROTO_TCP, TCP_KEEPIDLE, 15);
    set_option(socket, IPPROTO_TCP, TCP_KEEPINTVL, 5);
    set_option(socket, IPPROTO_TCP, TCP_KEEPCNT, 3);
}

class Socket {
public:
    explicit Socket(int number) noexcept : number_(number) {}
    ~Socket() {
        if (number_ >= 0) close(number_);
    }
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
    int number() const noexcept { return number_; }
    int give() noexcept { return std::exchange(number_, -1); }

private:
    int number_;
};

Result<int> connected(const SocketAddress& to, const Deadline& deadline) {
    const int family = to.storage.ss_family;
    Socket made(above_standard(socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)));
    if (made.number() < 0) return broken("no socket can be created", errno);
    const void* raw = &to.storage;
    if (connect(made.number(), static_cast<const sockaddr*>(raw), to.size) != 0) {
        if (errno != EINPROGRESS) return broken("cannot connect", errno);
        AURELIS_TRY(events, polled(made.number(), POLLOUT, deadline));
        if (events == 0) return fail(AURELIS_E_UNAVAILABLE, "cannot connect in time");
        int error = 0;
        socklen_t size = sizeof error;
        if (getsockopt(made.number(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
        if (error != 0) return broken("cannot connect", error);
    }
    settle(made.number(), family != AF_UNIX);
    return made.give();
}

}  // namespace

Result<std::unique_ptr<Transport>> Transport::connect(const Address& address, Resolver& resolver, const TlsContext* tls,
                                                      const Deadline& deadline) {
    AURELIS_TRY(found, resolver.resolve(address, deadline));
    Error last;
    for (size_t i = 0; i < found.size(); ++i) {
        const int64_t share = deadline.left_ns() / static_cast<int64_t>(found.size() - i);
        Result<int> socket = connected(found[i], deadline.within(share));
        if (!socket) {
            last = socket.error();
            continue;
        }
        std::unique_ptr<Transport> made(new Transport(socket.value()));
        if (tls != nullptr) AURELIS_TRY_VOID(made->start_tls(*tls, address.host, deadline));
        return made;
    }
    return last;
}

Transport::~Transport() {
    tls_.reset();
    close(socket_);
}

void Transport::reset_when_closed() noexcept {
    const linger at_once{1, 0};
    setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

Result<void> Transport::start_tls(const TlsContext& tls, const std::string& host, const Deadline& deadline) {
    AURELIS_TRY(session, tls.session(socket_, host));
    tls_ = std::move(session);
    for (;;) {
        const TlsStep step = tls_->handshake();
        if (step.kind == TlsStep::Kind::Done) return {};
        if (step.kind == TlsStep::Kind::Failed || step.kind == TlsStep::Kind::Closed)
            return fail(AURELIS_E_UNAVAILABLE, "no TLS with the server: " + tls_->why());
        AURELIS_TRY(events, polled(socket_, step.kind == TlsStep::Kind::WantsToWrite ? POLLOUT : POLLIN, deadline));
        if (events == 0) return fail(AURELIS_E_UNAVAILABLE, "the TLS handshake was not over in time");
    }
}

// 0: nothing to read.
Result<size_t> Transport::read_step(char* into, size_t room, bool patient) {
    if (tls_ == nullptr) {
        for (;;) {
            const ssize_t got = recv(socket_, into, room, patient ? 0 : MSG_DONTWAIT);
            if (got > 0) return static_cast<size_t>(got);
            if (got == 0) return closed();
            if (errno == EAGAIN || errno == EWOULDBLOCK) return size_t{0};
            if (errno != EINTR) return broken("reading from the server failed", errno);
        }
    }
    const TlsStep step = tls_->read(into, room, patient);
    switch (step.kind) {
        case TlsStep::Kind::Done: return step.size;
        case TlsStep::Kind::WantsToRead:
        case TlsStep::Kind::WantsToWrite: return size_t{0};
        case TlsStep::Kind::Closed: return closed();
        default: return fail(AURELIS_E_UNAVAILABLE, "TLS broke: " + tls_->why());
    }
}

Result<size_t> Transport::receive(char* into, size_t room, const Deadline& deadline) {
    for (;;) {
        const int64_t left = deadline.left_ns();
        if (left <= 0) return too_late("the server did not answer in time");
        const bool patient = left > kQuantumNs;
        Result<size_t> got = read_step(into, room, patient);
        if (!got || got.value() != 0) return got;
        if (!patient) AURELIS_TRY_VOID(wait(false, deadline));
    }
}

Result<size_t> Transport::receive_now(char* into, size_t room) { return read_step(into, room, false); }

Result<size_t> Transport::send_now(std::string_view bytes) {
    if (tls_ == nullptr) {
        for (;;) {
            const ssize_t sent = send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
            if (sent >= 0) return static_cast<size_t>(sent);
            if (errno == EAGAIN || errno == EWOULDBLOCK) return size_t{0};
            if (errno != EINTR) return broken("writing to the server failed", errno);
        }
    }
    const TlsStep step = tls_->write(bytes.data(), bytes.size());
    switch (step.kind) {
        case TlsStep::Kind::Done: return step.size;
        case TlsStep::Kind::WantsToRead:
        case TlsStep::Kind::WantsToWrite: return size_t{0};
        case TlsStep::Kind::Closed: return closed();
        default: return fail(AURELIS_E_UNAVAILABLE, "TLS broke: " + tls_->why());
    }
}

Result<bool> Transport::wait(bool to_write, const Deadline& deadline) {
    if (!to_write && holds_bytes()) return true;
    AURELIS_TRY(events, polled(socket_, static_cast<short>(POLLIN | (to_write ? POLLOUT : 0)), deadline));
    if (events == 0)
        return too_late(to_write ? "the server did not take the request in time" : "the server did not answer in time");
    return (events & (POLLIN | POLLHUP | POLLERR)) != 0;
}

bool Transport::is_quiet() {
    char one = 0;
    const ssize_t got = recv(socket_, &one, 1, MSG_PEEK | MSG_DONTWAIT);
    if (tls_ == nullptr) return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
    if (got == 0 || holds_bytes()) return false;
    // Under TLS a readable byte may be a session ticket, which means nothing.
    return got < 0 || tls_->peek().kind == TlsStep::Kind::WantsToRead;
}

}  // namespace aurelis::redis
