// Covers: core/config/environment.cpp
#include "config/expand.hpp"
#include "config_helpers.hpp"
#include "support/catch.hpp"

using namespace aurelis::core;
using namespace aurelis::core::test;

namespace {

struct Expanded {
    Node node;
    std::string problems;
};
Expanded expanded(const std::string& text, std::map<std::string, std::string> variables = {}, bool quoted = false) {
    Problems problems("t.yaml");
    Node node = scalar(text, quoted);
    node.line = 7;
    expand_variables(node, environment_of(std::move(variables)), problems);
    return {node, problems.text()};
}
std::string value(const std::string& text, std::map<std::string, std::string> variables = {}) {
    const Expanded result = expanded(text, std::move(variables));
    CHECK(result.problems.empty());
    CHECK_FALSE(result.node.damaged);
    return result.node.text;
}
void refused(const std::string& text, const std::string& why, std::map<std::string, std::string> variables = {}) {
    const Expanded result = expanded(text, std::move(variables));
    INFO(text);
    CHECK(result.problems == "t.yaml:7: " + why + "\n");
    CHECK(result.node.damaged);
}

}  // namespace

TEST_CASE("expand: variables, defaults and literals") {
    CHECK(value("${A}", {{"A", "x"}}) == "x");
    CHECK(value("pre-${A}-${B_2}-post", {{"A", "x"}, {"B_2", "y"}}) == "pre-x-y-post");
    CHECK(value("${A}", {{"A", ""}}).empty());
    CHECK(value("${A:-d}", {{"A", "x"}}) == "x");
    CHECK(value("${A:-d}") == "d");
    CHECK(value("${A:-d}", {{"A", ""}}) == "d");
    CHECK(value("${A:-}").empty());
    CHECK(value("$${A}") == "${A}");
    CHECK(value("$$${A}") == "$${A}");
    CHECK(value("$A $ $$ }") == "$A $ $$ }");
    CHECK(value("plain").compare("plain") == 0);
    CHECK(value("${A}", {{"A", "${B}"}}) == "${B}");
}

TEST_CASE("expand: defaults nest, and an unused default asks for nothing") {
    CHECK(value("${A:-${B:-${C}}}", {{"C", "deep"}}) == "deep");
    CHECK(value("${A:-x${B}y}", {{"B", "-"}}) == "x-y");
    CHECK(value("${A:-${MISSING}}", {{"A", "x"}}) == "x");
    CHECK(value("${A:-${B:-${MISSING}}}", {{"A", "x"}}) == "x");
    CHECK(value("${A:-$${x}}") == "${x}");
    CHECK(value("${A:-$${x}}", {{"A", "y"}}) == "y}");
}

TEST_CASE("expand: an unset variable names line, variable and way out") {
    refused("x${A}", "variable A is not set; set it, or give a default: ${A:-...}");
    refused("${A:-${B}}", "variable B is not set; set it, or give a default: ${B:-...}");
}

TEST_CASE("expand: malformed references") {
    refused("${A", "'${A' is not closed; add '}'", {{"A", "x"}});
    refused("${A:-b", "'${A' is not closed; add '}'", {{"A", "x"}});
    refused("${A:-${B}", "'${A' is not closed; add '}'", {{"B", "x"}});
    refused("${}", "'${' is not followed by a variable's name; for a literal '${' write '$${'");
    refused("${1A}", "'${' is not followed by a variable's name; for a literal '${' write '$${'");
    refused("${A-b}", "'${A' goes on with '-'; only ${NAME} and ${NAME:-default} are understood", {{"A", "x"}});
    CHECK(value("${z_Az9}", {{"z_Az9", "x"}}) == "x");
    refused("${{A}", "'${' is not followed by a variable's name; for a literal '${' write '$${'");
    refused("${A{", "'${A' goes on with '{'; only ${NAME} and ${NAME:-default} are understood", {{"A", "x"}});
    refused("${A b}", "'${A' goes on with ' '; only ${NAME} and ${NAME:-default} are understood", {{"A", "x"}});
    refused("${A:?b}", "'${A' goes on with ':'; only ${NAME} and ${NAME:-default} are understood", {{"A", "x"}});
    refused("${A}", "the value of variable A is not UTF-8; correct the variable", {{"A", "\xff"}});
    std::string deep = "x";
    for (int i = 0; i < 16; ++i) deep = "${A:-" + deep + "}";
    CHECK(value(deep) == "x");
    refused("${A:-" + deep + "}", "${...} is nested too deeply; simplify it");
}

TEST_CASE("expand: the whole tree is bounded") {
    Problems problems("t.yaml");
    Node list;
    list.kind = Node::Kind::List;
    for (int i = 0; i < 100; ++i) list.items.push_back(scalar("${A}"));
    expand_variables(list, environment_of({{"A", std::string(100'000, 'x')}}), problems);
    CHECK(contains(problems.text(), "the expanded values exceed 8 MiB in all; shorten the variables"));
    size_t total = 0;
    for (const Node& item : list.items) total += item.text.size();
    CHECK(total <= kExpandedTextMax + 100 * 4);
}

TEST_CASE("expand: reaches every value, no key, and takes the quotes of what it expands") {
    Problems problems("t.yaml");
    Tree read = tree("'${A}': [\"${A}\", {x: '${A}', y: '5'}]\n");
    expand_variables(*read.root, environment_of({{"A", "1"}}), problems);
    CHECK(problems.empty());
    const Node& list = *read.root->find("${A}");
    CHECK(list.items[0].text == "1");
    CHECK_FALSE(list.items[0].quoted);
    CHECK_FALSE(list.items[1].find("x")->quoted);
    CHECK(list.items[1].find("y")->quoted);
}

TEST_CASE("expand: names of variables that suggest a secret mark the value, even its default") {
    for (const char* name : {"REDIS_PASSWORD", "db_passwd", "API_KEY", "TOKEN", "MY_SECRET_1", "CREDENTIALS"})
        CHECK(variable_suggests_secret(name));
    for (const char* name : {"HOME", "PORT", "PASS", ""}) CHECK_FALSE(variable_suggests_secret(name));
    CHECK(expanded("${REDIS_PASSWORD}", {{"REDIS_PASSWORD", "x"}}).node.secret);
    CHECK(expanded("${REDIS_PASSWORD:-x}").node.secret);
    CHECK(expanded("${A:-${TOKEN}}", {{"TOKEN", "x"}}).node.secret);
    CHECK_FALSE(expanded("${A:-${TOKEN}}", {{"A", "x"}}).node.secret);
    CHECK_FALSE(expanded("${PORT}", {{"PORT", "x"}}).node.secret);
    CHECK(expanded("${TOKEN}").node.secret);
    Problems none("t.yaml");
    Node already = scalar("${PORT}");
    already.secret = true;
    expand_variables(already, environment_of({{"PORT", "x"}}), none);
    CHECK(already.secret);
}

TEST_CASE("expand: the process's environment") {
    const Environment environment = process_environment();
    REQUIRE(setenv("AURELIS_TEST_VARIABLE", "here", 1) == 0);
    CHECK(environment("AURELIS_TEST_VARIABLE") == "here");
    REQUIRE(unsetenv("AURELIS_TEST_VARIABLE") == 0);
    CHECK(environment("AURELIS_TEST_VARIABLE") == std::nullopt);
}

TEST_CASE("secret files: read relative to the folder, without the newline at the end") {
    const Folder folder;
    folder.write("pw", "hunter2\n");
    folder.write("two", "a\n\n");
    folder.write("dos", "a\r\n");
    folder.write("bare", "a");
    CHECK(is_secret_file("file:pw"));
    CHECK_FALSE(is_secret_file("hunter2"));
    CHECK(read_secret_file("file:pw", folder.path()).value().text == "hunter2");
    CHECK(read_secret_file("file:" + folder / "pw", "/").value().text == "hunter2");
    CHECK(read_secret_file("file:two", folder.path()).value().text == "a\n");
    CHECK(read_secret_file("file:dos", folder.path()).value().text == "a");
    CHECK(read_secret_file("file:bare", folder.path()).value().text == "a");
    CHECK(read_secret_file("file:pw", folder.path()).value().warning.empty());
}

TEST_CASE("secret files: refused when missing, empty, too large, no text or writable by all; readable by all warns") {
    const Folder folder;
    const auto error = [&folder](const std::string& name) {
        const auto read = read_secret_file("file:" + name, folder.path());
        REQUIRE_FALSE(read);
        return read.error().message;
    };
    CHECK(error("none") == "'" + folder / "none" + "' does not exist; create it or name another file");
    CHECK(error("") == "expected a path, got an empty text");
    folder.write("empty", "\n");
    CHECK(error("empty") == "secret file '" + folder / "empty" + "' is empty; write the secret into it");
    folder.write("void", "");
    CHECK(contains(error("void"), "is empty"));
    folder.write("nothing", "\r\n");
    CHECK(contains(error("nothing"), "is empty"));
    folder.write("large", std::string(kSecretBytesMax + 1, 'x'));
    CHECK(error("large") == "'" + folder / "large" + "' is longer than 64KiB; shorten it");
    folder.write("full", std::string(kSecretBytesMax, 'x'));
    CHECK(read_secret_file("file:full", folder.path()));
    folder.write("nul", std::string("a\0b", 3));
    CHECK(contains(error("nul"), "holds something other than text"));
    folder.write("latin", "\xe4");
    CHECK(contains(error("latin"), "holds something other than text"));
    folder.write("writable", "x", 0602);
    CHECK(error("writable") ==
          "secret file '" + folder / "writable" + "' can be written by everybody; chmod it to 600");
    folder.write("readable", "x", 0644);
    CHECK(read_secret_file("file:readable", folder.path()).value().warning ==
          "secret file '" + folder / "readable" + "' can be read by everybody; chmod it to 600");
}
