// TLS: the BIO over a socket, and the steps.
#include "tls.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>
#include <sys/socket.h>

#include <cerrno>
#include <climits>

namespace aurelis::redis {

namespace {

const TlsSocket& socket_of(BIO* bio) noexcept { return *static_cast<TlsSocket*>(BIO_get_data(bio)); }

int bio_write(BIO* bio, const char* from, int size) noexcept {
    BIO_clear_retry_flags(bio);
    const ssize_t sent = send(socket_of(bio).number, from, static_cast<size_t>(size), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) BIO_set_retry_write(bio);
    return static_cast<int>(sent);
}

int bio_read(BIO* bio, char* into, int room) noexcept {
    BIO_clear_retry_flags(bio);
    const TlsSocket& socket = socket_of(bio);
    const ssize_t got = recv(socket.number, into, static_cast<size_t>(room), socket.patient ? 0 : MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) BIO_set_retry_read(bio);
    return static_cast<int>(got);
}

long bio_control(BIO*, int command, long, void*) noexcept { return command == BIO_CTRL_FLUSH ? 1 : 0; }

BIO_METHOD* socket_method() {
    static BIO_METHOD* const method = [] {
        BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "aurelis socket");
        BIO_meth_set_write(made, &bio_write);
        BIO_meth_set_read(made, &bio_read);
        BIO_meth_set_ctrl(made, &bio_control);
        return made;
    }();
    return method;
}

bool is_number(const std::string& host) noexcept {
    unsigned char room[16];
    return inet_pton(AF_INET, host.c_str(), room) == 1 || inet_pton(AF_INET6, host.c_str(), room) == 1;
}

std::string last_word() {
    const unsigned long code = ERR_peek_last_error();
    const char* reason = code != 0 ? ERR_reason_error_string(code) : nullptr;
    return reason != nullptr ? reason : "for a reason that OpenSSL does not name";
}

// What OpenSSL works out of an authority's certificate at the first look is worked out now, before threads share it.
void look_through(X509_STORE* store) noexcept {
    const STACK_OF(X509_OBJECT)* const all = X509_STORE_get0_objects(store);
    for (int i = 0; i < sk_X509_OBJECT_num(all); ++i)
        if (X509* const one = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(all, i))) X509_check_purpose(one, -1, 0);
}

Error bad_file(const char* option, const std::string& path, const char* what) {
    Error error = fail(AURELIS_E_CONFIG, std::string("option '") + option + "': " + path + " " + what + " (" +
                                             last_word() + "); check the file");
    ERR_clear_error();
    return error;
}

}  // namespace

Result<std::unique_ptr<TlsContext>> TlsContext::make(const TlsSettings& settings) {
    ERR_clear_error();
    SSL_CTX* raw = SSL_CTX_new(TLS_client_method());
    if (raw == nullptr) return fail(AURELIS_E_NOMEM, "TLS cannot be set up: " + last_word());
    std::unique_ptr<TlsContext> context(new TlsContext(raw, settings));
    SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
    SSL_CTX_set_mode(raw, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_verify(raw, settings.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
    if (!settings.ca.empty() && SSL_CTX_load_verify_locations(raw, settings.ca.c_str(), nullptr) != 1)
        return bad_file("tls.ca", settings.ca, "holds no readable PEM certificates");
    if (settings.ca.empty()) SSL_CTX_set_default_verify_paths(raw);
    look_through(SSL_CTX_get_cert_store(raw));
    if (settings.certificate.empty()) return context;
    if (SSL_CTX_use_certificate_chain_file(raw, settings.certificate.c_str()) != 1)
        return bad_file("tls.cert", settings.certificate, "holds no readable PEM certificate");
    if (SSL_CTX_use_PrivateKey_file(raw, settings.key.c_str(), SSL_FILETYPE_PEM) != 1)
        return bad_file("tls.key", settings.key, "holds no readable PEM key that fits the certificate");
    return context;
}

TlsContext::~TlsContext() { SSL_CTX_free(context_); }

Result<std::unique_ptr<TlsSession>> TlsContext::session(int socket, const std::string& host) const {
    ERR_clear_error();
    SSL* ssl = SSL_new(context_);
    BIO* bio = ssl != nullptr ? BIO_new(socket_method()) : nullptr;
    if (bio == nullptr) {
        SSL_free(ssl);
        return fail(AURELIS_E_NOMEM, "no memory for a TLS session");
    }
    auto stored = std::make_unique<TlsSocket>(TlsSocket{socket});
    BIO_set_data(bio, stored.get());
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl, bio, bio);
    auto session = std::make_unique<TlsSession>(ssl, std::move(stored));
    const std::string& name = settings_.server_name.empty() ? host : settings_.server_name;
    const bool number = is_number(name);
    if (!number) SSL_set_tlsext_host_name(ssl, name.c_str());
    X509_VERIFY_PARAM* wanted = SSL_get0_param(ssl);
    const bool set = number ? X509_VERIFY_PARAM_set1_ip_asc(wanted, name.c_str()) == 1
                            : X509_VERIFY_PARAM_set1_host(wanted, name.c_str(), name.size()) == 1;
    if (!set) return fail(AURELIS_E_CONFIG, "'" + name + "' cannot be looked for in a certificate; set 'tls.sni'");
    SSL_set_connect_state(ssl);
    return session;
}

TlsSession::TlsSession(SSL* ssl, std::unique_ptr<TlsSocket> socket) noexcept : ssl_(ssl), socket_(std::move(socket)) {}

TlsSession::~TlsSession() { SSL_free(ssl_); }

TlsStep TlsSession::told(int result) {
    if (result > 0) return {TlsStep::Kind::Done, static_cast<size_t>(result)};
    switch (SSL_get_error(ssl_, result)) {
        case SSL_ERROR_WANT_READ: return {TlsStep::Kind::WantsToRead, 0};
        case SSL_ERROR_WANT_WRITE: return {TlsStep::Kind::WantsToWrite, 0};
        case SSL_ERROR_ZERO_RETURN: return {TlsStep::Kind::Closed, 0};
        case SSL_ERROR_SYSCALL:
            error_ = ERR_peek_last_error();
            return {error_ == 0 ? TlsStep::Kind::Closed : TlsStep::Kind::Failed, 0};
        default: error_ = ERR_peek_last_error(); return {TlsStep::Kind::Failed, 0};
    }
}

TlsStep TlsSession::handshake() {
    ERR_clear_error();
    return told(SSL_do_handshake(ssl_));
}

TlsStep TlsSession::read(char* into, size_t room, bool patient) {
    ERR_clear_error();
    socket_->patient = patient;
    const TlsStep step = told(SSL_read(ssl_, into, static_cast<int>(std::min<size_t>(room, INT_MAX))));
    socket_->patient = false;
    return step;
}

TlsStep TlsSession::write(const char* from, size_t size) {
    ERR_clear_error();
    return told(SSL_write(ssl_, from, static_cast<int>(std::min<size_t>(size, INT_MAX))));
}

TlsStep TlsSession::peek() {
    ERR_clear_error();
    char one = 0;
    return told(SSL_peek(ssl_, &one, 1));
}

bool TlsSession::holds_bytes() const noexcept { return SSL_pending(ssl_) > 0; }

std::string TlsSession::why() const {
    const long verdict = SSL_get_verify_result(ssl_);
    if (verdict != X509_V_OK && (SSL_get_verify_mode(ssl_) & SSL_VERIFY_PEER) != 0)
        return std::string("the server's certificate is refused: ") + X509_verify_cert_error_string(verdict);
    const char* reason = error_ != 0 ? ERR_reason_error_string(error_) : nullptr;
    return reason != nullptr ? reason : "the server ended the conversation";
}

}  // namespace aurelis::redis
