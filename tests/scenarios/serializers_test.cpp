// Layers with stages, over real files: values come back byte for byte whatever the configuration is by then, the frame
// records what was done, and the well-known tools can read the payload.
#include "scenarios/scenario.hpp"

#include <sqlite3.h>

#include <array>
#include <cstdio>
#include <fstream>

using namespace aurelis;
using namespace aurelis::testing;

namespace {

std::string over_disk(const std::string& db, const std::string& layer_keys, const std::string& memory_keys = "") {
    return "layers:\n  - {name: L1_memory, backend: memory, priority: 3" + memory_keys +
           "}\n  - name: L3_disk\n    backend: sqlite-disk\n    priority: 1\n    options: {path: \"" + db +
           "\"}\n    " + layer_keys + "\n";
}

std::string json_of(size_t bytes_least) {
    nlohmann::json value = {
        {"name", "John"}, {"role", "developer"}, {"languages", {"C", "C++"}}, {"scores", nlohmann::json::array()}};
    for (int i = 0; value.dump().size() < bytes_least; ++i)
        value["scores"].push_back({{"id", i * 7919}, {"score", i * 0.5}});
    return value.dump();
}

// The stored bytes of the only entry, as the backend keeps them.
std::string stored_in(const std::string& db) {
    sqlite3* file = nullptr;
    REQUIRE(sqlite3_open_v2(db.c_str(), &file, SQLITE_OPEN_READONLY, nullptr) == SQLITE_OK);
    sqlite3_stmt* query = nullptr;
    REQUIRE(sqlite3_prepare_v2(file, "SELECT value FROM entries", -1, &query, nullptr) == SQLITE_OK);
    REQUIRE(sqlite3_step(query) == SQLITE_ROW);
    const std::string value(static_cast<const char*>(sqlite3_column_blob(query, 0)),
                            static_cast<size_t>(sqlite3_column_bytes(query, 0)));
    sqlite3_finalize(query);
    sqlite3_close(file);
    return value;
}

// The payload of a frame, by the layout that core/layer/frame.hpp gives, read here independently.
std::string payload_of(const std::string& frame) {
    const auto number = [&](size_t at, size_t size) {
        uint64_t value = 0;
        for (size_t i = 0; i < size; ++i) value |= uint64_t{static_cast<unsigned char>(frame[at + i])} << (8 * i);
        return value;
    };
    REQUIRE(frame.substr(0, 4) == "AuRf");
    const size_t before = number(6, 2) + number(5, 1) * 9 + number(40, 4);
    REQUIRE(before + number(48, 8) == frame.size());
    return frame.substr(before);
}

std::string output_of(const std::string& command) {
    FILE* pipe = popen(command.c_str(), "r");
    REQUIRE(pipe != nullptr);
    std::string all;
    std::array<char, 4096> part{};
    for (size_t got; (got = fread(part.data(), 1, part.size(), pipe)) != 0;) all.append(part.data(), got);
    REQUIRE(pclose(pipe) == 0);
    return all;
}

}  // namespace

TEST_CASE("stages: what was written under one configuration is read under every other") {
    const std::vector<std::pair<std::string, std::vector<std::string>>> configurations{
        {"serializers: [json]", {"json"}},
        {"serializers: [msgpack, {use: lz4, threshold: 1KiB}]", {"msgpack", "lz4"}},
        {"serializers: [json, {use: zstd, level: 9}]", {"json", "zstd"}},
        {"serializers: [{use: gzip, threshold: 1KiB}]", {"gzip"}},
        {"", {}},
        {"serializers: [{use: lz4, level: 9}, gzip]", {"lz4"}},
    };
    Folder folder;
    const std::string value = json_of(3000);
    for (size_t i = 0; i < configurations.size(); ++i) {
        Opened writer(over_disk(folder / "cache.db", configurations[i].first));
        REQUIRE(writer.status == AURELIS_OK);
        REQUIRE(writer.set("made" + std::to_string(i), value) == AURELIS_OK);
        const auto layers = writer.explain("made" + std::to_string(i))["layers"];
        CHECK(layers[0]["stages"].empty());  // Memory keeps the value as it is.
        CHECK(layers[0]["bytes_stored"] == value.size());
        const auto& stages = layers[1]["stages"];
        REQUIRE(stages.size() >= configurations[i].second.size());
        for (size_t j = 0; j < configurations[i].second.size(); ++j) CHECK(stages[j] == configurations[i].second[j]);
        CHECK(layers[1]["bytes_raw"] == value.size());
        if (configurations[i].first.find("threshold") != std::string::npos)
            CHECK(layers[1]["bytes_stored"].get<size_t>() < value.size() / 2);
    }
    for (const auto& [keys, stages] : configurations) {
        INFO(keys);
        Opened reader(over_disk(folder / "cache.db", keys));
        for (size_t i = 0; i < configurations.size(); ++i) {
            CHECK(reader.get("made" + std::to_string(i)) == value);
            CHECK(reader.layer == 2);
            CHECK(reader.get("made" + std::to_string(i)) == value);  // Promoted, and in its own form again.
            CHECK(reader.layer == 1);
        }
        CHECK(reader.stats()["layers"][1]["corrupt"] == 0);
    }
}

TEST_CASE("stages: msgpack shrinks what Python's json.dumps writes and gives it back to the byte") {
    for (const char* arguments : {"", ", ensure_ascii=False", ", indent=2", ", indent=4, ensure_ascii=False"}) {
        const std::string program =
            "import json; city = \"\\u6771\\u4eac \\U0001f600\"; "
            "scores = [{\"id\": i * 7919, \"score\": i * 0.5, \"city\": city} for i in range(40)]; "
            "print(json.dumps({\"name\": \"Zo\\u00eb\", \"id\": 17, \"tags\": [], \"scores\": scores}" +
            std::string(arguments) + "))";
        const std::string value = output_of(AURELIS_TEST_PYTHON " -X utf8 -c '" + program + "'");
        INFO(value);
        REQUIRE(value.size() > 2000);
        Folder folder;
        Opened opened(over_disk(folder / "cache.db", "serializers: [json, msgpack]"));
        REQUIRE(opened.set("k", value) == AURELIS_OK);
        const auto disk = opened.explain("k")["layers"][1];
        CHECK(disk["stages"] == nlohmann::json::array({"json", "msgpack"}));
        CHECK(disk["bytes_raw"] == value.size());
        CHECK(disk["bytes_stored"].get<size_t>() < value.size() * 9 / 10);
        const ReadOptions disk_only{.skip_layers = 1};
        CHECK(opened.get("k", disk_only) == value);
        CHECK(opened.layer == 2);
    }
}

TEST_CASE("stages: compression begins above 1,024 bytes") {
    Folder folder;
    Opened opened(over_disk(folder / "cache.db", "serializers: [gzip]"));
    REQUIRE(opened.set("stays", std::string(1024, 'x')) == AURELIS_OK);
    REQUIRE(opened.set("shrinks", std::string(1025, 'x')) == AURELIS_OK);
    CHECK(opened.explain("stays")["layers"][1]["stages"].empty());
    CHECK(opened.explain("shrinks")["layers"][1]["stages"] == nlohmann::json::array({"gzip"}));
    const auto stage = opened.stats()["layers"][1]["serializers"][0];
    CHECK(stage["name"] == "gzip");
    CHECK(stage["threshold"] == 1024);
    CHECK(stage["applied"] == 1);
    CHECK(stage["below_threshold"] == 1);
}

TEST_CASE("stages: values that are no JSON, and bytes that do not shrink, pass unchanged") {
    Folder folder;
    Opened opened(over_disk(folder / "cache.db", "serializers: [json, msgpack, lz4]"));
    std::string noise;
    for (uint32_t i = 0, x = 1; i < 5000; ++i) noise += static_cast<char>((x = x * 1664525u + 1013904223u) >> 24);
    REQUIRE(opened.set("noise", noise) == AURELIS_OK);
    REQUIRE(opened.set("spaced", "{ \"a\" : 1.50 }") == AURELIS_OK);
    CHECK(opened.explain("noise")["layers"][1]["stages"].empty());
    CHECK(opened.explain("spaced")["layers"][1]["stages"] ==
          nlohmann::json::array({"json"}));  // msgpack could not give it back.
    const ReadOptions disk_only{.skip_layers = 1};
    CHECK(opened.get("noise", disk_only) == noise);
    CHECK(opened.get("spaced", disk_only) == "{ \"a\" : 1.50 }");
}

TEST_CASE("stages: a memory layer may have them, too") {
    Folder folder;
    Opened opened(over_disk(folder / "cache.db", "ttl: 1d", ", serializers: [zstd]"));
    const std::string value = json_of(20'000);
    REQUIRE(opened.set("k", value) == AURELIS_OK);
    CHECK(opened.get("k") == value);
    CHECK(opened.layer == 1);
    CHECK(opened.explain("k")["layers"][0]["stages"] == nlohmann::json::array({"zstd"}));
    CHECK(opened.explain("k")["layers"][0]["bytes_stored"].get<size_t>() < value.size() / 4);
}

TEST_CASE("stages: the well-known tools read what the frame's payload holds") {
    const std::string value = json_of(3000);
    for (const auto& [stage, tool] : {std::pair<std::string, std::string>{"gzip", "gzip -dc"},
                                      {"lz4", "lz4 -dc"},
                                      {"{use: lz4, level: 9}", "lz4 -dc"},
                                      {"zstd", "zstd -dc"}}) {
        INFO(stage);
        Folder folder;
        {
            Opened opened(over_disk(folder / "cache.db", "serializers: [json, " + stage + "]"));
            REQUIRE(opened.set("k", value) == AURELIS_OK);
        }
        const std::string file = folder / "payload";
        std::ofstream(file, std::ios::binary) << payload_of(stored_in(folder / "cache.db"));
        CHECK(output_of(tool + " < '" + file + "'") == value);
    }
}

TEST_CASE("stages: an entry whose claims are too large for the layer is a miss with its own counter") {
    Folder folder;
    {
        Opened writer(over_disk(folder / "cache.db", "serializers: [gzip]"));
        REQUIRE(writer.set("large", std::string(100'000, 'x')) == AURELIS_OK);
    }
    Opened reader(over_disk(folder / "cache.db", "max_value_bytes: 50KiB"));
    CHECK(reader.get("large") == "-");
    CHECK(reader.stats()["layers"][1]["oversized"] == 1);
    CHECK(reader.explain("large")["layers"][1]["state"] == "corrupt");
    CHECK(reader.explain("large")["layers"][1]["reason"] == "it claims to be larger than max_value_bytes");
}
