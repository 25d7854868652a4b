// sqlite-disk and several processes: what kill -9 leaves, two processes with one file, one that holds the lock, one
// that sets the file aside.
#include "fuzz/sqlite/damage.hpp"
#include "plugins/sqlite_disk_rig.hpp"
#include "support/catch.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <algorithm>
#include <csignal>
#include <memory>
#include <thread>

using namespace sqlite_disk_test;

namespace {

// A child that runs work and exits with its result; communicates through two pipes.
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

uint64_t size_of(const std::string& path) {
    std::error_code none;
    const auto bytes = fs::file_size(path, none);
    return none ? 0 : bytes;
}

// The largest sizes seen of the database and its log.
struct Largest {
    uint64_t database = 0, log = 0, both = 0;

    void look(const std::string& path) {
        const uint64_t pages = size_of(path), frames = size_of(path + "-wal");
        database = std::max(database, pages);
        log = std::max(log, frames);
        both = std::max(both, pages + frames);
    }
};

// Another program that reads in one transaction for as long as this lives.
class LongReader {
public:
    explicit LongReader(const std::string& path) {
        REQUIRE(sqlite3_open(path.c_str(), &file_) == SQLITE_OK);
        REQUIRE(sqlite3_exec(file_, "BEGIN; SELECT count(*) FROM entries", nullptr, nullptr, nullptr) == SQLITE_OK);
    }
    ~LongReader() { sqlite3_close(file_); }
    LongReader(const LongReader&) = delete;
    LongReader& operator=(const LongReader&) = delete;

private:
    sqlite3* file_ = nullptr;
};

constexpr uint64_t kMiB = 1u << 20;

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
    Store patient({{"path", folder / "c.db"}, {"busy_timeout", "60s"}});
    store.open();
    patient.open();
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
    CHECK(mono_now() - began < 30 * kSecond);
    CHECK(store.call.error.find(folder / "c.db") != std::string::npos);
    CHECK(store.call.error.find("busy_timeout") != std::string::npos);
    began = mono_now();
    patient.call.deadline_mono = began + 30'000'000;  // The call's own deadline ends it, long before the 60 s.
    CHECK(patient.set("b", "2") == AURELIS_E_TIMEOUT);
    CHECK(mono_now() - began < 30 * kSecond);
    CHECK(store.get("a").value == "1");
    CHECK(store.stat("busy_timeouts") == 1);
    CHECK(patient.stat("busy_timeouts") == 1);
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

TEST_CASE("sqlite-disk keeps file and log within their bound, however many processes write") {
    for (const int writers : {2, 3, 4}) {
        INFO(writers << " writers");
        Folder folder;
        const OptionTexts options{{"path", folder / "c.db"}, {"max_bytes", "1MiB"}, {"busy_timeout", "60s"}};
        std::vector<std::unique_ptr<Child>> children;
        for (int writer = 0; writer < writers; ++writer)
            children.push_back(std::make_unique<Child>([&, writer](Child& self) {
                Store store(options);
                if (store.open().started != AURELIS_OK) return 1;
                self.tell(1);
                self.wait_for_word();
                const std::string value(2000, 'x');
                for (int i = 0; i < 1000; ++i) {
                    const std::string key = "k" + std::to_string(writer) + "/" + std::to_string(i * 7919 % 500);
                    if (store.set(key, value) != AURELIS_OK || store.get(key).status < 0) {
                        fprintf(stderr, "writer %d: %s\n", writer, store.call.error.c_str());
                        self.tell(3);
                        return 3;
                    }
                    if (i % 100 == 0) store.upkeep();
                }
                self.tell(2);
                return 0;
            }));
        for (auto& child : children) REQUIRE(child->hear() == 1);
        for (auto& child : children) child->say(1);
        std::atomic<bool> done{false};
        Largest largest;
        std::thread looking([&] {
            for (; !done; std::this_thread::sleep_for(std::chrono::microseconds(100))) largest.look(folder / "c.db");
        });
        std::vector<uint32_t> heard;
        for (auto& child : children) heard.push_back(child->hear());
        done = true;
        looking.join();
        for (const uint32_t word : heard) CHECK(word == 2);
        for (auto& child : children) CHECK(child->finish() == 0);
        CHECK(largest.database <= kMiB * 3 / 4 + 64 * 1024);
        CHECK(largest.both <= kMiB + kMiB / 2);
        Store store(options);
        store.open();
        store.upkeep(3);
        CHECK(size_of(folder / "c.db") + size_of(folder / "c.db-wal") <= kMiB + kMiB / 4);
    }
}

TEST_CASE("sqlite-disk refuses entries, then removals, while a long reader holds the log, and goes on when it ends") {
    Folder folder;
    Store store({{"path", folder / "c.db"}, {"max_bytes", "1MiB"}});
    store.open();
    REQUIRE(store.set("kept", "v") == AURELIS_OK);
    const std::string value(2000, 'x');
    {
        LongReader reader(folder / "c.db");
        int stored = 0;
        while (store.set("k" + std::to_string(stored % 100), value) == AURELIS_OK) REQUIRE(++stored < 10'000);
        CHECK(store.set("k", value) == AURELIS_E_FULL);
        CHECK(store.call.error.find("write-ahead log") != std::string::npos);
        CHECK(store.stat("wal_refusals") >= 2);
        CHECK(store.stat("wal_blocked") >= 1);
        CHECK(std::any_of(store.rig.logs.begin(), store.rig.logs.end(), [](const std::string& line) {
            return line.find("no entries are stored") != std::string::npos;
        }));
        CHECK(size_of(folder / "c.db-wal") <= kMiB / 2 + 64 * 1024);
        CHECK(store.get("kept").value == "v");
        CHECK(store.remove("kept") == AURELIS_OK);  // Removals have more room than sets.
        CHECK(store.get("kept").status == AURELIS_NOT_FOUND);
        int removed = 0;
        while (store.remove("k" + std::to_string(removed % 100)) >= 0) REQUIRE(++removed < 10'000);
        CHECK(removed > 2);
        CHECK(size_of(folder / "c.db-wal") <= kMiB * 3 / 4 + 64 * 1024);
    }
    const int64_t until = mono_now() + 60 * kSecond;
    while (store.set("k", value) != AURELIS_OK) REQUIRE(mono_now() < until);
    store.upkeep(2);
    CHECK(size_of(folder / "c.db") + size_of(folder / "c.db-wal") <= kMiB + kMiB / 4);
}

TEST_CASE("sqlite-disk cuts back a log that processes without bounds have left") {
    Folder folder;
    const OptionTexts options{{"path", folder / "c.db"}, {"max_bytes", "1MiB"}};
    {
        Store store(options);
        store.open();
        for (int i = 0; i < 100; ++i) store.set("k" + std::to_string(i), "v");
    }
    Child child([&](Child& self) {
        LongReader reader(folder / "c.db");
        sqlite3* file = nullptr;
        if (sqlite3_open((folder / "c.db").c_str(), &file) != SQLITE_OK) return 1;
        for (int i = 0; i < 2000; ++i)
            if (sqlite3_exec(file, "UPDATE entries SET cost = cost + 1", nullptr, nullptr, nullptr) != SQLITE_OK)
                return 2;
        self.tell(1);
        self.wait_for_word();
        return 0;
    });
    REQUIRE(child.hear() == 1);
    child.finish(SIGKILL);
    REQUIRE(size_of(folder / "c.db-wal") > kMiB);
    Store store(options);
    REQUIRE(store.open().started == AURELIS_OK);
    store.upkeep();
    CHECK(size_of(folder / "c.db-wal") <= kMiB / 4);
    CHECK(store.get("k7").value == "v");
}

TEST_CASE("sqlite-disk keeps max_entries to the entry among processes, and soon against one that has no such bound") {
    Folder folder;
    const OptionTexts bounded{{"path", folder / "c.db"}, {"max_entries", "50"}, {"busy_timeout", "60s"}};
    const OptionTexts unbounded{{"path", folder / "c.db"}, {"busy_timeout", "60s"}};
    Child child([&](Child& self) {
        Store store(bounded), without(unbounded);
        if (store.open().started != AURELIS_OK || without.open().started != AURELIS_OK) return 1;
        self.tell(1);
        self.wait_for_word();
        for (int i = 0; i < 100; ++i)
            if (store.set("child" + std::to_string(i), "v") != AURELIS_OK) return 2;
        self.tell(2);
        self.wait_for_word();
        for (int i = 0; i < 100; ++i)
            if (without.set("more" + std::to_string(i), "v") != AURELIS_OK) return 3;
        self.tell(3);
        return 0;
    });
    REQUIRE(child.hear() == 1);
    Store store(bounded);
    REQUIRE(store.open().started == AURELIS_OK);
    child.say(1);
    size_t most = 0;
    for (int i = 0; i < 100; ++i) {
        REQUIRE(store.set("parent" + std::to_string(i), "v") == AURELIS_OK);
        if (i % 10 == 0) most = std::max(most, store.scan(nullptr, 1000).size());
    }
    REQUIRE(child.hear() == 2);
    CHECK(most <= 50);
    CHECK(store.scan().size() == 50);
    child.say(2);
    REQUIRE(child.hear() == 3);
    store.upkeep();
    CHECK(store.scan().size() == 50);
    CHECK(store.stat("entries") == 50);
    CHECK(child.finish() == 0);
}
