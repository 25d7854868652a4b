// Real servers start, stop, pause, come back, and are never left running.
#include "support/redis/redis_server.hpp"

#include "support/catch.hpp"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <thread>

namespace aurelis::rig {
namespace {

// The part if it is in the text, else the text, so that a failed comparison shows it.
std::string found(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos ? part : text;
}

bool process_lives(pid_t pid) {
    const std::string stat = read_file("/proc/" + std::to_string(pid) + "/stat");
    const size_t name_end = stat.rfind(')');
    return name_end != std::string::npos && stat.at(name_end + 2) != 'Z';
}

std::string failure_of(const std::function<void()>& work) {
    try {
        work();
    } catch (const std::exception& error) {
        return error.what();
    }
    return "";
}

TEST_CASE("server serves on its port and its Unix socket") {
    RedisServer server;
    RespClient over_tcp(server.endpoint());
    RespClient over_unix(server.unix_endpoint());
    CHECK(over_tcp.command({"SET", "key", std::string("a\0\r\n", 4)}).ok());
    CHECK(over_unix.command({"GET", "key"}).text == std::string("a\0\r\n", 4));
    CHECK(over_unix.command({"MGET", "key", "none"}).elements.at(1).is_nil());
    CHECK(server.client_count() == 2);
    CHECK_FALSE(server.version().empty());
}

TEST_CASE("server can do without a port") {
    RedisOptions options;
    options.tcp = false;
    RedisServer server(options);
    CHECK(server.port() == 0);
    CHECK(RespClient(server.endpoint()).command({"PING"}).text == "PONG");
}

TEST_CASE("stopped server refuses, and comes back on the same port without its data") {
    RedisServer server;
    const uint16_t port = server.port();
    server.must({"SET", "key", "value"});
    server.stop();
    CHECK_FALSE(server.running());
    CHECK(found(failure_of([&] { RespClient client(Endpoint::tcp(port)); }), "refused") == "refused");

    server.restart();
    CHECK(server.port() == port);
    CHECK(server.command({"GET", "key"}).is_nil());
}

TEST_CASE("killed server with an append-only file comes back with its data") {
    RedisOptions options;
    options.settings = {{"appendonly", "yes"}, {"appendfsync", "always"}};
    RedisServer server(options);
    RespClient client(server.endpoint());
    client.must({"SET", "key", "value"});
    server.kill();
    CHECK(failure_of([&] { client.command({"PING"}); }) != "");
    server.restart();
    CHECK(server.command({"GET", "key"}).text == "value");
}

TEST_CASE("paused server lets clients connect and says nothing until it is resumed") {
    RedisServer server;
    server.pause();
    Stream client(server.endpoint(), Milliseconds(2000));
    client.send("PING\r\n");
    CHECK(client.receive(Milliseconds(100)).seen == Seen::TimedOut);
    server.resume();
    CHECK(client.receive_exactly(7, Milliseconds(5000)).bytes == "+PONG\r\n");
}

TEST_CASE("paused server can be stopped") {
    RedisServer server;
    server.pause();
    server.stop();
    CHECK_FALSE(server.running());
    CHECK(found(failure_of([&] { server.pause(); }), "does not run") == "does not run");
}

TEST_CASE("server that loads is there before it serves") {
    RedisOptions options;
    options.settings = {
        {"rdbcompression", "no"}, {"key-load-delay", "20000"}, {"loading-process-events-interval-bytes", "1024"}};
    RedisServer server(options);
    for (int i = 0; i < 50; ++i) server.must({"SET", "key" + std::to_string(i), std::string(500, 'x')});
    server.must({"SAVE"});
    server.restart(RedisServer::Ready::Answers);
    CHECK(found(server.command({"GET", "key1"}).text, "LOADING") == "LOADING");
    server.await(RedisServer::Ready::Serves);
    CHECK(server.command({"DBSIZE"}).integer == 50);
}

TEST_CASE("server has passwords and users, and the rig keeps its own way in") {
    RedisOptions options;
    options.password = "open hunter2 \"\\";
    options.users = {"alice on >hunter2 ~cache:* +@all"};
    RedisServer server(options);
    CHECK(found(RespClient(server.endpoint()).command({"PING"}).text, "NOAUTH") == "NOAUTH");
    CHECK(RespClient(server.endpoint(), Credentials{"default", options.password}).command({"PING"}).text == "PONG");
    RespClient alice(server.endpoint(), Credentials{"alice", "hunter2"});
    CHECK(alice.command({"SET", "cache:1", "x"}).ok());
    CHECK(found(alice.command({"SET", "other:1", "x"}).text, "NOPERM") == "NOPERM");
    CHECK(found(failure_of([&] {
                    RespClient(server.endpoint(), Credentials{"alice", "wrong"});
                }),
                "WRONGPASS") == "WRONGPASS");
    CHECK(server.command({"GET", "cache:1"}).text == "x");
}

TEST_CASE("server with little memory refuses writes") {
    RedisOptions options;
    options.settings = {{"maxmemory", "2mb"}, {"maxmemory-policy", "noeviction"}};
    RedisServer server(options);
    Reply last;
    for (int i = 0; i < 100 && !last.is_error(); ++i) {
        last = server.command({"SET", "key" + std::to_string(i), std::string(100'000, 'x')});
    }
    CHECK(found(last.text, "OOM") == "OOM");
}

TEST_CASE("server speaks TLS to those who trust its authority") {
    const TestCertificates& files = TestCertificates::shared();
    const TlsFiles client = files.client_files();
    RedisOptions options;
    options.tls = true;
    RedisServer server(options);
    RespClient secure(server.endpoint(), std::nullopt, &client);
    CHECK(secure.command({"SET", "key", std::string(100'000, 'x')}).ok());
    CHECK(secure.command({"GET", "key"}).text.size() == 100'000);

    TlsFiles stranger = client;
    stranger.ca = files.other_ca();
    CHECK(found(failure_of([&] { RespClient(server.endpoint(), std::nullopt, &stranger); }), "verify failed") ==
          "verify failed");
    Stream plain(server.endpoint(), Milliseconds(2000));
    plain.send("PING\r\n");
    CHECK(plain.receive(Milliseconds(5000)).bytes.find("PONG") == std::string::npos);
}

TEST_CASE("server with a bad certificate is refused by a careful client only") {
    const TestCertificates& files = TestCertificates::shared();
    RedisOptions options;
    options.tls = true;
    options.tls_certificate = GENERATE_REF(files.wrong_host_certificate(), files.expired_certificate());
    RedisServer server(options);
    const TlsFiles careful = files.client_files();
    const TlsFiles careless;
    CHECK(found(failure_of([&] { RespClient(server.endpoint(), std::nullopt, &careful); }), "verify failed") ==
          "verify failed");
    CHECK(RespClient(server.endpoint(), std::nullopt, &careless).command({"PING"}).text == "PONG");
}

TEST_CASE("server can demand a client's certificate") {
    const TlsFiles good = TestCertificates::shared().client_files();
    TlsFiles nameless = good;
    nameless.certificate.clear();
    RedisOptions options;
    options.tls = options.tls_client_certificate = true;
    RedisServer server(options);
    CHECK(RespClient(server.endpoint(), std::nullopt, &good).command({"PING"}).text == "PONG");
    CHECK(failure_of([&] { RespClient(server.endpoint(), std::nullopt, &nameless).command({"PING"}); }) != "");
}

TEST_CASE("server that cannot start says why") {
    RedisOptions options;
    options.settings = {{"no-such-setting", "1"}};
    CHECK(found(failure_of([&] { RedisServer server(options); }), "no-such-setting") == "no-such-setting");
}

TEST_CASE("rig's connection survives being thrown out") {
    RedisServer server;
    server.must({"SET", "key", "value"});
    RespClient other = server.connect();
    other.must({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
    CHECK(server.command({"GET", "key"}).text == "value");
}

TEST_CASE("servers do not share ports, and outlive the thread that started them") {
    std::unique_ptr<RedisServer> first, second;
    std::thread([&] { first = std::make_unique<RedisServer>(); }).join();
    std::thread([&] { second = std::make_unique<RedisServer>(); }).join();
    CHECK(first->port() != second->port());
    CHECK(first->command({"PING"}).text == "PONG");
    CHECK(second->command({"PING"}).text == "PONG");
}

TEST_CASE("server's end removes the process and the folder") {
    auto server = std::make_unique<RedisServer>();
    const pid_t pid = server->pid();
    const std::string folder = server->folder();
    CHECK(process_lives(pid));
    server.reset();
    CHECK_FALSE(process_lives(pid));
    CHECK_FALSE(std::filesystem::exists(folder));
}

TEST_CASE("part of the next case: starts a server and is killed", "[.dies]") {
    RedisServer server;
    write_file(std::getenv("AURELIS_RIG_PID_FILE"), std::to_string(server.pid()) + " " + server.folder());
    raise(SIGKILL);
}

TEST_CASE("server dies with a test that is killed, and the next test removes its folder") {
    TempFolder folder;
    setenv("AURELIS_RIG_PID_FILE", folder.file("pid").c_str(), 1);
    ChildProcess test({"/proc/self/exe", "[.dies]"}, folder.file("output"));
    REQUIRE(test.await_exit(Milliseconds(30000)));
    std::istringstream said(read_file(folder.file("pid")));
    pid_t pid = 0;
    std::string left_over;
    said >> pid >> left_over;
    REQUIRE(pid > 0);
    CHECK(wait_until([&] { return !process_lives(pid); }, Milliseconds(10000)));
    remove_left_overs();
    CHECK_FALSE(std::filesystem::exists(left_over));
    CHECK(std::filesystem::exists(folder.path()));
}

}  // namespace
}  // namespace aurelis::rig
