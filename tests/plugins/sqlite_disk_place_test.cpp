// sqlite-disk and what is not its own: other programs' files, newer releases' files, other users' folders, files and
// links. All of it is refused with the way out and left as it was. Foreign owners need root; without it those cases are
// skipped.
#include "fuzz/sqlite/damage.hpp"
#include "plugins/sqlite_disk_rig.hpp"
#include "support/catch.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>

using namespace sqlite_disk_test;
using namespace sqlite_damage;

namespace {

constexpr uid_t kStranger = 65533;
constexpr const char* kMark = "\x41\x55\x52\x43";  // At 68: the application.

bool is_root() { return geteuid() == 0; }
void give_away(const std::string& path) { REQUIRE(lchown(path.c_str(), kStranger, kStranger) == 0); }
void set_mode(const std::string& path, mode_t mode) { REQUIRE(chmod(path.c_str(), mode) == 0); }
void link_to(const std::string& target, const std::string& path) {
    REQUIRE(symlink(target.c_str(), path.c_str()) == 0);
}
std::string real(const std::string& path) { return fs::weakly_canonical(path).string(); }

// A sound database with one entry, closed.
std::string sound_file(const std::string& path) {
    Store store({{"path", path}});
    REQUIRE(store.open().started == AURELIS_OK);
    REQUIRE(store.set("a", "1") == AURELIS_OK);
    REQUIRE(store.raw.ops->flush(&store.raw, &store.call) == AURELIS_OK);
    store.close();
    return read_all(path);
}

// What is in the folder: names, and inode and content of files, except the content of a log's index, which readers
// change, too.
std::map<std::string, std::string> everything(const Folder& folder) {
    std::map<std::string, std::string> all;
    for (const auto& entry : fs::recursive_directory_iterator(folder.path())) {
        struct stat info {};
        REQUIRE(lstat(entry.path().c_str(), &info) == 0);
        all[entry.path().string()] = std::to_string(info.st_ino) + " " + std::to_string(info.st_mode) + " " +
                                     (S_ISREG(info.st_mode) && !entry.path().string().ends_with("-shm")
                                          ? read_all(entry.path().string())
                                          : "");
    }
    return all;
}

// Refused as a mistake, with a text that contains all of these, and nothing has changed.
void expect_refused(const Folder& folder, const std::string& path, const std::vector<std::string>& words,
                    bool is_origin = false) {
    const auto before = everything(folder);
    Store store({{"path", path}}, is_origin);
    REQUIRE(store.created == AURELIS_OK);
    CHECK(store.open().started == AURELIS_E_CONFIG);
    INFO(store.call.error);
    for (const std::string& word : words) CHECK(store.call.error.find(word) != std::string::npos);
    CHECK(everything(folder) == before);
}

// Another program, in the middle of its work.
class OtherProgram {
public:
    explicit OtherProgram(const std::string& path) {
        REQUIRE(sqlite3_open(path.c_str(), &handle_) == SQLITE_OK);
    }
    ~OtherProgram() { sqlite3_close(handle_); }
    void run(const std::string& sql) {
        INFO(sql);
        REQUIRE(sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
    }

private:
    sqlite3* handle_ = nullptr;
};

const std::string kNotTouched = " is not touched: ";
const std::string kWayOut = "; change 'path' or move that file away";

}  // namespace

TEST_CASE("sqlite-disk leaves another program's live database alone") {
    for (const std::string mode : {"DELETE", "WAL"}) {
        INFO(mode);
        Folder folder;
        OtherProgram other(folder / "users.db");
        other.run("PRAGMA journal_mode=" + mode + "; CREATE TABLE users(name); INSERT INTO users VALUES('ada')");
        const std::string mark = mode == "WAL" ? "; PRAGMA application_id=77" : "";
        other.run("INSERT INTO users VALUES('bob')" + mark);
        expect_refused(
            folder, folder / "users.db",
            {"'path': " + real(folder / "users.db") + kNotTouched + "it is another program's database", kWayOut});
        other.run("INSERT INTO users VALUES('eve')");
    }
}

TEST_CASE("sqlite-disk leaves alone what it did not make, damaged or not") {
    Folder folder;
    const std::string good = sound_file(folder / "good.db");
    const auto other = [&](size_t at, const std::string& text) {
        std::string bytes = good;
        bytes.replace(at, text.size(), text);
        return bytes;
    };
    const std::string path = folder / "c.db";
    SECTION("text") { write_all(path, "this is somebody's diary, not a database\n" + good); }
    SECTION("a short text") { write_all(path, "x"); }
    SECTION("another application's database") { write_all(path, other(68, "MINE")); }
    SECTION("no application's database") { write_all(path, other(68, std::string(4, '\0'))); }
    SECTION("another application's damaged database") { write_all(path, other(68, "MINE").substr(0, 5000)); }
    SECTION("noise") { write_all(path, std::string(9000, '\x5a')); }
    expect_refused(folder, path, {"'path': " + real(path) + kNotTouched + "it is", kWayOut});
    expect_refused(folder, path, {kWayOut}, true);
    // Once the file is moved away, as the message advises, the path can be used.
    fs::rename(path, folder / "theirs");
    Store store({{"path", path}});
    CHECK(store.open().started == AURELIS_OK);
}

TEST_CASE("sqlite-disk sets aside what carries its mark although nobody has seen it before") {
    Folder folder;
    std::string bytes = sound_file(folder / "good.db");
    bytes.replace(0, 60, std::string(60, '\xaa'));
    REQUIRE(bytes.substr(68, 4) == kMark);
    write_all(folder / "c.db", bytes);
    Store store({{"path", folder / "c.db"}});
    REQUIRE(store.open().started == AURELIS_OK);
    CHECK(store.stat("set_aside") == 1);
}

TEST_CASE("sqlite-disk refuses a newer release's file at start and while it runs") {
    Folder folder;
    sound_file(folder / "c.db");
    Store running({{"path", folder / "c.db"}});
    REQUIRE(running.open().started == AURELIS_OK);
    {
        OtherProgram newer(folder / "c.db");  // Which has a table of its own, and changes one of ours.
        newer.run("BEGIN; ALTER TABLE entries RENAME COLUMN value TO content; PRAGMA user_version=9; COMMIT");
        expect_refused(folder, folder / "c.db",
                       {kNotTouched, "a newer release made it: its schema is version 9", kWayOut});
        CHECK(running.set("b", "2") == AURELIS_E_CONFIG);
        CHECK(running.call.error.find("a newer release made it") != std::string::npos);
        CHECK(running.get("a").status == AURELIS_E_CONFIG);
        newer.run("INSERT INTO slots VALUES(7, 7)");
    }
    running.close();
    CHECK(databases(folder, "corrupt").empty());
    expect_refused(folder, folder / "c.db", {"a newer release made it", kWayOut});
}

TEST_CASE("sqlite-disk goes on without its file if another program's is put into its place") {
    Folder folder;
    Store store({{"path", folder / "c.db"}});
    REQUIRE(store.open().started == AURELIS_OK);
    store.set("a", "1");
    OtherProgram other(folder / "users.db");
    other.run("CREATE TABLE users(name)");
    fs::rename(folder / "users.db", folder / "c.db");
    for (const char* suffix : {"-wal", "-shm"}) fs::remove(folder / "c.db" + suffix);
    CHECK(store.set("b", "2") == AURELIS_E_CONFIG);
    CHECK(store.call.error.find("another program's database") != std::string::npos);
    CHECK(databases(folder, "corrupt").empty());
}

TEST_CASE("sqlite-disk deletes no log that another program's database may need") {
    Folder folder;
    for (const char* suffix : {"-wal", "-journal"}) {
        for (const bool has_file : {false, true}) {
            INFO(suffix << has_file);
            if (has_file) write_all(folder / "c.db", "");
            write_all(folder / "c.db" + suffix, "all that they have");
            expect_refused(folder, folder / "c.db", {kNotTouched, "there is a log beside it", kWayOut});
            fs::remove(folder / "c.db" + suffix);
            fs::remove(folder / "c.db");
        }
    }
}

TEST_CASE("sqlite-disk does not write into another program's lock") {
    Folder folder;
    write_all(folder / "c.db.lock", "pid 17\n");
    expect_refused(folder, folder / "c.db", {real(folder / "c.db.lock") + " is another program's file"});
    CHECK(read_all(folder / "c.db.lock") == "pid 17\n");
}

TEST_CASE("sqlite-disk makes no file of the name ':memory:'") {
    Folder folder;
    for (const std::string& path : {std::string(":memory:"), folder / ":memory:"}) {
        Store store({{"path", path}});
        CHECK(store.created == AURELIS_E_CONFIG);
        CHECK(store.call.error.find("'backend: memory'") != std::string::npos);
    }
    CHECK(everything(folder).empty());
}

TEST_CASE("sqlite-disk never replaces an origin's file by an empty one") {
    Folder folder;
    const std::string path = folder / "c.db";
    {
        Store store({{"path", path}}, true);
        REQUIRE(store.open().started == AURELIS_OK);
        for (int i = 0; i < 200; ++i) REQUIRE(store.set("k" + std::to_string(i), std::string(500, 'x')) == AURELIS_OK);
    }
    const std::string good = read_all(path);
    const auto expect_down = [&](const std::string& word) {
        Store store({{"path", path}}, true);
        CHECK(store.open().started == AURELIS_E_UNAVAILABLE);
        INFO(store.call.error);
        CHECK(store.call.error.find(word) != std::string::npos);
        CHECK(databases(folder, "corrupt").empty());
    };
    SECTION("damaged at start") {
        std::string bytes = good;
        bytes.replace(0, 32, std::string(32, '\xaa'));
        write_all(path, bytes);
        expect_down("the origin's file is damaged");
        CHECK(read_all(path) == bytes);
    }
    SECTION("damaged while it runs") {
        Store store({{"path", path}}, true);
        REQUIRE(store.open().started == AURELIS_OK);
        write_at(path, 4096, std::string(good.size() - 4096, '\xee'));
        for (int i = 0; i < 200; ++i) CHECK(store.get("k" + std::to_string(i)).status != AURELIS_NOT_FOUND);
        CHECK(databases(folder, "corrupt").empty());
    }
    SECTION("deleted") {
        fs::remove(path);
        expect_down("put it back, or delete " + real(path) + ".lock");
        CHECK_FALSE(fs::exists(path));
        fs::remove(path + ".lock");
        Store store({{"path", path}}, true);
        CHECK(store.open().started == AURELIS_OK);
    }
    SECTION("deleted while it runs") {
        Store store({{"path", path}}, true);
        REQUIRE(store.open().started == AURELIS_OK);
        fs::rename(path, folder / "elsewhere");
        CHECK(store.set("a", "1") == AURELIS_E_UNAVAILABLE);
        CHECK(store.set("a", "1") == AURELIS_E_UNAVAILABLE);
        CHECK_FALSE(fs::exists(path));
    }
    SECTION("emptied") {
        write_all(path, "");
        expect_down("deleted or emptied");
    }
}

TEST_CASE("sqlite-disk follows no link that another user has put, and does follow our own") {
    Folder folder;
    fs::create_directory(folder / "tmp");
    const std::string good = sound_file(folder / "ours/real.db");
    link_to(folder / "ours/real.db", folder / "tmp/c.db");
    set_mode(folder / "tmp", 01777);
    if (is_root()) {
        give_away(folder / "tmp/c.db");
        std::string damaged = good;
        damaged.replace(0, 32, std::string(32, '\xaa'));
        write_all(folder / "ours/real.db", damaged);
        expect_refused(folder, folder / "tmp/c.db",
                       {"'path': the symbolic link ", "belongs to another user (uid 65533); run: rm ", "tmp/c.db"});
        write_all(folder / "ours/real.db", good);
        REQUIRE(lchown((folder / "tmp/c.db").c_str(), 0, 0) == 0);
    }
    Store store({{"path", folder / "tmp/c.db"}});
    REQUIRE(store.open().started == AURELIS_OK);
    CHECK(store.get("a").value == "1");
    CHECK(fs::is_symlink(folder / "tmp/c.db"));
}

TEST_CASE("sqlite-disk does not act on what a link means that was put into the place while it runs") {
    Folder folder;
    Store store({{"path", folder / "c.db"}});
    REQUIRE(store.open().started == AURELIS_OK);
    write_all(folder / "victim", "text");
    set_mode(folder / "victim", 0644);
    fs::remove(folder / "c.db");
    link_to("victim", folder / "c.db");
    CHECK(store.set("a", "1") == AURELIS_E_CONFIG);
    CHECK(store.call.error.find("became a link") != std::string::npos);
    struct stat info {};
    REQUIRE(stat((folder / "victim").c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0644);
    CHECK(read_all(folder / "victim") == "text");
}

TEST_CASE("sqlite-disk keeps nothing in a folder that others can write") {
    Folder folder;
    fs::create_directory(folder / "open");
    SECTION("open to all") {
        set_mode(folder / "open", 0777);
        expect_refused(folder, folder / "open/c.db",
                       {"can be written by others; run: chmod go-w " + real(folder / "open")});
    }
    SECTION("sticky") {
        set_mode(folder / "open", 01777);
        expect_refused(folder, folder / "open/c.db",
                       {"run: mkdir -m 700 " + real(folder / "open/aurelis") + ", and name " +
                        real(folder / "open/aurelis/c.db")});
        Store store({{"path", folder / "open/own/c.db"}});
        CHECK(store.open().started == AURELIS_OK);
    }
    SECTION("above it") {
        set_mode(folder / "open", 0777);
        expect_refused(folder, folder / "open/deep/c.db", {"run: chmod go-w " + real(folder / "open")});
    }
}

TEST_CASE("sqlite-disk uses no folder, file or companion of another user") {
    if (!is_root()) return;
    Folder folder;
    sound_file(folder / "d/c.db");
    for (const char* name : {"d", "d/c.db", "d/c.db-wal", "d/c.db-shm", "d/c.db-journal", "d/c.db.lock"}) {
        INFO(name);
        const bool is_missing = !fs::exists(folder / name);
        if (is_missing) write_all(folder / name, "");
        give_away(folder / name);
        expect_refused(
            folder, folder / "d/c.db",
            {"another user (uid 65533); run: chown root " + real(folder / name) + ", or run this as uid 65533"});
        REQUIRE(lchown((folder / name).c_str(), 0, 0) == 0);
        if (is_missing) fs::remove(folder / name);
    }
    Store store({{"path", folder / "d/c.db"}});
    REQUIRE(store.open().started == AURELIS_OK);
    CHECK(store.get("a").value == "1");
}
