// Node: one server and the connections to it. At most pool.max are open, those in use included; a call that finds none
// free waits within its deadline. A server that cannot be reached is left alone for a while, and calls fail at once
// meanwhile; connections that are open are still used. Names are resolved again for each new connection.
#pragma once

#include "connection.hpp"
#include "jitter.hpp"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

namespace aurelis::redis {

class Node;

// Which kind of connection is needed.
enum class Pick {
    InStep,    // Any whose other side is there and has sent nothing unasked, as a check of its socket shows.
    JustUsed,  // The same, but one that was given back a moment ago is not checked, which would be a third system call
               // for each get. For questions whose answer itself shows which key it is about.
    Fresh,     // A new one, and all idle ones are closed.
};

// A connection for the duration of one exchange. Goes back to the node if it is still in step, else it is closed.
class Turn {
public:
    Turn(std::shared_ptr<Node> node, std::unique_ptr<Connection> connection) noexcept
        : node_(std::move(node)), connection_(std::move(connection)) {}
    Turn(Turn&&) = default;
    ~Turn();

    Connection& operator*() noexcept { return *connection_; }
    Connection* operator->() noexcept { return connection_.get(); }

private:
    std::shared_ptr<Node> node_;
    std::unique_ptr<Connection> connection_;
};

class Node : public std::enable_shared_from_this<Node> {
public:
    Node(Context& context, Address address, Greeting greeting)
        : context_(context), address_(std::move(address)), greeting_(std::move(greeting)) {
        idle_.reserve(context.settings.pool_max);
    }

    const Address& address() const noexcept { return address_; }
    const Greeting& greeting() const noexcept { return greeting_; }

    // [any] An error is E_UNAVAILABLE: nothing has been sent.
    Result<Turn> take(const Deadline& deadline, Pick pick = Pick::InStep);

    // Callers with a choice use another node for a while.
    void note_failure() const noexcept { failed_ns_.store(mono_ns(), std::memory_order_relaxed); }
    bool failed_lately() const noexcept { return mono_ns() - failed_ns_.load(std::memory_order_relaxed) < 2 * kSecond; }

    // [any] A connection was given up with an unanswered write on it. The server, or something in between, may still
    // hold that write: every later write has to kill that client first, by its id.
    void note_unanswered(const ServerFacts& facts) noexcept;
    // The ids that this process of the server may still have; end_unanswered: one of them is gone.
    std::vector<int64_t> unanswered(uint64_t run);
    void end_unanswered(int64_t client_id) noexcept;

    struct Usage {
        size_t open = 0, idle = 0, waiting = 0;
        int version = 0;
    };
    Usage usage() const;

private:
    friend class Turn;
    std::unique_ptr<Connection> take_idle(std::unique_lock<std::mutex>& lock, Pick pick);
    Result<std::unique_ptr<Connection>> connect(const Deadline& deadline);
    void leave() noexcept;
    void give(std::unique_ptr<Connection> connection) noexcept;

    Context& context_;
    const Address address_;
    const Greeting greeting_;
    mutable std::atomic<int64_t> failed_ns_{std::numeric_limits<int64_t>::min() / 2};
    mutable std::mutex mutex_;  // Guards everything below.
    std::condition_variable freed_;
    std::vector<std::unique_ptr<Connection>> idle_;  // The last one used is used first.
    size_t open_ = 0;
    size_t waiting_ = 0;
    BackOff back_off_{50 * kMillisecond, kSecond};
    int64_t retry_at_ns_ = 0;  // Clock: monotonic, as all times here.
    std::string last_error_;
    aurelis_status last_status_ = AURELIS_E_UNAVAILABLE;
    int version_ = 0;
    std::vector<ServerFacts> unanswered_;
    std::atomic<bool> any_unanswered_{false};  // Looked at before the lock is taken.
};

using NodePointer = std::shared_ptr<Node>;

}  // namespace aurelis::redis
