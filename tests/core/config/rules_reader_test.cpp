#include "config/show.hpp"
#include "config_helpers.hpp"
#include "support/catch.hpp"

using namespace aurelis::core;
using namespace aurelis::core::test;

namespace {

const std::string kLayers = "layers: [{name: L, backend: memory}]\n";

std::vector<RuleConfig> rules_in(const std::string& section) {
    const Read result = read(kLayers + section);
    CHECK(result.problems == "");
    REQUIRE(result.config);
    return result.config->rules;
}

void refused(const std::string& section, const std::string& problem) {
    CHECK(read(kLayers + section).problems == "t.yaml:" + problem + "\n");
}

}  // namespace

TEST_CASE("rules: events with their targets as they are written, each with its line") {
    const auto rules = rules_in(
        "invalidation:\n"
        "  - on: model_updated\n"
        "    targets: [category:model_responses, \"pattern:model_info:{model_type}\"]\n"
        "  - on: user_settings_changed\n"
        "    targets:\n"
        "      - pattern:user_data:{user_id}\n"
        "      - 42\n");
    REQUIRE(rules.size() == 2);
    CHECK(rules[0].event == "model_updated");
    CHECK(rules[0].line == 3);
    REQUIRE(rules[0].targets.size() == 2);
    CHECK(rules[0].targets[0].text == "category:model_responses");
    CHECK(rules[0].targets[1].text == "pattern:model_info:{model_type}");
    CHECK(rules[0].targets[1].line == 4);
    REQUIRE(rules[1].targets.size() == 2);
    CHECK(rules[1].targets[0].text == "pattern:user_data:{user_id}");
    CHECK(rules[1].targets[0].line == 7);
    CHECK(rules[1].targets[1].text == "42");
}

TEST_CASE("rules: without the section, and with an empty one, there are none") {
    CHECK(rules_in("").empty());
    CHECK(rules_in("invalidation: []\n").empty());
}

TEST_CASE("rules: environment variables are expanded before the braces of targets are read") {
    const Read result =
        read(kLayers + "invalidation: [{on: a, targets: [\"pattern:${SHOP}_{id}:*\"]}]\n", {{"SHOP", "berlin"}});
    CHECK(result.problems == "");
    REQUIRE(result.config);
    CHECK(result.config->rules.at(0).targets.at(0).text == "pattern:berlin_{id}:*");
}

TEST_CASE("rules: mistakes") {
    refused("invalidation: {on: a, targets: [tag:x]}\n",
            "2: 'invalidation' must be a list ([a, b], or lines that begin with '- '), got a map");
    refused("invalidation: [a]\n", "2: invalidation: expected a map (key: value), got 'a'");
    refused("invalidation: [{targets: [tag:x]}]\n",
            "2: invalidation: 'on' is missing; add it, such as on: user_changed");
    refused("invalidation: [{on: a}]\n",
            "2: invalidation: event a: 'targets' is missing; add it, such as targets: [category:user_data]");
    refused("invalidation: [{on: a, targets: []}]\n",
            "2: invalidation: event a: 'targets' is empty; name what the event invalidates");
    refused("invalidation: [{on: a, targets: tag:x}]\n",
            "2: invalidation: 'targets' must be a list ([a, b], or lines that begin with '- '), got 'tag:x'");
    refused("invalidation: [{on: a, target: [tag:x], targets: [tag:x]}]\n",
            "2: invalidation: unknown key 'target'; did you mean 'targets'?");
    refused("invalidaton: [{on: a, targets: [tag:x]}]\n", "2: unknown key 'invalidaton'; did you mean 'invalidation'?");
    refused("invalidation:\n  - on: a\n    targets:\n      - \"\"\n",
            "5: invalidation: event a: 'targets': expected texts such as category:user_data, "
            "\"pattern:user_data:{id}\", tag:users or a key, got ''");
    refused("invalidation:\n  - on: a\n    targets:\n      - tag: users\n",
            "5: invalidation: event a: 'targets': expected texts such as category:user_data, "
            "\"pattern:user_data:{id}\", tag:users or a key, got a map; write no space after 'tag:'");
    CHECK(contains(read(kLayers + "invalidation: [{on: a, targets: [pattern:c:{id}]}]\n").problems,
                   "t.yaml:2: not valid YAML: a '{' or '[' is not closed; close it, or put text that holds brackets"));
    refused("invalidation: [{on: a, targets: [[tag:x]]}]\n",
            "2: invalidation: event a: 'targets': expected texts such as category:user_data, "
            "\"pattern:user_data:{id}\", tag:users or a key, got a list");
    refused("invalidation:\n  - {on: a, targets: [tag:x]}\n  - {on: a, targets: [tag:y]}\n",
            "4: invalidation: event a: it has a rule in line 3 already; move the targets there");
    refused("invalidation: [{on: \" a\", targets: [tag:x]}]\n",
            "2: invalidation: 'on' begins or ends with a space; remove it");
    refused("invalidation: [{on: " + std::string(129, 'e') + ", targets: [tag:x]}]\n",
            "2: invalidation: 'on' is longer than 128 bytes; shorten it");
}

TEST_CASE("rules: what is shown is read back as the same rules") {
    const Tree first =
        tree("invalidation: [{on: \"yes\", targets: [\"pattern:c:{id}\", \"tag:a b\", aurelis:v1:c:1]}]\n");
    REQUIRE(first.root);
    const std::string shown_text = show_yaml(*first.root);
    const Tree again = tree(shown_text);
    REQUIRE(again.root);
    CHECK(show_yaml(*again.root) == shown_text);
    CHECK(contains(shown_text, "\"pattern:c:{id}\""));
    const auto rules = rules_in(shown_text);
    REQUIRE(rules.size() == 1);
    CHECK(rules[0].event == "yes");
    CHECK(rules[0].targets.at(0).text == "pattern:c:{id}");
}
