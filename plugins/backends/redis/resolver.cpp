// Resolver: one detached thread for each name that is being resolved, at most kQuestionsMost of them.
#include "resolver.hpp"

#include "thread_without_signals.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <strings.h>
#include <sys/un.h>

#include <condition_variable>
#include <cstring>

namespace aurelis::redis {

namespace {

constexpr size_t kQuestionsMost = 8;

std::vector<SocketAddress> copied(const addrinfo* list) {
    std::vector<SocketAddress> found;
    for (; list != nullptr; list = list->ai_next) {
        if (list->ai_addrlen > sizeof(sockaddr_storage)) continue;
        SocketAddress one;
        std::memcpy(&one.storage, list->ai_addr, list->ai_addrlen);
        one.size = list->ai_addrlen;
        found.push_back(one);
    }
    return found;
}

int look_up(const std::string& host, int flags, std::vector<SocketAddress>& out) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags;
    addrinfo* list = nullptr;
    const int status = getaddrinfo(host.c_str(), nullptr, &hints, &list);
    if (status != 0) return status;
    out = copied(list);
    freeaddrinfo(list);
    return 0;
}

// `localhost` needs no resolver (RFC 6761, 6.3): a container may have neither a hosts file nor a name server.
std::vector<SocketAddress> loopback() {
    std::vector<SocketAddress> found, sixth;
    look_up("127.0.0.1", AI_NUMERICHOST, found);
    look_up("::1", AI_NUMERICHOST, sixth);
    found.insert(found.end(), sixth.begin(), sixth.end());
    return found;
}

void set_port(SocketAddress& address, uint16_t port) noexcept {
    void* raw = &address.storage;
    if (address.storage.ss_family == AF_INET) static_cast<sockaddr_in*>(raw)->sin_port = htons(port);
    if (address.storage.ss_family == AF_INET6) static_cast<sockaddr_in6*>(raw)->sin6_port = htons(port);
}

// Through the folder that was checked, so that no link can lead elsewhere meanwhile.
Result<std::vector<SocketAddress>> of_unix(const std::string& path) {
    AURELIS_TRY(place, trusted_socket(path));
    SocketAddress one;
    one.socket = std::make_shared<const TrustedPlace>(std::move(place));
    sockaddr_un un{};
    un.sun_family = AF_UNIX;
    std::string shown = "/proc/self/fd/" + std::to_string(one.socket->folder.number()) + "/" + one.socket->name;
    if (shown.size() >= sizeof un.sun_path) shown = path;  // Only a name of more than 80 bytes is that long.
    std::memcpy(un.sun_path, shown.c_str(), std::min(shown.size() + 1, sizeof un.sun_path));
    std::memcpy(&one.storage, &un, sizeof un);
    one.size = sizeof un;
    return std::vector<SocketAddress>{std::move(one)};
}

}  // namespace

struct Resolver::Question {
    std::condition_variable answered;
    bool done = false;  // This and the members below: guarded by the mutex of Asked.
    int status = 0;
    std::vector<SocketAddress> found;
};

// Under the mutex.
Result<std::shared_ptr<Resolver::Question>> Resolver::ask(const std::string& host) {
    if (const auto running = asked_->running.find(host); running != asked_->running.end()) return running->second;
    if (asked_->running.size() >= kQuestionsMost)
        return fail(AURELIS_E_UNAVAILABLE,
                    "too many names are being resolved already; check whether the name server answers");
    auto question = std::make_shared<Question>();
    asked_->running.emplace(host, question);
    const bool runs = start_thread_without_signals([asked = asked_, question, host] {
                          std::vector<SocketAddress> found;
                          const int status = look_up(host, AI_ADDRCONFIG, found);
                          std::scoped_lock lock(asked->mutex);
                          question->status = status;
                          question->found = std::move(found);
                          question->done = true;
                          asked->running.erase(host);
                          question->answered.notify_all();
                      }).detached();
    if (runs) return question;
    asked_->running.erase(host);
    return fail(AURELIS_E_UNAVAILABLE, "no thread can be made to resolve '" + host + "'; raise the limit of threads");
}

Result<std::vector<SocketAddress>> Resolver::resolve(const Address& address, const Deadline& deadline) {
    if (address.is_unix()) return of_unix(address.unix_path);
    std::vector<SocketAddress> found;
    if (strcasecmp(address.host.c_str(), "localhost") == 0) {
        found = loopback();
    } else if (look_up(address.host, AI_NUMERICHOST, found) != 0) {
        std::unique_lock lock(asked_->mutex);
        AURELIS_TRY(question, ask(address.host));
        if (!question->answered.wait_until(lock, deadline.point(), [&] { return question->done; }))
            return fail(AURELIS_E_UNAVAILABLE, "the name '" + address.host + "' was not resolved in time");
        if (question->status != 0)
            return fail(AURELIS_E_UNAVAILABLE,
                        "the name '" + address.host + "' cannot be resolved: " + gai_strerror(question->status));
        found = question->found;
    }
    if (found.empty()) return fail(AURELIS_E_UNAVAILABLE, "the name '" + address.host + "' has no address");
    for (SocketAddress& one : found) set_port(one, address.port);
    return found;
}

}  // namespace aurelis::redis
