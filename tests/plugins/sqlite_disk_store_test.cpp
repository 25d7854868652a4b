// sqlite-disk as a store: what it returns, versions, batches, scans, expiry, eviction and bounds.
#include "plugins/sqlite_disk_rig.hpp"
#include "support/catch.hpp"

#include <sys/stat.h>
#include <algorithm>
#include <set>
#include <thread>

using namespace sqlite_disk_test;

namespace {

aurelis_match match_of() {
    aurelis_match match{};
    match.struct_size = sizeof match;
    return match;
}

std::vector<std::string> sorted(std::vector<std::string> keys) {
    std::sort(keys.begin(), keys.end());
    return keys;
}

uint64_t bytes_on_disk(const std::string& path) {
    struct stat file {};
    uint64_t bytes = 0;
    for (const char* suffix : {"", "-wal"})
        if (stat((path + suffix).c_str(), &file) == 0) bytes += static_cast<uint64_t>(file.st_size);
    return bytes;
}

}  // namespace

TEST_CASE("sqlite-disk gives back value, meta and attributes, also after a restart") {
    Folder folder;
    const OptionTexts options{{"path", folder / "c.db"}};
    const std::string key("k\0ey\xff", 5);
    const std::string value = std::string(5000, 'v') + std::string("\0end", 4);
    aurelis_write write = write_of(value, kNow + 90 * kSecond + 7);
    write.meta.created_wall = kNow - 3;
    write.meta.stale_wall = kNow + 11;
    write.meta.flags = AURELIS_ENTRY_TAGGED | 0x50000;
    write.meta.cost = 4'000'000'000u;
    const std::string attrs = tag_attr("red");
    write.attrs = aurelis::bytes(attrs);
    uint64_t version = 0;
    {
        Store store(options);
        REQUIRE(store.open().started == AURELIS_OK);
        REQUIRE(store.set(key, write, &version) == AURELIS_OK);
        REQUIRE(store.set("empty", "") == AURELIS_OK);
    }
    Store store(options);
    REQUIRE(store.open().started == AURELIS_OK);
    const Found found = store.get(key);
    REQUIRE(found.status == AURELIS_OK);
    CHECK(found.value == value);
    CHECK(found.attrs == attrs);
    CHECK(found.meta.created_wall == kNow - 3);
    CHECK(found.meta.stale_wall == kNow + 11);
    CHECK(found.meta.expires_wall == kNow + 90 * kSecond + 7);
    CHECK(found.meta.flags == write.meta.flags);
    CHECK(found.meta.cost == write.meta.cost);
    CHECK(version != 0);
    CHECK(found.meta.version == version);
    CHECK(store.get("empty").status == AURELIS_OK);
    CHECK(store.get("empty").value.empty());
    CHECK(store.get("absent").status == AURELIS_NOT_FOUND);
}

TEST_CASE("sqlite-disk keeps keys of 64 KiB with NULs apart") {
    Folder folder;
    Store store({{"path", folder / "c.db"}});
    store.open();
    std::string one(65536, '\0');
    std::string two = one;
    two.back() = 1;
    REQUIRE(store.set(one, "1") == AURELIS_OK);
    REQUIRE(store.set(two, "2") == AURELIS_OK);
    CHECK(store.get(one).value == "1");
    CHECK(store.get(two).value == "2");
    CHECK(store.scan().size() == 2);
}

TEST_CASE("sqlite-disk meets the conditions of a write, and expired counts as absent") {
    Folder folder;
    Store store({{"path", folder / "c.db"}});
    store.open();
    CHECK(store.set("a", write_of("1", 0, AURELIS_SET_IF_PRESENT)) == AURELIS_CONFLICT);
    CHECK(store.set("a", write_of("1", kNow + kSecond, AURELIS_SET_IF_ABSENT)) == AURELIS_OK);
    CHECK(store.set("a", write_of("2", 0, AURELIS_SET_IF_ABSENT)) == AURELIS_CONFLICT);
    CHECK(store.get("a").value == "1");
    store.rig.wall = kNow + kSecond;
    CHECK(store.get("a").status == AURELIS_NOT_FOUND);
    CHECK(store.get("a", AURELIS_CALL_EXPIRED_TOO).value == "1");
    CHECK(store.set("a", write_of("2", 0, AURELIS_SET_IF_PRESENT)) == AURELIS_CONFLICT);
    CHECK(store.set("a", write_of("3", 0, AURELIS_SET_IF_ABSENT)) == AURELIS_OK);
    CHECK(store.get("a").value == "3");
}

TEST_CASE("sqlite-disk versions catch every change between a look and a fill") {
    Folder folder;
    Store store({{"path", folder / "c.db"}, {"max_entries", "2"}});
    store.open();
    const auto fill = [&](uint64_t seen, const char* key = "k") {
        aurelis_write write = write_of("filled", 0, AURELIS_SET_IF_VERSION | AURELIS_SET_FILL);
        write.if_version = seen;
        return store.set(key, write);
    };
    const uint64_t fresh = store.get("k").meta.version;
    CHECK(fresh == 0);
    SECTION("a removal of what was never there") {
        CHECK(store.remove("k") == AURELIS_NOT_FOUND);
        CHECK(store.get("k").meta.version != fresh);
        CHECK(fill(fresh) == AURELIS_CONFLICT);
        CHECK(fill(store.get("k").meta.version) == AURELIS_OK);
    }
    SECTION("a set and a removal") {
        store.set("k", "new");
        CHECK(store.remove("k") == AURELIS_OK);
        CHECK(fill(fresh) == AURELIS_CONFLICT);
        CHECK(store.get("k").status == AURELIS_NOT_FOUND);
    }
    SECTION("a set that was evicted") {
        store.set("k", "new");
        store.set("x", "1");
        store.set("y", "2");
        CHECK_FALSE(store.has("k"));
        CHECK(fill(fresh) == AURELIS_CONFLICT);
    }
    SECTION("a set that expired, purged or not") {
        store.set("k", write_of("new", kNow + 1));
        store.rig.wall = kNow + kSecond;
        CHECK(fill(fresh) == AURELIS_CONFLICT);
        const uint64_t expired = store.get("k").meta.version;
        CHECK(fill(expired) == AURELIS_OK);
    }
    SECTION("clearing everything") {
        aurelis_match all = match_of();
        uint64_t removed = 0;
        store.set("x", "1");
        CHECK(store.raw.ops->remove_matching(&store.raw, &store.call, &all, &removed) == AURELIS_OK);
        CHECK(removed == 1);
        CHECK(fill(fresh) == AURELIS_CONFLICT);
        CHECK(fill(store.get("k").meta.version) == AURELIS_OK);
    }
    SECTION("nothing happened") { CHECK(fill(fresh) == AURELIS_OK); }
}

TEST_CASE("sqlite-disk touch moves the end of life and nothing else") {
    Folder folder;
    Store store({{"path", folder / "c.db"}});
    store.open();
    uint64_t version = 0;
    store.set("a", write_of("1", kNow + kSecond), &version);
    const aurelis_key a = key_of("a");
    CHECK(store.raw.ops->touch(&store.raw, &store.call, &a, kNow + 10 * kSecond) == AURELIS_OK);
    store.rig.wall = kNow + 5 * kSecond;
    CHECK(store.get("a").value == "1");
    CHECK(store.get("a").meta.version == version);
    store.rig.wall = kNow + 20 * kSecond;
    CHECK(store.raw.ops->touch(&store.raw, &store.call, &a, kNow + 90 * kSecond) == AURELIS_NOT_FOUND);
    CHECK(store.get("a").status == AURELIS_NOT_FOUND);
}

TEST_CASE("sqlite-disk batches answer per item and mix sets with removals") {
    Folder folder;
    Store store({{"path", folder / "c.db"}});
    store.open();
    store.set("old", "1");
    const aurelis_key keys[] = {key_of("old"), key_of("new"), key_of("gone"), key_of("clash")};
    store.set("clash", "kept");
    aurelis_write writes[] = {write_of("", 0, AURELIS_SET_REMOVE), write_of("2"),
                              write_of("", 0, AURELIS_SET_REMOVE), write_of("3", 0, AURELIS_SET_IF_ABSENT)};
    aurelis_status each[4] = {};
    CHECK(store.raw.ops->multi_write(&store.raw, &store.call, keys, writes, 4, each, nullptr) == AURELIS_PARTIAL);
    CHECK(each[0] == AURELIS_OK);
    CHECK(each[1] == AURELIS_OK);
    CHECK(each[2] == AURELIS_NOT_FOUND);
    CHECK(each[3] == AURELIS_CONFLICT);
    aurelis_entry found[4] = {};
    CHECK(store.raw.ops->multi_get(&store.raw, &store.call, keys, 4, found) == AURELIS_OK);
    CHECK(found[0].status == AURELIS_NOT_FOUND);
    CHECK(found[0].meta.version != 0);
    CHECK(found[1].status == AURELIS_OK);
    CHECK(aurelis::view(found[1].value) == "2");
    CHECK(aurelis::view(found[3].value) == "kept");
    for (aurelis_entry& entry : found) aurelis_buf_release(&entry.value);
}

TEST_CASE("sqlite-disk scans what matches, page by page") {
    Folder folder;
    Store store({{"path", folder / "c.db"}});
    store.open();
    const std::string red = tag_attr("red");
    std::set<std::string> all;
    for (int i = 0; i < 40; ++i) {
        const std::string key = (i % 2 == 0 ? "a:" : "b:") + std::to_string(i);
        aurelis_write write = write_of(i == 7 ? "long value" : "v", i == 9 ? kNow - 1 : 0);
        write.meta.created_wall = kNow + i;
        if (i % 10 == 0) write.attrs = aurelis::bytes(red);
        store.set(key, write);
        if (i != 9) all.insert(key);
    }
    store.set("a:*", "v");
    all.insert("a:*");
    aurelis_match match = match_of();
    for (const uint64_t page : {1u, 7u, 1000u}) {
        const auto keys = store.scan(nullptr, page);
        CHECK(keys.size() == all.size());
        CHECK(std::set<std::string>(keys.begin(), keys.end()) == all);
    }
    SECTION("prefix") {
        match.prefix = aurelis::bytes("a:");
        CHECK(store.scan(&match).size() == 21);
    }
    SECTION("pattern with a set") {
        match.pattern = aurelis::bytes("a:1[0-4]");
        CHECK(store.scan(&match) == std::vector<std::string>{"a:10", "a:12", "a:14"});
    }
    SECTION("pattern with an escape") {
        match.pattern = aurelis::bytes("a:\\*");
        CHECK(store.scan(&match) == std::vector<std::string>{"a:*"});
    }
    SECTION("tag") {
        match.tag = aurelis::bytes("red");
        CHECK(sorted(store.scan(&match, 1)) == std::vector<std::string>{"a:0", "a:10", "a:20", "a:30"});
        store.set("a:10", "untagged now");
        store.remove("a:20");
        CHECK(sorted(store.scan(&match, 3)) == std::vector<std::string>{"a:0", "a:30"});
    }
    SECTION("age and size") {
        match.created_before = kNow + 3;
        CHECK(sorted(store.scan(&match)) == std::vector<std::string>{"a:*", "a:0", "a:2", "b:1"});
        match.created_before = 0;
        match.larger_than = 1;
        CHECK(store.scan(&match) == std::vector<std::string>{"b:7"});
    }
    SECTION("remove_matching removes just those") {
        match.prefix = aurelis::bytes("b:");
        uint64_t removed = 0;
        CHECK(store.raw.ops->remove_matching(&store.raw, &store.call, &match, &removed) == AURELIS_OK);
        CHECK(removed >= 19);
        CHECK(store.scan().size() == 21);
    }
    SECTION("a condition that is not known is refused") {
        struct {
            aurelis_match known;
            uint64_t unknown;
        } later{match_of(), 1};
        later.known.struct_size = sizeof later;
        uint64_t removed = 0;
        CHECK(store.raw.ops->remove_matching(&store.raw, &store.call, &later.known, &removed) ==
              AURELIS_E_UNSUPPORTED);
        CHECK(store.scan().size() == all.size());
    }
}

TEST_CASE("sqlite-disk goes on behind the key at which the visitor stopped") {
    Folder folder;
    Store store({{"path", folder / "c.db"}});
    store.open();
    for (const char* key : {"a", "b", "c"}) store.set(key, std::string("=") + key);
    const auto first = [](void* user, const aurelis_key* key,
                          const aurelis_entry* entry) noexcept -> uint32_t {
        *static_cast<std::string*>(user) += std::string(static_cast<const char*>(key->data), key->size) +
                                            std::string(aurelis::view(entry->value));
        return 0;
    };
    std::string seen;
    std::string after;
    for (int i = 0; i < 4; ++i) {
        aurelis_scan page{};
        page.struct_size = sizeof page;
        page.flags = AURELIS_SCAN_ENTRIES;
        page.page_hint = 100;
        page.after = aurelis::bytes(after);
        REQUIRE(store.raw.ops->scan(&store.raw, &store.call, &page, first, &seen) == AURELIS_OK);
        after = aurelis::view(page.next);
        aurelis_buf_release(&page.next);
    }
    CHECK(seen == "a=ab=bc=c");
    CHECK(after.empty());
}

TEST_CASE("sqlite-disk evicts the least recently used first, and a peek is no use") {
    Folder folder;
    const OptionTexts options{{"path", folder / "c.db"}, {"max_entries", "4"}};
    {
        Store store(options);
        store.open();
        for (const char* key : {"a", "b", "c", "d"}) store.set(key, "1");
        CHECK(store.get("a").status == AURELIS_OK);
        CHECK(store.get("b", AURELIS_CALL_PEEK).status == AURELIS_OK);
        SECTION("at once") {
            store.set("e", "1");
            CHECK(sorted(store.scan()) == std::vector<std::string>{"a", "c", "d", "e"});
            store.set("a", "overwritten");
            CHECK(store.scan().size() == 4);
            CHECK(store.stat("evictions") == 1);
            store.set("f", "1");
            CHECK(sorted(store.scan()) == std::vector<std::string>{"a", "d", "e", "f"});
            return;
        }
        SECTION("after a restart") {}
    }
    Store store(options);
    store.open();
    store.set("e", "1");
    CHECK(sorted(store.scan()) == std::vector<std::string>{"a", "c", "d", "e"});
}

TEST_CASE("sqlite-disk reads write nothing") {
    Folder folder;
    Store store({{"path", folder / "c.db"}});
    store.open();
    for (int i = 0; i < 100; ++i) store.set("k" + std::to_string(i), "v");
    const uint64_t before = bytes_on_disk(folder / "c.db");
    const auto changed = fs::last_write_time(folder / "c.db-wal");
    for (int i = 0; i < 1000; ++i) store.get("k" + std::to_string(i % 100));
    CHECK(bytes_on_disk(folder / "c.db") == before);
    CHECK(fs::last_write_time(folder / "c.db-wal") == changed);
    CHECK(store.stat("recency_notes") == 100);
}

TEST_CASE("sqlite-disk stays within max_bytes when three times as much comes, and keeps the newest") {
    Folder folder;
    constexpr uint64_t kMost = 2u << 20;
    Store store({{"path", folder / "c.db"}, {"max_bytes", "2MiB"}});
    store.open();
    uint64_t highest = 0;
    const std::string value(3000, 'x');
    for (int i = 0; i < 2100; ++i) {
        REQUIRE(store.set("k" + std::to_string(i), value) == AURELIS_OK);
        highest = std::max(highest, bytes_on_disk(folder / "c.db"));
    }
    CHECK(highest <= kMost + kMost / 8);
    CHECK(store.stat("evictions") > 1000);
    CHECK(store.has("k2099"));
    CHECK(store.has("k1900"));
    CHECK_FALSE(store.has("k0"));
    CHECK(store.stat("entries") == static_cast<double>(store.scan(nullptr, 500).size()));
    CHECK(store.stat("entries") > 250);
}

TEST_CASE("sqlite-disk refuses what would take half the room and keeps nothing under the key") {
    Folder folder;
    Store store({{"path", folder / "c.db"}, {"max_bytes", "1MiB"}});
    store.open();
    store.set("k", "small");
    CHECK(store.set("k", std::string(600'000, 'x')) == AURELIS_E_TOO_LARGE);
    CHECK(store.call.error.find("max_bytes") != std::string::npos);
    CHECK(store.get("k").status == AURELIS_NOT_FOUND);
}

TEST_CASE("sqlite-disk takes a value of 64 MiB") {
    Folder folder;
    Store store({{"path", folder / "c.db"}});
    store.open();
    const std::string value(64u << 20, 'y');
    REQUIRE(store.set("big", value) == AURELIS_OK);
    CHECK(store.get("big").value == value);
}

TEST_CASE("sqlite-disk purges what has expired in small pieces and gives the room back") {
    Folder folder;
    Store store({{"path", folder / "c.db"}, {"purge_interval", "10ms"}});
    store.open();
    for (int i = 0; i < 1000; ++i)
        store.set("k" + std::to_string(i), write_of(std::string(2000, 'x'), kNow + kSecond));
    store.set("stays", "1");
    store.rig.wall = kNow + 2 * kSecond;
    store.upkeep();
    CHECK(store.stat("entries") > 700);
    for (int i = 0; i < 100 && store.stat("free_pages") + store.stat("entries") > 100; ++i) store.upkeep();
    CHECK(store.stat("entries") == 1);
    CHECK(store.stat("expirations") == 1000);
    CHECK(store.has("stays"));
    CHECK(store.stat("free_pages") < 300);
    CHECK(store.raw.ops->flush(&store.raw, &store.call) == AURELIS_OK);
    CHECK(fs::file_size(folder / "c.db") < 1'300'000);
}

TEST_CASE("sqlite-disk refuses what must not block and what comes too late") {
    Folder folder;
    Store store({{"path", folder / "c.db"}});
    store.open();
    CHECK(store.get("k", AURELIS_CALL_NO_BLOCK).status == AURELIS_E_BUSY);
    store.call.deadline_mono = mono_now() - 1;
    CHECK(store.set("k", "v") == AURELIS_E_TIMEOUT);
    store.call.deadline_mono = 0;
    const uint32_t given_up = 1;
    store.call.cancel = &given_up;
    CHECK(store.set("k", "v") == AURELIS_E_CANCELLED);
    store.call.cancel = nullptr;
    CHECK_FALSE(store.has("k"));
    store.close();
    CHECK(store.set("k", "v") == AURELIS_E_CLOSED);
}

TEST_CASE("sqlite-disk serves threads that read, write and scan at once with few readers") {
    Folder folder;
    Store store(
        {{"path", folder / "c.db"}, {"readers", "2"}, {"max_entries", "50"}, {"busy_timeout", "60s"}});
    store.open();
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&, t] {
            for (int i = 0; i < 150; ++i) {
                Call call;
                const std::string name = "k" + std::to_string((i * 7 + t) % 80);
                const std::string value = name + std::string(200, '.');
                const aurelis_key key = key_of(name);
                const aurelis_write write = write_of(value);
                if (store.raw.ops->set(&store.raw, &call, &key, &write, nullptr) != AURELIS_OK) ++wrong;
                aurelis_entry entry{};
                const aurelis_status status = store.raw.ops->get(&store.raw, &call, &key, &entry);
                if (status < 0 || (status == AURELIS_OK && aurelis::view(entry.value) != value)) ++wrong;
                if (status == AURELIS_OK) aurelis_buf_release(&entry.value);
                if (t == 0) store.upkeep();
            }
        });
    for (std::thread& thread : threads) thread.join();
    CHECK(wrong == 0);
    CHECK(store.scan().size() == 50);
}

TEST_CASE("sqlite-disk evicts in the order of use when the clock has run ahead and was put back") {
    Folder folder;
    const OptionTexts options{{"path", folder / "c.db"}, {"max_entries", "10"}};
    Store store(options), other(options);
    store.open();
    store.rig.wall += 75 * int64_t{365} * 24 * 3600 * kSecond;  // 2100 and some.
    for (int i = 0; i < 10; ++i) store.set("ahead" + std::to_string(i), "v");
    SECTION("in the process that has seen it") {
        store.rig.wall = kNow;
        for (int i = 0; i < 10; ++i) REQUIRE(store.set("now" + std::to_string(i), "v") == AURELIS_OK);
        for (int i = 0; i < 10; ++i) CHECK(store.has("now" + std::to_string(i)));
    }
    SECTION("in one that opens the file later") {
        other.open();
        for (int i = 0; i < 10; ++i) REQUIRE(other.set("now" + std::to_string(i), "v") == AURELIS_OK);
        for (int i = 0; i < 10; ++i) CHECK(other.has("now" + std::to_string(i)));
    }
    SECTION("in one that had it open") {
        for (int i = 0; i < 10; ++i) store.remove("ahead" + std::to_string(i));
        other.open();
        for (int i = 0; i < 10; ++i) store.set("ahead" + std::to_string(i), "v");
        other.upkeep();
        for (int i = 0; i < 10; ++i) REQUIRE(other.set("now" + std::to_string(i), "v") == AURELIS_OK);
        for (int i = 0; i < 10; ++i) CHECK(other.has("now" + std::to_string(i)));
    }
}
