// Covers: core/config/yaml_text.cpp, core/config/yaml_tree.cpp
#include "config/yaml_reader.hpp"
#include "config/yaml_text.hpp"
#include "config_helpers.hpp"
#include "support/catch.hpp"

using namespace aurelis::core;
using namespace aurelis::core::test;

namespace {

const std::string kColon =
    "not valid YAML: a ':' is not allowed here; look for a ':' missing in the line above, for indentation that does "
    "not fit, or for text with ': ' in it, which needs quotes";
const std::string kIndent =
    "not valid YAML: the line does not fit the ones above; keys of one map and items of one list must begin in the "
    "same "
    "column";
const std::string kOpen =
    "not valid YAML: a '{' or '[' is not closed; close it, or put text that holds brackets, such as ${NAME}, in quotes "
    "there";
const std::string kQuote = "not valid YAML: a quote that opens here or below is never closed; add the closing one";
const std::string kSecond =
    "a second document begins here, or a line that does not fit the ones above; a file holds one document (remove "
    "'---', or correct the indentation)";

// The text has exactly this problem and gives no tree, or one that must not be used.
void refused(const std::string& text, const std::string& problem) {
    INFO(text);
    CHECK(tree(text).problems == "t.yaml:" + problem + "\n");
}
Node good(const std::string& text) {
    Tree result = tree(text);
    INFO(text);
    CHECK(result.problems.empty());
    REQUIRE(result.root);
    return std::move(*result.root);
}
std::string repeated(const std::string& piece, size_t times) {
    std::string all;
    for (size_t i = 0; i < times; ++i) all += piece;
    return all;
}

}  // namespace

TEST_CASE("yaml reader: kinds, quotes and lines of a tree") {
    const Node root = good("# head\na: 1\nb:\n  - x\n  - 'y'\nc: {d: \"z\", e: null}\nf: |\n  text\n");
    CHECK(root.kind == Node::Kind::Map);
    CHECK(root.line == 2);
    REQUIRE(root.members.size() == 4);
    CHECK(root.find("a")->text == "1");
    CHECK_FALSE(root.find("a")->quoted);
    CHECK(root.find("a")->line == 2);
    const Node& list = *root.find("b");
    CHECK(list.kind == Node::Kind::List);
    CHECK(list.line == 4);
    CHECK(list.line_of_key() == 3);
    REQUIRE(list.items.size() == 2);
    CHECK_FALSE(list.items[0].quoted);
    CHECK(list.items[1].quoted);
    CHECK(list.items[1].line == 5);
    CHECK(root.find("c")->find("d")->quoted);
    CHECK(root.find("c")->find("e")->kind == Node::Kind::Null);
    CHECK(root.find("f")->text == "text\n");
    CHECK(root.find("f")->quoted);
    CHECK(root.find("g") == nullptr);
}

TEST_CASE("yaml reader: an absent value has the line of its key") {
    const Node root = good("a:\n\n\nb: 1\n");
    CHECK(root.find("a")->kind == Node::Kind::Null);
    CHECK(root.find("a")->line == 1);
}

TEST_CASE("yaml reader: an empty item of a list has the line of its dash, or nearly") {
    const Node root = good("a:\n  -\n  -\n  - x\nb: [~, y]\n");
    const Node& list = *root.find("a");
    CHECK(list.items[0].line == 2);
    CHECK(list.items[1].line == 3);
    CHECK(list.items[2].line == 4);
    CHECK(root.find("b")->items[0].line == 5);
}

TEST_CASE("yaml reader: empty texts, byte order mark, document marks and line ends") {
    CHECK(good("").kind == Node::Kind::Null);
    CHECK(good("# nothing\n").kind == Node::Kind::Null);
    CHECK(good("---\n").kind == Node::Kind::Null);
    CHECK(good("\xef\xbb\xbf" "a: 1\n").find("a")->text == "1");
    CHECK(good("---\na: 1\n...\n").find("a")->text == "1");
    CHECK(good("%YAML 1.2\n---\na: 1").find("a")->line == 3);
    CHECK(good("a: 1\r\nb: 2\r\n").find("b")->line == 2);
    CHECK(good("a: |+\n  x\n\n").find("a")->text == "x\n\n");
}

TEST_CASE("yaml reader: syntax errors have a line and a way out") {
    refused("a: 1\nb: c: d\n", "2: " + kColon);
    refused("cache:\n  namespace aurelis\n  version: v1\n", "3: " + kColon);
    refused("a:\n  b: 1\n   c: 2\n", "3: " + kColon);
    refused("layers:\n- name: x\n backend: y\n", "3: " + kIndent);
    refused("a: 1\n- b\n", "2: " + kIndent);
    refused("a: [1, 2\n", "1: " + kOpen);
    refused("{password: ${X}}\n", "1: " + kOpen);
    refused("a: 1\n}\n", "2: not valid YAML: a '}' or ']' closes nothing; remove it, or put the text in quotes");
    refused("a: - b\n",
            "1: not valid YAML: a '-' begins an item of a list, on a line of its own; text that begins with it "
            "needs quotes");
    refused("a: @x\n", "1: not valid YAML: text cannot begin with this character (such as @, %, `); put it in quotes");
    refused("a: 1\nb: *.tmp\n",
            "2: not valid YAML: text that begins with '*' needs quotes; else it names an anchor (&name) above");
    refused("a: &\n", "1: not valid YAML: text that begins with '&' needs quotes; else it is an anchor with a name");
    refused(
        "a: \"C:\\qux\"\n",
        "1: not valid YAML: a '\\' in double quotes begins an escape that YAML does not know; double it or use single "
        "quotes");
    CHECK(tree("1: x\n2: b: c\n").problems ==
          "t.yaml:1: key 1 is not text; put it in quotes or write a name\nt.yaml:2: " + kColon + "\n");
    refused("a: &x &y 1\n",
            "1: not valid YAML: cannot assign multiple anchors to the same node; correct the line or put its text in "
            "quotes");
}

TEST_CASE("yaml reader: a quote that is never closed is told where it may begin") {
    refused("a: 'x\nb: 2\n", "1: " + kQuote);
    refused("x: 1\na: \"x\nb: 2", "2: " + kQuote);
    refused("a: 'x\n---\ny'\n", "1: " + kQuote);
}

TEST_CASE("yaml reader: tabs in the indentation are explained, others are not touched") {
    refused("cache:\n\tnamespace: x\n", "2: the line is indented with a tab; YAML allows only spaces, replace it");
    refused("cache:\n  \tnamespace: x\n", "2: the line is indented with a tab; YAML allows only spaces, replace it");
    refused("a: 1\n \t\nb: 2\n", "2: the line is indented with a tab; YAML allows only spaces, replace it");
    CHECK(good("a: b\tc\t# remark\nd: 'x\ty'\n").find("a")->text == "b\tc");
}

TEST_CASE("yaml reader: duplicate keys name both lines, at every level, and the first one stays") {
    refused("a: 1\nb: 2\n\na: 3\n", "4: key 'a' was given before, in line 1; remove one of the two");
    refused("x:\n  - {a: 1,\n     a: 2}\n", "3: key 'a' was given before, in line 2; remove one of the two");
    refused("a: 1\n'a': 2\n", "2: key 'a' was given before, in line 1; remove one of the two");
    CHECK(tree("a: 1\na: 3\nb: 4\n").root->find("a")->text == "1");
    CHECK(tree("a: 1\na: {x: 3}\nb: 4\n").root->find("b")->text == "4");
    CHECK(good("a: {x: 1}\nb: {x: 2}\n").members.size() == 2);
}

TEST_CASE("yaml reader: keys are text") {
    refused("a: 1\n2: b\n", "2: key 2 is not text; put it in quotes or write a name");
    refused("true: b\n", "1: key true is not text; put it in quotes or write a name");
    CHECK(good("'2': b\n\"true\": c\n").members.size() == 2);
    refused("null: 1\n", "1: a key is missing before ':', or it is null; write a name");
    refused("a: 1\n: 2\n", "2: a key is missing before ':', or it is null; write a name");
    const std::string complex =
        "a key must be text, not a list or a map; text that begins with '{' or '[' needs quotes";
    refused("? [a, {b: c}]\n: 1\nz: 2\n", "1: " + complex);
    refused("? {a: 1}\n: {b: 1}\nz: 2\n", "1: " + complex);
    CHECK(tree("? [a, {b: c}]\n: [1]\nz: 2\n").root->members.size() == 1);
    CHECK(tree("? [a]\n: 1\nz: 2\n").root->find("z")->text == "2");
    refused("a: &k x\n*k : 1\nz: 2\n", "2: an alias (*name) cannot be a key; write the key out");
    refused("base: &b {x: 1}\nuse:\n  <<: *b\n",
            "3: '<<' (merge) is not supported; write the keys out, or use *name as the whole value");
    CHECK(good("'<<': 1\n").members.size() == 1);
}

TEST_CASE("yaml reader: an alias is a copy with the lines of its anchor, its key keeps its own") {
    const Node root = good("a: &x\n  k: 1\nb: *x\nc: [*x, &y 5, *y]\nd: &n\ne: *n\n&t f: *t\n");
    CHECK(root.find("b")->find("k")->text == "1");
    CHECK(root.find("b")->find("k")->line == 2);
    CHECK(root.find("b")->line == 1);
    CHECK(root.find("b")->line_of_key() == 3);
    CHECK(root.find("c")->items[2].text == "5");
    CHECK(root.find("e")->kind == Node::Kind::Null);
    CHECK(root.find("f")->text == "f");
    CHECK(good("a: &x 1\nb: &x 2\nc: *x\n").find("c")->text == "2");
}

TEST_CASE("yaml reader: a cycle is refused") {
    const std::string cycle = "an alias (*name) is inside what it names, so it would never end; write it out";
    refused("a: &a [*a]\n", "1: " + cycle);
    refused("a: &a\n  b:\n    c: *a\n", "3: " + cycle);
    refused("&r\na: {b: [*r]}\n", "2: " + cycle);
}

TEST_CASE("yaml reader: alias bombs end at a bound of nodes, of text, or of depth") {
    std::string bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
    for (int i = 1; i < 9; ++i)
        bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" +
                repeated("*a" + std::to_string(i - 1) + ",", 10) + "]\n";
    const Tree nodes = tree(bomb);
    CHECK_FALSE(nodes.root);
    CHECK(nodes.problems == "t.yaml:5: more than 100000 keys and values, aliases (*name) expanded; use fewer\n");

    const Tree text = tree("a: &a '" + std::string(500'000, 'x') + "'\nb: [" + repeated("*a,", 100) + "]\n");
    CHECK_FALSE(text.root);
    CHECK(text.problems == "t.yaml:2: more than 8 MiB of text, aliases (*name) expanded; use fewer\n");

    std::string deep = "a0: &a0 x\n";
    for (int i = 1; i < 80; ++i)
        deep += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) + "]\n";
    CHECK(tree(deep).problems == "t.yaml:64: nested deeper than 64 levels; flatten it\n");

    const Tree copies = tree(repeated("&a [", 60) + repeated("x,", 20'000) + repeated("]", 60));
    CHECK_FALSE(copies.root);
    CHECK(contains(copies.problems, "more than 100000 keys and values"));
}

TEST_CASE("yaml reader: depth and number of nodes are bounded without aliases, too") {
    CHECK(good(repeated("[", 63) + "x" + repeated("]", 63)).kind == Node::Kind::List);
    refused(repeated("[", 64) + "x" + repeated("]", 64), "1: nested deeper than 64 levels; flatten it");
    refused(repeated("- ", 100) + "x\n", "1: nested deeper than 64 levels; flatten it");
    CHECK(good("[" + repeated("a,", 99'999) + "]").items.size() == 99'999);
    refused("[" + repeated("a,", 100'000) + "]",
            "1: more than 100000 keys and values, aliases (*name) expanded; use fewer");
    CHECK_FALSE(tree(repeated("[", 900'000)).problems.empty());
}

TEST_CASE("yaml reader: a second document is refused") {
    refused("a: 1\n---\nb: 2\n", "2: " + kSecond);
    refused("a: 1\n---\n", "2: " + kSecond);
    refused("a\n...\nb\n", "3: " + kSecond);
    refused("- a\nb: 1\n", "2: " + kSecond);
    refused("a: 1\n---\n[*x]\n", "2: " + kSecond);
    refused("a: 1\n---\na: &x [1, {b: *x}]\n", "2: " + kSecond);
    refused("a: 1\n--- @\n", "2: " + kSecond);
    CHECK(good("a: 1\n...\n...\n").members.size() == 1);
}

TEST_CASE("yaml reader: tags are refused, but for the plain ones") {
    const Node root =
        good("a: !!str 5\nb: !!int 5\nc: !!seq [1]\nd: !!map {x: 1}\ne: !!float 1\nf: !!bool true\ng: ! 5\n");
    CHECK(root.find("a")->quoted);
    CHECK_FALSE(root.find("b")->quoted);
    CHECK(root.find("g")->quoted);
    refused("a: 1\nb: !secret x\n", "2: tag '!secret' is not supported; remove it");
    refused("a: !!binary aGk=\n", "1: tag 'tag:yaml.org,2002:binary' is not supported; remove it");
    refused("a: !set {b: 1}\n", "1: tag '!set' is not supported; remove it");
    refused("a: !x [1]\n", "1: tag '!x' is not supported; remove it");
}

TEST_CASE("yaml reader: bytes that are no text are refused by line and column") {
    refused("a: 1\nb: \xff\n", "2: byte 0xff in column 4 is not UTF-8; save the file as UTF-8");
    refused("a: \xc0\xaf\n", "1: byte 0xc0 in column 4 is not UTF-8; save the file as UTF-8");
    refused(std::string("a: 1\nb: \0\n", 10),
            "2: a NUL byte in column 4; remove it, or save the file as UTF-8 if it is UTF-16");
    refused("a: \x01\n", "1: control character 0x01 in column 4; remove it");
    refused("a: \x7f\n", "1: control character 0x7f in column 4; remove it");
    refused("a: 1\rb: 2\n",
            "1: a carriage return in column 5 that does not end a line; save the file with Unix line ends");
    refused("a: \"x\\0y\"\n", "1: 'x?y' holds a NUL byte (\\0); remove it");
    CHECK(contains(tree(std::string("\xff\xfe" "a\0", 4)).problems, "t.yaml:1: byte 0xff in column 1"));
    const std::string binary = tree(repeated("\x01\n", 1000)).problems;
    CHECK(contains(binary, "t.yaml:10:"));
    CHECK_FALSE(contains(binary, "t.yaml:11:"));
}

TEST_CASE("yaml reader: a file of more than 1 MiB is refused unread") {
    Tree result = tree("#" + std::string(kYamlBytesMax, 'x'));
    CHECK_FALSE(result.root);
    CHECK(result.problems ==
          "t.yaml: the file is larger than 1 MiB, which no configuration needs; name the right file\n");
    CHECK(good("#" + std::string(kYamlBytesMax - 1, 'x')).kind == Node::Kind::Null);
}
