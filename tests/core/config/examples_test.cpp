// The files and the examples in config/ are configurations without a mistake.
#include "config_helpers.hpp"
#include "support/catch.hpp"

#include <sstream>
#include <vector>

using namespace aurelis::core;
using namespace aurelis::core::test;

namespace {

std::string file_text(const std::string& name) {
    std::ifstream stream(std::string(AURELIS_CONFIG_FOLDER) + "/" + name, std::ios::binary);
    REQUIRE(stream);
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
}

std::vector<std::string> yaml_blocks(const std::string& page) {
    const std::string opening = "```yaml\n";
    std::vector<std::string> blocks;
    for (size_t at = page.find(opening); at != std::string::npos; at = page.find(opening, at)) {
        at += opening.size();
        blocks.push_back(page.substr(at, page.find("```", at) - at));
    }
    return blocks;
}

}  // namespace

TEST_CASE("examples: every YAML of config/README.md is a configuration without a mistake") {
    const auto blocks = yaml_blocks(file_text("README.md"));
    REQUIRE_FALSE(blocks.empty());
    for (const std::string& block : blocks) CHECK(read(block).problems == "");
}

TEST_CASE("examples: config/README.md names every key that the reader knows") {
    const std::string page = file_text("README.md");
    const std::string told =
        read(
            "x: 1\ncache: {qqqqq: 1}\nkeys: {qqqqq: 1}\nplugins: {qqqqq: 1, files: [{qqqqq: 1}]}\n"
            "layers: [{qqqqq: 1}]\norigins: {o: {qqqqq: 1}}\nembedders: {e: {qqqqq: 1}}\ncategories: {c: {qqqqq: 1}}\n"
            "invalidation: [{qqqqq: 1}]\n")
            .problems;
    size_t keys = 0;
    const std::string opening = "; known here: ";
    for (size_t at = told.find(opening); at != std::string::npos; at = told.find(opening, at)) {
        at += opening.size();
        std::istringstream names(told.substr(at, told.find('\n', at) - at));
        for (std::string name; std::getline(names, name, ',');) {
            name.erase(0, name.find_first_not_of(' '));
            INFO(name);
            CHECK((contains(page, "`" + name + "`") || contains(page, "\n## " + name + ":") ||
                   contains(page, "`files: " + name + "`")));
            ++keys;
        }
    }
    CHECK(keys == 9 + 5 + 1 + 2 + 2 + 17 + 6 + 2 + 15 + 2);
}

TEST_CASE("examples: config/default.yaml is a configuration without a mistake") {
    const Read result = read(file_text("default.yaml"), {{"HOME", "/home/me"}});
    CHECK(result.problems == "");
    REQUIRE(result.config);
    CHECK(result.config->layers.size() == 2);
}
