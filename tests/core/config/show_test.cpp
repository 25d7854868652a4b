#include "config/show.hpp"
#include "config/expand.hpp"
#include "config_helpers.hpp"
#include "support/catch.hpp"

#include <nlohmann/json.hpp>

using namespace aurelis::core;
using namespace aurelis::core::test;

namespace {

Node expanded(const std::string& text, std::map<std::string, std::string> variables = {}) {
    Tree read = tree(text);
    INFO(text << read.problems);
    REQUIRE(read.root);
    Problems problems("t.yaml");
    expand_variables(*read.root, environment_of(std::move(variables)), problems);
    CHECK(problems.empty());
    return std::move(*read.root);
}
bool equal(const Node& left, const Node& right) {
    if (left.kind != right.kind || left.text != right.text || left.items.size() != right.items.size() ||
        left.members.size() != right.members.size())
        return false;
    // A plain scalar that needs quotes comes back quoted; a number or a boolean must not.
    if (left.quoted != right.quoted && !right.quoted) return false;
    for (size_t i = 0; i < left.items.size(); ++i)
        if (!equal(left.items[i], right.items[i])) return false;
    for (size_t i = 0; i < left.members.size(); ++i)
        if (left.members[i].first != right.members[i].first || !equal(left.members[i].second, right.members[i].second))
            return false;
    return true;
}

}  // namespace

TEST_CASE("show: YAML is readable and quotes only what needs it") {
    const Node root = expanded(
        "cache: {namespace: app}\nlayers:\n  - {name: L1, priority: 3, ttl: 5m, on: true, size: '5', empty: {}, none: "
        "[]}\n"
        "  - [a, 'b c']\nnothing:\n'2': x\n");
    CHECK(show_yaml(root) ==
          "cache:\n  namespace: app\nlayers:\n  -\n    name: L1\n    priority: 3\n    ttl: 5m\n    on: true\n"
          "    size: \"5\"\n    empty: {}\n    none: []\n  -\n    - a\n    - \"b c\"\nnothing: null\n\"2\": x\n");
    CHECK(show_yaml(expanded("a: [0.5, +1, x/y, '', \"\\x7f\"]\n")) ==
          "a:\n  - 0.5\n  - +1\n  - x/y\n  - \"\"\n  - \"\\u007f\"\n");
    CHECK(show_yaml(expanded("${A}", {{"A", ""}})) == "\"\"\n");
    Node damaged = scalar("${UNSET}");
    damaged.damaged = true;
    CHECK(show_yaml(damaged) == "\"${UNSET}\"\n");
    CHECK(show_yaml(expanded("{}")) == "{}\n");
    CHECK(show_yaml(expanded("")) == "null\n");
    CHECK(show_yaml(expanded("x")) == "x\n");
}

TEST_CASE("show: YAML reads back as the same tree") {
    const std::string text =
        "a: 'it''s: \"quoted\" # no remark'\nb: \"tab\\tnewline\\nreturn\\r bell\\a back\\\\slash\"\nc: '$${HOME} "
        "$$${x} $'\n"
        "d: ${E:-null}\ne: ${E:-~}\nf: ${E:-true}\ng: ${E:-- x}\nh: ''\ni: 'null'\nj: '-'\nk: gr\xc3\xbc\xc3\x9f\nl: "
        "'---'\n"
        "'key: odd': 1\n'true': {'5': [[], {}, [x, [y]]]}\nm: |\n  block\n   text\nn: 1.5e3\no: -7\np: '*star'\nq: "
        "a:b\n"
        "r: '...'\ns: '\xf0\x9f\x98\x80 '\n";
    const Node root = expanded(text);
    const std::string shown = show_yaml(root);
    INFO(shown);
    const Node again = expanded(shown);
    CHECK(equal(root, again));
    CHECK(show_yaml(again) == shown);
}

TEST_CASE("show: secrets are masked, in YAML and in JSON") {
    Node root = expanded(
        "a: ${REDIS_PASSWORD}\nb: {password: hunter2, api_key: [hunter2], max_tokens: 5}\nc: "
        "'redis://u:hunter2@host/0'\n"
        "d: {password: 'file:secrets/pw'}\ne: marked\ntoken: {deep: hunter2}\n",
        {{"REDIS_PASSWORD", "hunter2"}});
    for (auto& [key, member] : root.members)
        if (key == "e") member.secret = true;
    CHECK(show_yaml(root) ==
          "a: \"****\"\nb:\n  password: \"****\"\n  api_key:\n    - \"****\"\n  max_tokens: 5\n"
          "c: \"redis://u:****@host/0\"\nd:\n  password: \"file:secrets/pw\"\ne: \"****\"\ntoken:\n  deep: \"****\"\n");
    const std::string json = show_json(root);
    CHECK_FALSE(contains(json, "hunter2"));
    CHECK(nlohmann::json::parse(json)["a"] == "****");
    CHECK(nlohmann::json::parse(json)["c"] == "redis://u:****@host/0");
    CHECK_FALSE(contains(show_yaml(root), "hunter2"));
}

TEST_CASE("show: JSON has numbers, booleans and null as such and everything else as text") {
    const Node root = expanded(
        "i: 5\nm: -7\nz: -0\nf: 0.5\ne: 1e5\nt: true\nn:\nq: '5'\nw: 5m\no: 007\np: .5\nd: 5.\nx: 1.e5\nmp: -.5\nl: "
        "[1, a]\n"
        "em: {}\nel: []\nb: 99999999999999999999\nty: True\nes: ''\nct: \"\\u0001\\t\\\"\"\nmd: -00.5\n");
    const auto json = nlohmann::ordered_json::parse(show_json(root));
    CHECK(json["i"] == 5);
    CHECK(json["m"] == -7);
    CHECK(json["z"] == 0);
    CHECK(json["f"] == 0.5);
    CHECK(json["e"] == 1e5);
    CHECK(json["t"] == true);
    CHECK(json["n"].is_null());
    CHECK(json["q"] == "5");
    CHECK(json["w"] == "5m");
    CHECK(json["o"] == "007");
    for (const char* key : {"p", "d", "x", "mp", "md"}) CHECK(json[key].is_string());
    CHECK(json["l"] == nlohmann::ordered_json::parse(R"([1, "a"])"));
    CHECK(json["em"] == nlohmann::ordered_json::object());
    CHECK(json["el"] == nlohmann::ordered_json::array());
    CHECK(json["b"].is_number());
    CHECK(json["ty"] == true);
    CHECK(json["es"] == "");
    CHECK(json["ct"] == "\x01\t\"");
    CHECK(show_json(expanded("[false, redis://u:p@h, 5.x, 1.5.2]")) ==
          "[\n  false,\n  \"redis://u:****@h\",\n  \"5.x\",\n  \"1.5.2\"\n]\n");
    CHECK(show_json(expanded("a: {b: [1]}\n")) == "{\n  \"a\": {\n    \"b\": [\n      1\n    ]\n  }\n}\n");
}

TEST_CASE("show: the options of a layer or an origin are found in the whole tree") {
    Node root = expanded(
        "layers: [{name: A}, {backend: x}, {name: B, options: {x: 1}}]\norigins: {o: {options: {y: 2}}, p: {backend: "
        "z}}\n");
    CHECK(layer_options(root, "A") == nullptr);
    CHECK(layer_options(root, "C") == nullptr);
    REQUIRE(layer_options(root, "B") != nullptr);
    CHECK(layer_options(root, "B")->find("x")->text == "1");
    REQUIRE(origin_options(root, "o") != nullptr);
    CHECK(origin_options(root, "o")->find("y")->text == "2");
    CHECK(origin_options(root, "p") == nullptr);
    CHECK(origin_options(root, "q") == nullptr);
    Node empty;
    CHECK(layer_options(empty, "A") == nullptr);
    CHECK(origin_options(empty, "A") == nullptr);
}
