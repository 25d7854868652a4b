// Covers: core/config/use_reader.cpp
#include "config_helpers.hpp"
#include "support/catch.hpp"

using namespace aurelis::core;
using namespace aurelis::core::test;

namespace {

std::string layer_with(const std::string& serializers) {
    return "layers:\n  - name: L\n    backend: memory\n    serializers: " + serializers + "\n";
}

std::vector<SerializerConfig> stages(const std::string& serializers) {
    const Read result = read(layer_with(serializers));
    CHECK(result.problems == "");
    REQUIRE(result.config);
    return result.config->layers.at(0).serializers;
}

void refused(const std::string& serializers, const std::string& problem) {
    CHECK(read(layer_with(serializers)).problems == "t.yaml:" + problem + "\n");
}

}  // namespace

TEST_CASE("serializers: names and maps, in their order, with the options beside") {
    const auto read = stages("[json, {use: lz4, threshold: 2KiB, min_gain: 10%, level: 3, deep: {x: 1}}]");
    REQUIRE(read.size() == 2);
    CHECK(read[0].use == "json");
    CHECK_FALSE(read[0].threshold);
    CHECK_FALSE(read[0].min_gain);
    CHECK(read[0].options.members.empty());
    CHECK(read[1].use == "lz4");
    CHECK(read[1].threshold == 2048u);
    CHECK(read[1].min_gain == 0.1);
    REQUIRE(read[1].options.members.size() == 2);
    CHECK(read[1].options.members[0].first == "level");
    CHECK(read[1].options.find("deep")->find("x")->text == "1");
    CHECK(read[1].line == 4);
    CHECK(stages("[]").empty());
    CHECK(stages("[{use: gzip, threshold: 0, min_gain: 0}]")[0].threshold == 0u);
    CHECK(stages("[{use: gzip, min_gain: 0.25}]")[0].min_gain == 0.25);
}

TEST_CASE("serializers: what is wrong is said with the stage") {
    refused("json", "4: layer L: 'serializers' must be a list ([a, b], or lines that begin with '- '), got 'json'");
    refused("[[json]]",
            "4: layer L: serializer 1: expected a name such as json, or a map such as {use: lz4, threshold: 1KiB}, got "
            "a list");
    refused("[json, {threshold: 1KiB}]", "4: layer L: serializer 2: 'use' is missing; add it, such as use: json");
    refused("[{use: lz4, threshold: big}]",
            "4: layer L: serializer lz4: 'threshold': expected a size such as 64KiB, 256MiB, 1GiB or a number of "
            "bytes, got 'big'");
    refused("[{use: lz4, min_gain: 10}]",
            "4: layer L: serializer lz4: 'min_gain': expected a share such as 5% or 0.05, got '10'; it must be below "
            "1; write percent with '%'");
    refused("[{use: lz4, min_gain: 100%}]",
            "4: layer L: serializer lz4: 'min_gain': expected a share such as 5% or 0.05, got '100%'; it must be below "
            "100%");
    refused("[{use: lz4, min_gain: much}]",
            "4: layer L: serializer lz4: 'min_gain': expected a share such as 5% or 0.05, got 'much'");
    refused("[lz4, {use: lz4}]", "4: layer L: serializer lz4 is listed twice (line 4); remove one of the two");
    refused("[a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q]",
            "4: layer L: there are 17 serializers, at most 16 are possible; remove some");
}

TEST_CASE("frame: none is all that can be said, it warns, and serializers do not go with it") {
    Problems problems("t.yaml");
    const auto config =
        load_config_text("layers: [{name: L, backend: redis, frame: none}]", "/etc/app", environment_of({}), problems);
    REQUIRE(config);
    CHECK(config->layers[0].bare);
    CHECK(problems.empty());
    REQUIRE(problems.warnings().size() == 1);
    CHECK(contains(problems.warnings()[0].message, "no check that an entry is the one asked for"));
    CHECK(read("layers: [{name: L, backend: redis, frame: some}]").problems ==
          "t.yaml:1: layer L: 'frame' can only be none, got 'some'; remove the line for entries with a frame\n");
    CHECK(read("layers: [{name: L, backend: redis, frame: none, serializers: [lz4]}]").problems ==
          "t.yaml:1: layer L: 'serializers' need the frame to be remembered; remove them, or 'frame: none'\n");
}
