// Writes that arrive late: one that timed out is held by a box between client and server, which passes it on after
// newer writes are done. It must not be found then, neither by the process that gave it up nor by another, with one
// server, behind sentinels and in a cluster.
#include "scenarios/redis/other_process.hpp"
#include "scenarios/redis/redis_scenario.hpp"
#include "support/redis/redis_cluster.hpp"
#include "support/redis/redis_sentinels.hpp"

#include <atomic>
#include <functional>
#include <thread>

using namespace aurelis;
using namespace aurelis::testing;
using namespace aurelis::rig;

namespace {

const std::string kId = "user123";
const std::string kKey = "aurelis:v1:user_data:" + kId;
// Long enough not to be found among the random bytes of a version.
const std::string kFirst = "the first value", kLate = "the late value", kNewest = "the newest value";
constexpr Milliseconds kPatience{60'000};

std::string bulk(const std::string& text) { return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n"; }

// Servers, the box before each of them, and how a layer reaches them through the boxes and past them.
struct Site {
    virtual ~Site() = default;
    virtual RedisServer& server() = 0;  // The one that serves the key now.
    virtual std::string through() const = 0;
    virtual std::string past() const = 0;

    size_t sets() {
        size_t seen = 0;
        for (const auto& box : boxes) seen += box->traffic().count("SET");
        return seen;
    }
    void on_each(const std::function<void(FaultProxy&)>& act) {
        for (const auto& box : boxes) act(*box);
    }
    // Waits until the servers have processed what was let through.
    void deliver() {
        on_each([](FaultProxy& box) { box.let_through(); });
        on_each([](FaultProxy& box) {
            REQUIRE(box.wait_for([](const Traffic& seen) { return seen.kept_back == 0; }, kPatience));
        });
    }
    std::string stored() { return server().command({"GET", kKey}).text; }

    std::vector<std::unique_ptr<FaultProxy>> boxes;
};

struct OneServer : Site {
    OneServer() { boxes.push_back(std::make_unique<FaultProxy>(redis.endpoint())); }
    RedisServer& server() override { return redis; }
    std::string through() const override { return "url: \"" + redis_url(boxes[0]->port()) + "\""; }
    std::string past() const override { return "url: \"" + redis_url(redis.port()) + "\""; }
    RedisServer redis;
};

// The sentinel in the middle names the boxes instead of the servers.
struct BehindSentinels : Site {
    BehindSentinels() {
        for (size_t i = 0; i < RedisSentinels::kDataServers; ++i)
            boxes.push_back(std::make_unique<FaultProxy>(sentinels.server(i).endpoint()));
        master = sentinels.master_index();
        asked.answer_with([this](const std::vector<std::string>& words) -> std::optional<std::string> {
            if (in_capitals(words[0]) != "SENTINEL") return std::nullopt;
            return "*2\r\n" + bulk("127.0.0.1") + bulk(std::to_string(boxes[master]->port()));
        });
    }
    static std::string in_capitals(std::string text) {
        for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
        return text;
    }
    RedisServer& server() override { return sentinels.server(master); }
    std::string through() const override { return "sentinels: [\"" + asked.endpoint().text() + "\"]"; }
    std::string past() const override {
        return "sentinels: [\"" + const_cast<RedisSentinels&>(sentinels).endpoints()[0].text() + "\"]";
    }
    RedisSentinels sentinels{[] {
        SentinelOptions options;
        options.down_after = Milliseconds(10'000);
        return options;
    }()};
    std::atomic<size_t> master{0};
    FaultProxy asked{sentinels.endpoints()[0]};
};

struct InCluster : Site {
    InCluster() {
        for (size_t i = 0; i < 3; ++i) boxes.push_back(std::make_unique<FaultProxy>(cluster.node(i).endpoint()));
        std::string map = "*3\r\n";
        for (size_t i = 0; i < 3; ++i) {
            uint16_t first = 0, last = RedisCluster::kSlots - 1;
            while (cluster.owner(first) != i) first = static_cast<uint16_t>(first + kStep);
            while (first > 0 && cluster.owner(static_cast<uint16_t>(first - 1)) == i) --first;
            while (cluster.owner(last) != i) last = static_cast<uint16_t>(last - kStep);
            while (last + 1 < RedisCluster::kSlots && cluster.owner(static_cast<uint16_t>(last + 1)) == i) ++last;
            map += "*3\r\n:" + std::to_string(first) + "\r\n:" + std::to_string(last) + "\r\n*2\r\n" +
                   bulk("127.0.0.1") + ":" + std::to_string(boxes[i]->port()) + "\r\n";
        }
        on_each([&](FaultProxy& box) { box.answer("CLUSTER", map); });
    }
    RedisServer& server() override { return cluster.node(cluster.owner_of(kKey)); }
    std::string through() const override {
        return "url: \"" + redis_url(boxes[0]->port()) + "\", cluster: true";
    }
    std::string past() const override {
        return "url: \"" + redis_url(const_cast<RedisCluster&>(cluster).node(0).port()) + "\", cluster: true";
    }
    static constexpr uint16_t kStep = 256;
    RedisCluster cluster{[] {
        ClusterOptions options;
        options.replicas = false;
        return options;
    }()};
};

Layers only_redis(const std::string& timeout) {
    Layers layers;
    layers.has_memory = false;
    layers.redis = "timeout: " + timeout;
    return layers;
}

void require_taken(const std::function<aurelis_status()>& write) {
    require_soon(
        "a write that is taken", [&] { return write() == AURELIS_OK; }, kPatience);
}

// v1 is there, and v2 is kept back until deliver(): its caller has been told that it timed out.
void give_up_v2(Site& site, Opened& opened) {
    // A box keeps back what comes over the connections that it has. On a busy machine the pool may have given one up
    // just now, and the write goes over a new one: then nothing was kept back, and it is tried again.
    require_soon(
        "a write that is kept back",
        [&] {
            site.on_each([](FaultProxy& box) { box.let_through(); });
            require_taken([&] { return opened.set(kId, kFirst); });
            if (opened.get(kId) != kFirst) return false;
            const size_t before = site.sets();
            site.on_each([](FaultProxy& box) { box.keep_back(); });
            return opened.set(kId, kLate) < 0 && site.sets() > before;
        },
        kPatience);
}

// Every process finds v3 or nothing in the store.
void check_nobody_finds_v2(Site& site, Opened& opened, const std::string& wanted) {
    CHECK(site.stored().find(kLate) == std::string::npos);
    CHECK(opened.get(kId) == wanted);
    Opened other(only_redis("10s").over_options(site.past()));
    CHECK(other.get(kId) == wanted);
}

void try_all(const std::function<std::unique_ptr<Site>()>& make) {
    SECTION("the same process sets the key anew") {
        const auto site = make();
        Opened opened(only_redis("300ms").over_options(site->through()));
        give_up_v2(*site, opened);
        require_taken([&] { return opened.set(kId, kNewest); });
        site->deliver();
        check_nobody_finds_v2(*site, opened, kNewest);
    }
    SECTION("the same process removes the key") {
        const auto site = make();
        Opened opened(only_redis("300ms").over_options(site->through()));
        give_up_v2(*site, opened);
        require_soon(
            "a removal that is taken", [&] { return opened.remove(kId) >= 0; }, kPatience);
        site->deliver();
        check_nobody_finds_v2(*site, opened, "-");
    }
    SECTION("another process sets the key, and the first one cannot reach the server") {
        const auto site = make();
        Opened opened(only_redis("300ms").over_options(site->through()));
        Opened other(only_redis("10s").over_options(site->past()));
        give_up_v2(*site, opened);
        site->on_each([](FaultProxy& box) { box.door(Door::Closed); });
        REQUIRE(other.set(kId, kNewest) == AURELIS_OK);
        site->deliver();
        CHECK(site->stored().find(kLate) == std::string::npos);
        CHECK(other.get(kId) != kLate);  // If v3 has gone with it, that costs a miss.
        site->on_each([](FaultProxy& box) { box.door(Door::Open); });
        require_soon(
            "no note that waits",
            [&] { return layer_stats(opened, "L2_redis")["missed_writes"]["waiting"] == 0; }, kPatience);
        CHECK(opened.get(kId) != kLate);
        CHECK(other.get(kId) != kLate);
    }
    SECTION("the connection is lost long before the deadline of the write") {
        const auto site = make();
        Opened opened(only_redis("30s").over_options(site->through()));
        require_taken([&] { return opened.set(kId, kFirst); });
        const size_t before = site->sets();
        site->on_each([](FaultProxy& box) { box.keep_back(); });
        std::thread given_up([&] {
            Calls calls(opened.cache);
            calls.set(kId, kLate);
        });
        require_soon(
            "a write that is kept back", [&] { return site->sets() > before; }, kPatience);
        site->on_each([](FaultProxy& box) { box.keep_back_and_reset(); });
        given_up.join();
        require_taken([&] { return opened.set(kId, kNewest); });
        site->deliver();
        check_nobody_finds_v2(*site, opened, kNewest);
    }
}

}  // namespace

TEST_CASE("redis late writes: what timed out does not come back over one server") {
    try_all([] { return std::make_unique<OneServer>(); });
}

TEST_CASE("redis late writes: what timed out does not come back behind sentinels") {
    try_all([] { return std::make_unique<BehindSentinels>(); });
}

TEST_CASE("redis late writes: what timed out does not come back in a cluster") {
    try_all([] { return std::make_unique<InCluster>(); });
}

TEST_CASE("redis late writes: what the old master gets after a failover is not believed") {
    BehindSentinels site;
    Opened opened(only_redis("300ms").over_options(site.through()));
    give_up_v2(site, opened);
    site.sentinels.failover();
    site.master = site.sentinels.master_index();
    require_taken([&] { return opened.set(kId, kNewest); });
    site.deliver();
    check_nobody_finds_v2(site, opened, kNewest);
}

TEST_CASE("redis late writes: the kernel does not deliver what was given up") {
    RedisServer server;
    FaultProxy proxy(server.endpoint());
    Opened opened(only_redis("300ms").over(proxy.port()));
    // A write may go over a connection that is just being made, which holds nothing to be delivered; then it is tried
    // again.
    require_soon(
        "a connection with an unanswered write that is reset",
        [&] {
            proxy.calm();
            require_taken([&] { return opened.set(kId, kFirst); });
            const size_t before = proxy.traffic().client_resets;
            proxy.black_hole();
            CHECK(opened.set(kId, kLate) < 0);
            return proxy.wait_for([&](const Traffic& seen) { return seen.client_resets > before; },
                                  Milliseconds(3'000));
        },
        kPatience);
}
