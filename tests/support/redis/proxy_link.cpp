// Passing on, and spoiling, the traffic between one client and its server.
#include "support/redis/proxy_link.hpp"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <utility>

#include <sys/socket.h>
#include <unistd.h>

namespace aurelis::rig {

namespace {

constexpr size_t kReadBytes = 65536;
constexpr size_t kHeadBytes = 4096;
constexpr size_t kWaitingMax = 100'000;
constexpr char kTlsHandshake = 0x16;

bool subscribes(const std::string& name) {
    return name == "SUBSCRIBE" || name == "PSUBSCRIBE" || name == "SSUBSCRIBE" || name == "MONITOR";
}

void close_with_reset(int socket) {
    const linger now{1, 0};
    setsockopt(socket, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close(socket);
}

enum class Read { Bytes, Nothing, End, Broken };

Read read_some(int socket, std::string& bytes) {
    bytes.resize(kReadBytes);
    const ssize_t size = recv(socket, bytes.data(), bytes.size(), MSG_DONTWAIT);
    bytes.resize(size > 0 ? static_cast<size_t>(size) : 0);
    if (size > 0) return Read::Bytes;
    if (size == 0) return Read::End;
    return errno == EAGAIN || errno == EINTR ? Read::Nothing : Read::Broken;
}

}  // namespace

std::string in_capitals(std::string text) {
    for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return text;
}

std::optional<ReplyFault> ProxyScript::fault_for(const std::string& name, const std::string& head) {
    std::optional<ReplyFault> due;
    for (auto fault = faults.begin(); fault != faults.end();) {
        const bool meant = (fault->which.command.empty() || fault->which.command == name) &&
                           head.find(fault->which.containing) != std::string::npos;
        if (meant && fault->left > 0) --fault->left;
        if (meant && fault->left == 0 && !due) {
            due = fault->fault;
            ++traffic.faults;
            fault = faults.erase(fault);
        } else {
            ++fault;
        }
    }
    return due;
}

std::optional<std::string> ProxyScript::answer_to(const std::string& name, const std::string& frame) {
    auto found = answers.find(name);
    if (found == answers.end()) found = answers.find("");
    if (found != answers.end()) return found->second;
    return responder ? responder(words_of(frame)) : std::nullopt;
}

void Lane::append(std::string bytes, ReplyFault::Then then, ProxyScript& script) {
    if (ended_ || script.of(direction_).flow == Flow::Discard) return;
    bytes_ += bytes.size();
    chunks_.push_back({std::move(bytes), Clock::now(), then});
}

void Lane::end_now(int socket) {
    if (!ended_ && socket >= 0) shutdown(socket, SHUT_WR);
    ended_ = true;
    blocked_ = false;
    chunks_.clear();
    bytes_ = 0;
}

std::optional<Clock::time_point> Lane::due(ProxyScript& script) const {
    const Conditions& conditions = script.of(direction_);
    if (chunks_.empty() || ended_ || blocked_ || kept_ || conditions.flow == Flow::Hold) return std::nullopt;
    const Clock::time_point late = chunks_.front().arrived + conditions.delay;
    return conditions.drip_bytes == 0 ? late : std::max(late, next_drip_);
}

// False if no more can be sent at the moment.
bool Lane::send_some(int socket, Chunk& chunk, ProxyScript& script) {
    const Conditions& conditions = script.of(direction_);
    size_t size = chunk.bytes.size() - chunk.sent;
    if (conditions.drip_bytes > 0) size = std::min(size, conditions.drip_bytes);
    const bool counted = direction_ == Direction::ToClient;
    if (counted && script.reset_after) size = static_cast<size_t>(std::min<uint64_t>(size, *script.reset_after));
    if (size == 0) return true;
    const ssize_t sent = send(socket, chunk.bytes.data() + chunk.sent, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) {
        blocked_ = errno == EAGAIN;
        broken_ = errno != EAGAIN && errno != EINTR;
        return false;
    }
    const auto moved = static_cast<size_t>(sent);
    chunk.sent += moved;
    bytes_ -= moved;
    next_drip_ = Clock::now() + conditions.drip_every;
    if (counted) script.traffic.bytes_to_clients += moved;
    if (counted && script.reset_after) *script.reset_after -= moved;
    return true;
}

Lane::After Lane::pump(int socket, ProxyScript& script) {
    if (ended_) return After::Ended;
    if (kept_) return After::Open;
    if (script.of(direction_).flow == Flow::Discard) {
        chunks_.clear();
        bytes_ = 0;
        blocked_ = false;
        return After::Open;
    }
    blocked_ = false;
    for (auto when = due(script); when && *when <= Clock::now(); when = due(script)) {
        Chunk& chunk = chunks_.front();
        if (!send_some(socket, chunk, script)) return broken_ ? After::Reset : After::Open;
        if (direction_ == Direction::ToClient && script.reset_after && *script.reset_after == 0) {
            script.reset_after.reset();
            ++script.traffic.faults;
            return After::Reset;
        }
        if (chunk.sent < chunk.bytes.size()) continue;
        const ReplyFault::Then then = chunk.then;
        chunks_.pop_front();
        if (then == ReplyFault::Then::Reset) return After::Reset;
        if (then == ReplyFault::Then::End) end_now(socket);
    }
    if (ending_ && chunks_.empty() && script.of(direction_).flow == Flow::Pass) end_now(socket);
    return ended_ ? After::Ended : After::Open;
}

ProxyLink::ProxyLink(int client, int upstream, ProxyScript& script)
    : script_(script), client_(client), upstream_(upstream), has_server_(upstream >= 0) {
    if (!script_.greeting.empty()) to_client_.append(script_.greeting, ReplyFault::Then::Stay, script_);
}

ProxyLink::~ProxyLink() {
    if (client_ >= 0) close(client_);
    if (upstream_ >= 0) close(upstream_);
}

// A socket that has ended in both directions is left out: poll() would report it for ever.
void ProxyLink::add_polls(std::vector<pollfd>& polls) const {
    const auto events = [](bool reads, bool writes) {
        return static_cast<short>((reads ? POLLIN : 0) | (writes ? POLLOUT : 0));
    };
    const bool client_done = client_ended_ && to_client_.ended();
    const bool server_done = server_ended_ && to_server_.ended();
    polls.push_back({client_done ? -1 : client_,
                     events(!client_ended_ && to_server_.has_room() && to_client_.has_room(), to_client_.blocked()),
                     0});
    polls.push_back(
        {server_done ? -1 : upstream_, events(!server_ended_ && to_client_.has_room(), to_server_.blocked()), 0});
}

void ProxyLink::read_ready(const pollfd* polls) {
    constexpr short kWorthReading = POLLIN | POLLERR | POLLHUP;
    // Connections that have ended and then broke are finished in the other direction, too.
    if (client_ended_ && (polls[0].revents & POLLERR) != 0) {
        ++script_.traffic.client_resets;
        return client_lost();
    }
    if (server_ended_ && (polls[1].revents & POLLERR) != 0) to_server_.end_now(-1);
    if (!finished_ && !client_ended_ && (polls[0].revents & kWorthReading) != 0) read_client();
    if (!finished_ && !server_ended_ && upstream_ >= 0 && (polls[1].revents & kWorthReading) != 0) read_upstream();
}

void ProxyLink::read_client() {
    std::string bytes;
    const Read read = read_some(client_, bytes);
    if (read == Read::Broken) {
        ++script_.traffic.client_resets;
        return client_lost();
    }
    if (read == Read::End) {
        client_ended_ = true;
        to_server_.end_after_all();
        if (!has_server_) to_client_.end_after_all();
        return;
    }
    if (read == Read::Nothing) return;
    script_.traffic.bytes_from_clients += bytes.size();
    if (!std::exchange(has_begun_, true) && bytes[0] == kTlsHandshake) opaque_ = true;
    if (opaque_) {
        to_server_.append(std::move(bytes), ReplyFault::Then::Stay, script_);
    } else {
        commands_.feed(bytes);
        take_commands();
    }
}

void ProxyLink::take_commands() {
    while (const auto frame = commands_.next()) on_command(*frame);
    if (commands_.broken() || waiting_.size() > kWaitingMax) go_opaque();
}

void ProxyLink::on_command(const std::string& frame) {
    const std::vector<std::string> words = words_of(frame);
    Slot slot;
    slot.name = words.empty() ? "" : in_capitals(words[0]);
    slot.head = frame.substr(0, kHeadBytes);
    ++script_.traffic.commands;
    ++script_.traffic.by_name[slot.name];
    slot.own = script_.answer_to(slot.name, frame);
    if (!slot.own) {
        slot.subscribed = subscribes(slot.name);
        const bool lost = !has_server_ || script_.of(Direction::ToServer).flow == Flow::Discard;
        to_server_.append(frame, ReplyFault::Then::Stay, script_);
        if (lost || (!waiting_.empty() && waiting_.back().subscribed)) return;
    }
    waiting_.push_back(std::move(slot));
    deliver_own();
}

void ProxyLink::deliver_own() {
    while (!waiting_.empty() && waiting_.front().own) {
        const Slot slot = std::move(waiting_.front());
        waiting_.pop_front();
        deliver(slot, *slot.own);
    }
}

void ProxyLink::read_upstream() {
    std::string bytes;
    const Read read = read_some(upstream_, bytes);
    if (read == Read::Nothing) return;
    if (read != Read::Bytes) return server_ended(read == Read::End ? ReplyFault::Then::End : ReplyFault::Then::Reset);
    if (opaque_) {
        to_client_.append(std::move(bytes), ReplyFault::Then::Stay, script_);
    } else {
        replies_.feed(bytes);
        take_replies();
    }
}

void ProxyLink::take_replies() {
    while (auto frame = replies_.next()) on_reply(std::move(*frame));
    if (replies_.broken()) go_opaque();
}

void ProxyLink::on_reply(std::string frame) {
    if (waiting_.empty() || frame[0] == '>') return deliver({}, std::move(frame));
    if (waiting_.front().subscribed) return deliver(waiting_.front(), std::move(frame));
    const Slot slot = std::move(waiting_.front());
    waiting_.pop_front();
    deliver(slot, std::move(frame));
    deliver_own();
}

void ProxyLink::deliver(const Slot& slot, std::string reply) {
    using What = ReplyFault::What;
    ++script_.traffic.replies;
    const auto fault = script_.fault_for(slot.name, slot.head);
    const auto then = fault ? fault->then : ReplyFault::Then::Stay;
    if (fault && fault->what == What::Swallow) reply.clear();
    if (fault && fault->what == What::Duplicate) reply += std::string(reply);
    if (fault && fault->what == What::Truncate) reply.resize(std::min(reply.size(), fault->keep_bytes));
    if (fault && fault->what == What::Replace) reply = fault->bytes;
    to_client_.append(std::move(reply), then, script_);
}

// The beginning of a reply that its server could not finish still reaches the client.
void ProxyLink::server_ended(ReplyFault::Then then) {
    server_ended_ = true;
    if (then == ReplyFault::Then::Reset) to_server_.end_now(-1);
    to_client_.append(replies_.take_rest(), then, script_);
    if (then == ReplyFault::Then::End) to_client_.end_after_all();
}

void ProxyLink::go_opaque() {
    opaque_ = true;
    waiting_.clear();
    to_server_.append(commands_.take_rest(), ReplyFault::Then::Stay, script_);
    to_client_.append(replies_.take_rest(), ReplyFault::Then::Stay, script_);
}

void ProxyLink::pump() {
    if (finished_) return;
    if (to_client_.pump(client_, script_) == Lane::After::Reset) return client_lost();
    if (!has_server_) {
        to_server_.end_now(-1);
        server_ended_ = true;
    } else if (to_server_.pump(upstream_, script_) == Lane::After::Reset) {
        to_server_.end_now(-1);  // Reading shows how the server ended, after its last bytes.
    }
    finished_ = client_ended_ && server_ended_ && to_client_.ended();
}

std::optional<Clock::time_point> ProxyLink::due() const {
    const auto client = to_client_.due(script_);
    const auto server = has_server_ ? to_server_.due(script_) : std::nullopt;
    if (client && server) return std::min(*client, *server);
    return client ? client : server;
}

void ProxyLink::reset() {
    if (client_ >= 0) close_with_reset(client_);
    if (upstream_ >= 0) close_with_reset(upstream_);
    client_ = upstream_ = -1;
    finished_ = true;
}

void ProxyLink::client_lost() {
    if (!keeps_back_) return reset();
    if (client_ >= 0) close_with_reset(client_);
    client_ = -1;
    client_ended_ = true;
    to_client_.end_now(-1);
    to_server_.end_after_all();
}

void ProxyLink::keep_back() {
    keeps_back_ = true;
    to_server_.keep(true);
}

void ProxyLink::let_through() {
    if (!keeps_back_) return;
    to_server_.keep(false);
    client_lost();
}

void ProxyLink::half_close(Direction direction) {
    if (direction == Direction::ToClient) return to_client_.end_now(client_);
    to_server_.end_now(upstream_);
}

void ProxyLink::inject(const std::string& bytes) { to_client_.append(bytes, ReplyFault::Then::Stay, script_); }

}  // namespace aurelis::rig
