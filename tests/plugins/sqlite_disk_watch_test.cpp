// What instances of sqlite-disk report to each other through the file (aurelis.watch/1): which keys others have
// changed, and when events may have been lost.
#include "fuzz/sqlite/damage.hpp"
#include "plugins/sqlite_disk_rig.hpp"
#include "support/catch.hpp"

#include <sqlite3.h>
#include <sys/resource.h>

#include <algorithm>
#include <condition_variable>
#include <functional>
#include <thread>

using namespace sqlite_disk_test;

namespace {

constexpr std::chrono::seconds kPatience(60);

// Waits for a condition; only hanging ends it early.
bool comes_true(const std::function<bool()>& condition) {
    const int64_t until = mono_now() + 60 * kSecond;
    while (!condition()) {
        if (mono_now() > until) return false;
        std::this_thread::yield();
    }
    return true;
}

const aurelis_ext_watch* watch_of(Store& store) {
    return static_cast<const aurelis_ext_watch*>(store.raw.ops->get_extension(&store.raw, AURELIS_EXT_WATCH));
}

// All events that a watcher gets, in order: "C:key", "R:key", "E:key" (evicted), "X:key" (expired), "S" and "L".
class Ear {
public:
    explicit Ear(Store& store, std::string since = {}, uint32_t events = UINT32_MAX) : store_(&store) {
        REQUIRE(watch_of(store) != nullptr);
        REQUIRE(watch(events, since) == AURELIS_OK);
    }
    ~Ear() { watch(0, {}); }
    Ear(const Ear&) = delete;
    Ear& operator=(const Ear&) = delete;

    bool hears(const std::string& wanted, size_t times = 1) {
        std::unique_lock lock(mutex_);
        return told_.wait_for(lock, kPatience, [&] { return count(wanted) >= times; });
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
    aurelis_status watch(uint32_t events, const std::string& since) {
        return watch_of(*store_)->watch(&store_->raw, &store_->call, events, aurelis::bytes(since), &Ear::tell, this);
    }
    std::string position() {
        aurelis_buf text{};
        REQUIRE(watch_of(*store_)->position(&store_->raw, &store_->call, &text) == AURELIS_OK);
        std::string copy(aurelis::view(text));
        aurelis_buf_release(&text);
        return copy;
    }

private:
    static void tell(void* user, uint32_t event, const aurelis_key* keys, size_t n) noexcept {
        static const std::map<uint32_t, std::string> kMarks{
            {AURELIS_WATCH_CHANGED, "C"}, {AURELIS_WATCH_REMOVED, "R"}, {AURELIS_WATCH_EVICTED, "E"},
            {AURELIS_WATCH_EXPIRED, "X"}, {AURELIS_WATCH_SUSPECT, "S"}, {AURELIS_WATCH_LIVE, "L"}};
        auto& self = *static_cast<Ear*>(user);
        std::scoped_lock lock(self.mutex_);
        const std::string& mark = kMarks.at(event);
        if (n == 0) self.all_.push_back(mark);
        for (size_t i = 0; i < n; ++i)
            self.all_.push_back(mark + ":" + std::string(static_cast<const char*>(keys[i].data), keys[i].size));
        self.told_.notify_all();
    }
    size_t count(const std::string& wanted) const {
        return static_cast<size_t>(std::count(all_.begin(), all_.end(), wanted));
    }

    Store* store_;
    std::mutex mutex_;
    std::condition_variable told_;
    std::vector<std::string> all_;
};

OptionTexts watching(const Folder& folder, OptionTexts more = {}) {
    more.insert({{"path", folder / "c.db"}, {"watch", "true"}, {"watch_interval", "5ms"}, {"busy_timeout", "20s"}});
    return more;
}

int64_t rows_of_log(const Folder& folder) {
    sqlite3* file = nullptr;
    REQUIRE(sqlite3_open((folder / "c.db").c_str(), &file) == SQLITE_OK);
    sqlite3_busy_timeout(file, 20'000);
    sqlite3_stmt* statement = nullptr;
    REQUIRE(sqlite3_prepare_v2(file, "SELECT count(*) FROM changes", -1, &statement, nullptr) == SQLITE_OK);
    REQUIRE(sqlite3_step(statement) == SQLITE_ROW);
    const int64_t rows = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(file);
    return rows;
}

void execute(const std::string& path, const std::string& sql) {
    sqlite3* file = nullptr;
    REQUIRE(sqlite3_open(path.c_str(), &file) == SQLITE_OK);
    sqlite3_busy_timeout(file, 20'000);
    char* problem = nullptr;
    sqlite3_exec(file, sql.c_str(), nullptr, nullptr, &problem);
    const std::string said = problem != nullptr ? problem : "";
    sqlite3_free(problem);
    sqlite3_close(file);
    REQUIRE(said == "");
}

aurelis_status remove_matching(Store& store, const std::string& prefix) {
    aurelis_match match{};
    match.struct_size = sizeof match;
    match.prefix = aurelis::bytes(prefix);
    return store.raw.ops->remove_matching(&store.raw, &store.call, &match, nullptr);
}

using Strings = std::vector<std::string>;

}  // namespace

TEST_CASE("sqlite-disk tells another instance what was set and removed, and nothing else") {
    Folder folder;
    Store writer(watching(folder)), reader(watching(folder));
    REQUIRE(writer.open().started == AURELIS_OK);
    REQUIRE(reader.open().started == AURELIS_OK);
    Ear ear(reader), own(writer);
    CHECK(ear.all() == Strings{"L"});  // Before watch() returns.
    const std::string odd("k\0\r\n\xff", 5), reserved("\x01" "aurelis:v1:stamp", 17);
    writer.set("set", "v");
    writer.set(odd, "v");
    writer.set(reserved, "v");
    writer.set("set", "again");
    writer.remove("set");
    writer.remove("never there");
    writer.set("conditional", write_of("v", 0, AURELIS_SET_IF_ABSENT));
    REQUIRE(writer.set("conditional", write_of("v", 0, AURELIS_SET_IF_ABSENT)) == AURELIS_CONFLICT);
    writer.set("filled", write_of("v", 0, AURELIS_SET_FILL));
    const aurelis_key touched = key_of("conditional");
    REQUIRE(writer.raw.ops->touch(&writer.raw, &writer.call, &touched, kNow + 1000 * kSecond) == AURELIS_OK);
    REQUIRE(writer.set("large", std::string(600u << 20, 'x')) == AURELIS_E_TOO_LARGE);
    const aurelis_key keys[] = {key_of("b1"), key_of("b2"), key_of("b3"), key_of("b4")};
    const aurelis_write writes[] = {write_of("v"), write_of("", 0, AURELIS_SET_REMOVE),
                                    write_of("v", 0, AURELIS_SET_FILL),
                                    write_of("", 0, AURELIS_SET_REMOVE | AURELIS_SET_FILL)};
    aurelis_status each[4];
    REQUIRE(writer.raw.ops->multi_write(&writer.raw, &writer.call, keys, writes, 4, each, nullptr) == AURELIS_OK);
    writer.set("last", "v");
    REQUIRE(ear.hears("C:last"));
    Strings told = ear.all();
    std::sort(told.begin(), told.end());
    Strings wanted{"C:" + reserved, "C:b1", "C:conditional", "C:" + odd, "C:last",        "C:set",
                   "C:set",         "L",    "R:b2",          "R:large",  "R:never there", "R:set"};
    std::sort(wanted.begin(), wanted.end());
    CHECK(told == wanted);
    reader.set("from the reader", "v");
    REQUIRE(own.hears("C:from the reader"));
    CHECK(own.all() == Strings{"L", "C:from the reader"});
    CHECK(reader.stat("changes_told") == static_cast<double>(wanted.size() - 1));
    CHECK(reader.stat("watch_live") == 1);
}

TEST_CASE("sqlite-disk logs nothing while nobody else listens, and everything from the moment that somebody does") {
    Folder folder;
    Store writer(watching(folder)), reader(watching(folder));
    writer.open();
    Ear own(writer);
    for (int i = 0; i < 10; ++i) writer.set("k" + std::to_string(i), "v");
    CHECK(writer.stat("changes_logged") == 0);
    CHECK(rows_of_log(folder) == 0);
    reader.open();
    writer.set("still alone", "v");  // Open is not listening.
    CHECK(rows_of_log(folder) == 0);
    {
        Ear ear(reader);
        writer.set("heard", "v");
        REQUIRE(ear.hears("C:heard"));
        CHECK(ear.all() == Strings{"L", "C:heard"});
        CHECK(rows_of_log(folder) == 1);
    }
    const auto is_logged = [&] {
        const double before = writer.stat("changes_logged");
        writer.set("unheard", "v");
        return writer.stat("changes_logged") != before;
    };
    while (is_logged()) {
    }  // In the end by one row that says that more has happened.
    const int64_t rows = rows_of_log(folder);
    for (int i = 0; i < 10; ++i) writer.set("k" + std::to_string(i), "v");
    CHECK(rows_of_log(folder) == rows);
    Ear ear(reader);
    writer.set("heard again", "v");
    REQUIRE(ear.hears("C:heard again"));
    CHECK(ear.all() == Strings{"L", "C:heard again"});
}

TEST_CASE("sqlite-disk goes on from a position of an earlier life") {
    Folder folder;
    Store writer(watching(folder));
    writer.open();
    std::string position;
    {
        Store reader(watching(folder));
        reader.open();
        Ear ear(reader);
        writer.set("before", "v");
        REQUIRE(ear.hears("C:before"));
        position = ear.position();
    }
    writer.set("while away", "v");
    writer.remove("before");
    {
        Store reader(watching(folder));
        reader.open();
        Ear ear(reader, position);
        REQUIRE(ear.hears("L"));
        Strings all = ear.all();
        if (all.front() == "C:before") all.erase(all.begin());  // It was under way when the position was requested.
        CHECK(all == Strings{"C:while away", "R:before", "L"});
    }
    // An invalid position, and one of another file.
    for (std::string other : {std::string("x"), std::string(17, '\x01')}) {
        Store reader(watching(folder));
        reader.open();
        Ear ear(reader, other);
        REQUIRE(ear.hears("L"));
        CHECK(ear.all() == Strings{"S", "L"});
    }
}

TEST_CASE("sqlite-disk tells of a gap who stood in a log that was not kept on, cut off, or another file's") {
    Folder folder;
    Store writer(watching(folder, {{"max_bytes", "512KiB"}}));
    writer.open();
    std::string position;
    {
        Store reader(watching(folder));
        reader.open();
        Ear ear(reader);
        position = ear.position();  // Where there is no row yet.
    }
    SECTION("more was logged than the log holds") {
        for (int i = 0; i < 2000; ++i) REQUIRE(writer.set("key" + std::to_string(i % 7), "v") == AURELIS_OK);
        CHECK(rows_of_log(folder) < 1000);
        CHECK(writer.stat("changes_logged") < 1000);  // Eventually no listener is waited for any more.
    }
    SECTION("rows are older than they are kept") {
        writer.set("a", "v");
        writer.set("b", "v");
        writer.rig.wall += 25 * 3600 * kSecond;
        writer.set("c", "v");
        writer.upkeep(2);
        CHECK(rows_of_log(folder) == 1);
    }
    SECTION("rows are of a clock that ran ahead") {
        writer.rig.wall += 70 * int64_t{365} * 24 * 3600 * kSecond;
        writer.set("a", "v");
        writer.set("b", "v");
        writer.rig.wall = kNow;
        writer.set("c", "v");
        writer.rig.wall += 25 * 3600 * kSecond;  // The row in front of them is too old by now.
        writer.upkeep(2);
        CHECK(rows_of_log(folder) == 1);
    }
    SECTION("the file was deleted and made anew") {
        writer.set("a", "v");
        for (const char* suffix : {"", "-wal", "-shm"}) fs::remove(folder / (std::string("c.db") + suffix));
        writer.set("b", "v");
    }
    Store reader(watching(folder));
    reader.open();
    Ear ear(reader, position);
    REQUIRE(ear.hears("L"));
    const Strings all = ear.all();
    REQUIRE(all.size() >= 2);
    CHECK(Strings(all.end() - 2, all.end()) == Strings{"S", "L"});
}

TEST_CASE("sqlite-disk keeps rows over a step of the clock that they outlive") {
    Folder folder;
    for (const int64_t step : {kSecond, 600 * kSecond, -kSecond, -600 * kSecond}) {
        Store writer(watching(folder)), reader(watching(folder));
        writer.open();
        reader.open();
        Ear ear(reader);
        const std::string position = ear.position();
        ear.watch(0, {});
        writer.set("a", "v");
        writer.rig.wall += step;
        writer.set("b", "v");
        writer.upkeep(2);
        ear.forget();
        ear.watch(UINT32_MAX, position);
        REQUIRE(ear.hears("L"));
        CHECK(ear.all() == Strings{"C:a", "C:b", "L"});
    }
}

TEST_CASE("sqlite-disk names the keys of a removal by condition, and tells a gap for many") {
    Folder folder;
    Store writer(watching(folder)), reader(watching(folder));
    writer.open();
    reader.open();
    for (int i = 0; i < 300; ++i) writer.set("few" + std::to_string(i), "v");
    for (int i = 0; i < 2000; ++i) writer.set("many" + std::to_string(i), "v");
    Ear ear(reader);
    REQUIRE(remove_matching(writer, "few") == AURELIS_OK);
    writer.set("fence", "v");
    REQUIRE(ear.hears("C:fence"));
    CHECK(ear.all().size() == 302);
    CHECK(ear.heard("R:few0") == 1);
    CHECK(ear.heard("R:few299") == 1);
    CHECK(ear.heard("S") == 0);
    REQUIRE(remove_matching(writer, "many") == AURELIS_OK);
    REQUIRE(ear.hears("S"));
    REQUIRE(ear.hears("L", 2));
    ear.forget();
    writer.set("one", "v");
    REQUIRE(ear.hears("C:one"));
    writer.set("two", "v");  // A gap that was read together with the one before is reported after it.
    REQUIRE(ear.hears("C:two"));
    ear.forget();
    REQUIRE(remove_matching(writer, "") == AURELIS_OK);  // No condition: all.
    REQUIRE(ear.hears("R:one"));
    REQUIRE(ear.hears("R:fence"));
    CHECK(ear.heard("S") == 0);
}

TEST_CASE("sqlite-disk tells a gap and goes on when the file is replaced, and does not lose sight of the new one") {
    Folder folder;
    Store writer(watching(folder)), reader(watching(folder));
    writer.open();
    reader.open();
    Ear ear(reader);
    writer.set("old", "v");
    REQUIRE(ear.hears("C:old"));
    SECTION("the database alone") {
        for (const char* suffix : {"", "-wal", "-shm"}) fs::remove(folder / (std::string("c.db") + suffix));
    }
    SECTION("the file by which listeners are known, too") {
        for (const char* suffix : {"", "-wal", "-shm", ".lock"}) fs::remove(folder / (std::string("c.db") + suffix));
    }
    writer.set("new", "v");
    REQUIRE(ear.hears("L", 2));
    CHECK(ear.heard("S") == 1);
    REQUIRE(comes_true([&] {
        writer.set("newer", "v");
        return ear.heard("C:newer") != 0;
    }));
}

TEST_CASE("sqlite-disk goes on telling after the file by which listeners are known was deleted") {
    Folder folder;
    Store writer(watching(folder)), reader(watching(folder));
    writer.open();
    reader.open();
    Ear ear(reader);
    fs::remove(folder / "c.db.lock");
    REQUIRE(comes_true([&] {
        writer.set("heard", "v");
        return ear.heard("C:heard") != 0;
    }));
    CHECK(ear.heard("S") == 1);  // What was written before the new one stood was not logged.
}

TEST_CASE("sqlite-disk tells what it evicted and purged itself to who asks, and to nobody else") {
    Folder folder;
    Store store(watching(folder, {{"max_entries", "10"}})), other(watching(folder));
    store.open();
    other.open();
    Ear ear(store), far(other);
    store.set("short", write_of("v", kNow + kSecond, AURELIS_SET_FILL));
    store.rig.wall += 2 * kSecond;
    store.upkeep();
    REQUIRE(ear.hears("X:short"));
    for (int i = 0; i < 11; ++i) store.set("k" + std::to_string(i), write_of("v", 0, AURELIS_SET_FILL));
    REQUIRE(ear.hears("E:k0"));
    store.set("fence", "v");
    REQUIRE(far.hears("C:fence"));
    CHECK(far.all() == Strings{"L", "C:fence"});
}

TEST_CASE("sqlite-disk brings a file of the first version to its own") {
    Folder folder;
    {
        Store store(watching(folder));
        store.open();
        store.set("kept", "v");
    }
    execute(folder / "c.db", "DROP TABLE changes; DROP TABLE facts; PRAGMA user_version=1");
    Store store(watching(folder)), reader(watching(folder));
    REQUIRE(store.open().started == AURELIS_OK);
    CHECK(store.get("kept").value == "v");
    CHECK(store.stat("set_aside") == 0);
    reader.open();
    Ear ear(reader);
    store.set("a", "v");
    CHECK(ear.hears("C:a"));
    CHECK(ear.position().size() == 17);
}

TEST_CASE("sqlite-disk offers no watching where it is switched off, but tells who listens") {
    Folder folder;
    Store writer(watching(folder, {{"watch", "false"}})), reader(watching(folder));
    writer.open();
    reader.open();
    CHECK(watch_of(writer) == nullptr);
    Ear ear(reader);
    writer.set("a", "v");
    CHECK(ear.hears("C:a"));
}

// Measurements; they check nothing and run only when asked for: sqlite_disk_watch_test "[bench]".
namespace {

double cpu_seconds(int whose = RUSAGE_SELF) {
    rusage used{};
    getrusage(whose, &used);
    return static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) * 1e-6;
}

}  // namespace

TEST_CASE("sqlite-disk: what a set costs alone, with a listener, and without watching", "[.][bench]") {
    Folder folder;
    Store writer(watching(folder, {{"watch_interval", "50ms"}})),
        reader(watching(folder, {{"watch_interval", "50ms"}}));
    writer.open();
    reader.open();
    const std::string value(100, 'x');
    std::array<double, 2> spent{};
    constexpr int kRounds = 40, kSets = 1000;
    for (int round = -4; round < 2 * kRounds; ++round) {
        std::unique_ptr<Ear> ear;
        if (round % 2 == 0) ear = std::make_unique<Ear>(reader);
        const double began = cpu_seconds(RUSAGE_THREAD);
        for (int i = 0; i < kSets; ++i)
            writer.set("aurelis:v1:user_data:" + std::to_string(i * 7919 % 20'000) + ":profile", value);
        if (round >= 0) spent[static_cast<size_t>(round % 2)] += cpu_seconds(RUSAGE_THREAD) - began;
    }
    WARN("CPU of a set: alone " << spent[1] / kRounds / kSets * 1e6 << " us, with a listener "
                                << spent[0] / kRounds / kSets * 1e6 << " us, ratio " << spent[0] / spent[1]);
}

TEST_CASE("sqlite-disk: what watching costs while nothing happens", "[.][bench]") {
    Folder folder;
    Store store(watching(folder, {{"watch_interval", "50ms"}}));
    store.open();
    Ear ear(store);
    store.set("a", "v");
    const double began = cpu_seconds();
    std::this_thread::sleep_for(std::chrono::seconds(60));
    WARN("CPU in a minute of idle watching: " << (cpu_seconds() - began) * 1e3 << " ms, "
                                              << (cpu_seconds() - began) / 60 * 100 << " % of a core");
}
