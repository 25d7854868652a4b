// sqlite-disk and its file: modes, folders, damaged files, deletion while open, no room.
#include "fuzz/sqlite/damage.hpp"
#include "plugins/sqlite_disk_rig.hpp"
#include "support/catch.hpp"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <csignal>

using namespace sqlite_disk_test;
using namespace sqlite_damage;

namespace {

mode_t mode_of(const std::string& path) {
    struct stat file {};
    REQUIRE(stat(path.c_str(), &file) == 0);
    return file.st_mode & 0777;
}

// A sound database with that many entries, closed.
void fill(const std::string& path, int entries) {
    Store store({{"path", path}});
    REQUIRE(store.open().started == AURELIS_OK);
    for (int i = 0; i < entries; ++i)
        REQUIRE(store.set("k" + std::to_string(i), std::string(500, 'x')) == AURELIS_OK);
    REQUIRE(store.raw.ops->flush(&store.raw, &store.call) == AURELIS_OK);
}

// Starts on the file, which was ours before and must be set aside byte for byte, and still serves. salvaged: entries
// are found in it.
void expect_set_aside(Folder& folder, const std::string& bytes, const std::string& why, bool salvaged = false) {
    fill(folder / "c.db", 1);
    write_all(folder / "c.db", bytes);
    Store store({{"path", folder / "c.db"}});
    REQUIRE(store.open().started == AURELIS_OK);
    CHECK(store.stat("set_aside") == 1);
    const auto kept = databases(folder, "c.db.corrupt-");
    REQUIRE(kept.size() == 1);
    CHECK(read_all(kept[0]) == bytes);
    REQUIRE(!store.rig.logs.empty());
    CHECK(store.rig.logs[0].find(kept[0]) != std::string::npos);
    CHECK(store.rig.logs[0].find(why) != std::string::npos);
    CHECK(store.rig.logs[0].find('\n') == std::string::npos);
    // A line about what was salvaged, if anything was.
    CHECK(store.rig.logs.size() == (salvaged ? 2u : 1u));
    CHECK(store.scan().empty() == !salvaged);
    CHECK(store.set("a", "1") == AURELIS_OK);
    CHECK(store.get("a").value == "1");
}

}  // namespace

TEST_CASE("sqlite-disk makes files that only their user can read, whatever the umask") {
    Folder folder;
    const mode_t before = umask(0);
    Store store({{"path", folder / "deep/er/c.db"}});
    const aurelis_status started = store.open().started;
    store.set("a", "1");
    umask(before);
    REQUIRE(started == AURELIS_OK);
    CHECK(mode_of(folder / "deep") == 0700);
    CHECK(mode_of(folder / "deep/er") == 0700);
    for (const char* suffix : {"", "-wal", "-shm", ".lock"})
        CHECK(mode_of(folder / "deep/er/c.db" + suffix) == 0600);
}

TEST_CASE("sqlite-disk says which path it cannot open and why") {
    Folder folder;
    SECTION("a file where a folder should be") {
        write_all(folder / "file", "x");
        Store store({{"path", folder / "file/c.db"}});
        CHECK(store.open().started == AURELIS_E_UNAVAILABLE);
        CHECK(store.call.error.find(folder / "file") != std::string::npos);
        CHECK(store.call.error.find("Not a directory") != std::string::npos);
        CHECK(store.call.error.find("change 'path'") != std::string::npos);
    }
    SECTION("a folder where the file should be") {
        fs::create_directory(folder / "c.db");
        Store store({{"path", folder / "c.db"}});
        CHECK(store.open().started == AURELIS_E_CONFIG);
        CHECK(store.call.error.find("not a regular file; change 'path'") != std::string::npos);
        CHECK(fs::is_directory(folder / "c.db"));
    }
    SECTION("a FIFO, without waiting for its other end") {
        REQUIRE(mkfifo((folder / "c.db").c_str(), 0600) == 0);
        Store store({{"path", folder / "c.db"}});
        CHECK(store.open().started == AURELIS_E_CONFIG);
    }
    SECTION("no right to write") {
        fs::create_directory(folder / "locked");
        chmod((folder / "locked").c_str(), 0500);
        const pid_t child = fork();
        if (child == 0) {
            // Root may write anywhere, so the child becomes another user, who must be able to reach the folder.
            if (geteuid() == 0) {
                chmod(fs::path(folder / "x").parent_path().c_str(), 0755);
                chmod((folder / "locked").c_str(), 0555);
                if (setuid(65534) != 0) _exit(10);
            }
            Store store({{"path", folder / "locked/c.db"}});
            const bool told = store.open().started == AURELIS_E_UNAVAILABLE &&
                              store.call.error.find("Permission denied") != std::string::npos &&
                              store.call.error.find("/locked/c.db") != std::string::npos;
            _exit(told ? 0 : 1);
        }
        int status = 0;
        waitpid(child, &status, 0);
        CHECK(status == 0);
        chmod((folder / "locked").c_str(), 0700);
    }
}

TEST_CASE("sqlite-disk sets a damaged file of its own aside at start and serves on") {
    Folder folder;
    fill(folder / "good.db", 200);
    const std::string good = read_all(folder / "good.db");
    SECTION("text in front") {
        expect_set_aside(folder, "this is not a database any more\n" + good, "not a database");
    }
    SECTION("a broken header") {
        std::string bytes = good;
        bytes.replace(0, 32, std::string(32, '\xaa'));
        expect_set_aside(folder, bytes, "not a database", true);
    }
    SECTION("a lost first page") {
        std::string bytes = good;
        bytes.replace(0, 4096, std::string(4096, '\xaa'));
        expect_set_aside(folder, bytes, "not a database");
    }
    SECTION("a flipped bit in the mark") {
        std::string bytes = good;
        bytes[69] = static_cast<char>(bytes[69] ^ 0x10);
        expect_set_aside(folder, bytes, "its head is damaged");
    }
    SECTION("a file cut in the middle") {
        expect_set_aside(folder, good.substr(0, good.size() / 2 + 100), "malformed", true);
    }
    SECTION("other tables") {
        std::string bytes = good;
        const size_t at = bytes.find("accessed INTEGER");
        REQUIRE(at != std::string::npos);
        bytes[at] = 'b';
        expect_set_aside(folder, bytes, "c.db", true);
    }
    SECTION("an older schema") {
        std::string bytes = good;
        bytes.replace(60, 4, std::string(4, '\0'));
        expect_set_aside(folder, bytes, "version 0", true);
    }
}

TEST_CASE("sqlite-disk takes an empty file for a new one") {
    Folder folder;
    write_all(folder / "c.db", "");
    Store store({{"path", folder / "c.db"}});
    REQUIRE(store.open().started == AURELIS_OK);
    CHECK(store.stat("set_aside") == 0);
    CHECK(store.set("a", "1") == AURELIS_OK);
    CHECK(mode_of(folder / "c.db") == 0600);
}

TEST_CASE("sqlite-disk sets a file aside that is damaged while it is open, within two seconds") {
    Folder folder;
    fill(folder / "c.db", 400);
    Store store({{"path", folder / "c.db"}});
    REQUIRE(store.open().started == AURELIS_OK);
    const uint64_t before = store.get("absent").meta.version;
    const size_t size = fs::file_size(folder / "c.db");
    write_at(folder / "c.db", 4096, std::string(size - 4096, '\xee'));
    const int64_t began = mono_now();
    for (int i = 0; i < 400; ++i) {
        const Found found = store.get("k" + std::to_string(i));
        REQUIRE((found.status == AURELIS_OK || found.status == AURELIS_NOT_FOUND));
    }
    REQUIRE(store.set("a", "1") == AURELIS_OK);
    CHECK(mono_now() - began < 30 * kSecond);
    CHECK(store.get("a").value == "1");
    CHECK(store.stat("set_aside") == 1);
    CHECK(store.rig.logs.size() == 2);
    CHECK(databases(folder, "c.db.corrupt-").size() >= 1);
    // Removals may have been lost with the file: no earlier version is valid any more.
    aurelis_write late = write_of("old", 0, AURELIS_SET_IF_VERSION);
    late.if_version = before;
    CHECK(store.set("absent", late) == AURELIS_CONFLICT);
}

TEST_CASE("sqlite-disk notices that its file was cut short while open") {
    Folder folder;
    fill(folder / "c.db", 400);
    Store store({{"path", folder / "c.db"}});
    REQUIRE(store.open().started == AURELIS_OK);
    fs::resize_file(folder / "c.db", 8192);
    CHECK(store.get("k7").status >= 0);
    CHECK(store.set("a", "1") == AURELIS_OK);
    CHECK(store.get("a").value == "1");
}

TEST_CASE("sqlite-disk notices at the next write that its file was deleted, and writes into a new one") {
    Folder folder;
    Store store({{"path", folder / "c.db"}});
    store.open();
    store.set("a", "1");
    SECTION("the file alone") { fs::remove(folder / "c.db"); }
    SECTION("with its companions") {
        for (const char* suffix : {"", "-wal", "-shm"}) fs::remove(folder / "c.db" + suffix);
    }
    CHECK(store.set("b", "2") == AURELIS_OK);
    CHECK(fs::exists(folder / "c.db"));
    CHECK(store.get("b").value == "2");
    CHECK(store.get("a").status == AURELIS_NOT_FOUND);
    CHECK(store.stat("reopened") == 1);
    store.close();
    Store again({{"path", folder / "c.db"}});
    REQUIRE(again.open().started == AURELIS_OK);
    CHECK(again.get("b").value == "2");
    CHECK(again.stat("set_aside") == 0);
}

TEST_CASE("sqlite-disk makes even a deleted folder anew") {
    Folder folder;
    Store store({{"path", folder / "sub/c.db"}});
    store.open();
    store.set("a", "1");
    fs::remove_all(folder / "sub");
    CHECK(store.set("b", "2") == AURELIS_OK);
    CHECK(store.get("b").value == "2");
    CHECK(mode_of(folder / "sub") == 0700);
}

TEST_CASE("sqlite-disk says that there is no room, keeps what it has and goes on when there is some") {
    Folder folder;
    const pid_t child = fork();
    if (child == 0) {
        signal(SIGXFSZ, SIG_IGN);
        Store store({{"path", folder / "c.db"}});
        if (store.open().started != AURELIS_OK || store.set("a", "1") != AURELIS_OK) _exit(1);
        rlimit limit{256 << 10, RLIM_INFINITY};
        setrlimit(RLIMIT_FSIZE, &limit);
        if (store.set("b", std::string(1 << 20, 'x')) != AURELIS_E_FULL) _exit(2);
        if (store.call.error.find("free some disk space") == std::string::npos) _exit(3);
        if (store.get("a").value != "1" || store.has("b")) _exit(4);
        limit.rlim_cur = RLIM_INFINITY;
        setrlimit(RLIMIT_FSIZE, &limit);
        _exit(store.set("b", std::string(1 << 20, 'x')) == AURELIS_OK && store.has("b") ? 0 : 5);
    }
    int status = 0;
    waitpid(child, &status, 0);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
}
