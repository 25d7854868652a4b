// The backend redis on one healthy server: versions and tombstones, expiry, conditions, batches, scans, values of all
// sizes, bare values, and the server's refusals.
#include "redis_bench.hpp"
#include "support/catch.hpp"
#include "support/random_bytes.hpp"

#include <atomic>
#include <cstdio>
#include <map>
#include <set>
#include <thread>

using namespace redis_test;
using aurelis::test::random_bytes;

namespace {

constexpr uint32_t kFill = AURELIS_SET_FILL | AURELIS_SET_IF_VERSION;

// For a multi_write: a set, or a removal with AURELIS_SET_REMOVE.
struct Item {
    std::string key;
    std::string value;
    uint32_t flags = 0;
};

aurelis_status write_all(Store& store, const std::vector<Item>& items, std::vector<aurelis_status>& each) {
    std::vector<aurelis_key> keys;
    std::vector<aurelis_write> writes;
    for (const Item& item : items) {
        keys.push_back(store->key(item.key));
        writes.push_back(Instance::write(item.value, with_flags(item.flags)));
    }
    each.assign(items.size(), AURELIS_E_FAILED);
    aurelis_call call = store->call();
    return store->ops().multi_write(store->store(), &call, keys.data(), writes.data(), keys.size(), each.data(),
                                    nullptr);
}

}  // namespace

TEST_CASE("redis lets a removal between look-up and fill win, in another process too") {
    RedisServer server;
    Store loader(server.endpoint()), remover(server.endpoint());
    SECTION("of a key that nobody had heard of") {
        const uint64_t seen = loader->get("key").meta.version;
        CHECK(seen == 0);
        remover->remove("key");
        CHECK(loader->set("key", "old", with_flags(kFill, seen)) == AURELIS_CONFLICT);
        CHECK(loader->get("key").status == AURELIS_NOT_FOUND);
    }
    SECTION("of a key that was there and has been removed twice") {
        remover->set("key", "value");
        remover->remove("key");
        const uint64_t seen = loader->get("key").meta.version;
        remover->set("key", "value");
        remover->remove("key");
        CHECK(loader->set("key", "old", with_flags(kFill, seen)) == AURELIS_CONFLICT);
    }
    SECTION("of an entry with the same bytes as before") {
        remover->set("key", "same");
        const uint64_t seen = loader->get("key").meta.version;
        remover->remove("key");
        remover->set("key", "same");
        CHECK(loader->set("key", "old", with_flags(kFill, seen)) == AURELIS_CONFLICT);
        CHECK(loader->get("key").is("same"));
    }
    SECTION("and lets the fill through when nothing happened") {
        remover->remove("key");
        const uint64_t seen = loader->get("key").meta.version;
        CHECK(loader->set("key", "loaded", with_flags(kFill, seen)) == AURELIS_OK);
        CHECK(remover->get("key").is("loaded"));
    }
}

TEST_CASE("redis lets a server that is told to expire a tombstone do so after the lease") {
    RedisServer server;
    Store store(server.endpoint());
    store->set("key", std::string(100'000, 'x'));
    store->remove("key");
    const int64_t left_ms = server.must({"PTTL", "key"}).integer;
    CHECK(left_ms > 59'000);
    CHECK(left_ms <= 61'000);
    CHECK(server.must({"STRLEN", "key"}).integer == 24);
    CHECK(scan_all(store).empty());
}

TEST_CASE("redis keeps what lives short as a tombstone for a lease, and what lives long until its end") {
    const bool real = GENERATE(false, true);  // By PX where the clocks differ, by PXAT where they do not.
    RedisServer server;
    Store store({{"url", url_of(server.endpoint())}}, real);
    const int64_t now = store.host.now_wall();
    store->set("short", "value", until(now + 5 * kSecond));
    store->set("long", "value", until(now + 1000 * kSecond));
    store->set("for ever", "value");
    const int64_t short_ms = server.must({"PTTL", "short"}).integer, long_ms = server.must({"PTTL", "long"}).integer;
    CHECK(short_ms > 59'000);
    CHECK(short_ms <= 61'500);  // The server's clock is known to within a round trip.
    CHECK(long_ms > 998'000);
    CHECK(long_ms <= 1000'500);
    CHECK(server.must({"PTTL", "for ever"}).integer == -1);
    const uint64_t version = store->get("short").meta.version;
    store.host.advance(6 * kSecond);
    CHECK(store->get("short").status == AURELIS_NOT_FOUND);
    CHECK(store->get("short").meta.version == version);
    CHECK(store->set("short", "late", with_flags(kFill, 0)) == AURELIS_CONFLICT);
    CHECK(server.must({"EXISTS", "short"}).integer == 1);
}

TEST_CASE("redis hands a life over as what is left of it, whatever the clocks show and whatever the server knows") {
    RedisServer server;
    FaultProxy old_proxy(server.endpoint()), silent_proxy(server.endpoint());
    old_proxy.answer("INFO", "$24\r\nredis_version:6.0.16\r\n\r\n\r\n");
    silent_proxy.answer("TIME", "-NOPERM this user has no permissions to run the 'time' command\r\n");
    for (const bool foreign : {false, true}) {
        const std::string bare = foreign ? "true" : "false";
        Store apart(server.endpoint(), {{"bare", bare}});
        Store alike(server.endpoint(), {{"bare", bare}}, true);
        Store old(old_proxy.endpoint(), {{"bare", bare}}, true);
        Store silent(silent_proxy.endpoint(), {{"bare", bare}}, true);
        Store behind(server.endpoint(), {{"bare", bare}}, true);
        behind.host.advance(-600 * kSecond);
        for (Store* store : {&apart, &alike, &old, &silent, &behind}) {
            const int64_t end = store->host.now_wall() + 1000 * kSecond;
            for (const uint32_t flags : {0u, uint32_t{AURELIS_SET_IF_PRESENT}}) {
                SetOptions life = until(end);
                life.flags = flags;
                REQUIRE((*store)->set("key", "value", life) == AURELIS_OK);
                const int64_t left_ms = server.must({"PTTL", "key"}).integer;
                CHECK(left_ms > 998'000 - 60'000);
                CHECK(left_ms <= 1000'000 + 1000);
            }
            REQUIRE((*store)->touch("key", end + 1000 * kSecond) == AURELIS_OK);
            CHECK(server.must({"PTTL", "key"}).integer > 1998'000 - 60'000);
            REQUIRE((*store)->touch("key", 0) == AURELIS_OK);
            CHECK(server.must({"PTTL", "key"}).integer == -1);
            REQUIRE((*store)->set("key", "for ever") == AURELIS_OK);
            CHECK(server.must({"PTTL", "key"}).integer == -1);
        }
    }
}

TEST_CASE("redis is not misled by a server's clock that is set while connections stand") {
    RedisServer server;
    FaultProxy proxy(server.endpoint());
    const int64_t hours = GENERATE(-1, 1);
    // The time that the connections learn is an hour off, as if the clock had been set without their knowledge.
    const std::string seconds = std::to_string(real_wall() / kSecond + hours * 3600);
    const std::string told = "*2\r\n$" + std::to_string(seconds.size()) + "\r\n" + seconds + "\r\n$1\r\n0\r\n";
    for (const char* foreign : {"false", "true"}) {
        const auto misled = [&] {
            proxy.fault({"TIME", 1, ""}, aurelis::rig::ReplyFault::replace(told));
            return std::make_unique<Store>(proxy.endpoint(), OptionValues{{"coherence", "none"}, {"bare", foreign}},
                                           true);
        };
        CHECK((*misled())->set("key", "value") == AURELIS_OK);
        CHECK((*misled())->touch("key", real_wall() + 1000 * kSecond) == AURELIS_OK);
        CHECK((*misled())->get("key").is("value"));
        CHECK((*misled())->set("key", "next", with_flags(AURELIS_SET_IF_PRESENT)) == AURELIS_OK);
        CHECK((*misled())->get("key").is("next"));
        CHECK((*misled())->remove("key") == AURELIS_OK);
        CHECK((*misled())->get("key").status == AURELIS_NOT_FOUND);
    }
}

TEST_CASE("redis tells once that the server's clock shows another time, and what both show") {
    RedisServer server;
    Store apart(server.endpoint(), {{"coherence", "none"}}, true);
    apart.host.advance(-600 * kSecond);
    apart->set("key", "value");
    server.must({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
    apart->set("key", "value");
    size_t told = 0;
    for (const auto& line : apart.host.log_lines())
        told += line.find("its clock shows") != std::string::npos ? 1 : 0;
    CHECK(told == 1);
    Store alike(server.endpoint(), {{"coherence", "none"}}, true);
    alike->set("key", "value");
    for (const auto& line : alike.host.log_lines()) CHECK(line.find("its clock shows") == std::string::npos);
}

TEST_CASE("redis stores nothing that is over already") {
    RedisServer server;
    Store store(server.endpoint());
    store->set("key", "before");
    CHECK(store->set("key", "over", until(store.host.now_wall())) == AURELIS_NOT_STORED);
    CHECK(store->get("key").status == AURELIS_NOT_FOUND);
    SetOptions conditional = until(store.host.now_wall() - 1);
    conditional.flags = AURELIS_SET_IF_PRESENT;
    CHECK(store->set("key", "over", conditional) == AURELIS_CONFLICT);
    // Half a millisecond is rounded down to none.
    CHECK(store->set("key", "over", until(store.host.now_wall() + kMillisecond / 2)) == AURELIS_NOT_STORED);
}

TEST_CASE("redis touches the end and nothing else") {
    RedisServer server;
    Store store(server.endpoint());
    store->set("key", "value", until(store.host.now_wall() + 100 * kSecond));
    const uint64_t version = store->get("key").meta.version;
    CHECK(store->touch("key", store.host.now_wall() + 1000 * kSecond) == AURELIS_OK);
    CHECK(server.must({"PTTL", "key"}).integer > 900'000);
    store.host.advance(500 * kSecond);
    CHECK(store->get("key").is("value"));
    CHECK(store->touch("key", 0) == AURELIS_OK);
    CHECK(server.must({"PTTL", "key"}).integer == -1);
    store.host.advance(5000 * kSecond);
    CHECK(store->get("key").meta.version == version);
    store->remove("key");
    CHECK(store->touch("key", 0) == AURELIS_NOT_FOUND);
}

TEST_CASE("redis writes under a condition exactly once, however many try") {
    RedisServer server;
    Store store(server.endpoint());
    std::atomic<int> won{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t) {
        threads.emplace_back([&] {
            for (int i = 0; i < 50; ++i)
                won += store->set("key" + std::to_string(i), "v", with_flags(AURELIS_SET_IF_ABSENT)) == AURELIS_OK;
        });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(won == 50);
}

TEST_CASE("redis loads a script once, and again after the server has forgotten it") {
    RedisServer server;
    Store store(server.endpoint());
    for (int i = 0; i < 3; ++i) store->remove("key");
    CHECK(store->stats().at("scripts_loaded") == 1);
    server.must({"SCRIPT", "FLUSH"});
    CHECK(store->set("key", "value") == AURELIS_OK);
    CHECK(store->remove("key") == AURELIS_OK);
    CHECK(store->stats().at("scripts_loaded") == 2);
}

TEST_CASE("redis gives back keys and values of all bytes and sizes") {
    RedisServer server;
    Store store(server.endpoint());
    for (const size_t size : {size_t{1}, size_t{23}, size_t{24}, size_t{25}, size_t{4096}, size_t{32744}, size_t{32768},
                              size_t{65536}, size_t{100'000}, size_t{1} << 20, size_t{8} << 20}) {
        const std::string key = std::string("k\0\r\n$5\xff", 7) + random_bytes(size % 60'000 + 1, size);
        const std::string value = random_bytes(size, size + 1);
        REQUIRE(store->set(key, value) == AURELIS_OK);
        CHECK(store->get(key).is(value));
    }
    CHECK(store->set("too large", std::string_view("", (size_t{512} << 20) + 1)) == AURELIS_E_TOO_LARGE);
}

TEST_CASE("redis batches of one to a thousand keys equal single calls") {
    RedisServer server;
    Store store(server.endpoint());
    for (const size_t count : {1u, 2u, 7u, 100u, 1000u}) {
        std::vector<Item> items;
        std::vector<std::string> names;
        for (size_t i = 0; i < count; ++i) {
            names.push_back("batch:" + std::to_string(i));
            items.push_back({names.back(), random_bytes((i * 7919) % 20'000 + (i % 100 == 3 ? 200'000 : 0), i)});
        }
        std::vector<aurelis_status> each;
        REQUIRE(write_all(store, items, each) == AURELIS_OK);
        const auto found = read_all(store, names);
        CHECK(found.size() == count);
        for (const Item& item : items) {
            CHECK(found.at(item.key) == item.value);
            CHECK(store->get(item.key).is(item.value));
        }
        for (Item& item : items) CHECK(store->set(item.key, item.value.append("!")) == AURELIS_OK);
        for (const auto& [name, value] : read_all(store, names)) CHECK(value.back() == '!');
        for (Item& item : items) item.flags = AURELIS_SET_REMOVE;
        CHECK(write_all(store, items, each) == AURELIS_OK);
        CHECK(std::count(each.begin(), each.end(), AURELIS_OK) == static_cast<long>(count));
        CHECK(read_all(store, names).empty());
        for (const std::string& name : names) CHECK(store->get(name).status == AURELIS_NOT_FOUND);
    }
}

TEST_CASE("redis tells the items of a batch apart") {
    RedisServer server;
    Store store(server.endpoint());
    store->set("there", "one");
    std::vector<aurelis_status> each;
    CHECK(write_all(store,
                    {{"there", "two", AURELIS_SET_IF_ABSENT},
                     {"new", "v", AURELIS_SET_IF_ABSENT},
                     {"plain", "v"},
                     {"none", "", AURELIS_SET_REMOVE},
                     {"odd", "v", 1u << 30}},
                    each) == AURELIS_PARTIAL);
    CHECK(each == std::vector<aurelis_status>{AURELIS_CONFLICT, AURELIS_OK, AURELIS_OK, AURELIS_NOT_FOUND,
                                              AURELIS_E_UNSUPPORTED});
    CHECK(store->get("there").is("one"));
}

TEST_CASE("redis clears what begins so and nothing else") {
    RedisServer server;
    Store store(server.endpoint());
    for (int i = 0; i < 1500; ++i) REQUIRE(store->set("mine[*]:" + std::to_string(i), "v") == AURELIS_OK);
    store->set("mine[x]:1", "another's, if the prefix were a pattern");
    store->remove("mine[*]:7");
    server.must({"SET", "mine[*]:foreign", "a program that knows no envelopes"});
    server.must({"RPUSH", "mine[*]:list", "a"});
    CHECK(clear(store, "mine[*]:") == 1499);
    CHECK(scan_all(store) == std::multiset<std::string>{"mine[x]:1"});
    CHECK(server.must({"GET", "mine[*]:foreign"}).text == "a program that knows no envelopes");
    CHECK(server.must({"EXISTS", "mine[*]:list"}).integer == 1);
    // The removal of one key is remembered through the clear.
    CHECK(store->get("mine[*]:7").meta.version != 0);
    CHECK(server.info("cmdstat_flushdb").empty());
}

TEST_CASE("redis scans every steady key while others come and go") {
    RedisServer server;
    Store store(server.endpoint());
    for (int i = 0; i < 3000; ++i) store->set("steady:" + std::to_string(i), "v");
    std::atomic<bool> ends{false};
    std::atomic<int> passed{0};
    std::thread writer([&] {
        for (int i = 0; !ends; ++i) {
            store->set("passing:" + std::to_string(i), "v");
            if (i >= 500) passed += store->remove("passing:" + std::to_string(i - 500)) == AURELIS_OK;
        }
    });
    CHECK(wait_until([&] { return passed > 0; }, milliseconds(5000)));
    const int before = passed;
    aurelis_match match{};
    match.struct_size = sizeof match;
    match.pattern = aurelis::bytes("stead*:[0-9]*");
    const auto shown = scan_all(store, &match);
    CHECK(passed > before);
    ends = true;
    writer.join();
    CHECK(std::set<std::string>(shown.begin(), shown.end()).size() == 3000);
}

TEST_CASE("redis takes what is not its own for a miss, and overwrites it") {
    RedisServer server;
    Store store(server.endpoint());
    server.must({"SET", "key", "bare"});
    server.must({"RPUSH", "list", "a"});
    CHECK(store->get("key").status == AURELIS_NOT_FOUND);
    CHECK(store->get("list").status == AURELIS_NOT_FOUND);
    CHECK(store->set("key", "v", with_flags(kFill, store->get("key").meta.version)) == AURELIS_OK);
    CHECK(store->set("list", "v", with_flags(kFill, store->get("list").meta.version)) == AURELIS_OK);
    CHECK(store->get("key").is("v"));
    CHECK(store->get("list").is("v"));
    server.must({"RENAME", "key", "renamed"});
    CHECK(store->get("renamed").status == AURELIS_NOT_FOUND);
    CHECK(store->stats().at("unreadable_values") >= 3);
}

TEST_CASE("redis shares bare values with programs that do not know it") {
    RedisServer server;
    Store store(server.endpoint(), {{"bare", "true"}}, true);
    CHECK_FALSE(store->has(AURELIS_CAP_LEASE));
    CHECK_FALSE(store->has(AURELIS_CAP_CAS));
    const int64_t now = store.host.now_wall();
    CHECK(store->set("ours", "{\"a\": 1}", until(now + 100 * kSecond)) == AURELIS_OK);
    CHECK(server.must({"GET", "ours"}).text == "{\"a\": 1}");
    CHECK(server.must({"PTTL", "ours"}).integer > 98'000);
    server.must({"SETEX", "theirs", "100", "{\"b\": 2}"});
    CHECK(store->get("theirs").is("{\"b\": 2}"));
    CHECK(store->touch("theirs", now + 1000 * kSecond) == AURELIS_OK);
    CHECK(server.must({"TTL", "theirs"}).integer > 900);
    CHECK(store->touch("theirs", 0) == AURELIS_OK);
    CHECK(server.must({"TTL", "theirs"}).integer == -1);
    CHECK(store->touch("theirs", 0) == AURELIS_OK);
    CHECK(store->touch("nothing", 0) == AURELIS_NOT_FOUND);
    CHECK(store->remove("theirs") == AURELIS_OK);
    CHECK(store->remove("theirs") == AURELIS_NOT_FOUND);
    CHECK(server.must({"EXISTS", "theirs"}).integer == 0);
    CHECK(store->set("ours", "over", until(now - 1)) == AURELIS_NOT_STORED);
    CHECK(server.must({"EXISTS", "ours"}).integer == 0);
    CHECK(store->set("ours", "v", with_flags(AURELIS_SET_IF_VERSION, 1)) == AURELIS_E_UNSUPPORTED);
    CHECK(store->set("ours", "one", with_flags(AURELIS_SET_IF_ABSENT)) == AURELIS_OK);
    CHECK(store->set("ours", "two", with_flags(AURELIS_SET_IF_ABSENT)) == AURELIS_CONFLICT);
    CHECK(store->set("ours", "three", with_flags(AURELIS_SET_IF_PRESENT)) == AURELIS_OK);
    for (int i = 0; i < 50; ++i) server.must({"SET", "many:" + std::to_string(i), "v"});
    CHECK(scan_all(store).size() == 51);
    CHECK(clear(store, "many:") == 50);
    CHECK(server.must({"DBSIZE"}).integer == 1);
}

TEST_CASE("redis that is full refuses values, and removes all the same") {
    RedisOptions options;
    options.settings = {{"maxmemory", "4mb"}, {"maxmemory-policy", "noeviction"}};
    RedisServer server(options);
    Store store(server.endpoint());
    const std::string value(100'000, 'x');
    int stored = 0;
    aurelis_status status = AURELIS_OK;
    for (; stored < 100 && status == AURELIS_OK; ++stored) status = store->set("key" + std::to_string(stored), value);
    CHECK(status == AURELIS_E_FULL);
    CHECK(store->last_error().find("maxmemory") != std::string::npos);
    CHECK(store->get("key0").is(value));
    CHECK(store->touch("key0", store.host.now_wall() + kSecond) == AURELIS_OK);
    server.must({"CONFIG", "SET", "maxmemory", "1"});
    CHECK(store->remove("key0") == AURELIS_OK);
    CHECK(store->get("key0").status == AURELIS_NOT_FOUND);
    CHECK(store->get("key0").meta.version != 0);
}

TEST_CASE("redis says that a replica is none to write to, and that a loading server has to be waited for") {
    RedisServer server;
    Store store(server.endpoint());
    server.must({"REPLICAOF", "127.0.0.1", "1"});
    CHECK(store->set("key", "value") == AURELIS_E_UNAVAILABLE);
    CHECK(store->last_error().find("replica") != std::string::npos);
    server.must({"REPLICAOF", "NO", "ONE"});
    CHECK(store->set("key", "value") == AURELIS_OK);
    FaultProxy proxy(server.endpoint());
    Store through(proxy.endpoint());
    proxy.answer("GET", "-LOADING Redis is loading the dataset in memory\r\n");
    CHECK(through->get("key").status == AURELIS_E_UNAVAILABLE);
    CHECK(through->last_error().find("LOADING") != std::string::npos);
}

TEST_CASE("redis refuses what would block, and flags that it does not know") {
    RedisServer server;
    Store store(server.endpoint());
    CHECK(store->get("key", AURELIS_CALL_NO_BLOCK).status == AURELIS_E_BUSY);
    CHECK(store->set("key", "v", {}, nullptr, AURELIS_CALL_NO_BLOCK) == AURELIS_E_BUSY);
    CHECK(store->get("key", 1u << 25).status == AURELIS_E_UNSUPPORTED);
    CHECK(store->set("key", "v", with_flags(AURELIS_SET_DURABLE)) == AURELIS_E_UNSUPPORTED);
}

TEST_CASE("redis tells of its connections, its server and its health") {
    RedisServer server;
    Store store(server.endpoint());
    store->set("key", "value");
    const auto stats = store->stats();
    int major = 0, minor = 0, patch = 0;
    REQUIRE(std::sscanf(server.version().c_str(), "%d.%d.%d", &major, &minor, &patch) == 3);
    CHECK(stats.at("server_version") == major * 10000 + minor * 100 + patch);
    CHECK(stats.at("connections_idle") == 1);
    CHECK(stats.at("connections_in_use") == 0);
    CHECK(stats.at("server_memory_used") > 0);
    CHECK(store.host.metrics().at("round_trip") > 0);
    const auto* health =
        static_cast<const aurelis_ext_health*>(store->ops().get_extension(store->store(), AURELIS_EXT_HEALTH));
    REQUIRE(health != nullptr);
    aurelis_call call = store->call();
    CHECK(health->check(store->store(), &call) == AURELIS_OK);
    server.stop();
    CHECK(health->check(store->store(), &call) == AURELIS_E_UNAVAILABLE);
}
