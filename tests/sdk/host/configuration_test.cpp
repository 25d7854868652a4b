// host/configuration.hpp: checking, showing, listing and inspecting without a cache.
// Covers: core/api/inspect.cpp
#include "sdk/host/host_rig.hpp"

using namespace aurelis;
using namespace aurelis::testing;

namespace {

const OpenOptions kGood{.text = "layers: [{name: L1, backend: memory, priority: 1, max_entries: 10}]"};
const OpenOptions kBad{.text = "layers: [{name: L1, backend: memry, priority: 1}]\nlayer: []\n"};

}  // namespace

TEST_CASE("a checked configuration has its layers, or all its problems") {
    const auto good = check_config(kGood);
    REQUIRE(good);
    CHECK(good->ok());
    CHECK(nlohmann::json::parse(good->json)["layers"][0]["name"] == "L1");
    const auto bad = check_config(kBad);
    REQUIRE(bad);
    CHECK_FALSE(bad->ok());
    CHECK(nlohmann::json::parse(bad->json)["problems"].size() == 2);
    CHECK(bad->problems.find("memry") != std::string::npos);
    const auto unchecked = check_config({.file = "x.yaml", .text = "layers: []"});
    REQUIRE_FALSE(unchecked);
    CHECK(unchecked.error().status == AURELIS_E_INVALID);
}

TEST_CASE("a configuration is shown as YAML or JSON") {
    CHECK(show_config(kGood)->find("max_entries: 10") != std::string::npos);
    CHECK(nlohmann::json::parse(show_config(kGood, ConfigFormat::Json).value())["layers"][0]["max_entries"] == 10);
    CHECK_FALSE(show_config({.file = "/no/such/file.yaml"}));
}

TEST_CASE("plugins are listed and inspected") {
    const auto listed = nlohmann::json::parse(list_plugins_json(kGood).value());
    CHECK_FALSE(listed["folders"].empty());
    CHECK(listed["files"].dump().find("memory.so") != std::string::npos);
    const auto memory = nlohmann::json::parse(inspect_plugin_json("memory", kGood).value());
    CHECK(memory["components"][0]["name"] == "memory");
    const auto missing = inspect_plugin_json("memry");
    REQUIRE_FALSE(missing);
    CHECK(missing.error().message.find("memry") != std::string::npos);
}
