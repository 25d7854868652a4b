// A real redis-server for one test: on a Unix socket and a loopback port, in a temporary folder, ready when the
// constructor returns, gone when the destructor does. The rig talks to it over a private Unix socket as an ACL user of
// its own, so arranging and inspecting work whatever passwords, TLS and users the test has set up. One thread at a
// time.
#pragma once

#include "support/redis/child_process.hpp"
#include "support/redis/endpoint.hpp"
#include "support/redis/port_lease.hpp"
#include "support/redis/resp_client.hpp"
#include "support/redis/temp_folder.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace aurelis::rig {

struct RedisOptions {
    bool tcp = true;  // The Unix socket is always there.
    // TLS on the TCP port, with the shared test certificates; the port then accepts nothing else.
    bool tls = false;
    bool tls_client_certificate = false;  // The server demands one.
    std::string tls_certificate;     // Another server certificate, such as expired_certificate(); its key is shared.
    std::string password;            // requirepass: the password of the user "default".
    std::vector<std::string> users;  // ACL rules: "alice on >secret ~cache:* +@all", "default off".
    // Lines of redis.conf: {"maxmemory", "8mb"}, {"save", ""}. They come last, so they win.
    std::vector<std::pair<std::string, std::string>> settings;
};

class RedisServer {
public:
    enum class Mode { Single, Cluster, Sentinel };
    // What the constructor, restart() and await() wait for: the server serves, or it merely answers (perhaps -LOADING).
    enum class Ready { Serves, Answers, NotAwaited };

    explicit RedisServer(RedisOptions options = {}, Mode mode = Mode::Single, Ready ready = Ready::Serves);
    ~RedisServer();

    Endpoint endpoint() const;  // The TCP port; the Unix socket if there is none.
    Endpoint unix_endpoint() const { return Endpoint::unix_socket(folder_.file("redis.sock")); }
    uint16_t port() const noexcept { return lease_ ? lease_->port() : 0; }
    const std::string& folder() const noexcept { return folder_.path(); }
    pid_t pid() const { return process_ ? process_->pid() : -1; }
    std::string log() const;
    std::string version();  // "7.0.15"

    // SIGTERM, waited for; SIGKILL, waited for. Both are fine on a server that is stopped or paused.
    void stop();
    void kill();
    // SIGSTOP and SIGCONT: the kernel still accepts connections, but there are no answers.
    void pause();
    void resume();
    // On the same port and folder; what was not made durable is lost. Stops it first if it runs.
    void restart(Ready ready = Ready::Serves);
    bool running() const { return process_ && process_->running(); }

    // As the rig's own user, over the Unix socket; reconnects by itself after a restart.
    Reply command(const Command& command);
    // The same, throwing when the reply is an error.
    Reply must(const Command& command);
    // A field of INFO, such as "connected_slaves"; empty if there is none.
    std::string info(const std::string& field);
    // How many connections there are besides the rig's and those of replicas.
    size_t client_count();
    // A new connection of the rig's user, for SUBSCRIBE, MONITOR and the like.
    RespClient connect() const;

    // The user that every server of the rig knows; for masteruser and its like.
    static const Credentials& rig_user();

    // Start-up in two steps, so that several servers can start at once: construct with NotAwaited, then await.
    void await(Ready ready, Clock::duration timeout = Milliseconds(20000));

private:
    std::string configuration() const;
    void launch();
    bool answers(Ready ready);
    void launch_again();
    std::string place() const;

    RedisOptions options_;
    Mode mode_;
    TempFolder folder_;
    std::unique_ptr<PortLease> lease_;
    std::unique_ptr<ChildProcess> process_;
    bool has_served_ = false;  // Its port is known to others, so it must not change any more.
    std::optional<RespClient> control_;
};

}  // namespace aurelis::rig
