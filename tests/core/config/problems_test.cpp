#include "config/problems.hpp"
#include "support/catch.hpp"

#include <algorithm>

using namespace aurelis::core;

TEST_CASE("problems: one line each, by line, equal ones once, in the order they came within a line") {
    Problems problems("c.yaml");
    CHECK(problems.empty());
    CHECK(problems.text().empty());
    problems.add(7, "second");
    problems.add(3, "first");
    problems.add(7, "third");
    problems.add(0, "of the whole file");
    problems.add(7, "second");
    problems.add(8, "second");
    CHECK(problems.text() ==
          "c.yaml: of the whole file\nc.yaml:3: first\nc.yaml:7: second\nc.yaml:7: third\nc.yaml:8: second\n");
    CHECK_FALSE(problems.empty());
}

TEST_CASE("problems: warnings stand apart") {
    Problems problems("c.yaml");
    problems.warn(2, "careful");
    CHECK(problems.empty());
    CHECK(problems.text().empty());
    CHECK(problems.warnings_text() == "c.yaml:2: careful\n");
}

TEST_CASE("problems: nobody has to read thousands") {
    Problems problems("c.yaml");
    for (int line = 1; line <= 1000; ++line) problems.add(line, "wrong");
    const std::string text = problems.text();
    CHECK(static_cast<size_t>(std::count(text.begin(), text.end(), '\n')) == Problems::kShownMax + 1);
    CHECK(text.find("c.yaml: there are more; correct these first (1000 in all)\n") != std::string::npos);
}

TEST_CASE("problems: a message is one line, whatever it quotes") {
    Problems problems("c.yaml");
    problems.add(1, "a\nb\tc\x7f");
    problems.warn(1, "a\rb");
    CHECK(problems.text() == "c.yaml:1: a?b?c?\n");
    CHECK(problems.warnings_text() == "c.yaml:1: a?b\n");
}
