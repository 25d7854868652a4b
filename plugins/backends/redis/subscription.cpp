// Subscription: opening, listening, and telling one's own changes from others'.
#include "subscription.hpp"

#include "envelope.hpp"
#include "errors.hpp"

#include <poll.h>

#include <algorithm>
#include <cerrno>

namespace aurelis::redis {

namespace {

constexpr ReplyLimits kMessageLimits{16 << 20, 1 << 16};
constexpr std::string_view kInvalidations = "__redis__:invalidate";
constexpr int kMessagesAtOnce = 64;
constexpr char kReserved = '\x01';  // The cache's own keys begin with it.
constexpr size_t kEndsKeptMost = 1 << 16;

Error lost(const Node& node, const std::string& why) {
    return fail(AURELIS_E_UNAVAILABLE, node.address().text() + ": the subscription is lost: " + why);
}

// E_UNSUPPORTED: this does not change until somebody changes the server's ACL or replaces the server.
Error refused(const std::string& line) {
    const std::string_view code = error_code(line);
    const bool unknown = code == "ERR" && line.find("unknown") != std::string::npos;
    return fail(code == "NOPERM" || unknown ? AURELIS_E_UNSUPPORTED : AURELIS_E_UNAVAILABLE, line);
}

Result<void> expect(Connection& connection, const char* first_word, const Deadline& deadline) {
    AURELIS_TRY(answer, connection.replies().reply(kMessageLimits, deadline));
    if (answer.is(Reply::Kind::Error)) return refused(answer.text);
    const bool fits = answer.is(Reply::Kind::Array) ? !answer.items.empty() && answer.items[0].text == first_word
                                                    : answer.text == first_word;
    if (!fits) return fail(AURELIS_E_UNAVAILABLE, "the server gives an unexpected answer");
    return {};
}

}  // namespace

Result<std::unique_ptr<Subscription>> Subscription::open(Context& context, Topology& topology, const Sender& own,
                                                         const OwnWrites& own_writes, const Deadline& deadline) {
    std::unique_ptr<Subscription> made(new Subscription(context, topology, own, own_writes));
    AURELIS_TRY(masters, topology.masters(deadline));
    made->shape_ = topology.shape();
    if (masters.empty())
        return fail(AURELIS_E_UNAVAILABLE, context.settings.place() + ": there is no server to listen to");
    const bool tracks = context.settings.coherence == Coherence::Tracking;
    Error last;
    for (size_t i = 0; i < masters.size(); ++i) {
        const NodePointer& node = masters[(i + random_number()) % masters.size()];
        const Result<void> opened = made->open_subscriber(tracks ? masters[i] : node, deadline);
        if (!opened) {
            topology.doubt(*node);
            last = fail(opened.error().status, context.settings.secrets.shown(opened.error().message));
            if (tracks) return last;
        } else if (!tracks) {
            return made;
        }
    }
    if (!tracks) return last;
    return made;
}

Result<void> Subscription::open_subscriber(const NodePointer& node, const Deadline& deadline) {
    Subscriber subscriber;
    subscriber.node = node;
    AURELIS_TRY(connection, Connection::open(context_, node->address(), node->greeting(), deadline));
    subscriber.connection = std::move(connection);
    if (context_.settings.coherence == Coherence::Tracking) {
        AURELIS_TRY_VOID(start_tracking(subscriber, deadline));
    } else {
        subscriber.connection->request().command("SUBSCRIBE", context_.settings.channel);
        AURELIS_TRY_VOID(subscriber.connection->send(deadline));
        AURELIS_TRY_VOID(expect(*subscriber.connection, "subscribe", deadline));
    }
    subscribers_.push_back(std::move(subscriber));
    return {};
}

Result<void> Subscription::start_tracking(Subscriber& subscriber, const Deadline& deadline) {
    Connection& connection = *subscriber.connection;
    connection.request().command("CLIENT", "ID");
    AURELIS_TRY_VOID(connection.send(deadline));
    AURELIS_TRY(id, connection.replies().reply(kMessageLimits, deadline));
    if (id.is(Reply::Kind::Error) && error_code(id.text) == "NOPERM") return refused(id.text);
    if (!id.is(Reply::Kind::Integer))
        return fail(AURELIS_E_UNSUPPORTED, "the server cannot track keys (6.0 on can); set 'coherence: pubsub'");
    connection.request().command("SUBSCRIBE", kInvalidations);
    AURELIS_TRY_VOID(connection.send(deadline));
    AURELIS_TRY_VOID(expect(connection, "subscribe", deadline));
    AURELIS_TRY_VOID(follow_ends(connection, deadline));
    AURELIS_TRY(tracker, Connection::open(context_, subscriber.node->address(), subscriber.node->greeting(), deadline));
    subscriber.tracker = std::move(tracker);
    const std::string redirect = std::to_string(id.number);
    Request& request = subscriber.tracker->request();
    const std::string& prefix = context_.settings.prefix;
    // The cache's own keys are followed whatever the prefix is: they invalidate whole categories.
    if (prefix.empty())
        request.command("CLIENT", "TRACKING", "ON", "REDIRECT", redirect, "BCAST");
    else if (prefix.front() == kReserved)
        request.command("CLIENT", "TRACKING", "ON", "REDIRECT", redirect, "BCAST", "PREFIX", prefix);
    else
        request.command("CLIENT", "TRACKING", "ON", "REDIRECT", redirect, "BCAST", "PREFIX", prefix, "PREFIX",
                        std::string_view(&kReserved, 1));
    AURELIS_TRY_VOID(subscriber.tracker->send(deadline));
    return expect(*subscriber.tracker, "OK", deadline);
}

// Follows keyspace events, if the server is configured to send them and the user may receive them; else these channels
// stay silent. Each event comes before the invalidation of its key.
Result<void> Subscription::follow_ends(Connection& connection, const Deadline& deadline) {
    const std::string start = "__keyevent@" + std::to_string(context_.settings.database) + "__:";
    for (const char* const event : {"expired", "evicted", "del"}) {
        connection.request().command("SUBSCRIBE", start + event);
        AURELIS_TRY_VOID(connection.send(deadline));
        AURELIS_TRY(answer, connection.replies().reply(kMessageLimits, deadline));
        static_cast<void>(answer);
    }
    return {};
}

bool Subscription::is_alive() const noexcept {
    for (const Subscriber& subscriber : subscribers_) {
        if (subscriber.unanswered != 0 || subscriber.tracker_unanswered != 0) return false;
    }
    return true;
}

Result<void> Subscription::ask_for_life() {
    const Deadline soon = Deadline::after(context_.settings.timeout_ns);
    for (Subscriber& subscriber : subscribers_) {
        subscriber.connection->request().command("PING");
        if (const Result<void> sent = subscriber.connection->send(soon); !sent)
            return lost(*subscriber.node, sent.error().message);
        ++subscriber.unanswered;
        if (subscriber.tracker == nullptr) continue;
        subscriber.tracker->request().command("PING");
        if (const Result<void> sent = subscriber.tracker->send(soon); !sent)
            return lost(*subscriber.node, sent.error().message);
        ++subscriber.tracker_unanswered;
    }
    return {};
}

// Whether the servers that are listened to are still the right ones.
bool Subscription::is_up_to_date() {
    const uint64_t shape = topology_.shape();
    if (shape == shape_) return true;
    if (context_.settings.coherence == Coherence::Tracking) return false;
    shape_ = shape;
    const std::vector<NodePointer> known = topology_.known();
    return std::find(known.begin(), known.end(), subscribers_.front().node) != known.end();
}

Result<void> Subscription::listen(int bell, const Deadline& deadline, News* news) {
    if (!is_up_to_date())
        return fail(AURELIS_E_UNAVAILABLE, context_.settings.place() + ": other servers have taken over");
    std::vector<pollfd> ready{{bell, POLLIN, 0}};
    for (const Subscriber& subscriber : subscribers_) {
        ready.push_back({subscriber.connection->transport().socket(), POLLIN, 0});
        ready.push_back({subscriber.tracker != nullptr ? subscriber.tracker->transport().socket() : -1, POLLIN, 0});
    }
    const bool unread = std::any_of(subscribers_.begin(), subscribers_.end(),
                                    [](const Subscriber& subscriber) { return subscriber.has_unread(); });
    const int count = poll(ready.data(), ready.size(), unread ? 0 : deadline.left_ms());
    if (count < 0 && errno != EINTR) return fail(AURELIS_E_UNAVAILABLE, "waiting for messages failed");
    if ((count <= 0 && !unread) || ready[0].revents != 0) return {};
    texts_.clear();
    for (size_t i = 0; i < subscribers_.size(); ++i) {
        if (ready[2 * i + 1].revents != 0 || subscribers_[i].has_unread()) {
            const Result<void> read = read_events(subscribers_[i], news);
            if (!read) return lost(*subscribers_[i].node, read.error().message);
        }
        if (ready[2 * i + 2].revents != 0) {
            const Result<void> read = read_tracker(subscribers_[i]);
            if (!read) return lost(*subscribers_[i].node, read.error().message);
        }
    }
    return {};
}

// Reads what has arrived, but only up to a bound.
Result<void> Subscription::read_events(Subscriber& subscriber, News* news) {
    const Deadline soon = Deadline::after(context_.settings.timeout_ns);
    Connection& connection = *subscriber.connection;
    const bool tracks = context_.settings.coherence == Coherence::Tracking;
    for (int i = 0; i < kMessagesAtOnce && (i == 0 || subscriber.has_unread()); ++i) {
        AURELIS_TRY(told, connection.replies().reply(kMessageLimits, soon));
        subscriber.unanswered = 0;
        if (told.is(Reply::Kind::Error)) return fail(AURELIS_E_UNAVAILABLE, context_.settings.secrets.shown(told.text));
        if (told.items.size() != 3 || told.items[0].text != "message") continue;
        Reply& content = told.items[2];
        if (tracks) {
            if (told.items[1].text != kInvalidations)
                note_end(subscriber, told.items[1].text, content.text);
            else if (content.is(Reply::Kind::Array))
                AURELIS_TRY_VOID(sort_by_look(subscriber, content, news));
            else
                news->all_suspect = true;
            continue;
        }
        texts_.push_back(std::move(content.text));
        AnnouncedChanges announced;
        // A message that cannot be parsed may have been about any key.
        if (!parse_announcement(texts_.back(), own_, &announced)) news->all_suspect = true;
        if (announced.is_own) continue;
        news->changed.insert(news->changed.end(), announced.changed.begin(), announced.changed.end());
        news->removed.insert(news->removed.end(), announced.removed.begin(), announced.removed.end());
    }
    return {};
}

Result<void> Subscription::read_tracker(Subscriber& subscriber) {
    const Deadline soon = Deadline::after(context_.settings.timeout_ns);
    AURELIS_TRY_VOID(expect(*subscriber.tracker, "PONG", soon));
    subscriber.tracker_unanswered = 0;
    return {};
}

// Tracking says that a key has changed, not by whom: the version that is there now does.
Result<void> Subscription::sort_by_look(Subscriber& subscriber, const Reply& keys, News* news) {
    const Deadline soon = Deadline::after(context_.settings.timeout_ns);
    Connection& tracker = *subscriber.tracker;
    for (; subscriber.tracker_unanswered > 0; --subscriber.tracker_unanswered)
        AURELIS_TRY_VOID(expect(tracker, "PONG", soon));
    for (const Reply& key : keys.items) tracker.request().command("GETRANGE", key.text, "0", "23");
    AURELIS_TRY_VOID(tracker.send(soon));
    for (const Reply& key : keys.items) {
        AURELIS_TRY(stored, tracker.replies().reply(kMessageLimits, soon));
        const auto envelope = Envelope::open(stored.text);
        if (envelope && own_writes_.is_own(key.text, envelope->version)) continue;
        texts_.push_back(key.text);
        const bool is_no_tombstone = !envelope || envelope->is_value;
        // What is there now may have replaced a change that nobody has looked at: an outdated copy that was dropped may
        // have been the other process's write.
        const bool is_dropped_copy = envelope && !envelope->is_value && envelope->end_ms == Envelope::kCopyDropped;
        const bool is_there =
            stored.is(Reply::Kind::Error) || (!stored.text.empty() && is_no_tombstone) || is_dropped_copy;
        const auto end = subscriber.ends.find(key.text);
        const char how = end != subscriber.ends.end() ? end->second : end_unless_told();
        if (end != subscriber.ends.end()) subscriber.ends.erase(end);
        if (is_there)
            news->changed.push_back(texts_.back());
        else if (envelope || how == kDeleted)
            news->removed.push_back(texts_.back());
        else
            (how == kEvicted ? news->evicted : news->expired).push_back(texts_.back());
    }
    return {};
}

// How a key has gone that is absent and for which there was no event. A removal by this plugin leaves a tombstone, and
// a clear is reported by its stamp: so a key that is simply gone has expired, or its tombstone has, or the server has
// evicted it. Bare values are deleted by removals, so their absence has to be taken for one.
char Subscription::end_unless_told() const noexcept { return context_.settings.bare ? kDeleted : kExpired; }

void Subscription::note_end(Subscriber& subscriber, std::string_view channel, const std::string& key) {
    const std::string& prefix = context_.settings.prefix;
    if (!key.starts_with(prefix) && !key.starts_with(kReserved)) return;
    // Their invalidation never came: nobody follows these keys.
    if (subscriber.ends.size() >= kEndsKeptMost) subscriber.ends.clear();
    const std::string_view event = channel.substr(channel.rfind(':') + 1);
    subscriber.ends[key] = event == "expired" ? kExpired : event == "evicted" ? kEvicted : kDeleted;
}

}  // namespace aurelis::redis
