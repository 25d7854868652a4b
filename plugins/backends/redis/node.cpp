// Node: taking, waiting, connecting, giving back. The lock is never held over a system call that waits.
#include "node.hpp"

#include <new>

namespace aurelis::redis {

namespace {
constexpr int64_t kMomentNs = kMillisecond;
constexpr size_t kUnansweredMost = 64;
}

Turn::~Turn() {
    if (connection_ != nullptr) node_->give(std::move(connection_));
}

// Drops connections whose other side is gone or has sent something unasked.
std::unique_ptr<Connection> Node::take_idle(std::unique_lock<std::mutex>& lock, Pick pick) {
    while (!idle_.empty()) {
        std::unique_ptr<Connection> taken = std::move(idle_.back());
        idle_.pop_back();
        if (pick == Pick::JustUsed && taken->has_rested_less_than(kMomentNs)) return taken;
        lock.unlock();
        const bool good = taken->is_in_step();
        if (!good) {
            context_.counters.dropped.fetch_add(1, std::memory_order_relaxed);
            taken.reset();
        }
        lock.lock();
        if (good) return taken;
        --open_;
    }
    return nullptr;
}

Result<Turn> Node::take(const Deadline& deadline, Pick pick) {
    if (deadline.over())
        return fail(AURELIS_E_UNAVAILABLE, address_.text() + ": the deadline had passed before anything was sent");
    std::unique_lock lock(mutex_);
    for (;;) {
        if (pick == Pick::Fresh) {
            open_ -= idle_.size();
            context_.counters.dropped.fetch_add(idle_.size(), std::memory_order_relaxed);
            idle_.clear();
            freed_.notify_all();
        }
        if (auto taken = take_idle(lock, pick)) return Turn(shared_from_this(), std::move(taken));
        if (open_ < context_.settings.pool_max) break;
        ++waiting_;
        const bool freed = freed_.wait_until(lock, deadline.point(),
                                             [&] { return !idle_.empty() || open_ < context_.settings.pool_max; });
        --waiting_;
        if (!freed)
            return fail(AURELIS_E_UNAVAILABLE, address_.text() + ": all " + std::to_string(context_.settings.pool_max) +
                                                   " connections stayed in use until the deadline; raise 'pool.max'");
    }
    if (mono_ns() < retry_at_ns_) return fail(last_status_, last_error_ + " (not tried again yet)");
    ++open_;
    lock.unlock();
    auto made = connect(deadline);
    if (!made) return made.error();
    return Turn(shared_from_this(), std::move(made).value());
}

// The connection has already been counted as open.
Result<std::unique_ptr<Connection>> Node::connect(const Deadline& deadline) {
    struct Place {
        Node* node;
        ~Place() {
            if (node != nullptr) node->leave();
        }
    } place{this};
    auto made = Connection::open(context_, address_, greeting_, deadline.within(context_.settings.connect_timeout_ns));
    std::scoped_lock lock(mutex_);
    if (made) {
        context_.counters.connects.fetch_add(1, std::memory_order_relaxed);
        version_ = made.value()->facts().version;
        back_off_.reset();
        retry_at_ns_ = 0;
        place.node = nullptr;
        return made;
    }
    context_.counters.connect_failures.fetch_add(1, std::memory_order_relaxed);
    // No command has been sent, so nothing is in doubt.
    last_status_ =
        made.error().status == AURELIS_E_TIMEOUT ? aurelis_status{AURELIS_E_UNAVAILABLE} : made.error().status;
    last_error_ = made.error().message;
    retry_at_ns_ = mono_ns() + back_off_.next_ns();
    return fail(last_status_, last_error_);
}

// Uncounts a connection that could not be opened.
void Node::leave() noexcept {
    {
        std::scoped_lock lock(mutex_);
        --open_;
    }
    freed_.notify_one();
}

void Node::give(std::unique_ptr<Connection> connection) noexcept {
    const bool keeps = !connection->is_spoiled();
    if (keeps)
        connection->rest();
    else
        context_.counters.dropped.fetch_add(1, std::memory_order_relaxed);
    std::unique_ptr<Connection> surplus;
    {
        std::scoped_lock lock(mutex_);
        if (keeps && (idle_.size() < context_.settings.pool_idle || waiting_ != 0)) {
            idle_.push_back(std::move(connection));
        } else {
            surplus = std::move(connection);
            --open_;
        }
    }
    freed_.notify_one();
}

// If a server does not report its run id or our client id, no client can be killed; the deadline that a write carries
// has to suffice.
void Node::note_unanswered(const ServerFacts& facts) noexcept {
    if (facts.run == 0 || facts.client_id == 0) return;
    std::scoped_lock lock(mutex_);
    if (unanswered_.size() >= kUnansweredMost) unanswered_.erase(unanswered_.begin());
    try {
        unanswered_.push_back(facts);
    } catch (const std::bad_alloc&) {
    }
    any_unanswered_.store(!unanswered_.empty(), std::memory_order_release);
}

std::vector<int64_t> Node::unanswered(uint64_t run) {
    if (!any_unanswered_.load(std::memory_order_acquire)) return {};
    std::scoped_lock lock(mutex_);
    // Another server process no longer has these clients, and gives their ids to others.
    std::erase_if(unanswered_, [&](const ServerFacts& one) { return run != 0 && one.run != run; });
    any_unanswered_.store(!unanswered_.empty(), std::memory_order_release);
    std::vector<int64_t> ids;
    for (const ServerFacts& one : unanswered_)
        if (one.run == run) ids.push_back(one.client_id);
    return ids;
}

void Node::end_unanswered(int64_t client_id) noexcept {
    std::scoped_lock lock(mutex_);
    std::erase_if(unanswered_, [&](const ServerFacts& one) { return one.client_id == client_id; });
    any_unanswered_.store(!unanswered_.empty(), std::memory_order_release);
}

Node::Usage Node::usage() const {
    std::scoped_lock lock(mutex_);
    return {open_, idle_.size(), waiting_, version_};
}

}  // namespace aurelis::redis
