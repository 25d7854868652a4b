// Memory over a real file: what outlives the process, what is promoted, what a broken disk costs.
#include "scenarios/scenario.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <thread>

using namespace aurelis;
using namespace aurelis::testing;

namespace {

int64_t steady_ns() { return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1); }

}  // namespace

TEST_CASE("what was set is found on disk after a restart, and then in memory") {
    Folder folder;
    {
        Opened first(two_layers(folder / "cache.db"));
        REQUIRE(first.status == AURELIS_OK);
        REQUIRE(first.set("user123", "{\"name\":\"John\"}") == AURELIS_OK);
        CHECK(first.get("user123") == "{\"name\":\"John\"}");
        CHECK(first.layer == 1);
    }
    Opened second(two_layers(folder / "cache.db"));
    CHECK(second.get("user123") == "{\"name\":\"John\"}");
    CHECK(second.layer == 2);
    CHECK(second.get("user123") == "{\"name\":\"John\"}");
    CHECK(second.layer == 1);
    REQUIRE(second.remove("user123") == AURELIS_OK);
    CHECK(second.get("user123") == "-");
    CHECK(second.remove("user123") == AURELIS_NOT_FOUND);
}

TEST_CASE("a database file that was damaged is set aside, what can be read is salvaged, and the cache serves on") {
    Folder folder;
    const std::string path = folder / "cache.db";
    {
        Opened first(two_layers(path));
        for (int i = 0; i < 100; ++i)
            REQUIRE(first.set("user" + std::to_string(i), std::string(500, 'v')) == AURELIS_OK);
    }
    {
        std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
        file.write("this is no database at all, whatever it was before", 50);
    }
    Opened second(two_layers(path));
    REQUIRE(second.status == AURELIS_OK);
    CHECK(second.get("user1") == std::string(500, 'v'));
    CHECK(second.set("user1", "again") == AURELIS_OK);
    size_t aside = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
        aside += entry.path().filename().string().find("corrupt") != std::string::npos ? 1 : 0;
    CHECK(aside >= 1);
}

TEST_CASE("clear empties every layer, also after a restart") {
    Folder folder;
    {
        Opened first(two_layers(folder / "cache.db"));
        for (int i = 0; i < 50; ++i) REQUIRE(first.set("user" + std::to_string(i), "v") == AURELIS_OK);
        uint64_t removed = 0;
        REQUIRE(aurelis_clear(first.cache, nullptr, &removed, nullptr) == AURELIS_OK);
        CHECK(removed == 50);
        CHECK(first.get("user7") == "-");
        REQUIRE(first.set("user7", "new") == AURELIS_OK);
        CHECK(first.get("user7") == "new");
    }
    Opened second(two_layers(folder / "cache.db"));
    CHECK(second.get("user8") == "-");
    CHECK(second.get("user7") == "new");
}

TEST_CASE("an entry lives in each layer for the smaller of its own life and the layer's") {
    Folder folder;
    ManualClock clock;
    Opened opened(two_layers(folder / "cache.db"), clock.table());
    REQUIRE(opened.set("k", "v", {.ttl = std::chrono::minutes(30)}) == AURELIS_OK);
    clock.advance(299 * kSecond);
    CHECK(opened.get("k") == "v");
    CHECK(opened.layer == 1);
    clock.advance(2 * kSecond);  // Past the 5 minutes of L1.
    CHECK(opened.get("k") == "v");
    CHECK(opened.layer == 2);
    clock.advance(1400 * kSecond);
    CHECK(opened.get("k") == "v");
    clock.advance(100 * kSecond);  // Past its own 30 minutes, however often it was promoted.
    CHECK(opened.get("k") == "-");
}

TEST_CASE("skipped layers are neither read nor filled") {
    Folder folder;
    Opened opened(two_layers(folder / "cache.db"));
    REQUIRE(opened.set("k", "v") == AURELIS_OK);
    const ReadOptions only_disk{.skip_layers = 1};
    CHECK(opened.get("k", only_disk) == "v");
    CHECK(opened.layer == 2);
    REQUIRE(opened.set("k", "w", {.skip_layers = 2}) == AURELIS_OK);
    CHECK(opened.get("k", only_disk) == "-");
    CHECK(opened.get("k") == "w");
}

TEST_CASE("what one process sets, removes or clears in a shared file, another's memory lets go") {
    Folder folder;
    Opened one(two_layers(folder / "cache.db")), two(two_layers(folder / "cache.db"));
    const auto in_time = [&](const char* what, auto&& seen) {
        INFO(what);
        const int64_t begin = steady_ns();
        while (!seen() && steady_ns() - begin < 60 * kSecond) std::this_thread::yield();
        CHECK(seen());
    };
    const auto follows = [](Opened& opened) { return opened.stats()["layers"][1]["following"]["state"] == "live"; };
    in_time("both follow the file", [&] { return follows(one) && follows(two); });
    REQUIRE(one.set("user123", "first") == AURELIS_OK);
    CHECK(two.get("user123") == "first");
    CHECK(two.get("user123") == "first");
    CHECK(two.layer == 1);
    REQUIRE(one.set("user123", "second") == AURELIS_OK);
    in_time("a set", [&] { return two.get("user123") == "second"; });
    REQUIRE(one.remove("user123") == AURELIS_OK);
    in_time("a removal", [&] { return two.get("user123") == "-"; });
    REQUIRE(two.set("user123", "third") == AURELIS_OK);
    in_time("a set the other way", [&] { return one.get("user123") == "third"; });
    REQUIRE(aurelis_clear(one.cache, nullptr, nullptr, nullptr) == AURELIS_OK);
    in_time("a clear", [&] { return two.get("user123") == "-"; });
    REQUIRE(two.set("user123", "fourth") == AURELIS_OK);
    CHECK(two.get("user123") == "fourth");
    in_time("what is set after a clear", [&] { return one.get("user123") == "fourth"; });
    CHECK(one.stats()["layers"][0]["life_limit_ns"] == nullptr);
}

TEST_CASE("memory over a shared file that does not tell of changes keeps copies for a second only") {
    Folder folder;
    ManualClock clock;
    const std::string yaml =
        "layers:\n  - {name: L1_memory, backend: memory, priority: 2}\n"
        "  - {name: L2_disk, backend: sqlite-disk, priority: 1, KEYS options: {path: \"" + (folder / "cache.db") +
        "\", watch: false}}\n";
    const auto with = [&](const std::string& keys) {
        std::string text = yaml;
        return text.replace(text.find("KEYS"), 4, keys);
    };
    const auto keeps = [&](const std::string& keys, int64_t ns) {
        Opened opened(with(keys), clock.table());
        REQUIRE(opened.set("user123", "v") == AURELIS_OK);
        clock.advance(ns);
        CHECK(opened.get("user123") == "v");
        return opened.layer == 1;
    };
    CHECK(keeps("", kSecond - 1));
    CHECK_FALSE(keeps("", kSecond));
    CHECK(keeps("trust: 5s,", 5 * kSecond - 1));
    CHECK_FALSE(keeps("trust: 5s,", 5 * kSecond));
    CHECK(keeps("trust: never,", 3600 * kSecond));
    CHECK(keeps("shared: false,", 3600 * kSecond));
}
