// A TCP proxy on a loopback port between a client and a Redis that does to their traffic what networks and broken
// servers do. Without an upstream it is a fake server. It runs in a thread of its own; each call here returns when it
// has taken effect there, so a test needs no sleep. It splits the traffic into commands and replies and pairs them; a
// connection that begins with a TLS handshake, or is not RESP, is passed on as plain bytes, without reply faults.
#pragma once

#include "support/redis/deadline.hpp"
#include "support/redis/endpoint.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace aurelis::rig {

class ProxyLink;
class ProxyLoop;

enum class Direction { ToServer, ToClient };

// How the port treats a new connection.
enum class Door {
    Open,
    Closed,  // Nobody listens: connection refused.
    Full,    // The kernel's queue is full: connecting hangs.
    Deaf,    // The kernel accepts, nobody ever reads: like a stopped process.
};

// What happens to the bytes that flow in a direction.
enum class Flow {
    Pass,
    Hold,     // Kept back; they arrive late when the flow passes again: a partition that heals.
    Discard,  // Read and thrown away: a black hole. The connection makes no more sense afterwards.
};

struct ReplyFault {
    enum class What { Swallow, Duplicate, Truncate, Replace };
    enum class Then { Stay, End, Reset };  // Afterwards the client's connection stays, gets a FIN, or a RST.

    What what = What::Swallow;
    Then then = Then::Stay;
    size_t keep_bytes = 0;  // Of Truncate: how much of the reply is delivered.
    std::string bytes;      // Of Replace.

    static ReplyFault swallow(Then then = Then::Stay) { return {What::Swallow, then, 0, ""}; }
    static ReplyFault duplicate() { return {What::Duplicate, Then::Stay, 0, ""}; }
    static ReplyFault truncate(size_t keep_bytes, Then then = Then::Stay) {
        return {What::Truncate, then, keep_bytes, ""};
    }
    static ReplyFault replace(std::string bytes, Then then = Then::Stay) {
        return {What::Replace, then, 0, std::move(bytes)};
    }
};

// Which reply a fault is for: the nth from now, over all connections, among the replies to commands that have this name
// and contain these bytes in their first 4 KiB on the wire. On a connection that has subscribed, all replies and
// messages are those of its first SUBSCRIBE or PSUBSCRIBE.
struct ReplyOf {
    std::string command;  // "GET", in any case; empty: any.
    size_t nth = 1;
    std::string containing = {};
};

// What the proxy has seen so far.
struct Traffic {
    size_t connections = 0;       // Accepted since the start.
    size_t open_connections = 0;  // Now: those whose client has not closed.
    size_t client_resets = 0;     // Connections reset by their client.
    size_t kept_back = 0;         // Now: those affected by keep_back() that their server has not ended.
    size_t commands = 0;
    size_t replies = 0;  // From the server or the responder, delivered or not.
    size_t faults = 0;   // Reply faults and reset_after() that have happened.
    uint64_t bytes_from_clients = 0;
    uint64_t bytes_to_clients = 0;
    std::map<std::string, size_t> by_name;  // Commands by their name in capitals.

    size_t count(const std::string& name) const;
};

class FaultProxy {
public:
    // A fake server: it reads commands and answers as answer_with() says, else not at all.
    FaultProxy();
    explicit FaultProxy(const Endpoint& upstream);
    ~FaultProxy();
    FaultProxy(const FaultProxy&) = delete;
    FaultProxy& operator=(const FaultProxy&) = delete;

    uint16_t port() const noexcept;
    Endpoint endpoint() const { return Endpoint::tcp(port()); }

    // Standing conditions, for present and future connections, until changed. calm() ends them all, opens the door and
    // forgets the faults that have not happened yet; the responder stays.
    void calm();
    void door(Door door);
    void flow(Direction direction, Flow flow);
    void black_hole() { flow(Direction::ToServer, Flow::Discard), flow(Direction::ToClient, Flow::Discard); }
    void partition() { flow(Direction::ToServer, Flow::Hold), flow(Direction::ToClient, Flow::Hold); }
    void delay(Direction direction, Clock::duration by);
    void drip(Direction direction, size_t bytes, Clock::duration every);

    // Only for present connections. Each returns how many it affected.
    size_t reset_all();
    size_t half_close_all(Direction direction);  // ToClient: the client sees the end, what it sends still arrives.

    // What the clients have sent and send from now on is kept, and arrives when it is let through, even if the client
    // has gone meanwhile, however its connection ended: like a box between the two that has not noticed yet.
    // let_through() ends the stream after the last byte; Traffic::kept_back says when the servers have processed all of
    // it.
    size_t keep_back();
    // The same, and the clients see a reset now.
    size_t keep_back_and_reset();
    void let_through();

    // Sends these bytes to every present client, as if the server had sent them now.
    size_t inject(const std::string& bytes);

    // Once.
    void fault(const ReplyOf& which, const ReplyFault& fault);
    // After that many more bytes to clients, over all connections, the current connection is reset.
    void reset_after(size_t bytes_to_client);

    // Called for each command, in the proxy's thread, with its words; what it returns is the answer, in the order of
    // the commands, and the server never sees the command. Nothing: the command goes to the server; a fake one stays
    // silent. It must not call the proxy.
    using Responder = std::function<std::optional<std::string>(const std::vector<std::string>& words)>;
    void answer_with(Responder responder);
    // The same bytes for every command; an empty name means all.
    void answer(const std::string& command, const std::string& bytes);
    // These bytes as soon as a client has connected, before it says anything.
    void greet_with(const std::string& bytes);
    // No responder, no answers, no greeting.
    void forget_answers();

    Traffic traffic() const;
    // Waits until the traffic is as the predicate wants it; false when the time is over. The predicate must not call
    // the proxy.
    bool wait_for(const std::function<bool(const Traffic&)>& predicate, Clock::duration timeout) const;

private:
    size_t on_each(const std::function<void(ProxyLink&)>& action);

    std::unique_ptr<ProxyLoop> loop_;
};

// Answers that no correct server gives, for answer() and ReplyFault::replace().
namespace hostile {
std::string huge_bulk();                           // A bulk string of 2^62 bytes, of which a few come.
std::string huge_array();                          // An array of 2^31 - 1 elements.
std::string negative_count();                      // "*-5"
std::string negative_bulk();                       // "$-7"
std::string nested_arrays(size_t depth);           // [[[[...]]]]
std::string endless_line(size_t bytes);            // A status that never ends.
std::string garbage(size_t bytes, uint64_t seed);  // Bytes at random, the same for the same seed.
std::string wrong_bulk_end();                      // A bulk string longer than it said.
}  // namespace hostile

}  // namespace aurelis::rig
