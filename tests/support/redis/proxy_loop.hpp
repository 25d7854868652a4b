// The fault proxy's thread: one poll loop that owns all sockets and the script. A test's call is a job that the loop
// carries out between two polls of the sockets, so only the jobs and the published traffic need a lock.
#pragma once

#include "support/redis/port_lease.hpp"
#include "support/redis/proxy_link.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <time.h>

namespace aurelis::rig {

class ProxyLoop {
public:
    explicit ProxyLoop(std::optional<Endpoint> upstream);
    ~ProxyLoop();
    ProxyLoop(const ProxyLoop&) = delete;
    ProxyLoop& operator=(const ProxyLoop&) = delete;

    uint16_t port() const noexcept { return lease_.port(); }

    // Carries the work out in the loop and returns when that is done.
    void carry_out(const std::function<void()>& work);
    bool wait_for(const std::function<bool(const Traffic&)>& predicate, Clock::duration timeout);

    // Only for the loop's thread, so within carry_out().
    ProxyScript& script() noexcept { return script_; }
    std::list<ProxyLink>& links() noexcept { return links_; }
    const Traffic& count_traffic();
    void set_door(Door door);

private:
    struct Job {
        const std::function<void()>* work;
        bool done;
        std::string failure;
    };

    void wake();
    void run();
    bool turn();
    void look(std::vector<pollfd>& polls);
    void do_jobs();
    void accept_all();
    void publish();
    void fail(const std::string& why);
    void close_door();
    void fill_queue();
    std::optional<timespec> patience();

    const PortLease lease_;
    const std::optional<Endpoint> upstream_;
    const int wake_;  // An eventfd.
    int listener_ = -1;
    std::vector<int> fillers_;
    Door door_ = Door::Open;
    ProxyScript script_;
    std::list<ProxyLink> links_;

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Job*> jobs_;
    Traffic published_;
    std::string failure_;
    bool ending_ = false;
    std::thread thread_;
};

}  // namespace aurelis::rig
