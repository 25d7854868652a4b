// host/cache.hpp and host/options.hpp: opening, closing, and what is asked of a cache as a whole.
// Covers: core/base/log.cpp, core/base/names.cpp
#include "sdk/host/host_rig.hpp"

#include <set>
#include <stdexcept>

using namespace aurelis;
using namespace aurelis::testing;
using namespace std::chrono_literals;

TEST_CASE("a cache names its layers") {
    HostRig rig;
    CHECK(rig.cache.layer_names() == std::vector<std::string>{"L1", "L2"});
    CHECK(rig.cache.layer_name(2) == "L2");
    CHECK(rig.cache.layer_name(0).empty());
    CHECK(rig.cache.layer_name(3).empty());
    CHECK(version() == aurelis_version());
    CHECK(status_name(AURELIS_E_TIMEOUT) == "E_TIMEOUT");
}

TEST_CASE("scan takes options, and stops when it is told to") {
    HostRig rig;
    const Category users = rig.category("c");
    for (int i = 0; i < 20; ++i) REQUIRE(users.set(std::to_string(i), "v", {.skip_layers = i < 10 ? 1u : 2u}));
    std::multiset<uint32_t> layers;
    const auto count = [&](std::string_view key, uint32_t layer) {
        CHECK(key.starts_with("aurelis:v1:c:"));
        layers.insert(layer);
        return true;
    };
    REQUIRE(rig.cache.scan("aurelis:v1:c:*", count));
    CHECK(layers.count(1) == 10);
    CHECK(layers.count(2) == 10);
    layers.clear();
    REQUIRE(rig.cache.scan("", count, {.skip_layers = 1}));
    CHECK(layers.count(1) == 0);
    CHECK(layers.count(2) == 10);
    int shown = 0;
    REQUIRE(rig.cache.scan("*", [&](std::string_view, uint32_t) { return ++shown < 3; }));
    CHECK(shown == 3);
    CHECK_FALSE(rig.cache.scan("*", count, {.timeout = -1s}));
}

TEST_CASE("clear takes options, and says how much went") {
    HostRig rig;
    REQUIRE(rig.category("c").set("a", "v"));
    REQUIRE(rig.category("c").set("b", "v"));
    CHECK_FALSE(rig.cache.clear({.timeout = -1s}));
    CHECK(rig.category("c").lookup("a")->hit());
    const auto report = rig.cache.clear_with_report();
    REQUIRE(report);
    CHECK(report->complete);
    CHECK(report->removed == 2u);
    CHECK_FALSE(rig.category("c").lookup("a")->found());
    CHECK(rig.cache.clear().value() == 0);
}

TEST_CASE("a layer that cannot be cleared or listed is named, with its reason") {
    const auto cache = Cache::open(
        {.text = "layers:\n"
                 "  - {name: L1, backend: memory, priority: 2}\n"
                 "  - {name: L2, backend: sqlite-disk, priority: 1, options: {path: /proc/none/a.db}}\n",
         .log = [](LogLevel, std::string_view) {}});
    REQUIRE(cache);
    REQUIRE(cache->category("c")->set("a", "v"));
    const auto report = cache->clear_with_report();
    REQUIRE(report);
    CHECK_FALSE(report->complete);
    CHECK(report->removed == 1u);
    CHECK(report->problem.find("(text):3: layer L2 (sqlite-disk): ") == 0);
    const auto cleared = cache->clear();
    REQUIRE_FALSE(cleared);
    CHECK(cleared.error().status == AURELIS_E_UNAVAILABLE);
    CHECK(cleared.error().message == report->problem);
    const auto scanned = cache->scan("*", [](std::string_view, uint32_t) { return true; });
    REQUIRE_FALSE(scanned);
    CHECK(scanned.error().message == report->problem);
}

TEST_CASE("the log is the host's function, from the level on that it wants, as long as the cache is open") {
    HostRig rig;
    auto options = rig.options();
    options.text = "layers: [{name: L1, backend: memory, priority: 1}]";
    options.log_level = LogLevel::Trace;
    auto cache = Cache::open(options);
    REQUIRE(cache);
    CHECK(rig.lines_with("") > 0);
    options.log = [](LogLevel, std::string_view) { throw std::runtime_error("a log that throws"); };
    CHECK(Cache::open(options));
    // An open cache is assigned to another: the old one is closed while its log still exists.
    options.log = rig.options().log;
    auto other = Cache::open(options);
    REQUIRE(other);
    cache.value() = std::move(other).value();
    CHECK(cache->category("c")->set("k", "v"));
    CHECK(cache->flush());
    CHECK_FALSE(cache->flush(-1s));
    CHECK(cache->close(1s));
}

TEST_CASE("what an opening cannot make sense of is an error with all its lines") {
    const auto refused = Cache::open({.text = "layers: [{name: L1, backend: memry, priority: 1}]\nlayer: []\n"});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().status == AURELIS_E_CONFIG);
    CHECK(refused.error().message.find("memory") != std::string::npos);
    CHECK_FALSE(Cache::open({.file = "x.yaml", .text = "layers: []"}));
    const auto named =
        Cache::open({.text = "layers: [{name: L1, backend: memory, priority: 1}]", .name_space = "other"});
    REQUIRE(named);
    CHECK(named->raw() != nullptr);
    CHECK(Category(named->raw(), named->category("c")->raw()).key_of("k").value() == "other:v1:c:k");
}
