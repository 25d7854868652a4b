// Watcher: the thread's loop, and notifying without holding a lock.
#include "watcher.hpp"

#include <aurelis/base/descriptor.hpp>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace aurelis::redis {

namespace {
constexpr int64_t kLogAgainNs = 10 * kSecond;
constexpr int64_t kRefusedAgainNs = 30 * kSecond;
}

Result<void> Watcher::start() {
    if (context_.settings.coherence == Coherence::None || thread_.runs()) return {};
    bell_ = above_standard(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
    if (bell_ < 0)
        return fail(AURELIS_E_FAILED, std::string("no event descriptor can be made: ") + std::strerror(errno));
    stops_ = false;
    thread_ = start_thread_without_signals([this] { run(); });
    if (thread_.runs()) return {};
    close(std::exchange(bell_, -1));
    return fail(AURELIS_E_FAILED, "no thread can be made to listen for changes; raise the limit of threads");
}

void Watcher::stop() {
    if (!thread_.runs()) return;
    {
        std::scoped_lock lock(mutex_);
        stops_ = true;
    }
    ring();
    thread_.join();
    close(std::exchange(bell_, -1));
    std::scoped_lock lock(mutex_);
    live_ = false;
    listener_ = Listener{};
}

void Watcher::ring() const noexcept {
    const uint64_t one = 1;
    static_cast<void>(!write(bell_, &one, sizeof one));
}

void Watcher::silence() const noexcept {
    uint64_t rung = 0;
    static_cast<void>(!read(bell_, &rung, sizeof rung));
}

void Watcher::watch(uint32_t events, bool gap, aurelis_watch_fn fn, void* user) {
    std::unique_lock lock(mutex_);
    told_.wait(lock, [&] { return !notifying_; });
    listener_ = events != 0 ? Listener{events, fn, user} : Listener{};
    greeting_due_ = hurry_ = events != 0;
    gap_due_ = gap;
    lock.unlock();
    if (bell_ >= 0) ring();
}

bool Watcher::is_live() const {
    std::scoped_lock lock(mutex_);
    return live_;
}

bool Watcher::stops() const {
    std::scoped_lock lock(mutex_);
    return stops_;
}

void Watcher::tell(uint32_t event, const std::vector<std::string_view>& names) {
    if (names.empty()) return;
    context_.counters.heard.fetch_add(names.size(), std::memory_order_relaxed);
    std::vector<aurelis_key> keys;
    for (const std::string_view name : names) keys.push_back({name.data(), name.size(), 0, nullptr});
    Lock lock(mutex_);
    tell(lock, event, keys.data(), keys.size());
}

// The listener and the event are fixed at the same moment: a listener that arrives while another is notified waits in
// watch(), so it is never notified of a change that it has seen already.
void Watcher::tell(Lock& lock, uint32_t event, const aurelis_key* keys, size_t count) {
    if ((listener_.events & event) == 0) return;
    const Listener listener = listener_;
    notifying_ = true;
    lock.unlock();
    listener.fn(listener.user, event, keys, count);
    lock.lock();
    notifying_ = false;
    told_.notify_all();
}

void Watcher::tell_gap() {
    Lock lock(mutex_);
    tell(lock, AURELIS_WATCH_SUSPECT, nullptr, 0);
    tell(lock, AURELIS_WATCH_LIVE, nullptr, 0);
}

// A new listener is told the current state: SUSPECT if something may have been missed or events do not flow, LIVE if
// they do.
void Watcher::tell_due() {
    Lock lock(mutex_);
    if (!std::exchange(greeting_due_, false)) return;
    const bool gap = std::exchange(gap_due_, false), live = live_, unavailable = unavailable_;
    if (gap || !live) tell(lock, AURELIS_WATCH_SUSPECT, nullptr, 0);
    if (unavailable) tell(lock, AURELIS_WATCH_UNAVAILABLE, nullptr, 0);
    if (live) tell(lock, AURELIS_WATCH_LIVE, nullptr, 0);
}

void Watcher::set_live(bool live) {
    Lock lock(mutex_);
    if (live_ == live) return;
    live_ = live;
    if (live) unavailable_ = false;
    bool gap = !live;
    // The listener is told the current state now, so the greeting is no longer due.
    if (live && std::exchange(greeting_due_, false)) gap = std::exchange(gap_due_, false);
    if (gap) tell(lock, AURELIS_WATCH_SUSPECT, nullptr, 0);
    if (live) tell(lock, AURELIS_WATCH_LIVE, nullptr, 0);
}

// The Redis command that grants the right.
std::string Watcher::rule() const {
    const std::string user = context_.settings.login.username.empty() ? "default" : context_.settings.login.username;
    if (context_.settings.coherence == Coherence::Tracking)
        return "ACL SETUSER " + user + " +subscribe +client|id +client|tracking +getrange &__redis__:invalidate";
    return "ACL SETUSER " + user + " +subscribe +publish &" + context_.settings.channel;
}

void Watcher::set_unavailable(const std::string& why) {
    {
        Lock lock(mutex_);
        if (unavailable_) return;
    }
    context_.host.log(AURELIS_LOG_WARN, "others' changes cannot be followed: " + why + "; give the right by '" +
                                            rule() + "', or set 'coherence: none'; it is tried again every 30 s");
    Lock lock(mutex_);
    unavailable_ = true;
    // A listener whose greeting is still due gets everything in turn.
    if (!greeting_due_) tell(lock, AURELIS_WATCH_UNAVAILABLE, nullptr, 0);
}

void Watcher::pause(int64_t ns, bool hurried) {
    const Deadline until = Deadline::after(ns);
    while (!until.over() && !stops()) {
        {
            std::scoped_lock lock(mutex_);
            if (std::exchange(hurry_, false) && hurried) return;
        }
        pollfd one{bell_, POLLIN, 0};
        if (poll(&one, 1, until.left_ms()) > 0) silence();
        tell_due();
    }
}

void Watcher::run() noexcept {
    BackOff back_off(50 * kMillisecond, kSecond);
    int64_t logged_ns = mono_ns() - kLogAgainNs;  // Clock: monotonic; the machine may just have been started.
    bool was_live = false;
    while (!stops()) {
        std::string why;
        bool refused = false;
        try {
            tell_due();
            const Deadline deadline = Deadline::after(context_.settings.connect_timeout_ns);
            Result<std::unique_ptr<Subscription>> made =
                Subscription::open(context_, topology_, own_, own_writes_, deadline);
            if (made) {
                if (was_live) context_.counters.resubscribed.fetch_add(1, std::memory_order_relaxed);
                was_live = true;
                back_off.reset();
                set_live(true);
                const Result<void> ended = listen(*made.value());
                if (!ended) why = ended.error().message;
            } else {
                why = made.error().message;
                refused = made.error().status == AURELIS_E_UNSUPPORTED;
            }
        } catch (const std::exception& caught) {
            why = caught.what();
        }
        set_live(false);
        if (stops()) return;
        if (refused) set_unavailable(why);
        if (!refused && !why.empty() && mono_ns() - logged_ns >= kLogAgainNs) {
            logged_ns = mono_ns();
            context_.host.log(AURELIS_LOG_WARN, "no messages about others' changes: " + why + "; it is tried again");
        }
        pause(refused ? kRefusedAgainNs : back_off.next_ns(), refused);
    }
}

// Until the subscription is lost or the thread has to stop.
Result<void> Watcher::listen(Subscription& subscription) {
    const int64_t patience_ns = context_.settings.timeout_ns;
    bool asked = false;
    Deadline until = Deadline::after(context_.settings.keep_alive_ns);
    while (!stops()) {
        News news;
        AURELIS_TRY_VOID(subscription.listen(bell_, until, &news));
        silence();
        tell_due();
        tell(AURELIS_WATCH_CHANGED, news.changed);
        tell(AURELIS_WATCH_REMOVED, news.removed);
        tell(AURELIS_WATCH_EXPIRED, news.expired);
        tell(AURELIS_WATCH_EVICTED, news.evicted);
        if (news.all_suspect) tell_gap();
        if (asked && subscription.is_alive()) {
            asked = false;
            until = Deadline::after(context_.settings.keep_alive_ns);
        }
        if (!until.over()) continue;
        if (asked) return fail(AURELIS_E_UNAVAILABLE, context_.settings.place() + ": the server gives no sign of life");
        AURELIS_TRY_VOID(subscription.ask_for_life());
        asked = true;
        until = Deadline::after(patience_ns);
    }
    return {};
}

}  // namespace aurelis::redis
