// Memory over a real file that takes no more bytes: what the first process is told, and what the next one reads.
#include "scenarios/scenario.hpp"

#include <sys/resource.h>
#include <csignal>
#include <filesystem>

using namespace aurelis;
using namespace aurelis::testing;

namespace {

// Files of this process cannot grow beyond that many bytes.
class FilesEndAt {
public:
    explicit FilesEndAt(rlim_t bytes) {
        std::signal(SIGXFSZ, SIG_IGN);
        getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit limit{bytes, before_.rlim_max};
        setrlimit(RLIMIT_FSIZE, &limit);
    }
    ~FilesEndAt() { setrlimit(RLIMIT_FSIZE, &before_); }
    FilesEndAt(const FilesEndAt&) = delete;
    FilesEndAt& operator=(const FilesEndAt&) = delete;

private:
    rlimit before_{};
};

}  // namespace

TEST_CASE("a value that found no room on the disk leaves no older one for the next process") {
    Folder folder;
    const std::string yaml = two_layers(folder / "cache.db");
    {
        Opened first(yaml);
        REQUIRE(first.status == AURELIS_OK);
        for (int i = 0; i < 20; ++i) REQUIRE(first.set("k" + std::to_string(i), "old") == AURELIS_OK);
        const FilesEndAt full(std::filesystem::file_size(folder / "cache.db-wal"));
        for (int i = 0; i < 20; ++i) {
            const std::string id = "k" + std::to_string(i);
            REQUIRE(first.set(id, std::string(1 << 20, 'n')) == AURELIS_OK);
            CHECK(first.get(id).size() == 1 << 20);
            CHECK(first.layer == 1);
        }
    }
    Opened second(yaml);
    for (int i = 0; i < 20; ++i) CHECK(second.get("k" + std::to_string(i)) == "-");
}

TEST_CASE("a write that lasts nowhere says so, and is an error where it must last") {
    Folder folder;
    std::string yaml = two_layers(folder / "cache.db");
    const bool by_category = GENERATE(false, true);
    if (by_category) yaml += "  strict: {require: persistent}\n";
    Opened host(yaml);
    REQUIRE(host.status == AURELIS_OK);
    const aurelis_category* const category = host.category(by_category ? "strict" : "user_data");
    const std::string id = "k";
    const aurelis_bytes part = bytes(id);
    const aurelis_name name = aurelis_name_of(category, &part);
    aurelis_write_options options{};
    options.struct_size = sizeof options;
    options.flags = by_category ? 0 : AURELIS_WRITE_PERSISTENT;
    REQUIRE(aurelis_set(host.cache, &name, bytes("old"), &options, nullptr, nullptr) == AURELIS_OK);
    aurelis_write_report report{};
    report.struct_size = sizeof report;
    {
        const FilesEndAt none(0);
        if (!by_category) {
            REQUIRE(aurelis_set(host.cache, &name, bytes("new"), nullptr, &report, nullptr) == AURELIS_OK);
            CHECK(report.layer_count == 2);
            CHECK(report.layers[0] == AURELIS_OK);
            CHECK(report.layers[1] == AURELIS_E_FULL);
            CHECK(report.outdated == 2);
            // A caller from before the field gets what it knows.
            aurelis_write_report older{};
            older.struct_size = offsetof(aurelis_write_report, outdated);
            older.outdated = 77;
            REQUIRE(aurelis_set(host.cache, &name, bytes("new"), nullptr, &older, nullptr) == AURELIS_OK);
            CHECK(older.outdated == 77);
        }
        aurelis_error* error = nullptr;
        CHECK(aurelis_set(host.cache, &name, bytes("new"), &options, &report, &error) == AURELIS_E_FULL);
        REQUIRE(error != nullptr);
        CHECK(std::string(aurelis_error_message(error)).find("L3_disk") != std::string::npos);
        aurelis_error_free(error);
        CHECK(report.outdated == 2);
        const aurelis_bytes value = bytes("new");
        aurelis_status each = AURELIS_OK;
        CHECK(aurelis_multi_set(host.cache, &name, &value, 1, &options, &each, nullptr) == AURELIS_PARTIAL);
        CHECK(each == AURELIS_E_FULL);
        CHECK(host.get("k") == "-");
    }
    CHECK(aurelis_set(host.cache, &name, bytes("newer"), &options, &report, nullptr) == AURELIS_OK);
    CHECK(report.outdated == 0);
    CHECK(report.layers[1] == AURELIS_OK);
}

TEST_CASE("in C++ a set gives a report, and may require a persistent layer") {
    Folder folder;
    const std::string text = two_layers(folder / "cache.db");
    OpenOptions open;
    open.text = text;
    auto opened = Cache::open(open);
    REQUIRE(opened);
    auto users = opened->category("user_data");
    REQUIRE(users);
    WriteOptions lasting;
    lasting.require_persistent = true;
    REQUIRE(users->set("k", "old", lasting));
    const auto fine = users->set_with_report("k", "old");
    REQUIRE(fine);
    CHECK(fine.value().everywhere());
    const auto computed = users->get_or_compute<std::string>("other", [] { return std::string("x"); }, lasting);
    REQUIRE_FALSE(computed);
    CHECK(computed.error().status == AURELIS_E_INVALID);
    const FilesEndAt none(0);
    const auto partly = users->set_with_report("k", "new");
    REQUIRE(partly);
    CHECK_FALSE(partly.value().everywhere());
    CHECK(partly.value().outdated == 2);
    CHECK(partly.value().layers.size() == 2);
    const auto refused = users->set("k", "new", lasting);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().status == AURELIS_E_FULL);
}
