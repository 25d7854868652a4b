// A loopback port that no other rig on this machine takes while the lease lives, so that a server can stop and come
// back on it. The lease is an abstract Unix socket named after the port: it ends with the process however that ends.
// Ports are below those that the kernel hands out to clients. A program other than a rig may still take the port in the
// moment between two servers: starting a server is then tried again.
#pragma once

#include <cstdint>

namespace aurelis::rig {

class PortLease {
public:
    // A cluster's server needs port + 10000 as well.
    enum class Bus { No, Yes };

    explicit PortLease(Bus bus = Bus::No);
    ~PortLease();
    PortLease(const PortLease&) = delete;
    PortLease& operator=(const PortLease&) = delete;

    uint16_t port() const noexcept { return port_; }

private:
    bool take(uint16_t port, Bus bus);

    uint16_t port_ = 0;
    int guard_ = -1;
};

}  // namespace aurelis::rig
