// Sentinel: asking who the master is.
#include "sentinel.hpp"

#include <algorithm>
#include <charconv>

namespace aurelis::redis {

namespace {
constexpr int64_t kAskAgainNs = 50 * kMillisecond;
constexpr ReplyLimits kAnswerLimits{64 << 10, 64};
}  // namespace

Result<NodePointer> Sentinel::node_of(uint16_t, bool, const Deadline& deadline) {
    std::unique_lock lock(mutex_);
    for (;;) {
        if (master_ != nullptr && !doubted_) return master_;
        if (!asking_) {
            if (mono_ns() >= retry_at_ns_) break;
            if (master_ != nullptr) return master_;
            return last_error_;
        }
        if (!asked_.wait_until(lock, deadline.point(), [&] { return !asking_; }))
            return fail(AURELIS_E_UNAVAILABLE, context_.settings.place() + ": the sentinels did not answer in time");
    }
    asking_ = true;
    lock.unlock();
    const Result<Address> found = ask(deadline);
    lock.lock();
    asking_ = false;
    believe(found);
    asked_.notify_all();
    if (master_ != nullptr) return master_;
    return last_error_;
}

// Under the lock.
void Sentinel::believe(const Result<Address>& master) {
    if (!master) {
        last_error_ = master.error();
        retry_at_ns_ = mono_ns() + back_off_.next_ns();
        return;
    }
    back_off_.reset();
    retry_at_ns_ = mono_ns() + kAskAgainNs;
    doubted_ = false;
    if (master_ != nullptr && master_->address() == master.value()) return;
    ++shape_;
    master_ = std::make_shared<Node>(context_, master.value(),
                                     Greeting{context_.settings.login, context_.settings.database, true, false});
}

Result<Address> Sentinel::ask(const Deadline& deadline) {
    context_.counters.rediscoveries.fetch_add(1, std::memory_order_relaxed);
    std::vector<Address> sentinels;
    {
        std::scoped_lock lock(mutex_);
        sentinels = sentinels_;
    }
    std::string words;
    const Deadline whole = deadline.within(context_.settings.connect_timeout_ns);
    for (size_t i = 0; i < sentinels.size(); ++i) {
        const int64_t share = whole.left_ns() / static_cast<int64_t>(sentinels.size() - i);
        const Result<Address> found = ask_one(sentinels[i], whole.within(share));
        if (!found) {
            words += (words.empty() ? "" : "; ") + found.error().message;
            continue;
        }
        std::scoped_lock lock(mutex_);
        std::rotate(sentinels_.begin(), std::find(sentinels_.begin(), sentinels_.end(), sentinels[i]),
                    sentinels_.end());
        return found;
    }
    return fail(AURELIS_E_UNAVAILABLE, context_.settings.place() + ": no sentinel names a master: " + words);
}

Result<Address> Sentinel::ask_one(const Address& sentinel, const Deadline& deadline) {
    AURELIS_TRY(connection, Connection::open(context_, sentinel,
                                             Greeting{context_.settings.sentinel_login, 0, false, false}, deadline));
    connection->request().command("SENTINEL", "get-master-addr-by-name", context_.settings.sentinel_master);
    AURELIS_TRY_VOID(connection->send(deadline));
    AURELIS_TRY(answer, connection->replies().reply(kAnswerLimits, deadline));
    if (answer.is(Reply::Kind::Error))
        return fail(AURELIS_E_UNAVAILABLE, sentinel.text() + ": " + context_.settings.secrets.shown(answer.text));
    Address master;
    if (answer.items.size() == 2) {
        master.host = answer.items[0].text;
        const std::string& port = answer.items[1].text;
        std::from_chars(port.data(), port.data() + port.size(), master.port);
    }
    if (master.host.empty() || master.port == 0)
        return fail(AURELIS_E_UNAVAILABLE, sentinel.text() + " knows no master '" + context_.settings.sentinel_master +
                                               "'; check 'sentinel_master'");
    return master;
}

Result<std::vector<NodePointer>> Sentinel::masters(const Deadline& deadline) {
    AURELIS_TRY(master, node_of(0, false, deadline));
    return std::vector<NodePointer>{master};
}

void Sentinel::doubt(const Node& node) {
    std::scoped_lock lock(mutex_);
    if (master_.get() == &node) doubted_ = true;
}

uint64_t Sentinel::shape() const {
    std::scoped_lock lock(mutex_);
    return shape_;
}

std::vector<NodePointer> Sentinel::known() const {
    std::scoped_lock lock(mutex_);
    return master_ == nullptr ? std::vector<NodePointer>{} : std::vector<NodePointer>{master_};
}

}  // namespace aurelis::redis
