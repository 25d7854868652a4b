// Covers: core/config/layer_reader.cpp, core/config/map_reader.cpp, core/config/section_readers.cpp
#include "config/config_reader.hpp"
#include "config_helpers.hpp"
#include "support/catch.hpp"

using namespace aurelis::core;
using namespace aurelis::core::test;

namespace {

constexpr int64_t kSecond = 1'000'000'000;
const std::string kLayer = "layers: [{name: L, backend: memory}]\n";

Config good(const std::string& text, std::map<std::string, std::string> variables = {}) {
    Read result = read(text, std::move(variables));
    INFO(text << result.problems);
    CHECK(result.problems.empty());
    REQUIRE(result.config);
    return std::move(*result.config);
}
// The text has exactly this problem.
void refused(const std::string& text, const std::string& problem) {
    INFO(text);
    CHECK(read(text).problems == "t.yaml:" + problem + "\n");
}
// A valid first layer in line 1, then these lines.
void refused_with_layer(const std::string& text, const std::string& problem) { refused(kLayer + text, problem); }

}  // namespace

TEST_CASE("config reader: one layer is enough, the rest has defaults") {
    const Config config = good(kLayer);
    CHECK(config.file == "t.yaml");
    CHECK(config.folder == "/etc/app");
    CHECK(config.name_space == "aurelis");
    CHECK(config.version == "v1");
    CHECK(config.max_value_bytes == uint64_t{64} << 20);
    CHECK(config.lease_ns == 60 * kSecond);
    CHECK(config.close_timeout_ns == 5 * kSecond);
    CHECK(config.key_format == KeyFormat::Default);
    CHECK(config.plugin_folders.empty());
    CHECK(config.plugin_files.empty());
    CHECK(config.origins.empty());
    CHECK(config.categories.empty());
    REQUIRE(config.layers.size() == 1);
    const LayerConfig& layer = config.layers[0];
    CHECK(layer.name == "L");
    CHECK(layer.backend == "memory");
    CHECK(layer.priority == 0);
    CHECK_FALSE(layer.ttl);
    CHECK_FALSE(layer.max_value_bytes);
    CHECK(layer.shared);
    CHECK(layer.options.kind == Node::Kind::Map);
    CHECK(layer.options.members.empty());
    CHECK(layer.line == 1);
    CHECK(config.root.find("layers") != nullptr);
}

TEST_CASE("config reader: every key") {
    const Config config = good(
        "cache:\n"
        "  namespace: app\n"
        "  version: 2\n"
        "  max_value_bytes: 8 MiB\n"
        "  lease: 2m\n"
        "  close_timeout: 0\n"
        "keys: {format: compat}\n"
        "plugins:\n"
        "  search: [../lib/plugins, /opt/plugins]\n"
        "  files:\n"
        "    - {file: ./acme.so, sha256: ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef0123456789}\n"
        "    - /opt/other.so\n"
        "layers:\n"
        "  - {name: L3, backend: sqlite-disk, priority: 1, ttl: never, options: {path: ./a.db}}\n"
        "  - name: L1\n"
        "    backend: memory\n"
        "    priority: 3\n"
        "    ttl: 5m\n"
        "    max_entries: 1000\n"
        "    max_bytes: 256MiB\n"
        "    max_value_bytes: 1MiB\n"
        "    shared: false\n"
        "origins:\n"
        "  db: {backend: sqlite-disk, options: {path: ./users.db}}\n"
        "categories:\n"
        "  default: {ttl: 1h}\n"
        "  users: {ttl: 1h30m, stale: 10m, origin: db, tags: [a, b]}\n"
        "  remote:\n"
        "    origin: {host: api}\n"
        "  short: {origin: \"host:api\", ttl: never}\n"
        "  empty:\n");
    CHECK(config.name_space == "app");
    CHECK(config.version == "2");
    CHECK(config.max_value_bytes == uint64_t{8} << 20);
    CHECK(config.lease_ns == 120 * kSecond);
    CHECK(config.close_timeout_ns == 0);
    CHECK(config.key_format == KeyFormat::Compat);
    CHECK(config.plugin_folders == std::vector<std::string>{"/etc/lib/plugins", "/opt/plugins"});
    REQUIRE(config.plugin_files.size() == 2);
    CHECK(config.plugin_files[0].file == "/etc/app/acme.so");
    CHECK(config.plugin_files[0].sha256 == "abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789");
    CHECK(config.plugin_files[0].line == 11);
    CHECK(config.plugin_files[1].file == "/opt/other.so");
    CHECK(config.plugin_files[1].sha256.empty());

    REQUIRE(config.layers.size() == 2);
    CHECK(config.layers[0].name == "L1");
    CHECK(config.layers[0].line == 15);
    CHECK(config.layers[0].backend_line == 16);
    CHECK(config.layers[0].ttl->ns == 300 * kSecond);
    CHECK(config.layers[0].max_value_bytes == uint64_t{1} << 20);
    CHECK_FALSE(config.layers[0].shared);
    CHECK(config.layers[0].options.find("max_entries")->text == "1000");
    CHECK(config.layers[0].options.find("max_entries")->line == 19);
    CHECK(config.layers[0].options.find("max_bytes")->text == "256MiB");
    CHECK(config.layers[1].ttl->never);
    CHECK(config.layers[1].options.find("path")->text == "./a.db");

    REQUIRE(config.origins.size() == 1);
    CHECK(config.origins[0].name == "db");
    CHECK(config.origins[0].backend == "sqlite-disk");
    CHECK(config.origins[0].options.find("path")->text == "./users.db");
    CHECK(config.origins[0].line == 24);
    CHECK(config.origins[0].backend_line == 24);

    REQUIRE(config.categories.size() == 5);
    CHECK(config.categories[0].name == "default");
    CHECK(config.categories[1].ttl->ns == 5400 * kSecond);
    CHECK(*config.categories[1].stale_ns == 600 * kSecond);
    CHECK(config.categories[1].origin == "db");
    CHECK(config.categories[1].origin_line == 27);
    CHECK(config.categories[1].tags == std::vector<std::string>{"a", "b"});
    CHECK(config.categories[2].origin == "host:api");
    CHECK(config.categories[2].line == 28);
    CHECK(config.categories[2].origin_line == 29);
    CHECK(config.categories[3].origin == "host:api");
    CHECK(config.categories[3].ttl->never);
    CHECK_FALSE(config.categories[4].ttl);
}

TEST_CASE("config reader: all mistakes come at once, in the order of the lines") {
    const Read result = read(
        "cahce: {}\n"
        "layers:\n"
        "  - {name: A, backend: memory, priority: high, ttl: 0}\n"
        "  - {name: B, bakend: memory, ttl: \"${UNSET}\"}\n"
        "a: 1\n"
        "a: 2\n");
    CHECK(result.problems ==
          "t.yaml:1: unknown key 'cahce'; did you mean 'cache'?\n"
          "t.yaml:3: layer A: 'priority': expected a whole number, got 'high'\n"
          "t.yaml:3: layer A: 'ttl': expected a duration above 0, got '0'; for no expiry write 'never'\n"
          "t.yaml:4: variable UNSET is not set; set it, or give a default: ${UNSET:-...}\n"
          "t.yaml:4: layer B: unknown key 'bakend'; did you mean 'backend'?\n"
          "t.yaml:4: layer B: 'backend' is missing; add it, such as backend: memory\n"
          "t.yaml:5: unknown key 'a'; known here: cache, keys, plugins, layers, origins, embedders, categories, "
          "invalidation\n"
          "t.yaml:6: key 'a' was given before, in line 5; remove one of the two\n");
    CHECK(result.config);
}

TEST_CASE("config reader: unknown keys at every level") {
    refused_with_layer(
        "a:b: []\n",
        "2: unknown key 'a:b'; known here: cache, keys, plugins, layers, origins, embedders, categories, invalidation");
    refused_with_layer("layer: []\n", "2: unknown key 'layer'; did you mean 'layers'?");
    refused_with_layer("cache:\n  namspace: x\n", "3: cache: unknown key 'namspace'; did you mean 'namespace'?");
    refused_with_layer("keys: {fromat: compat}\n", "2: keys: unknown key 'fromat'; did you mean 'format'?");
    refused_with_layer("plugins: {serach: []}\n", "2: plugins: unknown key 'serach'; did you mean 'search'?");
    refused_with_layer("plugins: {files: [{file: x, sha: y}]}\n",
                       "2: plugins: files: unknown key 'sha'; known here: file, sha256");
    refused("layers:\n  - name: L\n    backend: memory\n    embedder: words\n",
            "4: layer L: unknown key 'embedder'; known here: name, backend, priority, ttl, max_entries, max_size, "
            "max_bytes, max_value_bytes, shared, frame, serializers, timeout, soft_timeout, breaker, trust, after_gap, "
            "options");
    refused_with_layer("origins: {db: {backend: x, option: {}}}\n",
                       "2: origin db: unknown key 'option'; did you mean 'options'?");
    refused_with_layer("categories: {c: {tll: 1h}}\n", "2: category c: unknown key 'tll'; did you mean 'ttl'?");
    refused_with_layer("categories: {c: {origin: {hots: x, host: y}}}\n",
                       "2: category c: origin: unknown key 'hots'; did you mean 'host'?");
    for (const char* later : {"serializers", "strategies"})
        CHECK(contains(read(kLayer + later + ": {}\n").problems, "t.yaml:2: unknown key '" + std::string(later) + "'"));
}

TEST_CASE("config reader: wrong types of sections and values") {
    refused_with_layer("cache: 5\n", "2: 'cache' must be a map (key: value), got '5'");
    refused_with_layer("cache: [a]\n", "2: 'cache' must be a map (key: value), got a list");
    refused_with_layer("cache:\n", "2: 'cache' has no value; give it one or remove the line");
    refused("layers: {name: L, backend: memory}\n",
            "1: 'layers' must be a list ([a, b], or lines that begin with '- '), got a map");
    refused_with_layer("categories: [a]\n", "2: 'categories' must be a map (key: value), got a list");
    refused_with_layer("categories: {c: 5m}\n", "2: category c: expected a map (key: value), got '5m'");
    refused_with_layer("categories: {c: {tags: a}}\n",
                       "2: category c: 'tags' must be a list ([a, b], or lines that begin with '- '), got 'a'");
    refused_with_layer("categories: {c: {tags: [[a]]}}\n",
                       "2: category c: 'tags': expected a list of names, got a list in it");
    refused_with_layer("categories: {c: {tags: ['']}}\n",
                       "2: category c: 'tags': expected a list of names, got '' in it");
    refused_with_layer("cache: {namespace: [a]}\n", "2: cache: 'namespace': expected text, got a list");
    refused_with_layer("cache: {namespace: ''}\n",
                       "2: cache: 'namespace' is empty; give it a value or remove the line");
    refused_with_layer("plugins: {search: ./x}\n",
                       "2: plugins: 'search' must be a list ([a, b], or lines that begin with '- '), got './x'");
    refused("layers: [{name: L, backend: memory, options: [a]}]\n",
            "1: layer L: 'options' must be a map (key: value), got a list");
    refused("layers: [{name: L, backend: memory, shared: yes}]\n",
            "1: layer L: 'shared': expected true or false, got 'yes'");
    refused("[a]\n", "1: expected a map (key: value), got a list");
    refused("just text\n", "1: expected a map (key: value), got 'just text'");
}

TEST_CASE("config reader: a file without layers, or without anything") {
    CHECK(read("").problems == "t.yaml:1: the file is empty; write at least: layers: [{name: L1, backend: memory}]\n");
    CHECK(read("cache: {namespace: x}\n").problems ==
          "t.yaml:1: 'layers' is missing; write at least: layers: [{name: L1, backend: memory}]\n");
    refused("layers: []\n", "1: 'layers' is empty; write at least: [{name: L1, backend: memory}]");
    refused("layers:\n", "1: 'layers' has no value; give it one or remove the line");
}

TEST_CASE("config reader: cache and keys") {
    refused_with_layer("cache: {lease: 0}\n",
                       "2: cache: 'lease' must be above 0; no load could be published without one");
    refused_with_layer("cache: {max_value_bytes: 0}\n",
                       "2: cache: 'max_value_bytes' is 0, which would hold nothing; raise it or remove the line");
    refused_with_layer(
        "cache: {close_timeout: never}\n",
        "2: cache: 'close_timeout': expected a duration such as 250ms, 30s, 5m, 1h30m or 7d, got 'never'");
    refused_with_layer("cache: {wait_timeout: 0}\n",
                       "2: cache: 'wait_timeout' must be above 0; concurrent calls for one key could not wait for each "
                       "other without one");
    CHECK(good(kLayer + "cache: {wait_timeout: 2s}\n").wait_timeout_ns == 2 * kSecond);
    refused_with_layer("keys: {format: python}\n", "2: keys: 'format' must be default or compat, got 'python'");
    CHECK(good(kLayer + "keys: {format: default}\n").key_format == KeyFormat::Default);
}

TEST_CASE("config reader: plugins") {
    refused_with_layer("plugins: {search: [~/x]}\n",
                       "2: plugins: 'search': expected a path, got '~/x'; '~' means nothing here, write ${HOME} or "
                       "'./~' for a file of that name");
    refused_with_layer("plugins: {search: [[a]]}\n", "2: plugins: 'search': expected text, got a list");
    refused_with_layer(
        "plugins:\n  files:\n    - {sha256: x}\n",
        "4: plugins: files: 'file' is missing; add it, such as file: ./acme.so\n"
        "t.yaml:4: plugins: files: 'sha256' must be 64 hex digits, got 'x'; `sha256sum FILE` prints them");
    refused_with_layer("plugins: {files: [{file: a.so, sha256: zz}]}\n",
                       "2: plugins: files: 'sha256' must be 64 hex digits, got 'zz'; `sha256sum FILE` prints them");
    for (const char* odd : {"/", ":", "`", "G"})
        CHECK(contains(
            read(kLayer + "plugins: {files: [{file: a, sha256: '" + std::string(63, 'a') + odd + "'}]}\n").problems,
            "must be 64 hex digits"));
    CHECK(contains(read(kLayer + "plugins: {files: [{file: a, sha256: '" + std::string(64, 'g') + "'}]}\n").problems,
                   "must be 64 hex digits"));
    refused_with_layer("plugins:\n  files:\n    - a.so\n    - ./a.so\n",
                       "5: plugins: files: '/etc/app/a.so' was given before, in line 4; remove one of the two");
    refused_with_layer("plugins: {files: ['']}\n", "2: plugins: files: 'file': expected a path, got an empty text");
    refused_with_layer("plugins: {files: [[a]]}\n",
                       "2: plugins: files: expected a map (key: value), got a list");
    refused_with_layer("plugins: {files: [~]}\n",
                       "2: plugins: files: 'file' is missing; add it, such as file: ./acme.so");
}

TEST_CASE("config reader: names of layers") {
    refused("layers:\n  - {backend: memory}\n", "2: layer 1: 'name' is missing; add it, such as name: L1_memory");
    refused("layers:\n  - {name: [x], backend: memory}\n", "2: layer 1: 'name': expected text, got a list");
    refused("layers:\n  - {name: '', backend: memory}\n",
            "2: layer 1: 'name' is empty; give it a value or remove the line");
    refused("layers:\n  - {name: ' x', backend: memory}\n",
            "2: layer  x: 'name' begins or ends with a space; remove it");
    refused("layers:\n  - {name: \"a\\nb\", backend: memory}\n",
            "2: layer a?b: 'name' holds a control character; remove it");
    CHECK(contains(read("layers: [{name: " + std::string(129, 'x') + ", backend: memory}]\n").problems,
                   "'name' is longer than 128 bytes; shorten it"));
    CHECK(read("layers: [{name: " + std::string(128, 'x') + ", backend: memory}]\n").problems.empty());
    refused("layers:\n  - {name: \"a\\x7f\", backend: memory}\n",
            "2: layer a?: 'name' holds a control character; remove it");
    refused("layers:\n  -\n", "2: layer 1: 'name' is missing; add it, such as name: L1_memory\n"
                              "t.yaml:2: layer 1: 'backend' is missing; add it, such as backend: memory");
    refused("layers:\n  - memory\n", "2: layer 1: expected a map (key: value), got 'memory'");
    refused("layers:\n  - name:L1\n",
            "2: layer 1: expected a map (key: value), got 'name:L1'; a space is needed after the ':'");
}

TEST_CASE("config reader: equal names and equal priorities of layers") {
    refused("layers:\n  - {name: A, backend: x, priority: 1}\n  - {name: A, backend: y, priority: 2}\n",
            "3: layer A: another layer has this name (line 2); rename one of the two");
    refused("layers:\n  - {name: A, backend: x, priority: 1}\n  - {name: B, backend: y, priority: 1}\n",
            "3: layer B: layer A (line 2) has priority 1 too; give each its own, the highest is asked first");
    refused("layers:\n  - {name: A, backend: x}\n  - {name: B, backend: y}\n",
            "3: layer B: layer A (line 2) has priority 0 too; give each its own, the highest is asked first");
    refused("layers:\n  - {name: A, backend: x, priority: a}\n  - {name: B, backend: y}\n",
            "2: layer A: 'priority': expected a whole number, got 'a'");
    refused("layers:\n  - {name: A, backend: x}\n  - {name: B, backend: y, priority: a}\n",
            "3: layer B: 'priority': expected a whole number, got 'a'");
}

TEST_CASE("config reader: layers without a name are not taken for one layer") {
    refused("layers:\n  - {backend: x, priority: 1}\n  - {backend: y, priority: 2}\n",
            "2: layer 1: 'name' is missing; add it, such as name: L1_memory\n"
            "t.yaml:3: layer 2: 'name' is missing; add it, such as name: L1_memory");
}

TEST_CASE("config reader: layers are sorted by priority, at most 32") {
    std::string text = "layers:\n";
    for (int i = 0; i < 32; ++i)
        text +=
            "  - {name: L" + std::to_string(i) + ", backend: x, priority: " + std::to_string((i * 7) % 32 - 16) + "}\n";
    const Config config = good(text);
    REQUIRE(config.layers.size() == 32);
    for (size_t i = 1; i < config.layers.size(); ++i)
        CHECK(config.layers[i - 1].priority > config.layers[i].priority);
    refused(text + "  - {name: one, backend: x, priority: 100}\n  - {name: two, backend: x, priority: 101}\n",
            "34: there are 34 layers, at most 32 are possible; remove some");
}

TEST_CASE("config reader: limits of a layer become options, each given once") {
    const auto entries = [](const std::string& inside) {
        return good("layers: [{name: L, backend: memory, " + inside + "}]\n").layers[0].options;
    };
    CHECK(entries("max_size: 10").find("max_entries")->text == "10");
    CHECK(entries("max_size: 10").find("max_size") == nullptr);
    CHECK(entries("options: {max_size: 10, path: x}").find("max_entries")->text == "10");
    CHECK(entries("options: {max_entries: 10}, max_bytes: 1MiB").members.size() == 2);
    const std::string same = "are the same limit; remove one of the two";
    refused("layers:\n  - name: L\n    backend: memory\n    max_entries: 1\n    max_size: 2\n",
            "5: layer L: 'max_size' and 'max_entries' " + same);
    refused("layers: [{name: L, backend: memory, options: {max_entries: 1, max_size: 2}}]\n",
            "1: layer L: options 'max_size' and 'max_entries' " + same);
    const std::string twice = "is given on the layer and in its options (line 5); remove one of the two";
    for (const char* key : {"max_entries", "max_size"})
        for (const char* inner : {"max_entries", "max_size"})
            refused(std::string("layers:\n  - name: L\n    backend: memory\n    options:\n      ") + inner +
                        ": 1\n    " + key + ": 2\n",
                    "6: layer L: '" + std::string(key) + "' " + twice);
    refused("layers:\n  - name: L\n    backend: memory\n    options:\n      max_bytes: 1\n    max_bytes: 2\n",
            "6: layer L: 'max_bytes' " + twice);
}

TEST_CASE("config reader: limits of a layer are above 0") {
    const auto layer = [](const std::string& inside) {
        return "layers: [{name: L, backend: memory, " + inside + "}]\n";
    };
    refused(layer("max_entries: 0"),
            "1: layer L: 'max_entries' must be at least 1, got '0'; raise it or remove the line");
    refused(layer("max_size: -1"), "1: layer L: 'max_size' must be at least 1, got '-1'; raise it or remove the line");
    refused(layer("max_bytes: 0"),
            "1: layer L: 'max_bytes' is 0, which would hold nothing; raise it or remove the line");
    refused(layer("max_value_bytes: 0"),
            "1: layer L: 'max_value_bytes' is 0, which would hold nothing; raise it or remove the line");
    refused(layer("max_entries: 10KiB"), "1: layer L: 'max_entries': expected a whole number, got '10KiB'");
    refused(layer("max_bytes: lots"),
            "1: layer L: 'max_bytes': expected a size such as 64KiB, 256MiB, 1GiB or a number of bytes, got 'lots'");
    refused(layer("ttl: -5s"), "1: layer L: 'ttl': expected a duration such as 250ms, 30s, 5m, 1h30m or 7d, got '-5s'; "
                               "it must not be negative (or the word never)");
}

TEST_CASE("config reader: origins") {
    refused_with_layer("origins:\n  db:\n", "3: origin db: 'backend' is missing; add it, such as backend: sqlite-disk");
    refused_with_layer("origins:\n  'host:x': {backend: y}\n",
                       "3: origin host:x: 'backend' means nothing here, since the host registers this origin; remove "
                       "it, or choose a name that does not begin with 'host:'");
    refused_with_layer("origins:\n  'host:x': {options: {}}\n",
                       "3: origin host:x: 'options' means nothing here, since the host registers this origin; remove "
                       "it, or choose a name that does not begin with 'host:'");
    refused_with_layer("origins:\n  'host:': {}\n",
                       "3: origin host:: the name lacks what follows 'host:'; write it as \"host:NAME\"");
    refused_with_layer("origins:\n  'host: x': {}\n",
                       "3: origin host: x: the name begins or ends with a space; remove it");
    const Config config = good(kLayer + "origins:\n  db: {backend: x}\n  'host:users': {max_parallel: 8}\n"
                                        "categories: {c: {origin: 'host:users'}, d: {origin: 'host:other'}}\n");
    REQUIRE(config.origins.size() == 2);
    CHECK_FALSE(config.origins[0].is_of_host());
    CHECK(config.origins[1].is_of_host());
    CHECK(config.origins[1].name == "host:users");
    CHECK(config.origins[1].backend.empty());
    CHECK(config.origins[1].door.max_parallel == 8);
    CHECK(config.origins[1].line == 4);
    refused_with_layer("origins:\n  '': {backend: y}\n", "3: origin : the name is empty; give it a name");
    refused_with_layer("categories:\n  'x ': {}\n", "3: category x : the name begins or ends with a space; remove it");
}

TEST_CASE("config reader: origins of categories exist or are the host's") {
    refused_with_layer(
        "origins: {users_db: {backend: x}}\ncategories:\n  c: {origin: user_db}\n",
        "4: category c: 'origin' names 'user_db', which is not in 'origins'; did you mean 'users_db'? (if "
        "the host registers it, write: origin: {host: user_db})");
    refused_with_layer("categories: {c: {origin: db}}\n",
                       "2: category c: 'origin' names 'db', which is not in 'origins'; none is known here (if the host "
                       "registers it, write: origin: {host: db})");
    refused_with_layer("categories: {c: {origin: 'host:'}}\n",
                       "2: category c: 'origin' lacks the name after 'host:'; write it as {host: NAME}");
    refused_with_layer("categories: {c: {origin: {}}}\n",
                       "2: category c: origin: 'host' is missing; add it, such as origin: {host: users_db}");
    refused_with_layer("categories: {c: {origin: [a]}}\n", "2: category c: 'origin': expected text, got a list");
}

TEST_CASE("config reader: times and tags of categories") {
    refused_with_layer("categories: {c: {ttl: 0}}\n",
                       "2: category c: 'ttl': expected a duration above 0, got '0'; for no expiry write 'never'");
    refused_with_layer("categories:\n  c:\n    ttl: never\n    stale: 5m\n",
                       "5: category c: 'stale' means nothing with 'ttl: never'; remove one of the two");
    CHECK(*good(kLayer + "categories: {c: {stale: 0}}\n").categories[0].stale_ns == 0);
    CHECK(good(kLayer + "categories: {c: {ttl: never, stale: 0}}\n").categories[0].ttl->never);
    CHECK(good(kLayer + "categories: {c: {tags: []}}\n").categories[0].tags->empty());
    CHECK_FALSE(good(kLayer + "categories: {c: {ttl: 1s}}\n").categories[0].tags.has_value());
    refused_with_layer("categories: {c: {stale: never}}\n",
                       "2: category c: 'stale': expected a duration such as 250ms, 30s, 5m, 1h30m or 7d, got 'never'");
    refused_with_layer("categories: {c: {tags: [" + std::string(1025, 'x') + "]}}\n",
                       "2: category c: 'tags': '" + std::string(60, 'x') +
                           "...' has 1025 bytes, a tag has at most 1024; shorten it");
    std::string many = "t0";
    for (int i = 1; i < 129; ++i) many += ", t" + std::to_string(i);
    refused_with_layer("categories: {c: {tags: [" + many + "]}}\n",
                       "2: category c: 'tags': there are 129, an entry has at most 128; remove some");
    refused_with_layer("categories: {c: {tags: [a, b, a]}}\n",
                       "2: category c: 'tags': 'a' is listed twice; remove one");
}

TEST_CASE("config reader: variables are expanded before anything is checked") {
    const Config config =
        good("layers: [{name: L, backend: memory, priority: \"${P}\", ttl: \"${T:-5m}\"}]\n", {{"P", "7"}});
    CHECK(config.layers[0].priority == 7);
    CHECK(config.layers[0].ttl->ns == 300 * kSecond);
    const std::string unset = ": variable X is not set; set it, or give a default: ${X:-...}";
    for (const char* text : {"cache: '${X}'\n", "cache: {namespace: '${X}'}\n", "plugins: {search: ['${X}']}\n",
                             "plugins: {files: ['${X}']}\n", "plugins: {files: [{file: '${X}'}]}\n",
                             "categories: {c: {tags: ['${X}']}}\n", "categories: {c: '${X}'}\n",
                             "categories: {c: {origin: '${X}'}}\n", "categories: {c: {origin: {host: '${X}'}}}\n",
                             "origins: {o: '${X}'}\n"})
        refused_with_layer(text, "2" + unset);
    refused("layers: '${X}'\n", "1" + unset);
    refused("layers: ['${X}']\n", "1" + unset);
    refused("layers: [{name: L, backend: memory, max_entries: '${X}', options: '${X}'}]\n", "1" + unset);
}

TEST_CASE("config reader: no message shows a secret") {
    const Read result = read(
        "layers: [{name: '${API_TOKEN}', backend: m, priority: '${API_TOKEN}', ttl: '${API_TOKEN}', shared: "
        "'${API_TOKEN}',"
        " max_bytes: '${API_TOKEN}', max_entries: '${API_TOKEN}', options: '${API_TOKEN}'}]\n"
        "keys: {format: '${API_TOKEN}'}\ncache: '${API_TOKEN}'\n",
        {{"API_TOKEN", "hunter2"}});
    CHECK(contains(result.problems, "got ****"));
    CHECK_FALSE(contains(result.problems, "hunter2"));
}

TEST_CASE("config reader: a file is read from its own folder") {
    const Folder folder;
    const std::string file = folder.write("sub/c.yaml", kLayer + "plugins: {search: [./p]}\n");
    Problems problems(file);
    const auto config = load_config_file(file, environment_of({}), problems);
    CHECK(problems.empty());
    REQUIRE(config);
    CHECK(config->folder == folder / "sub");
    CHECK(config->plugin_folders[0] == folder / "sub/p");
    CHECK_FALSE(load_config_file(folder / "none.yaml", environment_of({}), problems));
    CHECK(problems.text() == file + ": the configuration cannot be read: '" + folder / "none.yaml" +
                                 "' does not exist; create it or name another file\n");
}

TEST_CASE("config reader: a text without a folder counts from the working folder, a wrong folder is refused") {
    Problems problems("text");
    const auto config = load_config_text(kLayer, "", environment_of({}), problems);
    REQUIRE(config);
    CHECK(config->folder == std::filesystem::current_path().string());
    CHECK_FALSE(load_config_text(kLayer, "~", environment_of({}), problems));
    CHECK(contains(problems.text(), "'~' means nothing here"));
    CHECK_FALSE(load_config_text("a: [", "/", environment_of({}), problems));
}
