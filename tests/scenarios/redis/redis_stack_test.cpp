// Memory over Redis over a file on disk, with a real server.
#include "scenarios/clock_steps.hpp"
#include "scenarios/redis/redis_scenario.hpp"
#include "support/redis/child_process.hpp"

#include <fstream>

using namespace aurelis;
using namespace aurelis::testing;
using namespace aurelis::rig;

TEST_CASE("redis stack: set, get, remove and clear reach every layer") {
    RedisServer server;
    Folder folder;
    Layers layers;
    layers.disk = folder / "cache.db";
    Opened opened(layers.over(server.port()));
    REQUIRE(opened.status == AURELIS_OK);
    await_live(opened);
    REQUIRE(opened.set("user123", "John") == AURELIS_OK);
    for (uint32_t layer = 1; layer <= 3; ++layer) CHECK(get_from(opened, "user123", layer, 3) == "John");
    REQUIRE(opened.remove("user123") == AURELIS_OK);
    for (uint32_t layer = 1; layer <= 3; ++layer) CHECK(get_from(opened, "user123", layer, 3) == "-");
    for (int i = 0; i < 100; ++i) REQUIRE(opened.set("user" + std::to_string(i), "v") == AURELIS_OK);
    server.must({"SET", "other:program", "stays"});
    uint64_t removed = 0;
    REQUIRE(aurelis_clear(opened.cache, nullptr, &removed, nullptr) == AURELIS_OK);
    CHECK(removed == 100);
    CHECK(opened.get("user1") == "-");
    CHECK(server.command({"GET", "other:program"}).text == "stays");
}

TEST_CASE("redis stack: a step of the clock costs what it expires") {
    for (const bool has_memory : {true, false}) {
        RedisServer server;
        Layers layers;
        layers.has_memory = has_memory;
        layers.memory = "";
        layers.redis = "timeout: 10s";
        expect_clock_steps_cost_only_what_they_expire(
            [&] {
                server.must({"FLUSHALL"});
                return layers.over(server.port());
            },
            // Events that begin to flow take a stamp, which a step back would leave in the future.
            [](Opened& opened) { await_live(opened); });
    }
}

TEST_CASE("redis stack: a value comes from the next layer when one is emptied or stopped, with the life that is left") {
    RedisServer server;
    Folder folder;
    Layers layers;
    layers.disk = folder / "cache.db";
    const auto end_of_life = [](Opened& opened) {
        const aurelis_bytes part = bytes("user123");
        const aurelis_name name = aurelis_name_of(opened.category(), &part);
        aurelis_answer answer{};
        REQUIRE(aurelis_get(opened.cache, &name, nullptr, &answer, nullptr) == AURELIS_OK);
        aurelis_answer_release(&answer);
        return answer.expires_wall;
    };
    int64_t end = 0;
    {
        Opened first(layers.over(server.port()));
        REQUIRE(first.set("user123", "John", {.ttl = std::chrono::minutes(1)}) == AURELIS_OK);
        end = end_of_life(first);
    }
    Opened second(layers.over(server.port()));  // Its memory is empty.
    await_live(second);
    // What was copied before events flowed is given up in the background; a copy that is made meanwhile goes with it.
    REQUIRE(aurelis_flush(second.cache, kSecond, nullptr) == AURELIS_OK);
    CHECK(second.get("user123") == "John");
    CHECK(second.layer == 2);
    CHECK(second.get("user123") == "John");
    CHECK(second.layer == 1);
    CHECK(end_of_life(second) == end);

    server.stop();
    Opened third(layers.over(server.port()));
    CHECK(third.get("user123") == "John");
    CHECK(third.layer == 3);
    CHECK(end_of_life(third) == end);
}

TEST_CASE("redis stack: a layer's serializers shrink what lies in Redis") {
    RedisServer server;
    Layers layers;
    layers.redis = "timeout: 500ms, serializers: [msgpack, {use: zstd, threshold: 1KiB}]";
    Opened opened(layers.over(server.port()));
    std::string value = "[";
    for (int i = 0; i < 500; ++i)
        value += std::string(i == 0 ? "" : ",") + "{\"id\":" + std::to_string(i) + ",\"name\":\"somebody\"}";
    value += "]";
    REQUIRE(opened.set("big", value) == AURELIS_OK);
    CHECK(server.command({"STRLEN", "aurelis:v1:user_data:big"}).integer < static_cast<int64_t>(value.size()) / 4);
    CHECK(get_from(opened, "big", 2, 2) == value);
}

TEST_CASE("redis stack: stats and explain tell of breaker, pool, reconciliation and following") {
    RedisServer server;
    Opened opened(Layers{}.over(server.port()));
    await_live(opened);
    REQUIRE(opened.set("k", "v") == AURELIS_OK);
    const auto layer = layer_stats(opened, "L2_redis");
    CHECK(layer["breaker"]["state"] == "closed");
    CHECK(layer["missed_writes"]["waiting"] == 0);
    CHECK(layer["following"]["state"] == "live");
    CHECK(layer["backend_stats"].contains("connections_idle"));
    const auto explained = opened.explain("k");
    CHECK(explained["layers"][1]["state"] == "present");
    CHECK(explained["layers"][1]["breaker"] == "closed");
}

TEST_CASE("redis stack: bare values under compat keys are shared with a program in Python") {
    RedisServer server;
    Folder folder;
    Layers layers;
    layers.has_memory = false;
    layers.head = "keys: {format: compat}\n";
    layers.redis = "timeout: 500ms, frame: none";
    Opened opened(layers.over(server.port()));
    REQUIRE(opened.status == AURELIS_OK);
    REQUIRE(opened.set("user123", "{\"name\": \"John\", \"role\": \"developer\"}") == AURELIS_OK);
    // What a program that follows the original document does: keys by its rules, SETEX and GET of bare JSON.
    const std::string script = folder / "other.py";
    std::ofstream(script) << R"(
import hashlib, json, socket, sys
connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
answers = connection.makefile("rb")
def ask(*words):
    parts = [word.encode() for word in words]
    connection.sendall(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(p), p) for p in parts))
    line = answers.readline().rstrip()
    return answers.read(int(line[1:]) + 2)[:-2] if line[:1] == b"$" else line
def key(category, identifier, params=None):
    made = "aurelis:v1:%s:%s" % (category, identifier)
    if params:
        made += ":" + hashlib.md5(json.dumps(params, sort_keys=True).encode()).hexdigest()[:8]
    return made
assert json.loads(ask("GET", key("user_data", "user123"))) == {"name": "John", "role": "developer"}
found = json.dumps({"hits": [1, 2]})
assert ask("SETEX", key("search_results", "query123", {"page": 1, "limit": 10}), "1800", found) == b"+OK"
print(key("search_results", "query123", {"page": 1, "limit": 10}))
)";
    CHECK(run_program({"python3", script, std::to_string(server.port())}, Milliseconds(20000)) ==
          "aurelis:v1:search_results:query123:1d1edd5f\n");

    const aurelis_category* results = opened.category("search_results");
    const aurelis_bytes part = bytes("query123");
    aurelis_name name = aurelis_name_of(results, &part);
    name.params = bytes("{\"limit\": 10, \"page\": 1}");
    aurelis_answer answer{};
    REQUIRE(aurelis_get(opened.cache, &name, nullptr, &answer, nullptr) == AURELIS_OK);
    CHECK(view(answer.value) == "{\"hits\": [1, 2]}");
    aurelis_answer_release(&answer);
    REQUIRE(opened.remove("user123") == AURELIS_OK);
    CHECK(server.command({"EXISTS", "aurelis:v1:user_data:user123"}).integer == 0);
}

TEST_CASE("redis stack: a configured password is in nothing that is told") {
    const std::string password = "hunter2-and-more";
    RedisOptions options;
    options.password = password;
    RedisServer server(options);
    Layers layers;
    layers.redis_options = ", password: \"" + password + "\"";
    std::string told;
    const auto use = [&](const std::string& yaml) {
        Opened opened(yaml, nullptr, LogLevel::Trace);
        opened.set("k", "v");
        opened.get("k");
        told += opened.problem + opened.stats().dump() + opened.explain("k").dump();
        aurelis_open_options open_options{};
        open_options.struct_size = sizeof open_options;
        open_options.text = bytes(yaml);
        for (const uint32_t as_yaml : {0u, 1u}) {
            aurelis_buf shown{};
            if (aurelis_config_show(&open_options, as_yaml, &shown, nullptr) == AURELIS_OK) told += view(shown);
            aurelis_buf_release(&shown);
        }
        for (const std::string& line : opened.lines()) told += line;
        return opened.stats()["layers"][1]["sets"].get<uint64_t>();
    };
    CHECK(use(layers.over(server.port())) == 1);
    server.must({"CONFIG", "SET", "requirepass", "another"});  // From now on it is refused.
    CHECK(use(layers.over(server.port())) == 0);
    server.stop();
    use(layers.over(server.port()));
    const std::string in_url =
        "layers:\n  - {name: L1, backend: memory, priority: 2}\n  - {name: L2, backend: redis, priority: 1, options: "
        "{url: \"redis://:" +
        password + "@127.0.0.1:" + std::to_string(server.port()) + "/0\"}}\n";
    use(in_url);
    RedisServer stranger(options);  // It has a password, and is not a sentinel.
    use(layers.over_options("sentinels: [\"" + stranger.endpoint().text() +
                            "\"], sentinel_master: mymaster, sentinel_password: \"" + password + "-too\""));
    use(layers.over_options("sentinels: [\"" + stranger.endpoint().text() +
                            "\"], sentinel_master: mymaster, sentinel_password: \"" + password + "\""));
    CHECK(told.find("****") != std::string::npos);
    CHECK(told.find(password) == std::string::npos);
}

TEST_CASE("redis stack: a use in memory moves the end of an entry in the layers below") {
    RedisServer server;
    Folder folder;
    Layers layers;
    layers.disk = folder / "cache.db";
    Opened opened(layers.over(server.port()));
    REQUIRE(opened.status == AURELIS_OK);
    await_live(opened);
    const aurelis_bytes part = bytes("user123");
    const aurelis_name name = aurelis_name_of(opened.category(), &part);
    aurelis_write_options options{};
    options.struct_size = sizeof options;
    options.flags = AURELIS_WRITE_IDLE;
    options.idle_ns = 3600 * kSecond;
    REQUIRE(aurelis_set(opened.cache, &name, bytes("John"), &options, nullptr, nullptr) == AURELIS_OK);
    const std::string key = "aurelis:v1:user_data:user123";
    const auto left = [&] { return server.must({"PTTL", key}).integer; };
    CHECK(left() > 3'000'000);
    CHECK(left() <= 3'600'000);
    // What touch has moved is what the server ends.
    server.must({"PEXPIRE", key, "1000000"});
    CHECK(get_from(opened, "user123", 1, 3) == "John");
    REQUIRE(aurelis_flush(opened.cache, 0, nullptr) == AURELIS_OK);
    CHECK(left() > 3'000'000);
    // Not again within the next quarter of the idle time.
    server.must({"PEXPIRE", key, "1000000"});
    CHECK(get_from(opened, "user123", 2, 3) == "John");
    REQUIRE(aurelis_flush(opened.cache, 0, nullptr) == AURELIS_OK);
    CHECK(left() <= 1'000'000);
    // What is set without an idle time is touched no more.
    REQUIRE(opened.set("user123", "Jane") == AURELIS_OK);
    CHECK(left() == -1);
    CHECK(get_from(opened, "user123", 1, 3) == "Jane");
    REQUIRE(aurelis_flush(opened.cache, 0, nullptr) == AURELIS_OK);
    CHECK(left() == -1);
}
