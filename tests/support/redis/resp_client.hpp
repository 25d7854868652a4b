// A small client for Redis that shares no code with the plugin under test, so that it can check it. It blocks, with a
// time-out for each call, and throws when the connection breaks; an error reply is a Reply like any other.
#pragma once

#include "support/redis/stream.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace aurelis::rig {

struct Reply {
    enum class Kind { Status, Error, Integer, Bulk, Nil, Array };

    Kind kind = Kind::Nil;
    std::string text;  // Of Status, Error ("ERR unknown command ...") and Bulk; an Integer in digits.
    int64_t integer = 0;
    std::vector<Reply> elements;

    bool ok() const { return kind == Kind::Status && text == "OK"; }
    bool is_nil() const { return kind == Kind::Nil; }
    bool is_error() const { return kind == Kind::Error; }
};

struct Credentials {
    std::string user = "default";
    std::string password;
};

using Command = std::vector<std::string>;

// The bytes of a command on the wire.
std::string encode(const Command& command);

class RespClient {
public:
    explicit RespClient(const Endpoint& to, const std::optional<Credentials>& who = std::nullopt,
                        const TlsFiles* tls = nullptr, Clock::duration timeout = Milliseconds(5000));

    Reply command(const Command& command);
    // The same, but an error reply throws: for arranging.
    Reply must(const Command& command);
    void send(const Command& command);
    Reply read_reply() { return read_reply(timeout_); }
    Reply read_reply(Clock::duration timeout);
    // Nothing if no reply came in time; the connection stays usable if not even its first byte came.
    std::optional<Reply> poll_reply(Clock::duration timeout);
    Stream& stream() noexcept { return stream_; }

private:
    std::string line(const Deadline& deadline);
    std::string bytes(size_t size, const Deadline& deadline);
    void more(const Deadline& deadline);
    Reply parse(const Deadline& deadline, int depth);
    Reply parse_elements(const std::string& count, int per_entry, const Deadline& deadline, int depth);

    Clock::duration timeout_;
    Stream stream_;
    std::string buffer_;
    size_t read_ = 0;  // How much of the buffer is used up.
};

}  // namespace aurelis::rig
