// Takes every file of tests/fuzz/yaml through all steps of a configuration: read, expand, check, show. Nothing may
// crash, take a second, or grow without bound; every message is one line; and what has no mistakes is shown as YAML
// that reads back as the same tree. The same for mutations of the files, which are the same in every run because of a
// fixed seed.
#include "config/config_reader.hpp"
#include "config/expand.hpp"
#include "config/show.hpp"
#include "config/values.hpp"
#include "config/yaml_reader.hpp"
#include "config/yaml_text.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

using namespace aurelis::core;

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr double kSecondsMax = 10;  // Sanitizers cost a factor.
constexpr int kMutationsPerFile = 60;
#else
constexpr double kSecondsMax = 1;
constexpr int kMutationsPerFile = 300;
#endif

struct Sample {
    std::string name;
    std::string text;
};

std::vector<Sample> corpus() {
    std::vector<Sample> samples;
    for (const auto& entry : std::filesystem::directory_iterator(AURELIS_YAML_CORPUS)) {
        if (entry.path().extension() != ".yaml") continue;
        std::ifstream stream(entry.path(), std::ios::binary);
        samples.push_back({entry.path().filename().string(), {std::istreambuf_iterator<char>(stream), {}}});
    }
    std::sort(samples.begin(), samples.end(), [](const Sample& a, const Sample& b) { return a.name < b.name; });
    return samples;
}

Environment environment() {
    return [](const std::string& name) -> std::optional<std::string> {
        if (name == "A") return "${not expanded again}\n: - 'x' #";
        if (name == "OTHER") return "";
        return std::nullopt;
    };
}

struct Extent {
    size_t nodes = 0, bytes = 0, depth = 0;
};
void measure(const Node& node, size_t depth, Extent& extent) {
    ++extent.nodes;
    extent.bytes += node.text.size();
    extent.depth = std::max(extent.depth, depth);
    for (const Node& item : node.items) measure(item, depth + 1, extent);
    for (const auto& [key, member] : node.members) {
        extent.bytes += key.size();
        measure(member, depth + 1, extent);
    }
}

bool same(const Node& left, const Node& right) {
    return left.kind == right.kind && left.text == right.text &&
           std::equal(left.items.begin(), left.items.end(), right.items.begin(), right.items.end(), same) &&
           std::equal(left.members.begin(), left.members.end(), right.members.begin(), right.members.end(),
                      [](const auto& a, const auto& b) { return a.first == b.first && same(a.second, b.second); });
}

// What is wrong with the behaviour on this text; empty: nothing.
std::string broken_promise(const std::string& text) {
    const std::clock_t start = std::clock();  // Time of this process: the machine may be busy with others.
    Problems problems("fuzz.yaml");
    const auto config = load_config_text(text, "/etc/app", environment(), problems);
    const double took = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    if (took > kSecondsMax) return "takes too long: " + std::to_string(took) + " s";
    if (!config && problems.empty()) return "no tree, and no reason";
    const auto lines = static_cast<int>(std::count(text.begin(), text.end(), '\n')) + 1;
    for (const Problem& problem : problems.all()) {
        if (problem.line < 0 || problem.line > lines)
            return "a line that does not exist: " + std::to_string(problem.line) + ": " + problem.message;
        if (problem.message.empty() || problem.message.find('\n') != std::string::npos ||
            valid_utf8_prefix(problem.message) != problem.message.size())
            return "a message that is no line of text";
    }
    Problems syntax("fuzz.yaml");
    auto tree = read_yaml(text, syntax);
    if (!tree) return {};
    Extent extent;
    measure(*tree, 1, extent);
    if (extent.nodes > kYamlNodesMax || extent.bytes > kYamlTextMax || extent.depth > kYamlDepthMax) return "unbounded";
    if (!syntax.empty()) return {};
    expand_variables(*tree, environment(), syntax);
    (void)show_json(*tree);
    const std::string shown = show_yaml(*tree);
    if (!syntax.empty() || shown.find(kMask) != std::string::npos || shown.size() > kYamlBytesMax) return {};
    auto again = read_yaml(shown, syntax);
    if (!again) return "what is shown cannot be read: " + syntax.text();
    expand_variables(*again, environment(), syntax);
    if (!syntax.empty()) return "what is shown has mistakes: " + syntax.text();
    return same(*tree, *again) ? "" : "what is shown is another tree: " + shown;
}

std::string mutated(const std::vector<Sample>& samples, const Sample& sample, std::mt19937& random) {
    static const std::vector<std::string> kPieces{
        ":", ": ", "- ", "\n", "\n  ", "{", "}", "[", "]", "'", "\"", "&a ", "*a", "? ", "!", "!!str ", "|\n", ">\n",
        "#", "---\n", "...\n", "${", "}", "$${", "${A}", "${A:-", "\t", "\\", "\\u0000", "%", "@", "`", "<<: ", "~",
        ",", "\xff", std::string(1, '\0'), "\r", "\xef\xbb\xbf", "a: 1\n", "layers:", "name: x", "priority: 1",
        "ttl: 0", "options:"};
    const auto below = [&random](size_t bound) { return bound == 0 ? 0 : random() % bound; };
    std::string text = sample.text;
    for (size_t times = 1 + below(6); times > 0; --times) {
        const size_t at = below(text.size() + 1);
        const size_t length = below(std::min<size_t>(text.size() - at, 24) + 1);
        switch (below(6)) {
            case 0: text.insert(at, kPieces[below(kPieces.size())]); break;
            case 1: text.erase(at, length); break;
            case 2: text.insert(below(text.size() + 1), text.substr(at, length)); break;
            case 3: if (at < text.size()) text[at] = static_cast<char>(random()); break;
            case 4: text.resize(at); break;
            default: {
                const std::string& other = samples[below(samples.size())].text;
                text.insert(at, other.substr(below(other.size() + 1), 64));
            }
        }
    }
    return text;
}

std::string repeated(const std::string& piece, size_t bytes) {
    std::string all;
    while (all.size() + piece.size() <= bytes) all += piece;
    return all;
}

}  // namespace

TEST_CASE("yaml corpus: every file is survived in time and told in lines") {
    const std::vector<Sample> samples = corpus();
    REQUIRE(samples.size() >= 80);
    for (const Sample& sample : samples) {
        INFO(sample.name);
        CHECK(broken_promise(sample.text) == "");
    }
}

TEST_CASE("yaml corpus: mutations of every file are survived, too") {
    const std::vector<Sample> samples = corpus();
    std::mt19937 random(20240229);
    for (const Sample& sample : samples) {
        for (int round = 0; round < kMutationsPerFile; ++round) {
            const std::string text = mutated(samples, sample, random);
            const std::string broken = broken_promise(text);
            if (broken.empty()) continue;
            INFO(sample.name << ", mutation " << round << ":\n" << text);
            CHECK(broken == "");
        }
    }
}

TEST_CASE("yaml corpus: a mebibyte of what costs the most") {
    for (const char* piece : {"[", "{a: ", "[a: ", "- ", "? ", ":", ",", "a: 1\n", "&a ", "\\", "x ", "\n"}) {
        INFO(piece);
        CHECK(broken_promise(repeated(piece, kYamlBytesMax)) == "");
    }
}

TEST_CASE("yaml corpus: long runs of one thing after another, bare and within other things") {
    constexpr size_t kLong = size_t{32} << 10;
    for (const char* piece : {"[", "]", "{", "}", "{a: ", "[a: ", "- ", "? ", "?\n", ": ", ":", ",", "a: ", "a: 1\n",
                               "- a\n", "&a ", "*a ", "!", "!a ", "%", "%TAG ! x\n", "'", "\"", "\\", "#", "#\n", "\n",
                               " ", "x", "x ", "x\n", "|\n", ">\n", "---\n", "...\n", "${", "${A}", "${A:-", "\xc3\xa4",
                               "-", "~\n", "\r\n"}) {
        INFO(piece);
        CHECK(broken_promise(repeated(piece, kLong)) == "");
        CHECK(broken_promise("a: \"" + repeated(piece, kLong) + "\"\n") == "");
        CHECK(broken_promise("a: [" + repeated(piece, kLong) + "]\n") == "");
        CHECK(broken_promise("a: |\n  " + repeated(piece, kLong)) == "");
    }
}
