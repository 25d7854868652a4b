// The backend redis when servers and networks fail: the status is right, the deadline holds, a connection in doubt is
// never used again, and a server that comes back is used without any intervention.
#include "redis_bench.hpp"
#include "support/catch.hpp"

#include <dlfcn.h>
#include <netdb.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

using namespace redis_test;
using aurelis::rig::Direction;
using aurelis::rig::Door;
using aurelis::rig::Flow;
using aurelis::rig::ReplyFault;

namespace hostile = aurelis::rig::hostile;

namespace {

constexpr int64_t kSlackMs = 150;  // For a machine that is busy with other tests.

// A get with a deadline of its own, by the host's clock.
struct Timed {
    aurelis_status status;
    int64_t ms;
};
template <typename Ask>
Timed within(Store& store, int64_t limit_ms, Ask&& ask) {
    Timed timed{};
    aurelis_call call = store->call();
    call.deadline_mono = store.host.table()->now_mono(store.host.table()) + limit_ms * kMillisecond;
    timed.ms = took_ms([&] { timed.status = ask(call); });
    return timed;
}

Timed get_within(Store& store, int64_t limit_ms, const std::string& name = "key") {
    return within(store, limit_ms, [&](aurelis_call& call) {
        const aurelis_key key = store->key(name);
        aurelis_entry entry{};
        const aurelis_status status = store->ops().get(store->store(), &call, &key, &entry);
        aurelis_buf_release(&entry.value);
        return status;
    });
}

Timed set_within(Store& store, int64_t limit_ms, const std::string& name, std::string_view value) {
    return within(store, limit_ms, [&](aurelis_call& call) {
        const aurelis_key key = store->key(name);
        const aurelis_write write = Instance::write(value, {});
        return store->ops().set(store->store(), &call, &key, &write, nullptr);
    });
}

// "hangs.example" is not resolved until the gate opens.
std::mutex gate_mutex;
std::condition_variable gate_changed;
bool gate_open = true;
void set_gate(bool open) {
    std::scoped_lock lock(gate_mutex);
    gate_open = open;
    gate_changed.notify_all();
}

}  // namespace

// Replaces the C library's, for the plugin, too: a name server that hangs.
extern "C" __attribute__((visibility("default"))) int getaddrinfo(const char* host, const char* service,
                                                                  const addrinfo* hints, addrinfo** out) {
    using Function = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
    static const auto real = reinterpret_cast<Function>(dlsym(RTLD_NEXT, "getaddrinfo"));
    if (host != nullptr && std::string(host) == "hangs.example") {
        if (hints != nullptr && (hints->ai_flags & AI_NUMERICHOST) != 0) return EAI_NONAME;
        std::unique_lock lock(gate_mutex);
        gate_changed.wait(lock, [] { return gate_open; });
        return real("127.0.0.1", service, hints, out);
    }
    return real(host, service, hints, out);
}

TEST_CASE("redis keeps its deadline while a name is not resolved, and serves once it is") {
    RedisServer server;
    set_gate(false);
    {
        Store store({{"url", "redis://hangs.example:" + std::to_string(server.port())}, {"coherence", "none"}});
        const Timed asked = get_within(store, 200);
        CHECK(asked.status == AURELIS_E_UNAVAILABLE);
        CHECK(asked.ms <= 200 + kSlackMs);
        CHECK(store->last_error().find("hangs.example") != std::string::npos);
        set_gate(true);
        CHECK(wait_until([&] { return store->set("key", "value") == AURELIS_OK; }, milliseconds(3000)));
    }
    set_gate(true);
}

TEST_CASE("redis keeps its deadline before doors that do not open") {
    RedisServer server;
    FaultProxy proxy(server.endpoint());
    for (const Door door : {Door::Closed, Door::Full, Door::Deaf}) {
        proxy.door(door);
        Store store(proxy.endpoint());
        const Timed asked = get_within(store, 150);
        CHECK(asked.status == AURELIS_E_UNAVAILABLE);
        CHECK(asked.ms <= 150 + kSlackMs);
        const Timed written = set_within(store, 150, "key", "value");
        CHECK(written.status == AURELIS_E_UNAVAILABLE);  // Nothing was sent, so nothing is in doubt.
        CHECK(written.ms <= 150 + kSlackMs);
        proxy.calm();
        CHECK(wait_until([&] { return store->set("key", "value") == AURELIS_OK; }, milliseconds(3000)));
    }
}

TEST_CASE("redis keeps its deadline when answers drip, stop or come late, and never believes them afterwards") {
    RedisServer server;
    FaultProxy proxy(server.endpoint());
    Store store(proxy.endpoint());
    REQUIRE(store->set("key", std::string(1000, 'x')) == AURELIS_OK);
    REQUIRE(store->set("other", "y") == AURELIS_OK);
    SECTION("a drip") { proxy.drip(Direction::ToClient, 1, milliseconds(20)); }
    SECTION("a drip to the server") { proxy.drip(Direction::ToServer, 1, milliseconds(50)); }
    SECTION("a black hole") { proxy.black_hole(); }
    SECTION("a partition that heals") { proxy.partition(); }
    SECTION("a delay") { proxy.delay(Direction::ToClient, milliseconds(600)); }
    const Timed asked = get_within(store, 200);
    CHECK(asked.status == AURELIS_E_TIMEOUT);
    CHECK(asked.ms <= 200 + kSlackMs);
    proxy.calm();
    // The earlier answer is still under way; the next caller gets its own.
    CHECK(wait_until([&] { return store->get("other").status != AURELIS_E_UNAVAILABLE; }, milliseconds(3000)));
    CHECK(store->get("other").is("y"));
    CHECK(store->get("key").is(std::string(1000, 'x')));
    CHECK(store->stats().at("timeouts") >= 1);
}

TEST_CASE("redis says that a write is open when it was sent and not answered") {
    RedisServer server;
    FaultProxy proxy(server.endpoint());
    Store store(proxy.endpoint());
    REQUIRE(store->set("key", "before") == AURELIS_OK);
    SECTION("the answer is lost") {
        proxy.fault({"SET", 1, ""}, ReplyFault::swallow());
        CHECK(set_within(store, 200, "key", "after").status == AURELIS_E_TIMEOUT);
    }
    SECTION("the connection is lost") {
        proxy.fault({"SET", 1, ""}, ReplyFault::swallow(ReplyFault::Then::Reset));
        CHECK(store->set("key", "after") == AURELIS_E_TIMEOUT);
    }
    SECTION("the connection ends in the middle of the answer") {
        proxy.fault({"SET", 1, ""}, ReplyFault::truncate(2, ReplyFault::Then::End));
        CHECK(store->set("key", "after") == AURELIS_E_TIMEOUT);
    }
    CHECK(store->last_error().find("not known") != std::string::npos);
    CHECK(store->get("key").is("after"));
}

TEST_CASE("redis asks a second time when a connection that lay idle is gone") {
    RedisServer server;
    Store store(server.endpoint());
    REQUIRE(store->set("key", "value") == AURELIS_OK);
    server.must({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
    CHECK(store->get("key").is("value"));
    server.must({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
    CHECK(store->set("key", "next") == AURELIS_OK);
}

TEST_CASE("redis never gives one key's value for another's") {
    RedisServer server;
    FaultProxy proxy(server.endpoint());
    Store store(proxy.endpoint());
    std::vector<std::string> names;
    for (int i = 0; i < 20; ++i) {
        names.push_back("k" + std::to_string(i));
        REQUIRE(store->set(names.back(), "v" + std::to_string(i)) == AURELIS_OK);
    }
    SECTION("after a doubled answer") {
        for (int i = 0; i < 10; ++i) proxy.fault({"GET", static_cast<size_t>(1 + 2 * i), ""}, ReplyFault::duplicate());
    }
    SECTION("after a doubled answer to a batch") { proxy.fault({"MGET", 1, ""}, ReplyFault::duplicate()); }
    SECTION("after an answer to a write that came twice") { proxy.fault({"SET", 1, ""}, ReplyFault::duplicate()); }
    for (int round = 0; round < 10; ++round) {
        store->set("written", "w" + std::to_string(round));
        for (int i = 0; i < 20; ++i) {
            const Got got = store->get("k" + std::to_string(i));
            if (got.status == AURELIS_OK) CHECK(got.view() == "v" + std::to_string(i));
        }
        for (const auto& [name, value] : read_all(store, names)) CHECK(value == "v" + name.substr(1));
    }
    CHECK(proxy.traffic().faults > 0);
    CHECK(store->get("k3").is("v3"));
    CHECK(store->get("written").is("w9"));
    CHECK(read_all(store, names).size() == names.size());
}

TEST_CASE("redis does not give the late answer to one batch for the answer to the next") {
    RedisServer server;
    FaultProxy proxy(server.endpoint());
    Store store(proxy.endpoint(), {{"coherence", "none"}});
    const std::vector<std::string> names = {"a0", "a1", "a2", "b0", "b1", "b2"};
    for (const std::string& name : names) REQUIRE(store->set(name, name) == AURELIS_OK);
    const auto batch_within = [&](int64_t limit_ms, size_t from) {
        size_t right = 0;
        within(store, limit_ms, [&](aurelis_call& call) {
            const aurelis_key keys[] = {store->key(names[from]), store->key(names[from + 1]),
                                        store->key(names[from + 2])};
            aurelis_entry out[3]{};
            const aurelis_status status = store->ops().multi_get(store->store(), &call, keys, 3, out);
            for (size_t i = 0; i < 3; ++i) {
                const aurelis::Pinned value(out[i].value);
                right += value.view() == names[from + i] ? 1u : 0u;
            }
            return status;
        });
        return right;
    };
    proxy.flow(Direction::ToClient, Flow::Hold);
    CHECK(batch_within(100, 0) == 0);
    size_t right = 0;
    const size_t connections = proxy.traffic().connections;
    std::thread next([&] { right = batch_within(3000, 3); });
    CHECK(proxy.wait_for(
        [&](const aurelis::rig::Traffic& seen) { return seen.connections > connections || seen.count("MGET") > 1; },
        milliseconds(3000)));
    proxy.calm();
    next.join();
    CHECK(right == 3);
}

TEST_CASE("redis survives whatever a server answers, and does not use that connection again") {
    RedisServer server;
    FaultProxy proxy(server.endpoint());
    Store store(proxy.endpoint(), {{"coherence", "none"}});
    REQUIRE(store->set("key", "value") == AURELIS_OK);
    const std::vector<std::string> answers = {hostile::huge_bulk(),
                                              hostile::huge_array(),
                                              hostile::negative_count(),
                                              hostile::negative_bulk(),
                                              hostile::nested_arrays(100),
                                              hostile::endless_line(200'000),
                                              hostile::garbage(5000, 7),
                                              hostile::wrong_bulk_end(),
                                              "+OK\r\n",
                                              ":17\r\n",
                                              "*0\r\n",
                                              "$5\r\nab",
                                              "$-1\r\n$-1\r\n",
                                              "%1\r\n+a\r\n:1\r\n",
                                              "\r\n",
                                              "$\r\n",
                                              "*1\r\n$1\r\nx\r\n"};
    for (const std::string& answer : answers) {
        INFO(answer.substr(0, 40));
        const size_t connections = proxy.traffic().connections;
        proxy.answer("", answer);
        const Timed asked = get_within(store, 200);
        CHECK(asked.ms <= 200 + kSlackMs);
        CHECK((asked.status < 0 || asked.status == AURELIS_NOT_FOUND));
        // A set that the server never saw: only a server that lies can say that it was done.
        const Timed written = set_within(store, 200, "key", "never arrives");
        CHECK(written.ms <= 200 + kSlackMs);
        CHECK((written.status < 0 || answer == "+OK\r\n"));
        aurelis_scan scan{};
        scan.struct_size = sizeof scan;
        const Timed walked = within(store, 200, [&](aurelis_call& call) {
            return store->ops().scan(
                store->store(), &call, &scan,
                [](void*, const aurelis_key*, const aurelis_entry*) noexcept { return uint32_t{1}; }, nullptr);
        });
        aurelis_buf_release(&scan.next);
        CHECK(walked.ms <= 200 + kSlackMs);
        CHECK(walked.status < 0);
        proxy.forget_answers();
        CHECK(wait_until([&] { return store->get("key").is("value"); }, milliseconds(4000)));
        CHECK(proxy.traffic().connections > connections);
    }
    CHECK(PluginHost::live_buffers() == 0);
}

TEST_CASE("redis that is stopped, killed or hung serves again by itself") {
    RedisServer server;
    Store store(server.endpoint());
    REQUIRE(store->set("key", "value") == AURELIS_OK);
    SECTION("SIGSTOP") {
        server.pause();
        const Timed asked = get_within(store, 100);
        CHECK(asked.status == AURELIS_E_TIMEOUT);
        // An established connection does not mean health: the next one hangs as well.
        const Timed again = get_within(store, 100);
        CHECK(again.status == AURELIS_E_UNAVAILABLE);
        CHECK(again.ms <= 100 + kSlackMs);
        server.resume();
    }
    SECTION("killed and started again") {
        server.kill();
        CHECK(store->get("key").status == AURELIS_E_UNAVAILABLE);
        CHECK(store->set("key", "value") == AURELIS_E_UNAVAILABLE);
        server.restart();
    }
    const int64_t back_ms = took_ms(
        [&] { CHECK(wait_until([&] { return store->set("key", "again") == AURELIS_OK; }, milliseconds(5000))); });
    CHECK(back_ms < 2000);
    CHECK(store->get("key").is("again"));
}

TEST_CASE("redis starts without its server and serves when it comes") {
    RedisServer server;
    server.stop();
    Store store(server.endpoint());
    CHECK(store->get("key").status == AURELIS_E_UNAVAILABLE);
    server.restart();
    CHECK(wait_until([&] { return store->set("key", "value") == AURELIS_OK; }, milliseconds(3000)));
}

TEST_CASE("redis leaves a server that cannot be reached alone for a while") {
    FaultProxy proxy;
    proxy.door(Door::Closed);
    Store store(proxy.endpoint(), {{"coherence", "none"}});
    for (int i = 0; i < 1000; ++i) CHECK(store->get("key").status == AURELIS_E_UNAVAILABLE);
    CHECK(store->stats().at("connect_failures") < 30);
}

TEST_CASE("redis sends nothing when the deadline has passed before") {
    RedisServer server;
    Store store(server.endpoint());
    REQUIRE(store->set("key", "value") == AURELIS_OK);
    CHECK(get_within(store, -5).status == AURELIS_E_UNAVAILABLE);
    CHECK(set_within(store, -5, "key", "other").status == AURELIS_E_UNAVAILABLE);
    CHECK(store->get("key").is("value"));
    CHECK(store->stats().at("connects") == 1);
}

TEST_CASE("redis lets no more calls at a server than there are connections, and no caller wait beyond his time") {
    RedisServer server;
    FaultProxy proxy(server.endpoint());
    Store store(proxy.endpoint(), {{"pool.max", "3"}, {"coherence", "none"}});
    REQUIRE(store->set("key", "value") == AURELIS_OK);
    store->stats();  // It asks the server now, and then not for some seconds.
    proxy.flow(Direction::ToClient, Flow::Hold);
    std::vector<std::thread> threads;
    std::atomic<int> timeouts{0}, full{0}, late{0};
    for (int t = 0; t < 10; ++t) {
        threads.emplace_back([&] {
            const Timed asked = get_within(store, 1000);
            timeouts += asked.status == AURELIS_E_TIMEOUT;
            full += asked.status == AURELIS_E_UNAVAILABLE;
            late += asked.ms > 1000 + kSlackMs;
        });
    }
    CHECK(wait_until([&] { return store->stats().at("calls_waiting") > 0; }, milliseconds(900)));
    for (std::thread& thread : threads) thread.join();
    CHECK(timeouts + full == 10);
    CHECK(timeouts >= 1);
    CHECK(late == 0);
    CHECK(proxy.traffic().connections <= 3 + 3);
    proxy.calm();
    CHECK(wait_until([&] { return store->get("key").is("value"); }, milliseconds(3000)));
}

TEST_CASE("redis sends a batch that is larger than all buffers while the answers come back") {
    RedisServer server;
    FaultProxy proxy(server.endpoint());
    Store store(proxy.endpoint(), {{"timeout", "20s"}});
    std::vector<std::string> names;
    const std::string value(40'000, 'v');
    std::vector<aurelis_key> keys;
    std::vector<aurelis_write> writes;
    for (int i = 0; i < 1000; ++i) names.push_back(std::to_string(i) + std::string(30'000, 'k'));
    for (const std::string& name : names) {
        keys.push_back(store->key(name));
        writes.push_back(Instance::write(value, {}));
    }
    std::vector<aurelis_status> each(keys.size());
    aurelis_call call = store->call();
    CHECK(store->ops().multi_write(store->store(), &call, keys.data(), writes.data(), keys.size(), each.data(),
                                   nullptr) == AURELIS_OK);
    CHECK(store->get(names[999]).is(value));
}
