// Covers: core/config/option_value.cpp
#include "config/option_check.hpp"
#include "config_helpers.hpp"
#include "support/catch.hpp"

#include <cstddef>
#include <vector>

using namespace aurelis::core;
using namespace aurelis::core::test;

namespace {

aurelis_option option(uint16_t type, const char* name, const char* fallback = nullptr, uint16_t flags = 0) {
    aurelis_option result{};
    result.struct_size = sizeof result;
    result.type = type;
    result.flags = flags;
    result.name = name;
    result.fallback = fallback;
    return result;
}
aurelis_option bounded(uint16_t type, const char* name, const char* min, const char* max) {
    aurelis_option result = option(type, name);
    result.min = min;
    result.max = max;
    return result;
}
aurelis_option worded(const char* name, const char* words, uint16_t type = AURELIS_OPT_STRING) {
    aurelis_option result = option(type, name);
    result.words = words;
    return result;
}

struct Checked {
    Node node;
    std::string problems;
    std::string warnings;
    std::string text(const std::string& name) const {
        const Node* found = node.find(name);
        return found == nullptr ? "(absent)" : found->text;
    }
};
Checked check(const std::vector<aurelis_option>& declared, const std::string& yaml, OptionContext context = {}) {
    std::vector<const aurelis_option*> pointers;
    for (const aurelis_option& one : declared) pointers.push_back(&one);
    context.owner = "layer L (x): ";
    if (context.folder.empty()) context.folder = "/etc/app";
    context.line = 40;
    Problems problems("t.yaml");
    const auto given = read_yaml(yaml, problems);
    REQUIRE(given);
    Checked result{check_options(pointers.data(), pointers.size(), *given, context, problems), {}, {}};
    result.problems = problems.text();
    result.warnings = problems.warnings_text();
    return result;
}
// One mistake, on this line.
void refused(const std::vector<aurelis_option>& declared, const std::string& yaml, const std::string& problem) {
    INFO(yaml);
    CHECK(check(declared, yaml).problems == "t.yaml:" + problem + "\n");
}

}  // namespace

TEST_CASE("option check: every type takes its values and keeps their text") {
    const Checked result = check({option(AURELIS_OPT_STRING, "s"), option(AURELIS_OPT_INT, "i"),
                                  option(AURELIS_OPT_DOUBLE, "d"), option(AURELIS_OPT_BOOL, "b"),
                                  option(AURELIS_OPT_DURATION, "t"), option(AURELIS_OPT_BYTES, "z"),
                                  option(AURELIS_OPT_REF, "r"), option(77, "newer")},
                                 "s: 5\ni: -3\nd: 0.5\nb: true\nt: 1h30m\nz: 4 KiB\nr: words\nnewer: x\n");
    CHECK(result.problems.empty());
    CHECK(result.text("s") == "5");
    CHECK(result.text("i") == "-3");
    CHECK(result.text("d") == "0.5");
    CHECK(result.text("b") == "true");
    CHECK(result.text("t") == "1h30m");
    CHECK(result.text("z") == "4 KiB");
    CHECK(result.text("r") == "words");
    CHECK(result.text("newer") == "x");
    CHECK(result.node.find("i")->line == 2);
    CHECK(result.node.find("i")->place->path == "i");
    CHECK(result.node.find("i")->place->owner == "layer L (x): ");
    CHECK(result.node.find("i")->place->file == "t.yaml");
    CHECK(result.node.place->path.empty());
}

TEST_CASE("option check: wrong types name line, option, what is expected and what was read") {
    refused({option(AURELIS_OPT_INT, "i")}, "\ni: many\n",
            "2: layer L (x): option 'i': expected a whole number, got 'many'");
    refused({option(AURELIS_OPT_INT, "i")}, "i: '5'\n",
            "1: layer L (x): option 'i': expected a whole number, got the text '5'; remove the quotes");
    refused({option(AURELIS_OPT_DOUBLE, "d")}, "d: x\n", "1: layer L (x): option 'd': expected a number, got 'x'");
    refused({option(AURELIS_OPT_BOOL, "b")}, "b: yes\n",
            "1: layer L (x): option 'b': expected true or false, got 'yes'");
    refused({option(AURELIS_OPT_STRING, "s")}, "s: [a]\n", "1: layer L (x): option 's': expected text, got a list");
    refused({option(AURELIS_OPT_REF, "s")}, "s: {a: b}\n", "1: layer L (x): option 's': expected text, got a map");
    refused(
        {option(AURELIS_OPT_DURATION, "t")}, "t: 5 min\n",
        "1: layer L (x): option 't': expected a duration such as 250ms, 30s, 5m, 1h30m or 7d, got '5 min'; 'min' is "
        "not a unit of time, write 'm'");
    refused(
        {option(AURELIS_OPT_BYTES, "z")}, "z: -1\n",
        "1: layer L (x): option 'z': expected a size such as 64KiB, 256MiB, 1GiB or a number of bytes, got '-1'; it "
        "must not be negative");
    refused({option(AURELIS_OPT_PATH, "p")}, "p: ''\n",
            "1: layer L (x): option 'p': expected a path, got an empty text");
    refused({option(AURELIS_OPT_STRING, "s")}, "\ns:\n",
            "2: layer L (x): option 's' has no value; give it one or remove it");
    refused({option(AURELIS_OPT_STRING, "s")}, "[a]\n",
            "1: layer L (x): 'options' must be a map (key: value), got a list");
    CHECK(check({option(AURELIS_OPT_STRING, "s")}, "").problems.empty());
}

TEST_CASE("option check: ranges include their ends") {
    const auto i = bounded(AURELIS_OPT_INT, "i", "1", "10");
    CHECK(check({i}, "i: 1\n").problems.empty());
    CHECK(check({i}, "i: 10\n").problems.empty());
    refused({i}, "i: 0\n", "1: layer L (x): option 'i' must be between 1 and 10, got '0'");
    refused({i}, "i: 11\n", "1: layer L (x): option 'i' must be between 1 and 10, got '11'");
    refused({bounded(AURELIS_OPT_DOUBLE, "d", "0.5", nullptr)}, "d: 0.4\n",
            "1: layer L (x): option 'd' must be at least 0.5, got '0.4'");
    const auto t = bounded(AURELIS_OPT_DURATION, "t", "1s", "1h");
    CHECK(check({t}, "t: 60m\n").problems.empty());
    refused({t}, "t: 999ms\n", "1: layer L (x): option 't' must be between 1s and 1h, got '999ms'");
    refused({bounded(AURELIS_OPT_BYTES, "z", nullptr, "1GiB")}, "z: 2GiB\n",
            "1: layer L (x): option 'z' must be at most 1GiB, got '2GiB'");
    refused({bounded(AURELIS_OPT_DOUBLE, "d", "x", nullptr)}, "d: 1\n",
            "1: layer L (x): option 'd' is declared with the bound 'x', which cannot be read; tell the author of the "
            "plugin");
    refused({bounded(AURELIS_OPT_DURATION, "t", nullptr, "x")}, "t: 1\n",
            "1: layer L (x): option 't' is declared with the bound 'x', which cannot be read; tell the author of the "
            "plugin");
    refused({bounded(AURELIS_OPT_BYTES, "z", "x", nullptr)}, "z: 1\n",
            "1: layer L (x): option 'z' is declared with the bound 'x', which cannot be read; tell the author of the "
            "plugin");
    refused({bounded(AURELIS_OPT_DOUBLE, "d", nullptr, "1.5")}, "d: 1.6\n",
            "1: layer L (x): option 'd' must be at most 1.5, got '1.6'");
    refused({bounded(AURELIS_OPT_DURATION, "t", nullptr, "1m")}, "t: 61s\n",
            "1: layer L (x): option 't' must be at most 1m, got '61s'");
    refused({bounded(AURELIS_OPT_BYTES, "z", "1KiB", nullptr)}, "z: 1023\n",
            "1: layer L (x): option 'z' must be at least 1KiB, got '1023'");
    refused({bounded(AURELIS_OPT_INT, "i", "low", nullptr)}, "i: 1\n",
            "1: layer L (x): option 'i' is declared with the bound 'low', which cannot be read; tell the author of the "
            "plugin");
}

TEST_CASE("option check: words") {
    const auto w = worded("durability", "process|power");
    CHECK(check({w}, "durability: power\n").problems.empty());
    CHECK(check({w}, "durability: process\n").problems.empty());
    refused({w}, "durability: powr\n",
            "1: layer L (x): option 'durability' must be one of: process, power; got 'powr'; did you mean 'power'?");
    refused({w}, "durability: all\n", "1: layer L (x): option 'durability' must be one of: process, power; got 'all'");
    CHECK(check({worded("r", "embedder", AURELIS_OPT_REF)}, "r: anything\n").problems.empty());
}

TEST_CASE("option check: unknown options suggest the nearest, or list what is known") {
    const std::vector<aurelis_option> declared{option(AURELIS_OPT_PATH, "path"), option(AURELIS_OPT_STRING, "tls.ca"),
                                               option(AURELIS_OPT_STRING, "tls.cert")};
    refused(declared, "\npth: x\n", "2: layer L (x): unknown option 'pth'; did you mean 'path'?");
    refused(declared, "zzz:\n  - x\n", "1: layer L (x): unknown option 'zzz'; known here: path, tls.ca, tls.cert");
    refused(declared, "tls:\n  cq: x\n", "2: layer L (x): unknown option 'tls.cq'; did you mean 'tls.ca'?");
    refused(declared, "tls.ca: x\n", "1: layer L (x): option 'tls.ca' is written as a map: tls: {ca: ...}");
    refused(declared, "tls: {a.b: x}\n",
            "1: layer L (x): unknown option 'tls.a.b'; known here: path, tls.ca, tls.cert");
    refused(declared, "tls: x\n", "1: layer L (x): option 'tls' must be a map (key: value), got 'x'");
    refused({}, "a: 1\n", "1: layer L (x): unknown option 'a'; none is known here");
}

TEST_CASE("option check: dotted names are subtrees") {
    const Checked result =
        check({option(AURELIS_OPT_STRING, "tls.ca"), option(AURELIS_OPT_STRING, "tls.cert", "none"),
               option(AURELIS_OPT_INT, "a.b.c", "7"), option(AURELIS_OPT_INT, "tls.depth.max", "3")},
              "tls:\n  ca: x\n");
    CHECK(result.problems.empty());
    const Node* tls = result.node.find("tls");
    REQUIRE(tls != nullptr);
    CHECK(tls->find("ca")->text == "x");
    CHECK(tls->find("cert")->text == "none");
    CHECK(tls->find("depth")->find("max")->text == "3");
    CHECK(tls->find("depth")->find("max")->place->path == "tls.depth.max");
    CHECK(tls->place->path == "tls");
    CHECK(result.node.find("a")->find("b")->find("c")->text == "7");
    CHECK(check({option(AURELIS_OPT_STRING, "tls.ca", "d")}, "tls:\n").node.find("tls")->find("ca")->text == "d");
}

TEST_CASE("option check: what is absent gets its fallback, read as YAML and without a line") {
    const Checked result =
        check({option(AURELIS_OPT_INT, "i", "5"), option(AURELIS_OPT_STRING, "s", "'x: y'"),
               option(AURELIS_OPT_STRING, "empty", ""), option(AURELIS_OPT_STRING, "none"),
               option(AURELIS_OPT_STRING, "l", "[a, b]", AURELIS_OPT_LIST), option(AURELIS_OPT_PATH, "p", "./data.db"),
               option(AURELIS_OPT_ANY, "any", "{k: [1]}"), option(AURELIS_OPT_ANY, "nothing", "")},
              "{}");
    CHECK(result.problems.empty());
    CHECK(result.text("i") == "5");
    CHECK(result.node.find("i")->line == 0);
    CHECK(result.text("s") == "x: y");
    CHECK(result.node.find("empty")->kind == Node::Kind::Scalar);
    CHECK(result.text("empty").empty());
    CHECK(result.node.find("none") == nullptr);
    CHECK(result.node.find("l")->items.size() == 2);
    CHECK(result.text("p") == "/etc/app/data.db");
    CHECK(result.node.find("any")->find("k")->items[0].line == 0);
    CHECK(result.node.find("any")->find("k")->items[0].place->path == "any.k[0]");
    CHECK(result.node.find("nothing")->kind == Node::Kind::Null);
}

TEST_CASE("option check: a wrong fallback is the plugin's mistake and says so") {
    refused({option(AURELIS_OPT_INT, "i", "five")}, "{}",
            "40: layer L (x): option 'i': expected a whole number, got 'five' (the default that the plugin declares)");
    refused({option(AURELIS_OPT_STRING, "s", "a: b: c")}, "{}",
            "40: layer L (x): option 's' is declared with a default that is not YAML: 'a: b: c'; set it, and tell the "
            "author of the plugin");
    refused({option(AURELIS_OPT_STRING, "s", "{a: 1, a: 2}")}, "{}",
            "40: layer L (x): option 's' is declared with a default that is not YAML: '{a: 1, a: 2}'; set it, and tell "
            "the author of the plugin");
    refused(
        {option(AURELIS_OPT_STRING, "l", "x", AURELIS_OPT_LIST)}, "{}",
        "40: layer L (x): option 'l' must be a list such as [a, b], got 'x' (the default that the plugin declares)");
}

TEST_CASE("option check: required options are missed at the line of the component") {
    aurelis_option path = option(AURELIS_OPT_PATH, "path", nullptr, AURELIS_OPT_REQUIRED);
    refused({path}, "{}", "40: layer L (x): option 'path' is missing; add it to 'options'");
    path.help = "File of the database.";
    refused({path}, "{}", "40: layer L (x): option 'path' is missing (File of the database.); add it to 'options'");
    CHECK(check({path}, "path: x\n").problems.empty());
    refused({path}, "path: ''\n", "1: layer L (x): option 'path': expected a path, got an empty text");
    CHECK(check({option(AURELIS_OPT_INT, "i", "5", AURELIS_OPT_REQUIRED)}, "{}").text("i") == "5");
}

TEST_CASE("option check: lists check each item") {
    const auto ports = [] {
        aurelis_option result = bounded(AURELIS_OPT_INT, "ports", "1", "65535");
        result.flags = AURELIS_OPT_LIST;
        return result;
    }();
    const Checked good = check({ports}, "ports: [1, 2]\n");
    CHECK(good.problems.empty());
    CHECK(good.node.find("ports")->items.size() == 2);
    CHECK(good.node.find("ports")->items[1].place->path == "ports[1]");
    CHECK(check({ports}, "ports: []\n").problems.empty());
    CHECK(check({ports}, "ports:\n  - 1\n  - x\n  - 70000\n").problems ==
          "t.yaml:3: layer L (x): option 'ports[1]': expected a whole number, got 'x'\n"
          "t.yaml:4: layer L (x): option 'ports[2]' must be between 1 and 65535, got '70000'\n");
    refused({ports}, "ports: 5\n", "1: layer L (x): option 'ports' must be a list such as [a, b], got '5'");
    refused({ports}, "ports: [~]\n", "1: layer L (x): option 'ports[0]' has no value; give it one or remove it");
    refused({option(AURELIS_OPT_STRING, "l", nullptr, AURELIS_OPT_LIST | AURELIS_OPT_SECRET)}, "l: hunter2\n",
            "1: layer L (x): option 'l' must be a list such as [a, b], got ****");
}

TEST_CASE("option check: paths become absolute, data may be moved") {
    const std::vector<aurelis_option> declared{option(AURELIS_OPT_PATH, "p"),
                                               option(AURELIS_OPT_PATH, "d", "cache/a.db", AURELIS_OPT_DATA)};
    const Checked stays = check(declared, "p: ../x\nd: sub/b.db\n");
    CHECK(stays.text("p") == "/etc/x");
    CHECK(stays.text("d") == "/etc/app/sub/b.db");
    OptionContext moved;
    moved.data_folder = "/data";
    CHECK(check(declared, "p: ../x\nd: /abs/b.db\n", moved).text("p") == "/etc/x");
    CHECK(check(declared, "d: /abs/b.db\n", moved).text("d") == "/data/b.db");
    CHECK(check(declared, "d: cache/\n", moved).text("d") == "/data/cache");
    CHECK(check(declared, "d: /\n", moved).text("d") == "/data/data");
    CHECK(check(declared, "d: ../..\n", moved).text("d") == "/data/data");
    CHECK(check(declared, "{}", moved).text("d") == "/data/a.db");
    CHECK(check({option(AURELIS_OPT_PATH, "l", nullptr, AURELIS_OPT_LIST)}, "l: [a, /b]\n")
              .node.find("l")
              ->items[0]
              .text == "/etc/app/a");
}

TEST_CASE("option check: secrets are marked, read from files, and never shown") {
    const Folder folder;
    folder.write("pw", "hunter2\n");
    folder.write("open", "hunter2\n", 0644);
    OptionContext context;
    context.folder = folder.path();
    const auto secret = [](uint16_t type) { return option(type, "password", nullptr, AURELIS_OPT_SECRET); };
    const Checked plain = check({secret(AURELIS_OPT_STRING)}, "password: hunter2\n");
    CHECK(plain.node.find("password")->secret);
    CHECK(plain.text("password") == "hunter2");
    const Checked file = check({secret(AURELIS_OPT_STRING)}, "password: file:pw\n", context);
    CHECK(file.text("password") == "hunter2");
    CHECK(file.node.find("password")->secret);
    CHECK(file.warnings.empty());
    CHECK(check({secret(AURELIS_OPT_STRING)}, "\npassword: file:open\n", context).warnings ==
          "t.yaml:2: layer L (x): option 'password': secret file '" + folder / "open" +
              "' can be read by everybody; chmod it to 600\n");
    CHECK(check({secret(AURELIS_OPT_STRING)}, "password: file:none\n", context).problems ==
          "t.yaml:1: layer L (x): option 'password': '" + folder / "none" +
              "' does not exist; create it or name another file\n");
    CHECK(check({option(AURELIS_OPT_STRING, "s")}, "s: file:pw\n", context).text("s") == "file:pw");
    refused({secret(AURELIS_OPT_INT)}, "password: hunter2\n",
            "1: layer L (x): option 'password': expected a whole number, got ****");
    refused({secret(AURELIS_OPT_PATH)}, "password: ~hunter2\n",
            "1: layer L (x): option 'password' must be a path, got ****");
    aurelis_option words = worded("w", "hunter1|b");
    words.flags = AURELIS_OPT_SECRET;
    refused({words}, "w: hunter2\n", "1: layer L (x): option 'w' must be one of: hunter1, b; got ****");
}

TEST_CASE("option check: what could not be expanded is not reported twice") {
    Problems problems("t.yaml");
    auto given = read_yaml("i: x\nl: [y]\n", problems);
    given->members[0].second.damaged = true;
    given->members[1].second.items[0].damaged = true;
    const aurelis_option i = option(AURELIS_OPT_INT, "i", nullptr, AURELIS_OPT_REQUIRED);
    const aurelis_option l = option(AURELIS_OPT_INT, "l", nullptr, AURELIS_OPT_LIST);
    const aurelis_option* declared[] = {&i, &l};
    const Node result = check_options(declared, 2, *given, {}, problems);
    CHECK(problems.empty());
    CHECK(result.find("i") == nullptr);
    CHECK(result.find("l")->items.empty());
    Node damaged = scalar("${X}");
    damaged.damaged = true;
    CHECK(check_options(declared, 0, damaged, {}, problems).members.empty());
    CHECK(problems.empty());
}

TEST_CASE("option check: any subtree passes as it is, with places throughout") {
    const Checked result = check({option(AURELIS_OPT_ANY, "a")}, "a: {b: [1, {c: 2}]}\n");
    CHECK(result.problems.empty());
    const Node& inner = *result.node.find("a")->find("b")->items[1].find("c");
    CHECK(inner.text == "2");
    CHECK(inner.place->path == "a.b[1].c");
    CHECK(check({option(AURELIS_OPT_ANY, "a")}, "a:\n").problems.empty());
}

TEST_CASE("option check: of a declaration only what its writer knew is read") {
    aurelis_option older = option(AURELIS_OPT_INT, "i", "5");
    older.max = "1";  // Beyond the end of the struct that the writer knew.
    older.struct_size = offsetof(aurelis_option, min);
    CHECK(check({older}, "i: 7\n").problems.empty());
    aurelis_option unreadable = option(AURELIS_OPT_INT, "gone");
    unreadable.struct_size = 4;
    Problems problems("t.yaml");
    const auto nameless = option(AURELIS_OPT_INT, "");
    const aurelis_option* declared[] = {nullptr, &unreadable, &nameless, &older};
    const Node result = check_options(declared, 4, Node{}, {}, problems);
    CHECK(problems.empty());
    CHECK(result.members.size() == 1);
}

TEST_CASE("option check: declared secrets can be marked in the tree as it was written") {
    Problems problems("t.yaml");
    auto given = read_yaml("a: x\nb: {c: x, d: x}\nf: file:x\nl: [x, file:y]\nu: x\n", problems);
    const aurelis_option a = option(AURELIS_OPT_STRING, "a", nullptr, AURELIS_OPT_SECRET);
    const aurelis_option c = option(AURELIS_OPT_STRING, "b.c", nullptr, AURELIS_OPT_SECRET);
    const aurelis_option d = option(AURELIS_OPT_STRING, "b.d");
    const aurelis_option f = option(AURELIS_OPT_STRING, "f", nullptr, AURELIS_OPT_SECRET);
    const aurelis_option l = option(AURELIS_OPT_STRING, "l", nullptr, AURELIS_OPT_SECRET | AURELIS_OPT_LIST);
    const aurelis_option* declared[] = {&a, &c, &d, &f, &l};
    mark_declared_secrets(declared, 5, *given);
    CHECK(given->find("a")->secret);
    CHECK(given->find("b")->find("c")->secret);
    CHECK_FALSE(given->find("b")->find("d")->secret);
    CHECK_FALSE(given->find("f")->secret);
    CHECK(given->find("l")->items[0].secret);
    mark_declared_secrets(declared, 5, *given);
    CHECK(given->find("a")->secret);
    CHECK(given->find("l")->items[0].secret);
    CHECK_FALSE(given->find("l")->items[1].secret);
    CHECK_FALSE(given->find("u")->secret);
}
