// Where something listens: a loopback port or a Unix socket.
#pragma once

#include <cstdint>
#include <string>

namespace aurelis::rig {

struct Endpoint {
    std::string host = "127.0.0.1";
    uint16_t port = 0;
    std::string unix_path;  // If not empty, host and port are ignored.

    static Endpoint tcp(uint16_t port) { return {"127.0.0.1", port, ""}; }
    static Endpoint unix_socket(std::string path) { return {"", 0, std::move(path)}; }
    std::string text() const { return unix_path.empty() ? host + ":" + std::to_string(port) : "unix:" + unix_path; }
};

}  // namespace aurelis::rig
