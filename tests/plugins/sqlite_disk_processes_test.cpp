// sqlite-disk among processes: what kill -9 leaves, two at one file, one that holds the lock, one that sets
// aside.
#include "fuzz/sqlite/damage.hpp"
#include "plugins/sqlite_disk_rig.hpp"
#include "support/catch.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <csignal>

using namespace sqlite_disk_test;

namespace {

// A child that runs work and ends with its answer; talks through two pipes.
class Child {
public:
    template <typename Work>
    explicit Child(Work work) {
        REQUIRE(pipe(up_) == 0);
        REQUIRE(pipe(down_) == 0);
        pid_ = fork();
        if (pid_ == 0) _exit(work(*this));
    }
    ~Child() {
        if (pid_ > 0) finish(SIGKILL);
        for (const int end : {up_[0], up_[1], down_[0], down_[1]}) close(end);
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    // In the child.
    void tell(uint32_t word) const { put(up_[1], word); }
    uint32_t wait_for_word() const { return take(down_[0]); }
    // In the parent.
    void say(uint32_t word) const { put(down_[1], word); }
    uint32_t hear() const { return take(up_[0]); }
    int finish(int with_signal = 0) {
        if (with_signal != 0) kill(pid_, with_signal);
        int status = 0;
        waitpid(pid_, &status, 0);
        pid_ = -1;
        return status;
    }

private:
    static void put(int end, uint32_t word) {
        if (write(end, &word, sizeof word) != sizeof word) _exit(99);
    }
    static uint32_t take(int end) {
        uint32_t word = UINT32_MAX;
        return read(end, &word, sizeof word) == sizeof word ? word : UINT32_MAX;
    }
    int up_[2], down_[2];
    pid_t pid_ = -1;
};

}  // namespace

TEST_CASE("sqlite-disk has every acknowledged entry after kill -9 of the process that wrote") {
    Folder folder;
    const OptionTexts options{{"path", folder / "c.db"}};
    uint32_t next = 0;
    for (int round = 0; round < 10; ++round) {
        Child child([&](Child& self) {
            Store store(options);
            store.open();
            for (uint32_t i = next;; ++i) {
                if (store.set("k" + std::to_string(i), "v" + std::to_string(i)) != AURELIS_OK) return 1;
                self.tell(i);
            }
        });
        for (int i = 0; i < 50; ++i) next = child.hear();
        child.finish(SIGKILL);
        ++next;
        Store store(options);
        REQUIRE(store.open().started == AURELIS_OK);
        REQUIRE(store.stat("set_aside") == 0);
        for (uint32_t i = 0; i < next; ++i)
            REQUIRE(store.get("k" + std::to_string(i)).value == "v" + std::to_string(i));
    }
}

TEST_CASE("sqlite-disk shares one file between processes") {
    Folder folder;
    const OptionTexts options{{"path", folder / "c.db"}, {"busy_timeout", "20s"}};
    Child child([&](Child& self) {
        Store store(options);
        if (store.open().started != AURELIS_OK) return 1;
        self.tell(1);
        self.wait_for_word();
        for (int i = 0; i < 200; ++i)
            if (store.set("child" + std::to_string(i), "c") != AURELIS_OK) return 2;
        self.tell(2);
        self.wait_for_word();
        return store.get("parent199").value == "p" && store.get("child7").status == AURELIS_NOT_FOUND ? 0 : 3;
    });
    REQUIRE(child.hear() == 1);
    Store store(options);
    REQUIRE(store.open().started == AURELIS_OK);
    child.say(1);
    for (int i = 0; i < 200; ++i) REQUIRE(store.set("parent" + std::to_string(i), "p") == AURELIS_OK);
    REQUIRE(child.hear() == 2);
    CHECK(store.get("child199").value == "c");
    CHECK(store.scan().size() == 400);
    CHECK(store.remove("child7") == AURELIS_OK);
    store.upkeep(2);
    CHECK(store.stat("entries") == 399);
    child.say(2);
    CHECK(child.finish() == 0);
}

TEST_CASE("sqlite-disk gives up in time when another process holds the lock, and reads on meanwhile") {
    Folder folder;
    Store store({{"path", folder / "c.db"}, {"busy_timeout", "150ms"}});
    store.open();
    store.set("a", "1");
    Child child([&](Child& self) {
        // The write lock of the log: byte 120 of the shared-memory file.
        const int file = open((folder / "c.db-shm").c_str(), O_RDWR);
        struct flock lock {};
        lock.l_type = F_WRLCK;
        lock.l_whence = SEEK_SET;
        lock.l_start = 120;
        lock.l_len = 1;
        if (fcntl(file, F_SETLK, &lock) != 0) return 1;
        self.tell(1);
        self.wait_for_word();
        return 0;
    });
    REQUIRE(child.hear() == 1);
    int64_t began = mono_now();
    CHECK(store.set("b", "2") == AURELIS_E_TIMEOUT);
    CHECK(mono_now() - began >= 140'000'000);
    CHECK(mono_now() - began < kSecond);
    CHECK(store.call.error.find(folder / "c.db") != std::string::npos);
    CHECK(store.call.error.find("busy_timeout") != std::string::npos);
    began = mono_now();
    store.call.deadline_mono = began + 30'000'000;
    CHECK(store.set("b", "2") == AURELIS_E_TIMEOUT);
    CHECK(mono_now() - began < 120'000'000);
    store.call.deadline_mono = 0;
    CHECK(store.get("a").value == "1");
    CHECK(store.stat("busy_timeouts") == 2);
    child.say(1);
    CHECK(child.finish() == 0);
    CHECK(store.set("b", "2") == AURELIS_OK);
}

TEST_CASE(
    "sqlite-disk follows when another process has set the file aside, and neither loses the other's "
    "entries") {
    Folder folder;
    const OptionTexts options{{"path", folder / "c.db"}};
    Store store(options);
    store.open();
    for (int i = 0; i < 300; ++i) store.set("k" + std::to_string(i), std::string(500, 'x'));
    store.raw.ops->flush(&store.raw, &store.call);
    Child child([&](Child& self) {
        Store other(options);
        if (other.open().started != AURELIS_OK) return 1;
        self.tell(1);
        self.wait_for_word();
        for (int i = 0; i < 300; ++i) other.get("k" + std::to_string(i));
        if (other.set("from child", "c") != AURELIS_OK) return 2;
        self.tell(static_cast<uint32_t>(other.stat("set_aside")));
        self.wait_for_word();
        return other.get("from parent").value == "p" ? 0 : 3;
    });
    REQUIRE(child.hear() == 1);
    sqlite_damage::write_at(folder / "c.db", 4096,
                            std::string(fs::file_size(folder / "c.db") - 4096, '\xee'));
    child.say(1);
    REQUIRE(child.hear() == 1);
    CHECK(store.set("from parent", "p") == AURELIS_OK);
    CHECK(store.get("from child").value == "c");
    CHECK(store.stat("set_aside") == 0);
    CHECK(store.stat("reopened") == 1);
    child.say(2);
    CHECK(child.finish() == 0);
    store.close();
    Store again(options);
    REQUIRE(again.open().started == AURELIS_OK);
    CHECK(again.get("from child").value == "c");
    CHECK(again.get("from parent").value == "p");
    CHECK(again.stat("set_aside") == 0);
}
