// sqlite-disk on a full disk: what cannot be stored is refused, and the old entry can still be removed. The disk is
// full for writes that would make a file in one folder longer, by functions that replace the C library's.
#include "plugins/sqlite_disk_rig.hpp"
#include "support/catch.hpp"

#include <dlfcn.h>
#include <sys/stat.h>
#include <atomic>
#include <cerrno>
#include <limits>

using namespace sqlite_disk_test;

namespace {

std::string disk_folder;
std::atomic<int64_t> disk_bytes{std::numeric_limits<int64_t>::max()};
std::atomic<int> refused{0};

int64_t used() {
    int64_t sum = 0;
    std::error_code gone;
    for (const auto& entry : fs::directory_iterator(disk_folder, gone))
        if (!entry.path().string().ends_with("-shm")) sum += static_cast<int64_t>(fs::file_size(entry.path(), gone));
    return sum;
}

// Would the file grow to that byte on a disk without room for it?
bool no_room(int descriptor, int64_t end) {
    struct stat file {};
    if (disk_bytes == std::numeric_limits<int64_t>::max() || fstat(descriptor, &file) != 0) return false;
    if (end <= file.st_size || used() + end - file.st_size <= disk_bytes) return false;
    ++refused;
    return true;
}

template <typename Function>
Function* real(const char* name) {
    return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

// While in scope, the disk is only as large as its content.
struct FullDisk {
    FullDisk() { disk_bytes = used(); }
    ~FullDisk() { disk_bytes = std::numeric_limits<int64_t>::max(); }
};

}  // namespace

extern "C" __attribute__((visibility("default"))) ssize_t pwrite64(int descriptor, const void* data, size_t size,
                                                                   off64_t at) {
    if (no_room(descriptor, at + static_cast<int64_t>(size))) return errno = ENOSPC, -1;
    static auto* const next = real<ssize_t(int, const void*, size_t, off64_t)>("pwrite64");
    return next(descriptor, data, size, at);
}
extern "C" __attribute__((visibility("default"))) ssize_t pwrite(int descriptor, const void* data, size_t size,
                                                                 off_t at) {
    if (no_room(descriptor, at + static_cast<int64_t>(size))) return errno = ENOSPC, -1;
    static auto* const next = real<ssize_t(int, const void*, size_t, off_t)>("pwrite");
    return next(descriptor, data, size, at);
}
extern "C" __attribute__((visibility("default"))) int posix_fallocate(int descriptor, off_t at, off_t size) {
    if (no_room(descriptor, at + size)) return ENOSPC;
    static auto* const next = real<int(int, off_t, off_t)>("posix_fallocate");
    return next(descriptor, at, size);
}

TEST_CASE("sqlite-disk removes entries from a full disk, and they do not come back") {
    Folder folder;
    disk_folder = folder.path();
    const OptionTexts options{{"path", folder / "c.db"}};
    constexpr int kKeys = 300;
    {
        Store store(options);
        REQUIRE(store.open().started == AURELIS_OK);
        for (int i = 0; i < kKeys; ++i)
            REQUIRE(store.set("k" + std::to_string(i), std::string(700, 'o')) == AURELIS_OK);
        SECTION("the log is short") {
            REQUIRE(store.raw.ops->flush(&store.raw, &store.call) == AURELIS_OK);
            store.close();
            fs::resize_file(folder / "c.db-wal", 0);
            REQUIRE(store.open().started == AURELIS_OK);
        }
        SECTION("the log is long") {}
        {
            const FullDisk full;
            for (int i = 0; i < kKeys; ++i) {
                INFO(i);
                const std::string key = "k" + std::to_string(i);
                // Where the log has been written before, there may be room.
                const aurelis_status set = store.set(key, std::string(900'000, 'n'));
                REQUIRE((set == AURELIS_E_FULL || set == AURELIS_OK));
                if (i % 2 == 0) {
                    REQUIRE(store.remove(key) == AURELIS_OK);
                } else {
                    const aurelis_key name = key_of(key);
                    const aurelis_write removal = write_of("", 0, AURELIS_SET_REMOVE);
                    aurelis_status each = AURELIS_E_FAILED;
                    REQUIRE(store.raw.ops->multi_write(&store.raw, &store.call, &name, &removal, 1, &each, nullptr) ==
                            AURELIS_OK);
                    REQUIRE(each == AURELIS_OK);
                }
                REQUIRE_FALSE(store.has(key));
            }
            CHECK(refused > 0);
            CHECK(store.stat("entries") == 0);
        }
        store.upkeep();
        CHECK(fs::exists(folder / "c.db.reserve"));
    }
    Store again(options);
    REQUIRE(again.open().started == AURELIS_OK);
    CHECK(again.scan().empty());
    CHECK(again.set("k1", std::string(200'000, 'n')) == AURELIS_OK);
}
