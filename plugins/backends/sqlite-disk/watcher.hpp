// Watcher: the thread that reads what other instances log about the file (changes.hpp) and tells the core
// (aurelis.watch/1). Every watch_interval, or every second one while nothing happens, it checks whether anything was
// committed and only then reads; while nobody listens it sleeps. If it cannot read for a while, if rows were pruned
// before it read them, or if the file was replaced, it reports SUSPECT, and LIVE when events flow again.
// Leaves to others: opening and replacing the file (keeper.hpp).
#pragma once

#include "changes.hpp"
#include "keeper.hpp"
#include "wal_index.hpp"

#include <aurelis/plugin/host.hpp>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace aurelis::sqlite_disk {

// The position of a reader in a log; opaque bytes for those that keep it.
struct LogPosition {
    int64_t identity = 0;
    int64_t seq = 0;

    std::string text() const;
    static bool read(std::string_view text, LogPosition* out) noexcept;
};

class Watcher {
public:
    Watcher(const Settings& settings, const plugin::Host& host, Keeper& keeper, Telling& telling)
        : settings_(settings), host_(host), keeper_(keeper), telling_(telling) {}
    ~Watcher() { stop(); }
    Watcher(const Watcher&) = delete;
    Watcher& operator=(const Watcher&) = delete;

    // [control] Without `watch` there is no thread.
    Result<void> start();
    void stop();
    // [control] events 0 ends it: on return fn runs no more. Waits a moment for the first LIVE.
    void watch(uint32_t events, std::string_view since, aurelis_watch_fn fn, void* user);
    // [any] The watcher's position; false if it has none.
    bool position(LogPosition* out) const;

    bool is_live() const;
    uint64_t told() const noexcept { return told_keys_.load(std::memory_order_relaxed); }
    uint64_t gaps() const noexcept { return gaps_.load(std::memory_order_relaxed); }

private:
    using Lock = std::unique_lock<std::mutex>;
    struct Listener {
        uint32_t events = 0;
        aurelis_watch_fn fn = nullptr;
        void* user = nullptr;
    };
    struct News {
        std::vector<std::pair<uint32_t, std::string>> changes;  // Events with their keys, as they happened.
        bool gap = false;
        bool more = false;
        int64_t seq = 0;
    };
    void run() noexcept;
    bool await_turn();
    int64_t interval_ns() const noexcept;
    void look();
    Result<void> attach(const Keeper::Shared& connections);
    void detach() noexcept;
    void let_go() noexcept;
    Result<News> read_piece();
    Result<void> read_news();
    Result<bool> reaches_back(int64_t seq, int64_t newest);
    void failed(const Error& why, const Keeper::Shared& connections);
    void tell(const std::vector<std::pair<uint32_t, std::string>>& changes);
    void tell(Lock& lock, uint32_t event, const aurelis_key* keys, size_t count);
    void tell_suspect();
    void tell_live();
    void tell_gone();
    Patience patience() const noexcept { return Patience{host_.raw(), 0, kPatienceNs}; }

    static constexpr int64_t kPatienceNs = 200'000'000;
    static constexpr int64_t kFailingNs = 1'000'000'000;  // How long reading may fail before that is reported.
    static constexpr int64_t kGreetingNs = 1'000'000'000;

    const Settings& settings_;
    const plugin::Host& host_;
    Keeper& keeper_;
    Telling& telling_;
    std::atomic<uint64_t> told_keys_{0}, gaps_{0};
    std::thread thread_;

    // Used only by the thread.
    Keeper::Shared attached_;
    std::unique_ptr<Database> database_;
    WalIndex index_;                // Of database_.
    int64_t quiet_since_ns_ = 0;    // On the steady clock: when something was last read.
    int64_t looked_ns_ = 0;         // When the registration as a listener was last checked.
    int64_t failing_since_ns_ = 0;  // On the steady clock; 0: all is well.
    bool gap_ = false;              // To be reported with the next LIVE.

    mutable std::mutex mutex_;  // Guards everything below.
    std::condition_variable wake_, told_;
    Listener listener_;
    std::string since_;
    LogPosition position_;
    bool stands_ = false;     // position_ is valid.
    bool renewed_ = false;    // There is a listener that the thread does not know yet.
    bool greeting_due_ = false;
    bool live_ = false;
    bool telling_now_ = false;
    bool stops_ = false;
};

}  // namespace aurelis::sqlite_disk
