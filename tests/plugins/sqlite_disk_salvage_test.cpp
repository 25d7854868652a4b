// sqlite-disk brings what can be read of a damaged file into the fresh one: entries on sound pages come back, none of
// them older than what was acknowledged, and nothing that was removed.
#include "fuzz/sqlite/damage.hpp"
#include "plugins/sqlite_disk_rig.hpp"
#include "support/catch.hpp"

#include <set>

using namespace sqlite_disk_test;
using namespace sqlite_damage;

namespace {

constexpr int kKeys = 2400;

std::string key_at(int i) { return "key " + std::to_string(i); }

// Some entries are written twice, some removed, some long enough for pages of their own; the text of each is repeated
// all over its value.
std::string value_at(int i, int round) {
    const std::string word = "<" + std::to_string(i) + "/" + std::to_string(round) + ">";
    std::string value;
    while (value.size() < (i % 40 == 0 ? 9000u : 420u)) value += word;
    return value;
}
int last_round(int i) { return i % 5 == 0 ? 2 : 1; }
bool removed(int i) { return i % 7 == 0; }

void fill(Store& store) {
    for (int i = 0; i < kKeys; ++i) REQUIRE(store.set(key_at(i), value_at(i, 1)) == AURELIS_OK);
    for (int i = 0; i < kKeys; ++i)
        if (last_round(i) == 2) REQUIRE(store.set(key_at(i), value_at(i, 2)) == AURELIS_OK);
    for (int i = 0; i < kKeys; ++i)
        if (removed(i)) REQUIRE(store.remove(key_at(i)) == AURELIS_OK);
}

std::string sound_file(const std::string& path) {
    Store store({{"path", path}});
    REQUIRE(store.open().started == AURELIS_OK);
    fill(store);
    REQUIRE(store.raw.ops->flush(&store.raw, &store.call) == AURELIS_OK);
    store.close();
    return read_all(path);
}

// The pages that hold the value of an entry.
std::vector<std::set<size_t>> pages_of_entries(const std::string& bytes) {
    std::vector<std::set<size_t>> pages(kKeys);
    for (int i = 0; i < kKeys; ++i) {
        const std::string word = "<" + std::to_string(i) + "/" + std::to_string(last_round(i)) + ">";
        for (size_t at = bytes.find(word); at != std::string::npos; at = bytes.find(word, at + 1))
            pages[static_cast<size_t>(i)].insert(at / kPageBytes);
    }
    return pages;
}

struct Share {
    size_t intact = 0, back = 0, wrong = 0;
};

Share look_back(Store& store, const std::vector<std::set<size_t>>& pages, const std::set<size_t>& bad) {
    Share share;
    for (int i = 0; i < kKeys; ++i) {
        const Found found = store.get(key_at(i));
        if (found.status == AURELIS_OK) share.wrong += removed(i) || found.value != value_at(i, last_round(i));
        if (removed(i)) continue;
        bool intact = true;
        for (const size_t page : pages[static_cast<size_t>(i)]) intact = intact && bad.count(page) == 0;
        share.intact += intact;
        share.back += intact && found.status == AURELIS_OK;
    }
    return share;
}

void finish_salvage(Store& store) {
    for (int i = 0; i < 10'000 && store.stat("salvaged") == 0 && store.stat("set_aside") != 0; ++i) store.upkeep();
}

}  // namespace

TEST_CASE("sqlite-disk brings back what lies on the sound pages of a file with eight bad ones") {
    Folder folder;
    const std::string sound = sound_file(folder / "sound.db");
    const auto pages = pages_of_entries(sound);
    INFO(sound.size() / kPageBytes << " pages");
    REQUIRE(sound.size() / kPageBytes > 400);
    Share all;
    double least = 1;
    for (uint32_t seed = 0; seed < 40; ++seed) {
        INFO("seed " << seed);
        std::mt19937 chance(seed);
        std::string damaged = sound;
        std::set<size_t> bad;
        while (bad.size() < 8) {
            // The first page shows whose file it is: without it, nothing may be taken from the file.
            const size_t page = 1 + chance() % (sound.size() / kPageBytes - 1);
            bad.insert(page);
            for (size_t k = 0; k < kPageBytes; ++k) damaged[page * kPageBytes + k] = static_cast<char>(chance());
        }
        Folder own;
        write_all(own / "c.db", damaged);
        Store store({{"path", own / "c.db"}});
        REQUIRE(store.open().started == AURELIS_OK);
        REQUIRE(store.get(key_at(1)).status >= 0);
        for (int i = 0; i < kKeys && store.stat("set_aside") == 0; ++i)
            if (!removed(i)) store.set(key_at(i), value_at(i, last_round(i)));
        finish_salvage(store);
        const Share share = look_back(store, pages, bad);
        CHECK(share.wrong == 0);
        all.intact += share.intact;
        all.back += share.back;
        least = std::min(least, static_cast<double>(share.back) / static_cast<double>(share.intact));
    }
    const double mean = static_cast<double>(all.back) / static_cast<double>(all.intact);
    WARN("of the entries on sound pages came back: " << 100 * mean << " %, in the worst case " << 100 * least << " %");
    CHECK(mean > 0.95);
    CHECK(least > 0.8);
}

TEST_CASE("sqlite-disk salvages what is in the log only, and not what the log has replaced") {
    Folder folder;
    write_all(folder / "c.db", sound_file(folder / "sound.db"));
    Store store({{"path", folder / "c.db"}});
    REQUIRE(store.open().started == AURELIS_OK);
    REQUIRE(store.set(key_at(1), "newer") == AURELIS_OK);
    REQUIRE(store.set("new", "in the log") == AURELIS_OK);
    REQUIRE(store.remove(key_at(2)) == AURELIS_OK);
    // The root of the entries, so that every call meets it.
    std::string bytes = read_all(folder / "c.db");
    const std::vector<size_t> inner = pages_of_kind(bytes, kInnerTablePage);
    REQUIRE(!inner.empty());
    for (const size_t page : inner) write_at(folder / "c.db", page * kPageBytes, std::string(kPageBytes, '\xee'));
    CHECK(store.get("new").status >= 0);
    for (int i = 0; i < kKeys; ++i) CHECK(store.get(key_at(i)).status >= 0);
    finish_salvage(store);
    REQUIRE(store.stat("set_aside") == 1);
    CHECK(store.stat("salvaged") > kKeys / 2);
    CHECK(store.get("new").value == "in the log");
    CHECK(store.get(key_at(1)).value == "newer");
    CHECK(store.get(key_at(2)).status == AURELIS_NOT_FOUND);
    CHECK(store.get(key_at(3)).value == value_at(3, 1));
}

TEST_CASE("sqlite-disk salvages nothing over what was written, removed or invalidated meanwhile") {
    Folder folder;
    std::string bytes = sound_file(folder / "sound.db");
    const std::vector<size_t> inner = pages_of_kind(bytes, kInnerTablePage);
    for (const size_t page : inner) bytes.replace(page * kPageBytes, kPageBytes, std::string(kPageBytes, '\xee'));
    write_all(folder / "c.db", bytes);
    // So little patience that the work waits for the upkeep.
    Store store({{"path", folder / "c.db"}, {"busy_timeout", "1ms"}});
    REQUIRE(store.open().started == AURELIS_OK);
    REQUIRE(store.stat("set_aside") == 1);
    REQUIRE(store.stat("salvaged") == 0);
    REQUIRE(store.set(key_at(2399), "newer") == AURELIS_OK);
    REQUIRE(store.remove(key_at(2398)) >= 0);
    SECTION("written or removed") {
        finish_salvage(store);
        CHECK(store.stat("salvaged") > kKeys / 2);
        CHECK(store.get(key_at(2397)).value == value_at(2397, 1));
    }
    SECTION("all invalidated") {
        uint64_t count = 0;
        aurelis_match match{};
        match.struct_size = sizeof match;
        SECTION("everything") {}
        SECTION("by prefix") { match.prefix = aurelis::bytes("key"); }
        REQUIRE(store.raw.ops->remove_matching(&store.raw, &store.call, &match, &count) == AURELIS_OK);
        for (int i = 0; i < 100; ++i) store.upkeep();
        CHECK(store.stat("entries") == 0);
        CHECK(store.rig.logs.back().find("cut short") != std::string::npos);
        return;
    }
    CHECK(store.get(key_at(2399)).value == "newer");
    CHECK(store.get(key_at(2398)).status == AURELIS_NOT_FOUND);
}

TEST_CASE("sqlite-disk salvages from a file whose head is damaged, and nothing from a foreign one") {
    Folder folder;
    std::string bytes = sound_file(folder / "sound.db");
    SECTION("ours") {
        bytes.replace(0, 32, std::string(32, '\xaa'));
        write_all(folder / "c.db", bytes);
        Store store({{"path", folder / "c.db"}});
        REQUIRE(store.open().started == AURELIS_OK);
        finish_salvage(store);
        CHECK(store.stat("salvaged") > kKeys / 2);
        CHECK(store.get(key_at(3)).value == value_at(3, 1));
        CHECK(read_all(databases(folder, "c.db.corrupt-").at(0)) == bytes);
    }
    SECTION("foreign") {
        bytes.replace(0, 32, std::string(32, '\xaa'));
        bytes.replace(68, 4, "MINE");
        write_all(folder / "c.db", bytes);
        Store store({{"path", folder / "c.db"}});
        if (store.open().started == AURELIS_OK) CHECK(store.scan().empty());
    }
}
