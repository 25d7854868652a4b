// Watcher: the thread's loop, and notifying without holding a lock.
#include "watcher.hpp"

#include "schema.hpp"

#include <signal.h>
#include <chrono>
#include <cstring>
#include <system_error>

namespace aurelis::sqlite_disk {

namespace {

constexpr int64_t kRowsAtOnce = 1024;
constexpr int64_t kQuietNs = 1'000'000'000;
constexpr int64_t kLookNs = 500'000'000;
constexpr uint32_t kGoneEvents = AURELIS_WATCH_EVICTED | AURELIS_WATCH_EXPIRED;

int64_t steady_ns() noexcept {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

// The host's signal handlers must never run on a thread that the host does not know.
template <typename Work>
Result<std::thread> start_quiet_thread(Work&& work) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    Result<std::thread> made = fail(AURELIS_E_FAILED,
                                    "no thread can be created to watch the file; raise the limit "
                                    "of threads or set 'watch: false'");
    try {
        made = std::thread(std::forward<Work>(work));
    } catch (const std::system_error&) {
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return made;
}

}  // namespace

std::string LogPosition::text() const {
    std::string made(1 + sizeof identity + sizeof seq, '\1');
    std::memcpy(made.data() + 1, &identity, sizeof identity);
    std::memcpy(made.data() + 1 + sizeof identity, &seq, sizeof seq);
    return made;
}

bool LogPosition::read(std::string_view text, LogPosition* out) noexcept {
    if (text.size() != 1 + sizeof out->identity + sizeof out->seq || text[0] != '\1') return false;
    std::memcpy(&out->identity, text.data() + 1, sizeof out->identity);
    std::memcpy(&out->seq, text.data() + 1 + sizeof out->identity, sizeof out->seq);
    return true;
}

Result<void> Watcher::start() {
    if (!settings_.watches || thread_.joinable()) return {};
    stops_ = false;
    AURELIS_TRY(started, start_quiet_thread([this] { run(); }));
    thread_ = std::move(started);
    return {};
}

void Watcher::stop() {
    if (!thread_.joinable()) return;
    {
        std::scoped_lock lock(mutex_);
        stops_ = true;
    }
    wake_.notify_all();
    thread_.join();
    std::scoped_lock lock(mutex_);
    listener_ = Listener{};
    telling_.gone.want(0);
}

void Watcher::watch(uint32_t events, std::string_view since, aurelis_watch_fn fn, void* user) {
    if (!thread_.joinable()) return;
    Lock lock(mutex_);
    told_.wait(lock, [&] { return !telling_now_; });
    listener_ = events != 0 ? Listener{events, fn, user} : Listener{};
    since_ = since;
    renewed_ = true;
    greeting_due_ = events != 0;
    telling_.gone.want(listener_.events & kGoneEvents);
    wake_.notify_all();
    // Usually a millisecond; the caller is then live before it writes its first entry.
    told_.wait_for(lock, std::chrono::nanoseconds(kGreetingNs), [&] { return !greeting_due_ || stops_; });
}

bool Watcher::position(LogPosition* out) const {
    std::scoped_lock lock(mutex_);
    if (stands_) *out = position_;
    return stands_;
}

bool Watcher::is_live() const {
    std::scoped_lock lock(mutex_);
    return live_;
}

// Waits until it is time to check; false at the end.
bool Watcher::await_turn() {
    Lock lock(mutex_);
    const auto called = [&] { return stops_ || renewed_; };
    if (listener_.events == 0)
        wake_.wait(lock, called);
    else
        wake_.wait_for(lock, std::chrono::nanoseconds(interval_ns()), called);
    return !stops_;
}

int64_t Watcher::interval_ns() const noexcept {
    const bool quiet = failing_since_ns_ == 0 && steady_ns() - quiet_since_ns_ > kQuietNs;
    return settings_.watch_interval_ns * (quiet ? 2 : 1);
}

void Watcher::run() noexcept {
    while (await_turn()) {
        try {
            look();
        } catch (const std::exception& caught) {
            gap_ = true;  // The changes that were being reported may be lost.
            host_.log(AURELIS_LOG_WARN, settings_.path + ": its changes could not be reported: " + caught.what());
        }
    }
    detach();
}

void Watcher::look() {
    bool listens = false;
    {
        Lock lock(mutex_);
        listens = listener_.events != 0;
        if (std::exchange(renewed_, false)) {
            lock.unlock();
            detach();
            gap_ = false;
        }
    }
    if (!listens) return;
    tell_gone();
    Keeper::Shared connections;
    const Result<void> done = [&]() -> Result<void> {
        AURELIS_TRY(current, keeper_.current(patience(), false));
        connections = std::move(current);
        if (steady_ns() - looked_ns_ >= kLookNs) {
            looked_ns_ = steady_ns();
            if (attached_ != nullptr && !telling_.presence.stands()) {
                attached_ = nullptr;
                gap_ = true;  // Writers in between did not know of this listener.
            }
        }
        if (connections != attached_) {
            AURELIS_TRY_VOID(attach(connections));
        }
        return read_news();
    }();
    if (!done) return failed(done.error(), connections);
    failing_since_ns_ = 0;
    tell_live();
}

// A failure loses nothing: the rows wait. But as long as it lasts, changes are not reported.
void Watcher::failed(const Error& why, const Keeper::Shared& connections) {
    const int64_t now = steady_ns();
    if (failing_since_ns_ == 0) failing_since_ns_ = now;
    if (why.status == AURELIS_E_CORRUPT && connections != nullptr)
        static_cast<void>(keeper_.recover(connections, why, patience()));
    if (now - failing_since_ns_ < kFailingNs) return;
    if (is_live()) host_.log(AURELIS_LOG_WARN, "changes by other processes are not seen: " + why.message);
    tell_suspect();
}

void Watcher::let_go() noexcept {
    index_ = WalIndex{};
    database_ = nullptr;
    attached_ = nullptr;
}

void Watcher::detach() noexcept {
    static_cast<void>(telling_.presence.listen(false));
    let_go();
    std::scoped_lock lock(mutex_);
    stands_ = false;
    live_ = false;
}

// First registers as a listener, then reads the position of the log in a write transaction: every later writer sees the
// registration, and its rows come after the position.
Result<void> Watcher::attach(const Keeper::Shared& connections) {
    let_go();
    AURELIS_TRY_VOID(telling_.presence.listen(true));
    AURELIS_TRY(database, Database::open(keeper_.path(), patience()));
    AURELIS_TRY_VOID(tune(*database, settings_));
    if (identity_of(keeper_.path()) != connections->identity())
        return fail(AURELIS_E_UNAVAILABLE, keeper_.path() + ": it was replaced and is being reopened");
    database_ = std::move(database);
    AURELIS_TRY_VOID(Run(*database_, Query::Begin).finish());
    struct Ends {
        Database& open;
        ~Ends() { static_cast<void>(Run(open, Query::Rollback).finish()); }
    } ends{*database_};
    LogPosition now;
    AURELIS_TRY(identity, fact_of(*database_, Fact::LogIdentity));
    now.identity = identity;
    {
        Run run(*database_, Query::LogNewest);
        AURELIS_TRY(row, run.step());
        now.seq = row ? run.number(0) : 0;
    }
    LogPosition from;
    bool comes_back = false;
    {
        std::scoped_lock lock(mutex_);
        comes_back = stands_ || !since_.empty();
        if (stands_)
            from = position_;
        else if (comes_back && !LogPosition::read(since_, &from))
            from = LogPosition{};
    }
    if (comes_back) {
        bool reaches = from.identity == now.identity && from.identity != 0 && from.seq <= now.seq;
        if (reaches) {
            AURELIS_TRY(back, reaches_back(from.seq, now.seq));
            reaches = back;
        }
        if (reaches)
            now.seq = from.seq;
        else
            gap_ = true;
    }
    index_ = WalIndex(*database_);
    attached_ = connections;
    std::scoped_lock lock(mutex_);
    since_.clear();
    position_ = now;
    stands_ = true;
    return {};
}

Result<bool> Watcher::reaches_back(int64_t seq, int64_t newest) {
    if (seq == newest) return true;
    Run run(*database_, Query::LogOldest);
    AURELIS_TRY(row, run.step());
    return row && seq >= run.number(0) - log_step(static_cast<size_t>(run.number(1)));
}

Result<Watcher::News> Watcher::read_piece() {
    News news;
    {
        std::scoped_lock lock(mutex_);
        news.seq = position_.seq;
    }
    Run run(*database_, Query::LogAfter);
    run.bind(1, news.seq).bind(2, kRowsAtOnce);
    for (int64_t rows = 0;; ++rows) {
        AURELIS_TRY(row, run.step());
        if (!row) {
            news.more = rows == kRowsAtOnce;
            return news;
        }
        const std::string_view key = run.bytes(3);
        if (run.number(0) - log_step(key.size()) != news.seq) news.gap = true;  // Pruned before it was read.
        news.seq = run.number(0);
        if (run.number(1) == telling_.self) continue;
        switch (static_cast<Change>(run.number(2))) {
            case Change::Set: news.changes.emplace_back(AURELIS_WATCH_CHANGED, key); break;
            case Change::Removed: news.changes.emplace_back(AURELIS_WATCH_REMOVED, key); break;
            case Change::Mark: break;
            case Change::Unnamed:
            default: news.gap = true;
        }
    }
}

Result<void> Watcher::read_news() {
    database_->set_patience(patience());
    if (!index_.has_changed()) return {};
    quiet_since_ns_ = steady_ns();
    for (bool more = true; more;) {
        auto read = read_piece();
        if (!read) {
            index_.forget();
            return read.error();
        }
        News news = std::move(read).value();
        tell(news.changes);
        told_keys_ += news.changes.size();
        gap_ = gap_ || news.gap;
        more = news.more;
        std::scoped_lock lock(mutex_);
        position_.seq = news.seq;
        more = more && !stops_ && !renewed_;
    }
    return {};
}

// Consecutive changes with the same event are reported together.
void Watcher::tell(const std::vector<std::pair<uint32_t, std::string>>& changes) {
    std::vector<aurelis_key> keys;
    for (size_t i = 0; i < changes.size(); ++i) {
        const auto& [event, name] = changes[i];
        keys.push_back({name.data(), name.size(), 0, nullptr});
        if (i + 1 < changes.size() && changes[i + 1].first == event) continue;
        Lock lock(mutex_);
        tell(lock, event, keys.data(), keys.size());
        keys.clear();
    }
}

// The listener and the event are fixed at the same moment: watch() waits until no listener is being notified. What was
// read for an earlier listener is not reported to a later one.
void Watcher::tell(Lock& lock, uint32_t event, const aurelis_key* keys, size_t count) {
    if (renewed_ || (listener_.events & event) == 0) return;
    const Listener listener = listener_;
    telling_now_ = true;
    lock.unlock();
    listener.fn(listener.user, event, keys, count);
    lock.lock();
    telling_now_ = false;
    told_.notify_all();
}

void Watcher::tell_suspect() {
    Lock lock(mutex_);
    if (!live_ && !greeting_due_) return;
    if (renewed_) return;
    live_ = false;
    greeting_due_ = false;
    ++gaps_;
    tell(lock, AURELIS_WATCH_SUSPECT, nullptr, 0);
    told_.notify_all();
}

// Reports that events flow: once to each listener, and again after each gap.
void Watcher::tell_live() {
    Lock lock(mutex_);
    if (renewed_) return;
    const bool gap = std::exchange(gap_, false);
    if (gap) {
        ++gaps_;
        tell(lock, AURELIS_WATCH_SUSPECT, nullptr, 0);
    }
    if (!gap && live_ && !greeting_due_) return;
    tell(lock, AURELIS_WATCH_LIVE, nullptr, 0);
    if (renewed_) return;
    live_ = true;
    greeting_due_ = false;
    told_.notify_all();
}

void Watcher::tell_gone() { tell(telling_.gone.take()); }

}  // namespace aurelis::sqlite_disk
