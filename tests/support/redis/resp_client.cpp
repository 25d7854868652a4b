// Writing commands and reading replies, with bounds on everything that a server may claim.
#include "support/redis/resp_client.hpp"

#include <charconv>
#include <stdexcept>

namespace aurelis::rig {

namespace {

constexpr int kDepthMax = 32;
constexpr int64_t kElementsMax = 10'000'000;
constexpr int64_t kBulkBytesMax = 1 << 30;
constexpr size_t kLineBytesMax = 1 << 20;
constexpr size_t kCompactFrom = 1 << 16;

int64_t number(const std::string& text) {
    int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) {
        throw std::runtime_error("the server sent '" + text + "' where a number belongs");
    }
    return value;
}

Reply reply(Reply::Kind kind, std::string text) {
    Reply made;
    made.kind = kind;
    made.text = std::move(text);
    return made;
}

}  // namespace

std::string encode(const Command& command) {
    std::string bytes = "*" + std::to_string(command.size()) + "\r\n";
    for (const std::string& word : command) bytes += "$" + std::to_string(word.size()) + "\r\n" + word + "\r\n";
    return bytes;
}

RespClient::RespClient(const Endpoint& to, const std::optional<Credentials>& who, const TlsFiles* tls,
                       Clock::duration timeout)
    : timeout_(timeout), stream_(to, timeout, tls) {
    if (who) must({"AUTH", who->user, who->password});
}

void RespClient::send(const Command& command) { stream_.send(encode(command), timeout_); }

Reply RespClient::command(const Command& command) {
    send(command);
    return read_reply(timeout_);
}

Reply RespClient::must(const Command& command) {
    Reply answer = this->command(command);
    if (answer.is_error()) throw std::runtime_error(command.at(0) + ": " + answer.text);
    return answer;
}

Reply RespClient::read_reply(Clock::duration timeout) { return parse(Deadline(timeout), 0); }

std::optional<Reply> RespClient::poll_reply(Clock::duration timeout) {
    if (read_ == buffer_.size()) {
        const Received received = stream_.receive(timeout);
        if (received.seen == Seen::TimedOut) return std::nullopt;
        if (received.seen != Seen::Bytes) throw std::runtime_error("the server closed the connection");
        buffer_ += received.bytes;
    }
    return read_reply();
}

void RespClient::more(const Deadline& deadline) {
    if (read_ >= kCompactFrom || read_ == buffer_.size()) {
        buffer_.erase(0, read_);
        read_ = 0;
    }
    const Received received = stream_.receive(deadline.left());
    if (received.seen == Seen::TimedOut) throw std::runtime_error("the server's reply took too long");
    if (received.seen == Seen::Reset) throw std::runtime_error("the server reset the connection");
    if (received.seen == Seen::End) throw std::runtime_error("the server closed the connection");
    buffer_ += received.bytes;
}

std::string RespClient::line(const Deadline& deadline) {
    for (;;) {
        const size_t end = buffer_.find("\r\n", read_);
        if (end != std::string::npos) {
            std::string text = buffer_.substr(read_, end - read_);
            read_ = end + 2;
            return text;
        }
        if (buffer_.size() - read_ > kLineBytesMax) throw std::runtime_error("the server's line does not end");
        more(deadline);
    }
}

std::string RespClient::bytes(size_t size, const Deadline& deadline) {
    while (buffer_.size() - read_ < size + 2) more(deadline);
    std::string text = buffer_.substr(read_, size);
    read_ += size + 2;
    return text;
}

Reply RespClient::parse_elements(const std::string& count, int per_entry, const Deadline& deadline, int depth) {
    const int64_t entries = number(count);
    if (entries < 0) return {};
    if (entries > kElementsMax) throw std::runtime_error("the server announced " + count + " elements");
    Reply array = reply(Reply::Kind::Array, "");
    for (int64_t i = 0; i < entries * per_entry; ++i) array.elements.push_back(parse(deadline, depth + 1));
    return array;
}

Reply RespClient::parse(const Deadline& deadline, int depth) {
    if (depth > kDepthMax) throw std::runtime_error("the server's arrays are nested too deeply");
    const std::string head = line(deadline);
    const std::string rest = head.empty() ? "" : head.substr(1);
    switch (head.empty() ? '\0' : head[0]) {
        case '+': return reply(Reply::Kind::Status, rest);
        case '-': return reply(Reply::Kind::Error, rest);
        case '_': return {};
        case ':': {
            Reply made = reply(Reply::Kind::Integer, rest);
            made.integer = number(rest);
            return made;
        }
        case '$': {
            const int64_t size = number(rest);
            if (size < 0) return {};
            if (size > kBulkBytesMax) throw std::runtime_error("the server announced " + rest + " bytes");
            return reply(Reply::Kind::Bulk, bytes(static_cast<size_t>(size), deadline));
        }
        case '*':
        case '~':
        case '>': return parse_elements(rest, 1, deadline, depth);
        case '%': return parse_elements(rest, 2, deadline, depth);
        default: throw std::runtime_error("the server sent '" + head.substr(0, 40) + "', which is no reply");
    }
}

}  // namespace aurelis::rig
