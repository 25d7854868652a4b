// What the memory backend promises beyond the suite for all backends: its bounds, its eviction, its
// reclaiming.
#include "support/catch.hpp"
#include "support/plugin_host.hpp"

#include <atomic>
#include <cmath>
#include <list>
#include <random>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace {

using namespace aurelis::test;

std::string numbered(const char* stem, uint64_t i) { return stem + std::to_string(i); }

SetOptions until(int64_t expires_wall) {
    SetOptions options;
    options.expires_wall = expires_wall;
    return options;
}

bool holds(Instance& store, const std::string& key) {
    return store.get(key, AURELIS_CALL_PEEK).status == AURELIS_OK;
}

}  // namespace

TEST_CASE("memory options refuse zero bounds and both names of one bound") {
    CHECK(refusal_of("memory", {{"max_size", "0"}}).find("max_size") != std::string::npos);
    CHECK(refusal_of("memory", {{"max_entries", "0"}}).find("max_entries") != std::string::npos);
    CHECK(refusal_of("memory", {{"max_entries", "5"}, {"max_size", "5"}}).find("max_size") != std::string::npos);
    CHECK(refusal_of("memory", {{"max_size", "5"}}).empty());
}

TEST_CASE("memory options bound it by 64 MiB if no bound is given") {
    PluginHost host;
    CHECK(open_backend("memory", {}, host)->size().capacity_bytes == uint64_t{64} << 20);
    CHECK(open_backend("memory", {}, host)->size().capacity_entries == UINT64_MAX);
    CHECK(open_backend("memory", {{"max_size", "7"}}, host)->size().capacity_entries == 7);
    CHECK(open_backend("memory", {{"max_size", "7"}}, host)->size().capacity_bytes == UINT64_MAX);
}

TEST_CASE("memory holds exactly max_entries however small") {
    PluginHost host;
    for (const uint64_t bound : {1u, 2u, 3u, 10u, 100u, 5000u}) {
        auto store = open_backend("memory", {{"max_entries", std::to_string(bound)}}, host);
        uint64_t most = 0;
        for (uint64_t i = 0; i < 3 * bound + 5; ++i) {
            REQUIRE(store->set(numbered("key", i), "value") == AURELIS_OK);
            REQUIRE(store->get(numbered("key", i)).is("value"));
            most = std::max(most, store->size().entries);
        }
        CHECK(most == bound);
        CHECK(store->size().entries == bound);
    }
}

TEST_CASE("memory bounds hold at every moment under concurrent writes") {
    PluginHost host;
    constexpr uint64_t kEntries = 3000, kBytes = 512 << 10;
    auto store =
        open_backend("memory", {{"max_entries", "3000"}, {"max_bytes", "512KiB"}, {"shards", "4"}}, host);
    std::atomic<bool> ends{false};
    std::atomic<uint64_t> worst_entries{0}, worst_bytes{0};
    std::thread watcher([&] {
        while (!ends) {
            const aurelis_size told = store->size();
            worst_entries = std::max(worst_entries.load(), told.entries);
            worst_bytes = std::max(worst_bytes.load(), told.bytes);
        }
    });
    std::vector<std::thread> writers;
    for (uint64_t t = 0; t < 4; ++t) {
        writers.emplace_back([&, t] {
            std::mt19937_64 random(t);
            for (int i = 0; i < 20000; ++i) {
                const std::string key = numbered("key", random() % 20000);
                // Now many small entries, so that one bound holds, now larger ones, so that the other does.
                const size_t size = i / 5000 % 2 == 0 ? 1 : random() % 3000;
                if (store->set(key, std::string(size, 'v')) != AURELIS_OK) worst_bytes = UINT64_MAX;
                if (random() % 8 == 0) store->remove(key);
            }
        });
    }
    for (auto& writer : writers) writer.join();
    ends = true;
    watcher.join();
    CHECK(worst_entries.load() <= kEntries);
    CHECK(worst_bytes.load() <= kBytes);
    CHECK(store->stats()["evictions"] > 1000);
}

TEST_CASE("memory overwriting at capacity evicts nobody and renews the place of the key") {
    PluginHost host;
    auto store = open_backend("memory", {{"max_entries", "10"}}, host);
    for (int i = 0; i < 10; ++i) store->set(numbered("key", i), "value");
    for (int round = 0; round < 100; ++round)
        REQUIRE(store->set("key0", numbered("again", round)) == AURELIS_OK);
    for (int i = 0; i < 10; ++i) CHECK(holds(*store, numbered("key", i)));
    CHECK(store->stats()["evictions"] == 0);
    store->set("one more", "value");
    CHECK(holds(*store, "key0"));
    CHECK_FALSE(holds(*store, "key1"));
}

TEST_CASE("memory holds nothing under a key whose new value is too large") {
    PluginHost host;
    auto store = open_backend("memory", {{"max_bytes", "64KiB"}}, host);
    REQUIRE(store->set("key", "small") == AURELIS_OK);
    REQUIRE(store->set("other", "small") == AURELIS_OK);
    const uint64_t version = store->get("key").meta.version;
    CHECK(store->set("key", std::string(100'000, 'x')) == AURELIS_E_TOO_LARGE);
    CHECK(store->get("key").status == AURELIS_NOT_FOUND);
    CHECK(store->get("key").meta.version != version);
    CHECK(holds(*store, "other"));
    CHECK(store->last_error().find("max_bytes") != std::string::npos);
    REQUIRE(store->set("key", "small") == AURELIS_OK);
    SetOptions absent;
    absent.flags = AURELIS_SET_IF_ABSENT;
    CHECK(store->set("key", std::string(100'000, 'x'), absent) == AURELIS_CONFLICT);
    CHECK(holds(*store, "key"));
}

TEST_CASE("memory a value of nearly the whole bound still fits after many small ones") {
    PluginHost host;
    auto store = open_backend("memory", {{"max_bytes", "256KiB"}}, host);
    for (int i = 0; i < 5000; ++i) store->set(numbered("key", i), "");
    const std::string large(245 * 1024, 'x');
    CHECK(store->set("large", large) == AURELIS_OK);
    CHECK(store->get("large").is(large));
    CHECK(store->size().bytes <= 256u * 1024);
}

TEST_CASE("memory reclaims expired entries in the background without a read") {
    PluginHost host;
    auto store = open_backend("memory", {{"max_entries", "100000"}, {"shards", "4"}}, host);
    const uint64_t empty = store->size().bytes;
    for (int i = 0; i < 9000; ++i) {
        store->set(numbered("short", i), "value", until(host.now_wall() + 2 * kSecond));
        if (i % 3 == 0) store->set(numbered("long", i), "value", until(host.now_wall() + 100 * kSecond));
    }
    host.advance(kSecond);
    host.run_due_tasks();
    CHECK(store->size().entries == 12000);
    host.advance(2 * kSecond);
    host.run_due_tasks();
    CHECK(store->size().entries == 3000);
    CHECK(store->stats()["expirations"] == 9000);
    REQUIRE(store->touch("long0", host.now_wall() + 1000 * kSecond) == AURELIS_OK);
    host.advance(100 * kSecond);
    host.run_due_tasks();
    CHECK(store->size().entries == 1);
    CHECK(holds(*store, "long0"));
    store->remove("long0");
    for (int i = 0; i < 20; ++i) {
        host.advance(2 * kSecond);
        host.run_due_tasks();
    }
    CHECK(store->size().bytes == empty);
}

TEST_CASE("memory never serves an expired entry before it is reclaimed") {
    PluginHost host;
    auto store = open_backend("memory", {}, host);
    store->set("key", "value", until(host.now_wall() + kSecond));
    host.advance(kSecond);
    CHECK(store->get("key", AURELIS_CALL_EXPIRED_TOO | AURELIS_CALL_PEEK).is("value"));
    CHECK(store->get("key").status == AURELIS_NOT_FOUND);
}

TEST_CASE("memory counts what readers still pin beside the bound") {
    PluginHost host;
    auto store = open_backend("memory", {{"max_entries", "1"}}, host);
    store->set("first", std::string(10'000, 'x'));
    Got pinned = store->get("first");
    CHECK(store->stats()["pinned_bytes"] == 0);
    store->set("second", "value");
    CHECK_FALSE(holds(*store, "first"));
    CHECK(pinned.is(std::string(10'000, 'x')));
    CHECK(store->stats()["pinned_bytes"] > 10'000);
    pinned = Got{};
    CHECK(store->stats()["pinned_bytes"] == 0);
}

TEST_CASE("memory admits a key that comes back from the ghost to the main queue") {
    PluginHost host;
    auto store = open_backend("memory", {{"max_entries", "100"}}, host);
    for (int i = 0; i < 100; ++i) store->set(numbered("fill", i), "value");
    store->set("back", "value");
    for (int i = 0; i < 11; ++i) store->set(numbered("once", i), "value");
    for (int i = 0; holds(*store, "back") && i < 300; ++i) store->set(numbered("push", i), "value");
    REQUIRE_FALSE(holds(*store, "back"));
    CHECK(store->stats()["ghost_hits"] == 0);
    store->set("back", "value");
    CHECK(store->stats()["ghost_hits"] == 1);
    // From the small queue it would be gone after a handful of newcomers.
    for (int i = 0; i < 40; ++i) store->set(numbered("scan", i), "value");
    CHECK(holds(*store, "back"));
}

TEST_CASE("memory a peek does not count as a use") {
    PluginHost host;
    const auto survives = [&](uint32_t flags) {
        auto store = open_backend("memory", {{"max_entries", "20"}}, host);
        store->set("key", "value");
        for (int i = 0; i < 5; ++i) store->get("key", flags);
        for (int i = 0; i < 30; ++i) store->set(numbered("other", i), "value");
        return holds(*store, "key");
    };
    CHECK(survives(0));
    CHECK_FALSE(survives(AURELIS_CALL_PEEK));
}

TEST_CASE("memory hit ratio on a skewed sample is well above first in first out") {
    constexpr size_t kKeys = 20000, kBound = 1000, kRequests = 200'000;
    std::vector<double> weights(kKeys);
    for (size_t i = 0; i < kKeys; ++i) weights[i] = 1.0 / std::pow(static_cast<double>(i + 1), 0.9);
    std::discrete_distribution<size_t> zipf(weights.begin(), weights.end());
    std::mt19937_64 random(42);
    PluginHost host;
    auto store = open_backend("memory", {{"max_entries", std::to_string(kBound)}}, host);
    std::list<size_t> queue;
    std::unordered_map<size_t, bool> in_queue;
    size_t hits = 0, fifo_hits = 0;
    for (size_t i = 0; i < kRequests; ++i) {
        const size_t wanted = zipf(random);
        const std::string key = numbered("key", wanted);
        if (store->get(key).status == AURELIS_OK)
            ++hits;
        else
            store->set(key, "value");
        if (in_queue[wanted]) {
            ++fifo_hits;
            continue;
        }
        in_queue[wanted] = true;
        queue.push_back(wanted);
        if (queue.size() <= kBound) continue;
        in_queue[queue.front()] = false;
        queue.pop_front();
    }
    CAPTURE(hits, fifo_hits);
    CHECK(static_cast<double>(hits) > static_cast<double>(fifo_hits) + 0.08 * kRequests);
}
