// Choosing ports and guarding them against other rigs.
#include "support/redis/port_lease.hpp"

#include <cstddef>
#include <cstring>
#include <random>
#include <stdexcept>
#include <string>

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace aurelis::rig {

namespace {

constexpr uint16_t kFirstPort = 10000;
constexpr uint16_t kPorts = 10000;
constexpr int kBusOffset = 10000;
constexpr int kTries = 1000;

bool can_listen_on(int port) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return false;
    const int yes = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool free = bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 && listen(fd, 1) == 0;
    close(fd);
    return free;
}

// The guard's descriptor, or -1 if another rig has the port.
int guard(uint16_t port) {
    const std::string name = "aurelis-rig-port-" + std::to_string(port);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path + 1, name.data(), name.size());  // A leading zero byte: no file.
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0) return fd;
    if (fd >= 0) close(fd);
    return -1;
}

}  // namespace

bool PortLease::take(uint16_t port, Bus bus) {
    const int fd = guard(port);
    if (fd < 0) return false;
    if (!can_listen_on(port) || (bus == Bus::Yes && !can_listen_on(port + kBusOffset))) {
        close(fd);
        return false;
    }
    guard_ = fd;
    port_ = port;
    return true;
}

PortLease::PortLease(Bus bus) {
    std::random_device seed;
    std::mt19937 random(seed());
    for (int i = 0; i < kTries; ++i) {
        if (take(static_cast<uint16_t>(kFirstPort + random() % kPorts), bus)) return;
    }
    throw std::runtime_error("no free loopback port between 10000 and 19999 after 1000 tries");
}

PortLease::~PortLease() { close(guard_); }

}  // namespace aurelis::rig
