// sqlite-disk on damaged files: whatever is in them, nothing crashes, nothing hangs, and the store still serves.
#include "fuzz/sqlite/damage.hpp"
#include "plugins/sqlite_disk_rig.hpp"
#include "support/catch.hpp"

using namespace sqlite_disk_test;
using namespace sqlite_damage;

namespace {

constexpr int64_t kLongest = 30 * kSecond;  // Against hanging, on a machine that is busy with others.
constexpr int kEntries = 120;

std::string sound_file(const std::string& path) {
    const std::string red = tag_attr("red");
    Store store({{"path", path}});
    REQUIRE(store.open().started == AURELIS_OK);
    for (int i = 0; i < kEntries; ++i) {
        const std::string value(static_cast<size_t>(i) * 90, 'x');
        aurelis_write write = write_of(value, i % 3 == 0 ? kNow + i : 0);
        if (i % 4 == 0) write.attrs = aurelis::bytes(red);
        REQUIRE(store.set("k" + std::to_string(i), write) == AURELIS_OK);
    }
    store.close();
    return read_all(path);
}

// Every kind of call, each within its time.
void use(Store& store) {
    const auto in_time = [](auto&& work) {
        const int64_t began = mono_now();
        work();
        CHECK(mono_now() - began < kLongest);
    };
    for (int i = 0; i < kEntries; i += 5)
        in_time([&] { CHECK(store.get("k" + std::to_string(i)).status >= 0); });
    in_time([&] { store.scan(nullptr, 50); });
    aurelis_match match{};
    match.struct_size = sizeof match;
    match.tag = aurelis::bytes("red");
    in_time([&] { store.scan(&match, 50); });
    in_time([&] { store.upkeep(3); });
    for (int i = 0; i < kEntries; i += 7) in_time([&] { CHECK(store.remove("k" + std::to_string(i)) >= 0); });
    uint64_t removed = 0;
    in_time([&] {
        CHECK(store.raw.ops->remove_matching(&store.raw, &store.call, &match, &removed) == AURELIS_OK);
    });
    in_time([&] { CHECK(store.set("after", "all") == AURELIS_OK); });
    CHECK(store.get("after").value == "all");
}

}  // namespace

TEST_CASE("sqlite-disk serves on whatever damage the file has at start or gets while open") {
    Folder folder;
    const std::string sound = sound_file(folder / "sound.db");
    for (uint32_t seed = 0; seed < 120; ++seed) {
        INFO("seed " << seed);
        Folder own;
        const bool while_open = seed % 2 == 1;
        sound_file(own / "c.db");  // It is known as ours, whatever happens to it.
        write_all(own / "c.db", while_open ? sound : damaged(sound, seed / 2));
        Store store({{"path", own / "c.db"}, {"purge_interval", "10ms"}});
        REQUIRE(store.open().started == AURELIS_OK);
        if (while_open) {
            const std::string bad = damaged(sound, seed / 2);
            if (bad.size() < sound.size()) fs::resize_file(own / "c.db", bad.size());
            write_at(own / "c.db", 0, bad);
        }
        use(store);
        // One line for each file that was set aside or repaired, one for each salvage.
        const auto mended = static_cast<size_t>(store.stat("set_aside") + store.stat("repaired"));
        CHECK(store.rig.logs.size() >= mended);
        CHECK(store.rig.logs.size() <= 2 * mended);
    }
}
