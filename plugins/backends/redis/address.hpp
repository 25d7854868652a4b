// Address: where a Redis listens, and what else a URL specifies. Leaves to others: resolving names (resolver.hpp).
#pragma once

#include <aurelis/base/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace aurelis::redis {

struct Address {
    std::string host;
    uint16_t port = 0;
    std::string unix_path;  // If not empty, host and port are ignored.

    bool is_unix() const noexcept { return !unix_path.empty(); }
    // "host:port", "[::1]:port" or "unix:/path": for messages, and as the name of a node.
    std::string text() const;
    bool operator==(const Address& other) const noexcept {
        return host == other.host && port == other.port && unix_path == other.unix_path;
    }
};

struct Url {
    Address address;
    bool tls = false;
    std::string username;
    std::string password;
    int64_t database = -1;  // -1: not given.
};

// redis://[user[:password]@]host[:port][/database], rediss:// alike, unix://[user[:password]@]/path[?db=database].
// User, password and path may contain %XX. Errors do not quote the text itself, which may contain a password.
Result<Url> parse_url(std::string_view text);

// "host:port", "[v6]:port", or one of them without a port.
Result<Address> parse_address(std::string_view text, uint16_t port_if_none);

}  // namespace aurelis::redis
