// TLS: the BIO over a socket, and the steps.
#include "tls.hpp"

#include <aurelis/base/trusted_path.hpp>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
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

// What OpenSSL computes from an authority's certificate on first use is computed now, before threads share it.
void look_through(X509_STORE* store) noexcept {
    const STACK_OF(X509_OBJECT)* const all = X509_STORE_get0_objects(store);
    for (int i = 0; i < sk_X509_OBJECT_num(all); ++i)
        if (X509* const one = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(all, i))) X509_check_purpose(one, -1, 0);
}

constexpr size_t kPemBytesMax = size_t{16} << 20;

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;

// One of the files that the options name, and what OpenSSL makes of it.
struct PemFile {
    const char* option;
    const std::string& path;

    Error error(const std::string& what) const {
        return fail(AURELIS_E_CONFIG, std::string("option '") + option + "': " + path + " " + what);
    }
    Error unusable(const char* what) const {
        const Error told = error(std::string(what) + " (" + last_word() + "); check the file");
        ERR_clear_error();
        return told;
    }
    // Reads it through a path that nobody else can change: whoever can write this file decides whom we trust.
    Result<std::string> read() const {
        int code = 0;
        const auto opened = open_trusted(path, O_RDONLY, {}, &code);
        if (!opened && code == 0) return error("is not read: " + opened.error().message);
        if (!opened && code == EINVAL) return error("is not a regular file; name a PEM file");
        if (!opened)
            return error(std::string("cannot be read: ") + std::strerror(code) + "; change the path or its rights");
        auto text = read_up_to(opened.value().file, kPemBytesMax + 1);
        if (!text) return error("cannot be read; check the disk it is on");
        if (text->size() > kPemBytesMax) return error("is larger than 16 MiB; name a PEM file");
        return std::move(*text);
    }
};

Bio bio_over(const std::string& text) {
    return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free};
}

// There is no terminal to ask for the password of a key.
int no_password(char*, int, int, void*) noexcept { return -1; }

// Whether OpenSSL's error stack holds what it does after a file of PEM blocks was read to its end.
bool at_the_end() noexcept {
    const unsigned long code = ERR_peek_last_error();
    const bool ended = ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE;
    if (ended) ERR_clear_error();
    return ended;
}

// Authorities and their lists of revoked certificates.
Result<void> load_authorities(SSL_CTX* context, const PemFile& file) {
    AURELIS_TRY(text, file.read());
    const Bio bio = bio_over(text);
    STACK_OF(X509_INFO)* const found = PEM_X509_INFO_read_bio(bio.get(), nullptr, &no_password, nullptr);
    X509_STORE* const store = SSL_CTX_get_cert_store(context);
    int certificates = 0;
    for (int i = 0; i < sk_X509_INFO_num(found); ++i) {
        const X509_INFO* const one = sk_X509_INFO_value(found, i);
        if (one->x509 != nullptr) certificates += X509_STORE_add_cert(store, one->x509);
        if (one->crl != nullptr) X509_STORE_add_crl(store, one->crl);
    }
    sk_X509_INFO_pop_free(found, &X509_INFO_free);
    if (certificates == 0) return file.unusable("holds no readable PEM certificates");
    return {};
}

// Reads the first block of the file and gives it to OpenSSL, which takes a reference of its own; then the rest of the
// file, if more is to be read. The text is wiped, since it may be a secret.
template <typename Thing, typename Rest>
Result<void> load(SSL_CTX* context, const PemFile& file, Thing* (*read)(BIO*, Thing**, pem_password_cb*, void*),
                  int (*use)(SSL_CTX*, Thing*), void (*free)(Thing*), const char* if_unreadable, Rest&& rest) {
    AURELIS_TRY(text, file.read());
    const Bio bio = bio_over(text);
    Thing* const thing = read(bio.get(), nullptr, &no_password, nullptr);
    const bool is_used = thing != nullptr && use(context, thing) == 1;
    free(thing);
    auto done = is_used ? rest(bio.get()) : Result<void>(file.unusable(if_unreadable));
    OPENSSL_cleanse(text.data(), text.size());
    return done;
}

// The certificate that we present, and those that lead from it to an authority.
Result<void> load_certificate(SSL_CTX* context, const PemFile& file) {
    const auto chain = [&](BIO* bio) -> Result<void> {
        while (X509* const next = PEM_read_bio_X509(bio, nullptr, &no_password, nullptr)) {
            if (SSL_CTX_add0_chain_cert(context, next) == 1) continue;
            X509_free(next);
            return file.unusable("holds a certificate that cannot be used");
        }
        if (!at_the_end()) return file.unusable("holds a certificate that is not readable");
        return {};
    };
    return load(context, file, &PEM_read_bio_X509_AUX, &SSL_CTX_use_certificate, &X509_free,
                "holds no readable PEM certificate", chain);
}

Result<void> load_key(SSL_CTX* context, const PemFile& file) {
    return load(context, file, &PEM_read_bio_PrivateKey, &SSL_CTX_use_PrivateKey, &EVP_PKEY_free,
                "holds no readable PEM key without a password that fits the certificate",
                [](BIO*) { return Result<void>(); });
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
    if (settings.ca.empty())
        SSL_CTX_set_default_verify_paths(raw);
    else
        AURELIS_TRY_VOID(load_authorities(raw, {"tls.ca", settings.ca}));
    look_through(SSL_CTX_get_cert_store(raw));
    if (settings.certificate.empty()) return context;
    AURELIS_TRY_VOID(load_certificate(raw, {"tls.cert", settings.certificate}));
    AURELIS_TRY_VOID(load_key(raw, {"tls.key", settings.key}));
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
