// Watcher: the thread that listens for what other processes change and tells the core (aurelis.watch/1). A lost
// subscription is reported as SUSPECT, once and at once; it is then retried with back-off, and LIVE is reported when it
// is established again. A listener that arrives while there is none gets SUSPECT and, later, LIVE. If a server refuses
// it permanently (a right or a feature is missing), UNAVAILABLE is reported, once; it is then retried rarely, and
// whenever there is a new listener.
#pragma once

#include "thread_without_signals.hpp"
#include "subscription.hpp"

#include <aurelis/abi.h>

#include <condition_variable>
#include <mutex>

namespace aurelis::redis {

class Watcher {
public:
    Watcher(Context& context, Topology& topology, const Sender& own, const OwnWrites& own_writes)
        : context_(context), topology_(topology), own_(own), own_writes_(own_writes) {}
    ~Watcher() { stop(); }
    Watcher(const Watcher&) = delete;
    Watcher& operator=(const Watcher&) = delete;

    // [control] Without coherence there is no thread.
    Result<void> start();
    void stop();
    // [control] events 0 ends it: on return fn runs no more. gap: what happened before is unknown.
    void watch(uint32_t events, bool gap, aurelis_watch_fn fn, void* user);
    // [any]
    bool is_live() const;

private:
    using Lock = std::unique_lock<std::mutex>;
    struct Listener {
        uint32_t events = 0;
        aurelis_watch_fn fn = nullptr;
        void* user = nullptr;
    };
    void run() noexcept;
    Result<void> listen(Subscription& subscription);
    void set_live(bool live);
    void set_unavailable(const std::string& why);
    std::string rule() const;
    void tell(uint32_t event, const std::vector<std::string_view>& keys);
    void tell(Lock& lock, uint32_t event, const aurelis_key* keys, size_t count);
    void tell_gap();
    void tell_due();
    bool stops() const;
    // hurried: ends when there is a new listener.
    void pause(int64_t ns, bool hurried);
    void ring() const noexcept;
    void silence() const noexcept;

    Context& context_;
    Topology& topology_;
    const Sender& own_;
    const OwnWrites& own_writes_;
    ThreadWithoutSignals thread_;
    int bell_ = -1;             // An eventfd that wakes the thread.
    mutable std::mutex mutex_;  // Guards everything below.
    std::condition_variable told_;
    Listener listener_;
    bool notifying_ = false;
    bool stops_ = false;
    bool live_ = false;
    bool unavailable_ = false;
    bool hurry_ = false;         // There is a new listener.
    bool greeting_due_ = false;  // The listener has to be told the current state,
    bool gap_due_ = false;       // and that something may have been missed before.
};

}  // namespace aurelis::redis
