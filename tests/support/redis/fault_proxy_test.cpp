// What the fault proxy does to the traffic of a client and a server, seen by a bare socket.
#include "support/redis/fault_proxy.hpp"
#include "support/redis/redis_server.hpp"

#include "support/catch.hpp"

#include <atomic>
#include <thread>

namespace aurelis::rig {
namespace {

constexpr auto kSoon = Milliseconds(10000);
constexpr auto kShort = Milliseconds(80);
const std::string kPing = "PING\r\n";
const std::string kPong = "+PONG\r\n";

struct Talk {
    RedisServer server;
    FaultProxy proxy{server.endpoint()};
    Stream client{proxy.endpoint(), kSoon};

    std::string ask(const std::string& line, const std::string& expected) {
        client.send(line + "\r\n");
        return client.receive_exactly(expected.size(), kSoon).bytes;
    }
    bool silent() { return client.receive(kShort).seen == Seen::TimedOut; }
};

TEST_CASE("proxy keeps back what clients send, and lets it through after they have gone") {
    for (const bool reset : {false, true}) {
        RedisServer server;
        FaultProxy proxy(server.endpoint());
        {
            Stream client(proxy.endpoint(), kSoon);
            client.send("SET key before\r\n");
            REQUIRE(client.receive_exactly(5, kSoon).bytes == "+OK\r\n");
            CHECK(proxy.keep_back() == 1);
            client.send("SET key late\r\n");
            CHECK(proxy.wait_for([](const Traffic& seen) { return seen.count("SET") == 2; }, kSoon));
            if (reset) CHECK(proxy.keep_back_and_reset() == 1);
        }
        CHECK(proxy.wait_for([](const Traffic& seen) { return seen.open_connections == 0; }, kSoon));
        Stream other(proxy.endpoint(), kSoon);
        other.send("GET key\r\n");
        CHECK(other.receive_exactly(12, kSoon).bytes == "$6\r\nbefore\r\n");
        CHECK(proxy.traffic().kept_back == 1);
        proxy.let_through();
        CHECK(proxy.wait_for([](const Traffic& seen) { return seen.kept_back == 0; }, kSoon));
        CHECK(server.must({"GET", "key"}).text == "late");
    }
}

TEST_CASE("proxy passes on and counts") {
    Talk talk;
    CHECK(talk.ask("SET key value", "+OK\r\n") == "+OK\r\n");
    CHECK(talk.ask("get key", "$5\r\nvalue\r\n") == "$5\r\nvalue\r\n");
    const Traffic seen = talk.proxy.traffic();
    CHECK(seen.connections == 1);
    CHECK(seen.open_connections == 1);
    CHECK(seen.commands == 2);
    CHECK(seen.replies == 2);
    CHECK(seen.count("SET") == 1);
    CHECK(seen.count("GET") == 1);
    CHECK(seen.count("DEL") == 0);
    CHECK(seen.bytes_from_clients == 24);
    CHECK(seen.bytes_to_clients == 16);
}

TEST_CASE("proxy passes large binary values unharmed") {
    Talk talk;
    const std::string value = hostile::garbage(10'000'000, 7);
    RespClient client(talk.proxy.endpoint());
    CHECK(client.command({"SET", "key", value}).ok());
    CHECK((client.command({"GET", "key"}).text == value));
    CHECK((talk.server.command({"GET", "key"}).text == value));
}

TEST_CASE("proxy reaches its server by Unix socket") {
    RedisServer server;
    FaultProxy proxy(server.unix_endpoint());
    CHECK(RespClient(proxy.endpoint()).command({"PING"}).text == "PONG");
}

TEST_CASE("delay holds each direction back, and calm() ends it") {
    Talk talk;
    const Direction direction = GENERATE(Direction::ToServer, Direction::ToClient);
    talk.proxy.delay(direction, Milliseconds(60));
    const auto before = Clock::now();
    CHECK(talk.ask("PING", kPong) == kPong);
    CHECK(Clock::now() - before >= Milliseconds(60));

    talk.proxy.delay(direction, std::chrono::hours(1));
    talk.client.send(kPing);
    CHECK(talk.proxy.wait_for([](const Traffic& seen) { return seen.commands == 2; }, kSoon));
    talk.proxy.calm();
    CHECK(talk.client.receive_exactly(kPong.size(), kSoon).bytes == kPong);
}

TEST_CASE("drip gives a reply out in small pieces over time") {
    Talk talk;
    talk.proxy.drip(Direction::ToClient, 2, Milliseconds(20));
    const auto before = Clock::now();
    talk.client.send(kPing);
    CHECK(talk.client.receive(kSoon).bytes.size() == 2);
    CHECK(talk.client.receive_exactly(5, kSoon).bytes == "ONG\r\n");
    CHECK(Clock::now() - before >= Milliseconds(60));
}

TEST_CASE("swallowed reply is lost though the command was executed") {
    Talk talk;
    talk.proxy.fault({"set", 2, ""}, ReplyFault::swallow());
    CHECK(talk.ask("SET a 1", "+OK\r\n") == "+OK\r\n");
    CHECK(talk.ask("PING", kPong) == kPong);
    talk.client.send("SET b 2\r\n");
    CHECK(talk.proxy.wait_for([](const Traffic& seen) { return seen.faults == 1; }, kSoon));
    CHECK(talk.silent());
    CHECK(talk.server.command({"GET", "b"}).text == "2");
    CHECK(talk.ask("PING", kPong) == kPong);
}

TEST_CASE("swallowed reply may end in a reset") {
    Talk talk;
    talk.proxy.fault({"SET", 1, ""}, ReplyFault::swallow(ReplyFault::Then::Reset));
    talk.client.send("SET a 1\r\n");
    const Received received = talk.client.receive(kSoon);
    CHECK(received.seen == Seen::Reset);
    CHECK(talk.server.command({"GET", "a"}).text == "1");
}

TEST_CASE("fault meets the command that contains the bytes") {
    Talk talk;
    talk.proxy.fault({"GET", 1, "second"}, ReplyFault::replace("$5\r\nwrong\r\n"));
    talk.client.send("GET first\r\nGET second\r\nGET third\r\n");
    const std::string expected = "$-1\r\n$5\r\nwrong\r\n$-1\r\n";
    CHECK(talk.client.receive_exactly(expected.size(), kSoon).bytes == expected);
}

TEST_CASE("duplicated reply comes twice") {
    Talk talk;
    talk.proxy.fault({}, ReplyFault::duplicate());
    CHECK(talk.ask("PING", kPong + kPong) == kPong + kPong);
    CHECK(talk.ask("ECHO x", "$1\r\nx\r\n") == "$1\r\nx\r\n");
}

TEST_CASE("truncated reply stops where it was told to") {
    Talk talk;
    talk.server.must({"SET", "key", "0123456789"});
    SECTION("and then nothing comes") {
        talk.proxy.fault({"GET"}, ReplyFault::truncate(8));
        CHECK(talk.ask("GET key", "$10\r\n012") == "$10\r\n012");
        CHECK(talk.silent());
    }
    SECTION("and then the end comes") {
        talk.proxy.fault({"GET"}, ReplyFault::truncate(8, ReplyFault::Then::End));
        talk.client.send("GET key\r\n");
        const Received received = talk.client.receive_all(kSoon);
        CHECK(received.bytes == "$10\r\n012");
        CHECK(received.seen == Seen::End);
    }
    SECTION("and then a reset comes") {
        talk.proxy.fault({"GET"}, ReplyFault::truncate(8, ReplyFault::Then::Reset));
        talk.client.send("GET key\r\n");
        const Received received = talk.client.receive_all(kSoon);
        CHECK(received.bytes == "$10\r\n012");
        CHECK(received.seen == Seen::Reset);
    }
}

TEST_CASE("reset comes after the given number of bytes") {
    Talk talk;
    talk.server.must({"SET", "key", std::string(100'000, 'x')});
    talk.proxy.reset_after(5000);
    talk.client.send("GET key\r\n");
    const Received received = talk.client.receive_all(kSoon);
    CHECK(received.bytes.size() == 5000);
    CHECK(received.seen == Seen::Reset);
    CHECK(talk.proxy.traffic().faults == 1);
    CHECK(RespClient(talk.proxy.endpoint()).command({"PING"}).text == "PONG");
}

TEST_CASE("calm() forgets faults that have not happened") {
    Talk talk;
    talk.proxy.fault({}, ReplyFault::swallow());
    talk.proxy.reset_after(3);
    talk.proxy.calm();
    CHECK(talk.ask("PING", kPong) == kPong);
    CHECK(talk.proxy.traffic().faults == 0);
}

TEST_CASE("fake server answers, greets, injects, and keeps silent on the rest") {
    FaultProxy proxy;
    proxy.greet_with("-LOADING soon\r\n");
    Stream client(proxy.endpoint(), kSoon);
    CHECK(client.receive_exactly(15, kSoon).bytes == "-LOADING soon\r\n");
    proxy.answer("ping", kPong);
    client.send(encode({"GET", "a"}) + encode({"PING"}));
    CHECK(client.receive_exactly(kPong.size(), kSoon).bytes == kPong);
    CHECK(client.receive(kShort).seen == Seen::TimedOut);
    CHECK(proxy.inject(":5\r\n") == 1);
    CHECK(client.receive_exactly(4, kSoon).bytes == ":5\r\n");
    proxy.forget_answers();
    client.send(kPing);
    CHECK(proxy.wait_for([](const Traffic& seen) { return seen.count("PING") == 2; }, kSoon));
    CHECK(client.receive(kShort).seen == Seen::TimedOut);
}

TEST_CASE("responder's answers keep their place among the server's") {
    Talk talk;
    talk.server.must({"SET", "key", "real"});
    talk.proxy.answer_with([](const std::vector<std::string>& words) -> std::optional<std::string> {
        if (words.size() == 2 && words[1] == "fake") return "$4\r\nfake\r\n";
        return std::nullopt;
    });
    const std::string expected = "$4\r\nreal\r\n$4\r\nfake\r\n$4\r\nreal\r\n";
    talk.client.send("GET key\r\nGET fake\r\nGET key\r\n");
    CHECK(talk.client.receive_exactly(expected.size(), kSoon).bytes == expected);
}

TEST_CASE("hostile answers arrive as they are") {
    const std::string bytes =
        GENERATE(hostile::huge_bulk(), hostile::huge_array(), hostile::negative_count(), hostile::negative_bulk(),
                 hostile::nested_arrays(10'000), hostile::endless_line(1'000'000), hostile::garbage(5000, 1),
                 hostile::wrong_bulk_end());
    SECTION("from a fake server") {
        FaultProxy proxy;
        proxy.answer("", bytes);
        Stream client(proxy.endpoint(), kSoon);
        client.send(kPing);
        CHECK((client.receive_exactly(bytes.size(), kSoon).bytes == bytes));
    }
    SECTION("in place of a real one's reply") {
        Talk talk;
        talk.proxy.fault({"PING"}, ReplyFault::replace(bytes, ReplyFault::Then::End));
        talk.client.send(kPing);
        const Received received = talk.client.receive_all(kSoon);
        CHECK((received.bytes == bytes));
        CHECK(received.seen == Seen::End);
    }
    SECTION("from a real server that speaks no RESP") {
        FaultProxy odd;
        odd.answer("", bytes);
        FaultProxy proxy(odd.endpoint());
        Stream client(proxy.endpoint(), kSoon);
        client.send(kPing);
        CHECK((client.receive_exactly(bytes.size(), kSoon).bytes == bytes));
    }
}

TEST_CASE("messages on a subscribed connection belong to its SUBSCRIBE") {
    Talk talk;
    RespClient listener(talk.proxy.endpoint());
    CHECK(listener.command({"SUBSCRIBE", "news"}).elements.at(0).text == "subscribe");
    talk.proxy.fault({"SUBSCRIBE", 2, ""}, ReplyFault::swallow());
    for (const std::string text : {"one", "two", "three"}) talk.server.must({"PUBLISH", "news", text});
    CHECK(listener.read_reply().elements.at(2).text == "one");
    CHECK(listener.read_reply().elements.at(2).text == "three");
}

TEST_CASE("TLS passes as bytes, and can be reset") {
    RedisOptions options;
    options.tls = true;
    RedisServer server(options);
    FaultProxy proxy(server.endpoint());
    const TlsFiles files = TestCertificates::shared().client_files();
    RespClient client(proxy.endpoint(), std::nullopt, &files);
    CHECK(client.command({"SET", "key", "value"}).ok());
    CHECK(proxy.traffic().commands == 0);
    CHECK(proxy.reset_all() == 1);
    CHECK(client.stream().receive(kSoon).seen == Seen::Reset);
}

TEST_CASE("wait_for() gives up when its time is over") {
    FaultProxy proxy;
    CHECK_FALSE(proxy.wait_for([](const Traffic& seen) { return seen.connections > 0; }, Milliseconds(20)));
}

TEST_CASE("proxy stands many clients while its script changes") {
    RedisServer server;
    FaultProxy proxy(server.endpoint());
    std::atomic<bool> ending{false};
    std::atomic<int> wrong{0};
    std::vector<std::thread> clients;
    for (int i = 0; i < 4; ++i) {
        clients.emplace_back([&, i] {
            const std::string mine = std::to_string(i);
            while (!ending) {
                try {
                    RespClient client(proxy.endpoint(), std::nullopt, nullptr, Milliseconds(500));
                    for (int round = 0; round < 20; ++round) {
                        if (client.command({"ECHO", mine}).text != mine) ++wrong;
                    }
                } catch (const std::exception&) {
                    continue;  // It was reset or lost its reply, as it should.
                }
            }
        });
    }
    for (int round = 0; round < 50; ++round) {
        proxy.fault({"ECHO", 3, ""}, ReplyFault::truncate(1, ReplyFault::Then::Reset));
        proxy.delay(Direction::ToClient, std::chrono::microseconds(round));
        proxy.reset_all();
        const size_t seen = proxy.traffic().commands;
        CHECK(proxy.wait_for([&](const Traffic& now) { return now.commands > seen + 20; }, kSoon));
    }
    ending = true;
    for (std::thread& client : clients) client.join();
    CHECK(wrong == 0);
    CHECK(proxy.traffic().faults >= 20);
}

}  // namespace
}  // namespace aurelis::rig
