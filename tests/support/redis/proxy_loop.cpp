// Listening, polling, and carrying out what the test asks for.
#include "support/redis/proxy_loop.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace aurelis::rig {

namespace {

constexpr int kBacklog = 128;
constexpr int kFillersMax = 16;
constexpr int kFillerPatienceMs = 100;
constexpr auto kListenTimeout = std::chrono::seconds(5);

sockaddr_in loopback(uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

int connect_tcp(uint16_t port) {
    const sockaddr_in address = loopback(port);
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const int yes = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 || errno == EINPROGRESS)
        return fd;
    close(fd);
    return -1;
}

int connect_unix(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
    close(fd);
    return -1;
}

int listen_on(uint16_t port, int backlog) {
    const sockaddr_in address = loopback(port);
    const int yes = 1;
    int fd = -1;
    require_soon(
        "listening on 127.0.0.1:" + std::to_string(port),
        [&] {
            fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
            setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
            if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
                listen(fd, backlog) == 0) {
                return true;
            }
            close(fd);
            return false;
        },
        kListenTimeout);
    return fd;
}

}  // namespace

ProxyLoop::ProxyLoop(std::optional<Endpoint> upstream)
    : upstream_(std::move(upstream)), wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    listener_ = listen_on(lease_.port(), kBacklog);
    thread_ = std::thread([this] { run(); });
}

ProxyLoop::~ProxyLoop() {
    {
        std::scoped_lock lock(mutex_);
        ending_ = true;
    }
    wake();
    thread_.join();
    close_door();
    close(wake_);
}

void ProxyLoop::carry_out(const std::function<void()>& work) {
    Job job{&work, false, ""};
    {
        std::scoped_lock lock(mutex_);
        if (!failure_.empty()) throw std::runtime_error("the fault proxy has failed: " + failure_);
        jobs_.push_back(&job);
    }
    wake();
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return job.done; });
    if (!job.failure.empty()) throw std::runtime_error(job.failure);
}

bool ProxyLoop::wait_for(const std::function<bool(const Traffic&)>& predicate, Clock::duration timeout) {
    const Deadline deadline(timeout);
    std::unique_lock lock(mutex_);
    return changed_.wait_until(lock, deadline.at(), [&] { return predicate(published_); });
}

void ProxyLoop::wake() {
    const uint64_t one = 1;
    if (write(wake_, &one, sizeof one) < 0) return;  // It is full: then the loop wakes anyway.
}

void ProxyLoop::run() {
    try {
        while (turn()) {
        }
    } catch (const std::exception& error) {
        fail(error.what());
    }
    links_.clear();
}

bool ProxyLoop::turn() {
    std::vector<pollfd> polls;
    look(polls);
    if (door_ == Door::Open) accept_all();
    do_jobs();
    size_t at = 2;  // After those of the wake-up and the listener; new links have none yet.
    for (ProxyLink& link : links_) {
        if (at + ProxyLink::kPolls > polls.size()) break;
        link.read_ready(&polls[at]);
        at += ProxyLink::kPolls;
    }
    for (ProxyLink& link : links_) link.pump();
    links_.remove_if([](const ProxyLink& link) { return link.finished(); });
    publish();
    std::scoped_lock lock(mutex_);
    return !ending_;
}

void ProxyLoop::look(std::vector<pollfd>& polls) {
    polls.push_back({wake_, POLLIN, 0});
    polls.push_back({door_ == Door::Open ? listener_ : -1, POLLIN, 0});
    for (const ProxyLink& link : links_) link.add_polls(polls);
    const auto until = patience();
    if (ppoll(polls.data(), polls.size(), until ? &*until : nullptr, nullptr) < 0 && errno != EINTR) {
        throw std::runtime_error(std::string("ppoll: ") + std::strerror(errno));
    }
    uint64_t ignored = 0;
    while (read(wake_, &ignored, sizeof ignored) > 0) {
    }
}

std::optional<timespec> ProxyLoop::patience() {
    std::optional<Clock::time_point> first;
    for (const ProxyLink& link : links_) {
        const auto due = link.due();
        if (due && (!first || *due < *first)) first = due;
    }
    if (!first) return std::nullopt;
    const auto ns = std::max<int64_t>(0, std::chrono::nanoseconds(*first - Clock::now()).count());
    return timespec{static_cast<time_t>(ns / 1'000'000'000), static_cast<long>(ns % 1'000'000'000)};
}

void ProxyLoop::do_jobs() {
    std::deque<Job*> jobs;
    {
        std::scoped_lock lock(mutex_);
        jobs.swap(jobs_);
    }
    for (Job* job : jobs) {
        std::string failure;
        try {
            (*job->work)();
        } catch (const std::exception& error) {
            failure = error.what();
        }
        std::scoped_lock lock(mutex_);
        job->failure = std::move(failure);
        job->done = true;
        changed_.notify_all();
    }
}

void ProxyLoop::accept_all() {
    for (;;) {
        const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (client < 0) return;
        const int yes = 1;
        setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        ++script_.traffic.connections;
        const int server = !upstream_                     ? -1
                           : upstream_->unix_path.empty() ? connect_tcp(upstream_->port)
                                                          : connect_unix(upstream_->unix_path);
        links_.emplace_back(client, server, script_);
        if (upstream_ && server < 0) links_.back().reset();
    }
}

const Traffic& ProxyLoop::count_traffic() {
    script_.traffic.open_connections = static_cast<size_t>(
        std::count_if(links_.begin(), links_.end(), [](const ProxyLink& link) { return link.client_present(); }));
    script_.traffic.kept_back = static_cast<size_t>(
        std::count_if(links_.begin(), links_.end(), [](const ProxyLink& link) { return link.keeps_back(); }));
    return script_.traffic;
}

void ProxyLoop::publish() {
    const Traffic& counted = count_traffic();
    std::scoped_lock lock(mutex_);
    published_ = counted;
    changed_.notify_all();
}

void ProxyLoop::fail(const std::string& why) {
    std::scoped_lock lock(mutex_);
    failure_ = why;
    for (Job* job : jobs_) {
        job->failure = "the fault proxy has failed: " + why;
        job->done = true;
    }
    jobs_.clear();
    changed_.notify_all();
}

void ProxyLoop::close_door() {
    for (const int filler : fillers_) close(filler);
    fillers_.clear();
    if (listener_ >= 0) close(listener_);
    listener_ = -1;
}

void ProxyLoop::set_door(Door door) {
    if (door == Door::Closed || door == Door::Full || door_ == Door::Full) close_door();
    if (door != Door::Closed && listener_ < 0) listener_ = listen_on(port(), door == Door::Full ? 0 : kBacklog);
    if (door == Door::Full) fill_queue();
    door_ = door;
}

// The queue is full when a connection of our own hangs.
void ProxyLoop::fill_queue() {
    for (int i = 0; i < kFillersMax; ++i) {
        const int filler = connect_tcp(port());
        if (filler < 0) throw std::runtime_error("the fault proxy could not fill its own queue");
        fillers_.push_back(filler);
        pollfd wanted{filler, POLLOUT, 0};
        if (poll(&wanted, 1, kFillerPatienceMs) == 0) return;
    }
    throw std::runtime_error("this kernel's queue of connections does not fill up");
}

}  // namespace aurelis::rig
