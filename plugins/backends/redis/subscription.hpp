// Subscription: the open subscribers of an instance. By pub/sub it is one connection to any server, since a cluster
// passes messages on to all of its nodes. By tracking there are two to each master: one listens, the other one makes
// the server track the keys and send changes to the first (RESP2 cannot carry both), and later looks up who changed
// them. Used by one thread. Leaves to others: threads, reconnecting after a loss, whom to tell (watcher.hpp).
#pragma once

#include "announcement.hpp"
#include "own_writes.hpp"
#include "topology.hpp"

#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace aurelis::redis {

// What was received; views into the subscription, valid until it listens again.
struct News {
    std::vector<std::string_view> changed;
    std::vector<std::string_view> removed;
    std::vector<std::string_view> expired;  // Expired or evicted: copies elsewhere have lives of their own.
    std::vector<std::string_view> evicted;
    bool all_suspect = false;  // The server dropped everything at once (FLUSHALL), or a message is unclear.
};

class Subscription {
public:
    // E_UNSUPPORTED: the server does not allow it to be followed, and trying again soon is useless.
    static Result<std::unique_ptr<Subscription>> open(Context& context, Topology& topology, const Sender& own,
                                                      const OwnWrites& own_writes, const Deadline& deadline);

    // Waits for news, at most until the deadline, and for the descriptor `bell`, which ends it. Fails when the
    // subscription is lost.
    Result<void> listen(int bell, const Deadline& deadline, News* news);
    // Asks for a sign of life; the next listen() fails if it receives nothing until its deadline.
    Result<void> ask_for_life();
    // Whether every connection has received something since it was last asked.
    bool is_alive() const noexcept;

private:
    struct Subscriber {
        bool has_unread() const { return !connection->replies().is_empty() || connection->transport().holds_bytes(); }
        NodePointer node;
        std::unique_ptr<Connection> connection;
        std::unique_ptr<Connection> tracker;  // With tracking only.
        int unanswered = 0;                   // Requests for a sign of life.
        int tracker_unanswered = 0;
        std::unordered_map<std::string, char> ends;  // How keys have gone whose invalidation has not come yet.
    };
    static constexpr char kExpired = 'x', kEvicted = 'e', kDeleted = 'd';
    Subscription(Context& context, Topology& topology, const Sender& own, const OwnWrites& own_writes)
        : context_(context), topology_(topology), own_(own), own_writes_(own_writes) {}
    Result<void> open_subscriber(const NodePointer& node, const Deadline& deadline);
    Result<void> start_tracking(Subscriber& subscriber, const Deadline& deadline);
    bool is_up_to_date();
    Result<void> read_events(Subscriber& subscriber, News* news);
    Result<void> read_tracker(Subscriber& subscriber);
    Result<void> follow_ends(Connection& connection, const Deadline& deadline);
    void note_end(Subscriber& subscriber, std::string_view channel, const std::string& key);
    char end_unless_told() const noexcept;
    Result<void> sort_by_look(Subscriber& subscriber, const Reply& keys, News* news);

    Context& context_;
    Topology& topology_;
    const Sender& own_;
    const OwnWrites& own_writes_;
    std::vector<Subscriber> subscribers_;
    uint64_t shape_ = 0;
    std::deque<std::string> texts_;  // The bytes that News points into.
};

}  // namespace aurelis::redis
