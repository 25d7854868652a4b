// What processes report to each other through Redis (aurelis.watch/1): which keys others have changed, and when events
// may have been lost.
#include "redis_bench.hpp"
#include "support/catch.hpp"

#include <condition_variable>
#include <iostream>
#include <mutex>
#include <vector>

using namespace redis_test;

namespace {

// All events that a watcher gets, in order, as "C:key", "R:key", "X:key" (expired), "E:key" (evicted), "S", "L" and
// "U".
class Ear {
public:
    explicit Ear(Store& store) : store_(&store) {
        watch_ = static_cast<const aurelis_ext_watch*>(store->ops().get_extension(store->store(), AURELIS_EXT_WATCH));
        REQUIRE(watch_ != nullptr);
        REQUIRE(set(UINT32_MAX) == AURELIS_OK);
    }
    ~Ear() { set(0); }
    Ear(const Ear&) = delete;
    Ear& operator=(const Ear&) = delete;

    bool hears(const std::string& wanted, milliseconds patience = milliseconds(5000)) {
        std::unique_lock lock(mutex_);
        return told_.wait_for(lock, patience, [&] { return count(wanted) != 0; });
    }
    size_t heard(const std::string& wanted) {
        std::scoped_lock lock(mutex_);
        return count(wanted);
    }
    std::vector<std::string> all() {
        std::scoped_lock lock(mutex_);
        return all_;
    }
    void forget() {
        std::scoped_lock lock(mutex_);
        all_.clear();
    }
    // Has got LIVE, and nothing worse since.
    bool is_live() {
        return wait_until(
            [&] {
                if ((*store_)->stats().at("subscribed") != 1) return false;
                std::scoped_lock lock(mutex_);
                const auto last = std::find_if(all_.rbegin(), all_.rend(),
                                               [](const std::string& mark) { return mark == "S" || mark == "L"; });
                return last != all_.rend() && *last == "L";
            },
            milliseconds(5000));
    }
    aurelis_status set(uint32_t events) {
        aurelis_call call = (*store_)->call();
        return watch_->watch((*store_)->store(), &call, events, aurelis_bytes{}, &Ear::tell, this);
    }

private:
    static void tell(void* user, uint32_t event, const aurelis_key* keys, size_t n) noexcept {
        auto& self = *static_cast<Ear*>(user);
        const std::string mark = event == AURELIS_WATCH_CHANGED       ? "C"
                                 : event == AURELIS_WATCH_REMOVED     ? "R"
                                 : event == AURELIS_WATCH_EXPIRED     ? "X"
                                 : event == AURELIS_WATCH_EVICTED     ? "E"
                                 : event == AURELIS_WATCH_SUSPECT     ? "S"
                                 : event == AURELIS_WATCH_UNAVAILABLE ? "U"
                                                                      : "L";
        std::scoped_lock lock(self.mutex_);
        if (n == 0) self.all_.push_back(mark);
        for (size_t i = 0; i < n; ++i)
            self.all_.push_back(mark + ":" + std::string(static_cast<const char*>(keys[i].data), keys[i].size));
        self.told_.notify_all();
    }
    size_t count(const std::string& wanted) const {
        return static_cast<size_t>(std::count(all_.begin(), all_.end(), wanted));
    }

    Store* store_;
    const aurelis_ext_watch* watch_;
    std::mutex mutex_;
    std::condition_variable told_;
    std::vector<std::string> all_;
};

// Writes of all kinds by one instance, reported to another; the last write proves that nothing else was to come.
void tells_of_changes(Store& writer, Store& reader, bool by_tracking) {
    Ear ear(reader), own(writer);
    REQUIRE(ear.is_live());
    REQUIRE(own.is_live());
    ear.forget();
    own.forget();
    const std::string odd("k\0\r\n\xff", 5);
    writer->set("set", "v");
    writer->set(odd, "v");
    writer->remove("removed");
    writer->set("conditional", "v", with_flags(AURELIS_SET_IF_ABSENT));
    writer->set("filled", "v", with_flags(AURELIS_SET_FILL));
    writer->touch("set", writer.host.now_wall() + 1000 * kSecond);
    writer->set("\x01" "aurelis:v1:stamp", "");
    writer->set("copy", "v", with_flags(AURELIS_SET_FILL));
    {
        const aurelis_key key = writer->key("copy");
        const aurelis_write write = Instance::write("", with_flags(AURELIS_SET_REMOVE | AURELIS_SET_FILL));
        aurelis_status status = AURELIS_OK;
        aurelis_call call = writer->call();
        CHECK(writer->ops().multi_write(writer->store(), &call, &key, &write, 1, &status, nullptr) == AURELIS_OK);
        CHECK(writer->get("copy").status == AURELIS_NOT_FOUND);
    }
    std::vector<std::string> names;
    std::vector<aurelis_key> keys;
    std::vector<aurelis_write> writes;
    for (int i = 0; i < 500; ++i) names.push_back("batch:" + std::to_string(i));
    for (size_t i = 0; i < names.size(); ++i) {
        keys.push_back(writer->key(names[i]));
        writes.push_back(Instance::write("v", with_flags(i % 2 == 0 ? uint32_t{AURELIS_SET_REMOVE} : 0u)));
    }
    std::vector<aurelis_status> each(keys.size());
    aurelis_call call = writer->call();
    writer->ops().multi_write(writer->store(), &call, keys.data(), writes.data(), keys.size(), each.data(), nullptr);
    writer->set("last", "v");
    REQUIRE(ear.hears("C:last"));
    for (const std::string& wanted :
         {std::string("C:set"), "C:" + odd, std::string("R:removed"), std::string("C:conditional"),
          std::string("R:batch:0"), std::string("C:batch:499"), std::string("C:\x01" "aurelis:v1:stamp")}) {
        INFO(wanted);
        CHECK(ear.hears(wanted));
    }
    if (!by_tracking) CHECK(ear.heard("C:filled") == 0);
    CHECK(ear.heard("R:copy") == 0);  // Dropped, not removed.
    reader->set("by the reader", "v");
    CHECK(own.hears("C:by the reader"));
    // By tracking a dropped copy may have been a change by others that nobody has seen, so the dropper is told as well.
    CHECK((own.heard("C:copy") != 0) == by_tracking);
    std::vector<std::string> others = own.all();
    std::erase(others, "C:copy");
    CHECK(others == std::vector<std::string>{"C:by the reader"});
    CHECK(ear.heard("C:by the reader") == 0);
}

}  // namespace

TEST_CASE("redis tells other processes of changes, and none of its own, by messages") {
    RedisServer server;
    Store writer(server.endpoint()), reader(server.endpoint());
    tells_of_changes(writer, reader, false);
}

TEST_CASE("redis tells other processes of changes, and none of its own, by tracking") {
    RedisOptions options;
    options.settings = {{"notify-keyspace-events", "Eg"}};  // So that a deletion by hand is known for one.
    RedisServer server(options);
    Store writer(server.endpoint(), {{"coherence", "tracking"}}),
        reader(server.endpoint(), {{"coherence", "tracking"}});
    tells_of_changes(writer, reader, true);
    // Changes by programs that do not know aurelis are reported, too.
    Ear ear(reader);
    REQUIRE(ear.is_live());
    server.must({"SET", "by hand", "v"});
    CHECK(ear.hears("C:by hand"));
    server.must({"DEL", "set"});
    CHECK(ear.hears("R:set"));
    ear.forget();
    server.must({"FLUSHALL"});
    CHECK(ear.hears("S"));
    CHECK(ear.hears("L"));
}

TEST_CASE("redis follows by tracking only the keys that begin as it was told") {
    RedisServer server;
    Store writer(server.endpoint());
    Store reader(server.endpoint(), {{"coherence", "tracking"}, {"prefix", "mine:"}});
    Ear ear(reader);
    REQUIRE(ear.is_live());
    writer->set("other:1", "v");
    writer->set("\x01" "aurelis:v1:stamp", "");
    writer->set("mine:1", "v");
    REQUIRE(ear.hears("C:mine:1"));
    CHECK(ear.heard("C:other:1") == 0);
    CHECK(ear.hears("C:\x01" "aurelis:v1:stamp"));
}

TEST_CASE("redis does not take what has run out or made room for removed, by tracking") {
    const std::string foreign = GENERATE("false", "true");
    const bool events = GENERATE(false, true);
    INFO("foreign " << foreign << ", keyspace events " << events);
    RedisOptions options;
    options.settings = {{"maxmemory-policy", "allkeys-random"}};
    if (events) options.settings.emplace_back("notify-keyspace-events", "Egxe");
    RedisServer server(options);
    const OptionValues tracking{{"coherence", "tracking"}, {"bare", foreign}};
    Store writer(server.endpoint(), tracking), reader(server.endpoint(), tracking);
    // Without events a bare value that is gone may have been removed.
    const bool known = events || foreign == "false";
    Ear ear(reader);
    REQUIRE(ear.is_live());
    writer->set("short", "v");
    writer->set("removed", "v");
    REQUIRE(ear.hears("C:removed"));
    const std::string stored = server.must({"GET", "short"}).text;
    server.must({"SET", "short", stored, "PX", "50"});
    CHECK(ear.hears(known ? "X:short" : "R:short", milliseconds(30'000)));
    CHECK(ear.heard("R:short") == (known ? 0 : 1));
    writer->remove("removed");
    CHECK(ear.hears("R:removed"));
    writer->set("for room", "v");
    REQUIRE(ear.hears("C:for room"));
    server.must({"CONFIG", "SET", "maxmemory", "1"});
    CHECK(wait_until([&] { return server.must({"DBSIZE"}).integer == 0; }, milliseconds(30'000)));
    CHECK(ear.hears(events ? "E:for room" : known ? "X:for room" : "R:for room", milliseconds(30'000)));
    CHECK(ear.heard("R:for room") == (known ? 0 : 1));
}

TEST_CASE("redis says that a server refuses to be listened to, once, with the rule that mends it, and when it does") {
    const std::string coherence = GENERATE("pubsub", "tracking");
    const std::string missing = GENERATE("-subscribe", "-client|tracking", "resetchannels &__redis__:nothing");
    if (coherence == "pubsub" && missing == "-client|tracking") return;
    INFO(coherence << ", " << missing);
    RedisOptions options;
    options.users = {"quiet on >hunter2-quiet ~* &* +@all " + missing};
    RedisServer server(options);
    Store store(server.endpoint(),
                {{"username", "quiet"}, {"password", "hunter2-quiet"}, {"coherence", coherence}});
    Ear ear(store);
    CHECK(ear.hears("U", milliseconds(30'000)));
    CHECK(ear.heard("S") >= 1);
    CHECK(ear.heard("L") == 0);
    CHECK(store->set("key", "value") == AURELIS_OK);
    size_t told = 0;
    for (const std::string& line : store.host.log_lines()) told += line.find("ACL SETUSER quiet +sub") != line.npos;
    CHECK(told == 1);
    CHECK(ear.heard("U") == 1);
    // A new watch makes it retry at once.
    server.must({"ACL", "SETUSER", "quiet", "+@all", "allchannels"});
    ear.forget();
    REQUIRE(ear.set(UINT32_MAX) == AURELIS_OK);
    CHECK(ear.hears("L", milliseconds(30'000)));
}

TEST_CASE("redis keeps processes on different channels apart") {
    RedisServer server;
    Store writer(server.endpoint(), {{"channel", "one"}}), same(server.endpoint(), {{"channel", "one"}}),
        other(server.endpoint(), {{"channel", "two"}});
    Ear near(same), far(other);
    REQUIRE(near.is_live());
    REQUIRE(far.is_live());
    writer->set("key", "v");
    REQUIRE(near.hears("C:key"));
    CHECK(far.heard("C:key") == 0);
}

TEST_CASE("redis says at once, and once, that events may be lost, and when they flow again") {
    RedisServer server;
    const std::string coherence = GENERATE("pubsub", "tracking");
    Store store(server.endpoint(), {{"coherence", coherence}, {"keep_alive", "50ms"}, {"timeout", "200ms"}});
    Ear ear(store);
    REQUIRE(ear.is_live());
    ear.forget();
    SECTION("the server is killed") {
        server.kill();
        CHECK(ear.hears("S", milliseconds(1000)));
        CHECK(store->get("key").status < 0);
        server.restart();
    }
    SECTION("the server hangs") {
        server.pause();
        CHECK(ear.hears("S", milliseconds(2000)));
        server.resume();
    }
    SECTION("the connection is cut") {
        server.must({"CLIENT", "KILL", "TYPE", "pubsub"});
        CHECK(ear.hears("S", milliseconds(1000)));
    }
    CHECK(ear.hears("L"));
    CHECK(ear.all() == std::vector<std::string>{"S", "L"});
    server.must({"SET", "x", "y"});
    Store other(server.endpoint());
    other->set("key", "v");
    CHECK(ear.hears("C:key"));
    CHECK(store->stats().at("resubscriptions") >= 1);
}

TEST_CASE("redis says only once that events may be lost, however often it tries to subscribe") {
    RedisServer server;
    FaultProxy proxy(server.endpoint());
    Store store(proxy.endpoint());
    Ear ear(store);
    REQUIRE(ear.is_live());
    ear.forget();
    proxy.answer("SUBSCRIBE", "-ERR not now\r\n");
    proxy.reset_all();
    CHECK(proxy.wait_for([](const aurelis::rig::Traffic& seen) { return seen.count("SUBSCRIBE") >= 5; },
                         milliseconds(10'000)));
    proxy.forget_answers();
    CHECK(ear.hears("L"));
    CHECK(ear.all() == std::vector<std::string>{"S", "L"});
}

TEST_CASE("redis takes a message that it does not understand for the loss of all") {
    RedisServer server;
    Store store(server.endpoint());
    Ear ear(store);
    REQUIRE(ear.is_live());
    ear.forget();
    for (const char* odd : {"", "nonsense", "aw1short"}) {
        server.must({"PUBLISH", "aurelis.watch/1:0", odd});
        CHECK(ear.hears("S"));
        CHECK(ear.hears("L"));
        ear.forget();
    }
}

TEST_CASE("redis tells a watcher nothing any more once he has ended it, and an instance without server ends at once") {
    RedisServer server;
    Store store(server.endpoint()), other(server.endpoint());
    {
        Ear ear(store);
        REQUIRE(ear.is_live());
        ear.set(0);
        ear.forget();
        other->set("key", "v");
        CHECK(wait_until([&] { return store->stats().at("keys_heard") >= 1; }, milliseconds(3000)));
        CHECK(ear.all().empty());
    }
    server.kill();
    CHECK(took_ms([&] { store.instance.reset(); }) < 1200);
}

TEST_CASE("redis tells of a removal sooner than a millisecond or so") {
    RedisServer server;
    Store writer(server.endpoint()), reader(server.endpoint());
    Ear ear(reader);
    REQUIRE(ear.is_live());
    std::vector<int64_t> took_us;
    for (int i = 0; i < 200; ++i) {
        const std::string key = "key" + std::to_string(i);
        const auto begin = std::chrono::steady_clock::now();
        writer->remove(key);
        REQUIRE(ear.hears("R:" + key));
        took_us.push_back(
            std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin).count());
    }
    std::sort(took_us.begin(), took_us.end());
    std::cout << "from remove() to another instance's watcher: median " << took_us[100] << " us, p99 " << took_us[198]
              << " us\n";
    CHECK(took_us[100] < 20'000);
}
