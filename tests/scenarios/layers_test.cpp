// Memory over a real file: what outlives the process, what is promoted, what a broken disk costs.
#include "scenarios/scenario.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

using namespace aurelis;
using namespace aurelis::testing;

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

TEST_CASE("a database file that was damaged is set aside and the cache serves on") {
    Folder folder;
    const std::string path = folder / "cache.db";
    {
        Opened first(two_layers(path));
        for (int i = 0; i < 100; ++i) REQUIRE(first.set("user" + std::to_string(i), std::string(500, 'v')) == AURELIS_OK);
    }
    {
        std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
        file.write("this is no database at all, whatever it was before", 50);
    }
    Opened second(two_layers(path));
    REQUIRE(second.status == AURELIS_OK);
    CHECK(second.get("user1") == "-");
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
    aurelis_write_options options{};
    options.struct_size = sizeof options;
    options.flags = AURELIS_WRITE_TTL;
    options.ttl_ns = 1800 * kSecond;
    REQUIRE(opened.set("k", "v", &options) == AURELIS_OK);
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
    aurelis_read_options only_disk{};
    only_disk.struct_size = sizeof only_disk;
    only_disk.skip_layers = 1;
    CHECK(opened.get("k", &only_disk) == "v");
    CHECK(opened.layer == 2);
    aurelis_write_options not_disk{};
    not_disk.struct_size = sizeof not_disk;
    not_disk.skip_layers = 2;
    REQUIRE(opened.set("k", "w", &not_disk) == AURELIS_OK);
    CHECK(opened.get("k", &only_disk) == "-");
    CHECK(opened.get("k") == "w");
}
