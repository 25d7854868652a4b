// How the fault proxy's port treats new connections, and what it does to existing ones.
#include "support/redis/fault_proxy.hpp"
#include "support/redis/redis_server.hpp"

#include "support/catch.hpp"

namespace aurelis::rig {
namespace {

constexpr auto kSoon = Milliseconds(10000);
constexpr auto kShort = Milliseconds(80);
const std::string kPing = "PING\r\n";
const std::string kPong = "+PONG\r\n";

std::string connect_failure(const FaultProxy& proxy, Clock::duration timeout) {
    try {
        Stream stream(proxy.endpoint(), timeout);
    } catch (const std::exception& error) {
        return error.what();
    }
    return "";
}

bool serves(const FaultProxy& proxy) {
    Stream stream(proxy.endpoint(), kSoon);
    stream.send(kPing);
    return stream.receive_exactly(kPong.size(), kSoon).bytes == kPong;
}

// The reset may come so soon that connecting already fails.
bool is_reset(const FaultProxy& proxy) {
    try {
        return Stream(proxy.endpoint(), kSoon).receive(kSoon).seen == Seen::Reset;
    } catch (const std::exception& error) {
        return std::string(error.what()).find("reset") != std::string::npos;
    }
}

TEST_CASE("closed door refuses until it opens again") {
    FaultProxy proxy;
    proxy.answer("PING", kPong);
    const uint16_t port = proxy.port();
    CHECK(serves(proxy));
    proxy.door(Door::Closed);
    CHECK(connect_failure(proxy, kSoon).find("refused") != std::string::npos);
    proxy.door(Door::Open);
    CHECK(proxy.port() == port);
    CHECK(serves(proxy));
}

TEST_CASE("full door lets a connection hang") {
    FaultProxy proxy;
    proxy.answer("PING", kPong);
    proxy.door(Door::Full);
    CHECK(connect_failure(proxy, kShort).find("took too long") != std::string::npos);
    CHECK(proxy.traffic().connections == 0);
    proxy.calm();
    CHECK(serves(proxy));
}

TEST_CASE("deaf door accepts, is silent, and serves later") {
    FaultProxy proxy;
    proxy.answer("PING", kPong);
    proxy.door(Door::Deaf);
    Stream stream(proxy.endpoint(), kSoon);
    stream.send(kPing);
    CHECK(stream.receive(kShort).seen == Seen::TimedOut);
    CHECK(proxy.traffic().connections == 0);
    proxy.door(Door::Open);
    CHECK(stream.receive_exactly(kPong.size(), kSoon).bytes == kPong);
}

TEST_CASE("reset reaches every present client and the server too") {
    RedisServer server;
    FaultProxy proxy(server.endpoint());
    Stream one(proxy.endpoint(), kSoon);
    Stream two(proxy.endpoint(), kSoon);
    one.send(kPing);
    CHECK(one.receive_exactly(kPong.size(), kSoon).bytes == kPong);
    CHECK(proxy.reset_all() == 2);
    CHECK(one.receive(kSoon).seen == Seen::Reset);
    CHECK(two.receive(kSoon).seen == Seen::Reset);
    CHECK(wait_until([&] { return server.client_count() == 0; }, kSoon));
    CHECK(serves(proxy));
}

TEST_CASE("half-closed client sees the end, and what it sends still arrives") {
    RedisServer server;
    FaultProxy proxy(server.endpoint());
    Stream stream(proxy.endpoint(), kSoon);
    stream.send(kPing);
    CHECK(stream.receive_exactly(kPong.size(), kSoon).bytes == kPong);
    CHECK(proxy.half_close_all(Direction::ToClient) == 1);
    CHECK(stream.receive(kSoon).seen == Seen::End);
    stream.send("SET key value\r\n");
    CHECK(wait_until([&] { return server.command({"GET", "key"}).text == "value"; }, kSoon));
}

TEST_CASE("half-closed server ends the talk") {
    RedisServer server;
    FaultProxy proxy(server.endpoint());
    Stream stream(proxy.endpoint(), kSoon);
    stream.send(kPing);
    CHECK(stream.receive_exactly(kPong.size(), kSoon).bytes == kPong);
    CHECK(proxy.half_close_all(Direction::ToServer) == 1);
    CHECK(stream.receive(kSoon).seen == Seen::End);
}

TEST_CASE("ends pass through in both directions") {
    RedisServer server;
    FaultProxy proxy(server.endpoint());
    {
        Stream leaving(proxy.endpoint(), kSoon);
        leaving.send(kPing);
        leaving.close_sending();
        CHECK(leaving.receive_all(kSoon).bytes == kPong);
    }
    CHECK(proxy.wait_for([](const Traffic& seen) { return seen.open_connections == 0; }, kSoon));
    Stream staying(proxy.endpoint(), kSoon);
    staying.send(kPing);
    CHECK(staying.receive_exactly(kPong.size(), kSoon).bytes == kPong);
    server.kill();
    const Seen seen = staying.receive(kSoon).seen;
    CHECK((seen == Seen::End || seen == Seen::Reset));
    CHECK(is_reset(proxy));
    server.restart();
    CHECK(serves(proxy));
}

TEST_CASE("black hole takes everything, the end of a client is seen all the same") {
    RedisServer server;
    FaultProxy proxy(server.endpoint());
    proxy.black_hole();
    {
        Stream stream(proxy.endpoint(), kSoon);
        stream.send("SET key value\r\n");
        CHECK(proxy.wait_for([](const Traffic& seen) { return seen.count("SET") == 1; }, kSoon));
        CHECK(stream.receive(kShort).seen == Seen::TimedOut);
    }
    CHECK(proxy.wait_for([](const Traffic& seen) { return seen.open_connections == 0; }, kSoon));
    proxy.calm();
    CHECK(serves(proxy));
    CHECK(server.command({"GET", "key"}).is_nil());
}

TEST_CASE("partition keeps everything back until it heals") {
    RedisServer server;
    FaultProxy proxy(server.endpoint());
    Stream stream(proxy.endpoint(), kSoon);
    proxy.partition();
    stream.send("SET key value\r\n");
    CHECK(proxy.wait_for([](const Traffic& seen) { return seen.commands == 1; }, kSoon));
    CHECK(stream.receive(kShort).seen == Seen::TimedOut);
    CHECK(server.command({"GET", "key"}).is_nil());
    proxy.flow(Direction::ToServer, Flow::Pass);
    CHECK(wait_until([&] { return server.command({"GET", "key"}).text == "value"; }, kSoon));
    CHECK(stream.receive(kShort).seen == Seen::TimedOut);
    proxy.calm();
    CHECK(stream.receive_exactly(5, kSoon).bytes == "+OK\r\n");
}

}  // namespace
}  // namespace aurelis::rig
