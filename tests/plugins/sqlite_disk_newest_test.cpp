// sqlite-disk on files in which single bits are flipped: after an acknowledged set or removal, no older value comes
// back, whichever page of whichever tree is damaged.
#include "fuzz/sqlite/damage.hpp"
#include "plugins/sqlite_disk_rig.hpp"
#include "support/catch.hpp"

#include <algorithm>

using namespace sqlite_disk_test;
using namespace sqlite_damage;

namespace {

constexpr int kKeys = 1500;

std::string key_at(int i) { return "namespace:1:users:" + std::to_string(1'000'000 + i * 7919 % 90'001); }

// The old value of another key; a flipped bit in the right value is detected by the core's frame.
bool is_anothers(const std::string& value, int i) {
    const std::string dots(60, '.');
    if (value.rfind("old ", 0) != 0 || value.size() < 4 + dots.size() ||
        value.compare(value.size() - dots.size(), dots.size(), dots) != 0)
        return false;
    return value.substr(4, value.size() - 4 - dots.size()) != std::to_string(i);
}

std::string sound_file(const std::string& path) {
    Store store({{"path", path}});
    REQUIRE(store.open().started == AURELIS_OK);
    for (int i = 0; i < kKeys; ++i)
        REQUIRE(store.set(key_at(i), "old " + std::to_string(i) + std::string(60, '.')) == AURELIS_OK);
    REQUIRE(store.raw.ops->flush(&store.raw, &store.call) == AURELIS_OK);
    store.close();
    return read_all(path);
}

// Sets a third of the keys, removes a third, and makes the trees change shape; then nothing old may be left of them,
// now and after a restart.
void write_and_look_back(const OptionTexts& options) {
    const auto look_back = [](Store& store) {
        size_t old = 0;
        for (int i = 0; i < kKeys; ++i) {
            const Found found = store.get(key_at(i));
            if (i % 3 == 0) old += found.status != AURELIS_NOT_FOUND && found.value != "new " + std::to_string(i);
            if (i % 3 == 1) old += found.status != AURELIS_NOT_FOUND;
            if (i % 3 == 2) old += found.status != AURELIS_NOT_FOUND && is_anothers(found.value, i);
        }
        return old;
    };
    {
        Store store(options);
        REQUIRE(store.open().started == AURELIS_OK);
        for (int i = 0; i < kKeys; ++i) {
            if (i % 3 == 0) REQUIRE(store.set(key_at(i), "new " + std::to_string(i)) == AURELIS_OK);
            if (i % 3 == 1) REQUIRE(store.remove(key_at(i)) >= 0);
        }
        for (int i = 0; i < 300; ++i) REQUIRE(store.set("other " + std::to_string(i), "x") == AURELIS_OK);
        CHECK(look_back(store) == 0);
        for (int i = 0; i < 300; ++i) REQUIRE(store.remove("other " + std::to_string(i)) >= 0);
        CHECK(look_back(store) == 0);
    }
    Store again(options);
    REQUIRE(again.open().started == AURELIS_OK);
    CHECK(look_back(again) == 0);
}

}  // namespace

TEST_CASE("sqlite-disk gives no older value after a write, whichever bit of an index is flipped") {
    Folder folder;
    const std::string sound = sound_file(folder / "sound.db");
    // Inner pages are few, and each of their bits affects many keys: they get half of the seeds.
    const std::vector<size_t> inner = pages_of_kind(sound, kInnerIndexPage);
    const std::vector<size_t> leaves = pages_of_kind(sound, kIndexLeafPage);
    REQUIRE(!inner.empty());
    REQUIRE(leaves.size() > 10);
    for (uint32_t seed = 0; seed < 80; ++seed) {
        INFO("seed " << seed);
        Folder own;
        write_all(own / "c.db", with_a_bit_flipped(sound, seed % 2 == 0 ? inner : leaves, seed));
        write_and_look_back({{"path", own / "c.db"}});
    }
}

TEST_CASE("sqlite-disk gives no older value after a write, whichever bit of a table is flipped") {
    Folder folder;
    const std::string sound = sound_file(folder / "sound.db");
    const std::vector<size_t> inner = pages_of_kind(sound, kInnerTablePage);
    const std::vector<size_t> leaves = pages_of_kind(sound, kTableLeafPage);
    for (uint32_t seed = 0; seed < 80; ++seed) {
        INFO("seed " << seed);
        Folder own;
        // Not in what the frame of the core protects.
        write_all(own / "c.db", with_a_bit_flipped(sound, seed % 2 == 0 ? inner : leaves, seed, "...."));
        write_and_look_back({{"path", own / "c.db"}});
    }
}

TEST_CASE("sqlite-disk gives no older value when a bit of an inner page of the key index flips while it is open") {
    Folder folder;
    const std::string sound = sound_file(folder / "sound.db");
    const std::vector<size_t> inner = pages_of_kind(sound, kInnerIndexPage);
    size_t mended = 0;
    for (uint32_t seed = 0; seed < 40; ++seed) {
        INFO("seed " << seed);
        Folder own;
        write_all(own / "c.db", sound);
        Store store({{"path", own / "c.db"}});
        REQUIRE(store.open().started == AURELIS_OK);
        write_at(own / "c.db", 0, with_a_bit_flipped(sound, inner, seed));
        for (int i = 0; i < kKeys; ++i)
            REQUIRE(store.set(key_at(i), "new " + std::to_string(i)) == AURELIS_OK);
        for (int i = 0; i < kKeys; ++i) {
            const Found found = store.get(key_at(i));
            const bool right = found.status == AURELIS_NOT_FOUND || found.value == "new " + std::to_string(i);
            REQUIRE(right);
        }
        mended += store.stat("repaired") + store.stat("set_aside") > 0 ? 1 : 0;
        CHECK(store.stat("entries") <= kKeys);
    }
    CHECK(mended > 0);
}

TEST_CASE("sqlite-disk looks at all pages each hour, and mends damage that no call has met") {
    static std::atomic<int64_t> ahead{0};
    ahead = 0;
    Folder folder;
    const std::string sound = sound_file(folder / "c.db");
    Store store({{"path", folder / "c.db"}});
    store.rig.host.now_mono = [](const aurelis_host*) noexcept -> int64_t { return mono_now() + ahead; };
    REQUIRE(store.open().started == AURELIS_OK);
    store.upkeep(2);
    // A page that hides its last rows.
    const size_t page = pages_of_kind(sound, kTableLeafPage).at(10);
    std::string head = sound.substr(page * kPageBytes, 8);
    head[4] = static_cast<char>(head[4] - 2);
    write_at(folder / "c.db", page * kPageBytes, head);
    store.upkeep(2);
    CHECK(store.stat("repaired") + store.stat("set_aside") == 0);
    ahead = 3601 * kSecond;
    store.upkeep(2);
    CHECK(store.stat("repaired") + store.stat("set_aside") == 1);
    for (int i = 0; i < 2000 && store.stat("salvaged") == 0; ++i) store.upkeep();
    CHECK(store.stat("salvaged") > kKeys - 100);
}
