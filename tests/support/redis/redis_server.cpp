// Starting, stopping and asking one redis-server.
#include "support/redis/redis_server.hpp"

#include <csignal>
#include <random>
#include <sstream>
#include <stdexcept>

namespace aurelis::rig {

namespace {

constexpr auto kStopTimeout = std::chrono::seconds(10);
constexpr size_t kLogBytesShown = 3000;
constexpr const char* kPortTaken = "Address already in use";

std::string random_password() {
    std::random_device random;
    std::ostringstream text;
    for (int i = 0; i < 4; ++i) text << std::hex << random();
    return text.str();
}

std::string quoted(const std::string& text) {
    std::string all = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') all += '\\';
        all += c;
    }
    return all + "\"";
}

// These take several words, the others a single one that may be empty or contain blanks.
bool takes_words(const std::string& name) {
    return name == "save" || name == "user" || name == "sentinel" || name == "bind" || name == "loadmodule" ||
           name == "client-output-buffer-limit" || name == "rename-command" || name == "replicaof";
}

std::string setting_line(const std::string& name, const std::string& value) {
    return name + " " + (takes_words(name) && !value.empty() ? value : quoted(value)) + "\n";
}

}  // namespace

const Credentials& RedisServer::rig_user() {
    static const Credentials user{"rig", random_password()};
    return user;
}

RedisServer::RedisServer(RedisOptions options, Mode mode, Ready ready) : options_(std::move(options)), mode_(mode) {
    launch();
    await(ready);
}

RedisServer::~RedisServer() = default;

Endpoint RedisServer::endpoint() const { return lease_ ? Endpoint::tcp(lease_->port()) : unix_endpoint(); }

std::string RedisServer::log() const { return read_file(folder_.file("output.log")); }

std::string RedisServer::place() const { return "redis-server on " + endpoint().text(); }

std::string RedisServer::configuration() const {
    std::ostringstream lines;
    const std::string port = std::to_string(this->port());
    lines << "bind 127.0.0.1\nprotected-mode no\ndaemonize no\n"
          << "port " << (options_.tls ? "0" : port) << "\n"
          << "dir " << quoted(folder_.path()) << "\n"
          << "unixsocket " << quoted(unix_endpoint().unix_path) << "\nunixsocketperm 700\n"
          << "user " << rig_user().user << " on >" << rig_user().password << " ~* &* +@all\n";
    if (options_.tls) {
        const TestCertificates& files = TestCertificates::shared();
        const bool own = options_.tls_certificate.empty();
        lines << "tls-port " << port << "\ntls-replication yes\n"
              << "tls-cert-file " << quoted(own ? files.server_certificate() : options_.tls_certificate) << "\n"
              << "tls-key-file " << quoted(files.server_key()) << "\ntls-ca-cert-file " << quoted(files.ca()) << "\n"
              << "tls-auth-clients " << (options_.tls_client_certificate ? "yes" : "no") << "\n";
        if (mode_ == Mode::Cluster) lines << "tls-cluster yes\n";
    }
    if (mode_ == Mode::Cluster) lines << "cluster-enabled yes\ncluster-config-file nodes.conf\n";
    if (mode_ != Mode::Sentinel) {
        lines << "save \"\"\nappendonly no\nenable-debug-command yes\nshutdown-timeout 0\nrepl-diskless-sync-delay 0\n"
              << "masteruser " << rig_user().user << "\nmasterauth " << rig_user().password << "\n";
    }
    if (!options_.password.empty()) lines << "requirepass " << quoted(options_.password) << "\n";
    for (const std::string& user : options_.users) lines << "user " << user << "\n";
    for (const auto& [name, value] : options_.settings) lines << setting_line(name, value);
    return lines.str();
}

void RedisServer::launch() {
    if (options_.tcp && !lease_) {
        lease_ = std::make_unique<PortLease>(mode_ == Mode::Cluster ? PortLease::Bus::Yes : PortLease::Bus::No);
    }
    const std::string file = folder_.file("redis.conf");
    // Sentinels keep what they have learnt in this file.
    if (mode_ != Mode::Sentinel || !has_served_) write_file(file, configuration());
    std::vector<std::string> argv = {"redis-server", file};
    if (mode_ == Mode::Sentinel) argv.push_back("--sentinel");
    write_file(folder_.file("output.log"), "");
    process_ = std::make_unique<ChildProcess>(argv, folder_.file("output.log"));
}

bool RedisServer::answers(Ready ready) {
    try {
        const Reply reply = RespClient(unix_endpoint(), rig_user(), nullptr, Milliseconds(1000)).command({"PING"});
        return ready == Ready::Answers || reply.text == "PONG";
    } catch (const std::runtime_error&) {
        return false;  // It does not listen yet; await() has the time limit.
    }
}

void RedisServer::launch_again() {
    std::string said = log();
    if (said.find(kPortTaken) == std::string::npos) {
        if (said.size() > kLogBytesShown) said.erase(0, said.size() - kLogBytesShown);
        throw std::runtime_error(place() + " ended during its start; it said:\n" + said);
    }
    if (!has_served_) lease_.reset();
    launch();
}

void RedisServer::await(Ready ready, Clock::duration timeout) {
    if (ready == Ready::NotAwaited) return;
    require_soon(
        "the start of " + place(),
        [&] {
            if (!running()) launch_again();
            return answers(ready);
        },
        timeout, Milliseconds(5));
    has_served_ = true;
}

void RedisServer::stop() {
    control_.reset();
    if (!running()) return;
    process_->signal(SIGTERM);
    process_->signal(SIGCONT);
    if (process_->await_exit(kStopTimeout)) return;
    process_->kill_and_reap();
    throw std::runtime_error(place() + " did not end after SIGTERM; it was killed. It said:\n" + log());
}

void RedisServer::kill() {
    control_.reset();
    process_->kill_and_reap();
}

void RedisServer::pause() {
    if (!process_->signal(SIGSTOP)) throw std::runtime_error(place() + " does not run; it cannot be paused");
    process_->await_stop(kStopTimeout);
}

void RedisServer::resume() {
    if (!process_->signal(SIGCONT)) throw std::runtime_error(place() + " does not run; it cannot be resumed");
}

void RedisServer::restart(Ready ready) {
    stop();
    launch();
    await(ready);
}

RespClient RedisServer::connect() const { return RespClient(unix_endpoint(), rig_user()); }

Reply RedisServer::command(const Command& command) {
    try {
        if (control_) control_->poll_reply(Milliseconds(0));
    } catch (const std::runtime_error&) {
        control_.reset();  // A CLIENT KILL may have hit it.
    }
    if (!control_) control_.emplace(connect());
    try {
        return control_->command(command);
    } catch (const std::runtime_error& error) {
        control_.reset();
        throw std::runtime_error(place() + ": " + command.at(0) + ": " + error.what());
    }
}

Reply RedisServer::must(const Command& command) {
    Reply reply = this->command(command);
    if (reply.is_error()) throw std::runtime_error(place() + ": " + command.at(0) + ": " + reply.text);
    return reply;
}

std::string RedisServer::info(const std::string& field) {
    std::istringstream lines(must({"INFO", "everything"}).text);
    std::string line;
    while (std::getline(lines, line)) {
        if (line.compare(0, field.size() + 1, field + ":") != 0) continue;
        if (!line.empty() && line.back() == '\r') line.pop_back();
        return line.substr(field.size() + 1);
    }
    return "";
}

std::string RedisServer::version() { return info("redis_version"); }

size_t RedisServer::client_count() {
    std::istringstream lines(must({"CLIENT", "LIST"}).text);
    std::string line;
    size_t count = 0;
    while (std::getline(lines, line)) {
        const size_t flags = line.find(" flags=");
        const std::string set = flags == std::string::npos ? "" : line.substr(flags + 7, line.find(' ', flags + 1));
        const std::string letters = set.substr(0, set.find(' '));
        const bool own = line.find(" user=" + rig_user().user + " ") != std::string::npos;
        if (!line.empty() && !own && letters.find_first_of("MS") == std::string::npos) ++count;
    }
    return count;
}

}  // namespace aurelis::rig
