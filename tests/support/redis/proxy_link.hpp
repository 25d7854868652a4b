// One client's connection through the fault proxy, with its connection to the server, and the script that all of them
// follow. Everything here belongs to the proxy's thread; fault_proxy.hpp is the interface for tests.
#pragma once

#include "support/redis/fault_proxy.hpp"
#include "support/redis/resp_framer.hpp"

#include <array>
#include <deque>
#include <list>
#include <string>

#include <poll.h>

namespace aurelis::rig {

// What applies in one direction until the test changes it.
struct Conditions {
    Flow flow = Flow::Pass;
    Clock::duration delay{0};
    size_t drip_bytes = 0;  // 0: no drip.
    Clock::duration drip_every{0};
};

// The name of a command as faults and answers use it.
std::string in_capitals(std::string text);

struct WaitingFault {
    ReplyOf which;
    size_t left;
    ReplyFault fault;
};

struct ProxyScript {
    std::array<Conditions, 2> conditions;  // By Direction.
    std::list<WaitingFault> faults;
    std::optional<uint64_t> reset_after;
    FaultProxy::Responder responder;
    std::map<std::string, std::string> answers;
    std::string greeting;
    Traffic traffic;

    Conditions& of(Direction direction) { return conditions[static_cast<size_t>(direction)]; }
    // The fault that is due at this reply, which is then used up.
    std::optional<ReplyFault> fault_for(const std::string& name, const std::string& head);
    std::optional<std::string> answer_to(const std::string& name, const std::string& frame);
};

// Bytes on their way to one socket, subject to the conditions.
class Lane {
public:
    enum class After { Open, Ended, Reset };

    explicit Lane(Direction direction) : direction_(direction) {}

    void append(std::string bytes, ReplyFault::Then then, ProxyScript& script);
    // The source has ended: this lane will end, too, after the last byte.
    void end_after_all() { ending_ = true; }
    void end_now(int socket);
    // Sends what is due; returns whether the connection goes on.
    After pump(int socket, ProxyScript& script);
    std::optional<Clock::time_point> due(ProxyScript& script) const;
    bool blocked() const noexcept { return blocked_; }
    bool ended() const noexcept { return ended_; }
    void keep(bool kept) noexcept { kept_ = kept; }
    bool has_room() const noexcept { return bytes_ < kBytesMax; }

private:
    static constexpr size_t kBytesMax = size_t{8} << 20;

    struct Chunk {
        std::string bytes;
        Clock::time_point arrived;
        ReplyFault::Then then;
        size_t sent = 0;
    };

    bool send_some(int socket, Chunk& chunk, ProxyScript& script);

    const Direction direction_;
    std::deque<Chunk> chunks_;
    size_t bytes_ = 0;
    Clock::time_point next_drip_{};
    bool blocked_ = false;  // The socket's buffer is full.
    bool kept_ = false;  // By keep_back().
    bool ending_ = false;
    bool ended_ = false;
    bool broken_ = false;
};

class ProxyLink {
public:
    static constexpr size_t kPolls = 2;

    // Takes over the sockets; an upstream of -1 means that there is none.
    ProxyLink(int client, int upstream, ProxyScript& script);
    ~ProxyLink();
    ProxyLink(const ProxyLink&) = delete;
    ProxyLink& operator=(const ProxyLink&) = delete;

    void add_polls(std::vector<pollfd>& polls) const;
    void read_ready(const pollfd* polls);
    void pump();
    std::optional<Clock::time_point> due() const;
    bool finished() const noexcept { return finished_; }
    bool client_present() const noexcept { return !finished_ && !client_ended_; }
    void reset();
    void half_close(Direction direction);
    void inject(const std::string& bytes);
    void keep_back();
    void let_through();
    bool keeps_back() const noexcept { return keeps_back_; }
    // The client is gone, or is dropped. Ends the link, except for what is kept back for the server.
    void client_lost();

private:
    // A command that has no reply yet.
    struct Slot {
        std::string name;
        std::string head;                // The first bytes of the command.
        std::optional<std::string> own;  // The answer, if the proxy gives it.
        bool subscribed = false;         // All further replies are its own.
    };

    void read_client();
    void read_upstream();
    void take_commands();
    void take_replies();
    void on_command(const std::string& frame);
    void on_reply(std::string frame);
    void deliver(const Slot& slot, std::string reply);
    void deliver_own();
    void server_ended(ReplyFault::Then then);
    void go_opaque();

    ProxyScript& script_;
    int client_;
    int upstream_;
    const bool has_server_;
    Lane to_server_{Direction::ToServer};
    Lane to_client_{Direction::ToClient};
    RespFramer commands_{RespFramer::Side::Commands};
    RespFramer replies_{RespFramer::Side::Replies};
    std::deque<Slot> waiting_;
    bool has_begun_ = false;
    bool opaque_ = false;
    bool client_ended_ = false;
    bool server_ended_ = false;
    bool keeps_back_ = false;
    bool finished_ = false;
};

}  // namespace aurelis::rig
