// The effect of bad input: one line that names place, thing and way out; nothing is lost, and other layers still serve.
// Covers: core/api/cache_builder.cpp
#include "scenarios/scenario.hpp"

#include <sqlite3.h>

#include <sys/stat.h>

using namespace aurelis;
using namespace aurelis::testing;

TEST_CASE("an unwritable path costs a line, and memory serves on") {
    Folder folder;
    Opened opened(two_layers("/proc/no/such/place/cache.db"));
    REQUIRE(opened.status == AURELIS_OK);
    const auto lines = opened.lines();
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].find("(text):3: layer L3_disk (sqlite-disk): ") == 0);
    CHECK(lines[0].find("/proc/no") != std::string::npos);
    CHECK(opened.set("k", "v") == AURELIS_OK);
    CHECK(opened.get("k") == "v");
    CHECK(opened.stats()["layers"][1]["state"] == "unreachable");
}

TEST_CASE("a value above the limit is refused with both sizes, and the old one stays") {
    Opened opened(
        "cache: {max_value_bytes: 1KiB}\nlayers:\n  - {name: L1, backend: memory, priority: 1, max_entries: 10}\n");
    REQUIRE(opened.set("k", std::string(1024, 'v')) == AURELIS_OK);
    CHECK(opened.set("k", std::string(1025, 'v')) == AURELIS_E_TOO_LARGE);
    CHECK(opened.problem == "the value has 1025 bytes, cache.max_value_bytes is 1024; raise it or store less");
    CHECK(opened.get("k") == std::string(1024, 'v'));
}

TEST_CASE("keys at their limits: empty is refused, 64 KiB with NULs works, more is refused") {
    Opened opened("layers:\n  - {name: L1, backend: memory, priority: 1, max_entries: 10}\n");
    CHECK(opened.set("", "v") == AURELIS_E_INVALID);
    CHECK_FALSE(opened.problem.empty());
    aurelis_name name{};
    const std::string whole = std::string("aurelis:v1:user_data:") + std::string(65536 - 21, '\0');
    name.key = bytes(whole);
    aurelis_answer answer{};
    REQUIRE(aurelis_set(opened.cache, &name, bytes("v"), nullptr, nullptr, nullptr) == AURELIS_OK);
    REQUIRE(aurelis_get(opened.cache, &name, nullptr, &answer, nullptr) == AURELIS_OK);
    aurelis_answer_release(&answer);
    const std::string more = whole + "x";
    name.key = bytes(more);
    CHECK(opened.told([&](aurelis_error** error) {
        return aurelis_set(opened.cache, &name, bytes("v"), nullptr, nullptr, error);
    }) == AURELIS_E_INVALID);
    CHECK(opened.problem == "the key has 65537 bytes, the limit is 65536; shorten it or hash it");
    const std::string reserved = "aurelis:v1:\x01stamps";
    name.key = bytes(reserved);
    CHECK(aurelis_set(opened.cache, &name, bytes("v"), nullptr, nullptr, nullptr) == AURELIS_E_INVALID);
}

TEST_CASE("a ttl of 0 or below is refused, never is a word of its own") {
    Opened opened("layers:\n  - {name: L1, backend: memory, priority: 1, max_entries: 10}\n");
    CHECK(opened.set("k", "v", {.ttl = std::chrono::seconds(0)}) == AURELIS_E_INVALID);
    CHECK(opened.set("k", "v", {.ttl = std::chrono::nanoseconds(-5)}) == AURELIS_E_INVALID);
    CHECK(opened.set("k", "v", {.ttl = never}) == AURELIS_OK);
}

TEST_CASE("a locked database costs its writers a line and no more than the time-out; the others serve on") {
    Folder folder;
    const std::string path = folder / "cache.db";
    Opened opened(two_layers(path));
    REQUIRE(opened.set("k", "v") == AURELIS_OK);
    sqlite3* other = nullptr;
    REQUIRE(sqlite3_open(path.c_str(), &other) == SQLITE_OK);
    REQUIRE(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) == SQLITE_OK);
    CHECK(opened.set("k2", "w", {.timeout = std::chrono::milliseconds(100)}) == AURELIS_OK);
    CHECK(opened.get("k2") == "w");
    CHECK(opened.lines().size() == 1);
    REQUIRE(sqlite3_exec(other, "ROLLBACK", nullptr, nullptr, nullptr) == SQLITE_OK);
    sqlite3_close(other);
    CHECK(opened.set("k3", "x") == AURELIS_OK);
}

TEST_CASE("all mistakes of a configuration are told at once, with their lines") {
    Opened opened(
        "layers:\n  - {name: L1, backend: memry, priority: high}\n"
        "  - {name: L1, backend: memory, priority: 1, ttl: 5 parsecs}\nlayer: []\n");
    CHECK(opened.status == AURELIS_E_CONFIG);
    for (const char* part :
         {"(text):2: ", "(text):3: ", "(text):4: ", "memry", "high", "parsecs", "did you mean 'layers'"})
        CHECK(opened.problem.find(part) != std::string::npos);
}

TEST_CASE("the check names the line of each mistake in the rules for events; an unknown category is none") {
    const std::string layers = "layers: [{name: L1, backend: memory, priority: 1}]\n";
    CHECK(checked(layers + "invalidation:\n"
                           "  - {on: a, targets: [category:nowhere, \"pattern:user_data:{id}\", tag:x, event:b]}\n")
              ["problems"]
                  .empty());
    const auto problems = checked("cache: {namespace: app}\n" + layers +
                                  "invalidation:\n"
                                  "  - on: a\n"
                                  "    targets:\n"
                                  "      - pattern:*:v1:user_data:42\n"
                                  "      - \"tag:{user id}\"\n"
                                  "      - tag:ok\n"
                                  "  - {on: b, targets: [event:c]}\n"
                                  "  - {on: c, targets: [\"event:b\"]}\n")["problems"];
    REQUIRE(problems.size() == 3);
    CHECK(problems[0]["line"] == 6);
    CHECK(problems[0]["message"] ==
          "invalidation: event a: target 'pattern:*:v1:user_data:42': pattern '*:v1:user_data:42': wildcards in the "
          "namespace could reach the keys of other caches; write 'app:' in place of '*:', or name a category");
    CHECK(problems[1]["line"] == 7);
    CHECK(problems[2]["line"] == 10);
    CHECK(problems[2]["message"] ==
          "invalidation: event 'c': its rule would lead back to itself: c -> b -> c; remove an event: from one of "
          "these rules");
    Opened opened(layers + "invalidation: [{on: a, targets: [event:a]}]\n");
    CHECK(opened.status == AURELIS_E_CONFIG);
}
