// The one user of yaml-cpp: its events go into a YamlTree, its exceptions become problems. Its messages are replaced by
// ones that say what to do, since "illegal map value" does not help someone who forgot a colon.
#include "config/yaml_reader.hpp"

#include "config/yaml_text.hpp"
#include "config/yaml_tree.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <exception>
#include <istream>
#include <sstream>
#include <string>
#include <utility>

namespace aurelis::core {
namespace {

// Ignores a document and remembers only where it began.
class Skipper : public YAML::EventHandler {
public:
    void OnDocumentStart(const YAML::Mark& mark) override { line = mark.line + 1; }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
    void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
    void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
    void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
    void OnSequenceEnd() override {}
    void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
    void OnMapEnd() override {}

    int line = 1;
};

// yaml-cpp counts lines from 0.
class Builder final : public Skipper {
public:
    explicit Builder(YamlTree& tree) : tree_(tree) {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { tree_.null(mark.line + 1, anchor); }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override { tree_.alias(mark.line + 1, anchor); }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override {
        tree_.scalar(mark.line + 1, tag, anchor, value);
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) override {
        tree_.begin(Node::Kind::List, mark.line + 1, tag, anchor);
    }
    void OnSequenceEnd() override { tree_.end(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override {
        tree_.begin(Node::Kind::Map, mark.line + 1, tag, anchor);
    }
    void OnMapEnd() override { tree_.end(); }

private:
    YamlTree& tree_;
};

struct Explanation {
    std::string_view message;  // As yaml-cpp's begins.
    std::string_view words;
};
constexpr std::string_view kMisplacedColon =
    "a ':' is not allowed here; look for a ':' missing in the line above, for indentation that does not fit, "
    "or for text with ': ' in it, which needs quotes";
constexpr std::string_view kIndentation =
    "the line does not fit the ones above; keys of one map and items of one list must begin in the same column";
constexpr std::string_view kUnclosed =
    "a '{' or '[' is not closed; close it, or put text that holds brackets, such as ${NAME}, in quotes there";
constexpr std::string_view kEscape =
    "a '\\' in double quotes begins an escape that YAML does not know; double it or use single quotes";
constexpr std::string_view kStar = "text that begins with '*' needs quotes; else it names an anchor (&name) above";
constexpr std::string_view kAmpersand = "text that begins with '&' needs quotes; else it is an anchor with a name";
constexpr std::array<Explanation, 18> kExplanations{{
    {"illegal map value", kMisplacedColon},
    {"illegal map key", kMisplacedColon},
    {"end of map flow not found", kUnclosed},
    {"end of sequence flow not found", kUnclosed},
    {"end of map not found", kIndentation},
    {"end of sequence not found", kIndentation},
    {"illegal block entry",
     "a '-' begins an item of a list, on a line of its own; text that begins with it needs quotes"},
    {"illegal flow end", "a '}' or ']' closes nothing; remove it, or put the text in quotes"},
    {"the referenced anchor is not defined", kStar},
    {"alias not found after *", kStar},
    {"illegal character found while scanning alias", kStar},
    {"anchor not found after &", kAmpersand},
    {"illegal character found while scanning anchor", kAmpersand},
    {"unknown token", "text cannot begin with this character (such as @, %, `); put it in quotes"},
    {"unknown escape character", kEscape},
    {"invalid unicode", kEscape},
    {"bad character found while scanning hex number", kEscape},
    {"illegal tab", "a tab is not allowed here; replace it with spaces"},
}};

bool begins_with(std::string_view text, std::string_view start) { return text.substr(0, start.size()) == start; }

void report(const YAML::Exception& caught, int last_line, Problems& problems) {
    // The end of the text is reported as a document end inside a scalar: the mark that read_yaml appends.
    if (begins_with(caught.msg, "illegal document indicator") || begins_with(caught.msg, "illegal EOF in scalar")) {
        problems.add(last_line,
                     "not valid YAML: a quote that opens here or below is never closed; add the closing one");
        return;
    }
    const int line = caught.mark.is_null() ? last_line : caught.mark.line + 1;
    for (const Explanation& known : kExplanations) {
        if (!begins_with(caught.msg, known.message)) continue;
        problems.add(line, "not valid YAML: " + std::string(known.words));
        return;
    }
    problems.add(line, "not valid YAML: " + caught.msg + "; correct the line or put its text in quotes");
}

// Reports anything that follows the first document, even unreadable text.
void refuse_second_document(YAML::Parser& parser, int lines, Problems& problems) {
    Skipper second;
    bool is_there = false;
    second.line = 0;
    try {
        is_there = parser.HandleNextDocument(second);
    } catch (const std::exception&) {
        is_there = true;
    }
    if (is_there)
        problems.add(std::min(second.line, lines),
                     "a second document begins here, or a line that does not fit the ones above; "
                     "a file holds one document (remove '---', or correct the indentation)");
}

// Runs the parser up to the end of the first document. What the tree found wrong at or after the line of a syntax error
// is only a consequence of it and is left out.
bool first_document(YAML::Parser& parser, YamlTree& tree, const Problems& found, int lines, Problems& problems) {
    Builder builder(tree);
    Problems syntax(problems.file());
    bool is_there = false;
    try {
        is_there = parser.HandleNextDocument(builder);
    } catch (const YAML::Exception& caught) {
        if (tree.sound()) report(caught, tree.last_line(), syntax);
    } catch (const std::exception& caught) {
        syntax.add(tree.last_line(), std::string("the YAML cannot be read: ") + caught.what());
    }
    // A premature end is reported at the end of the text, which may be after the last line.
    const int syntax_line = syntax.empty() ? lines + 1 : std::min(syntax.all().front().line, lines);
    for (const Problem& problem : found.all())
        if (std::min(problem.line, lines) < syntax_line) problems.add(std::min(problem.line, lines), problem.message);
    for (const Problem& problem : syntax.all()) problems.add(syntax_line, problem.message);
    if (!syntax.empty() || !tree.sound()) return false;
    if (is_there) refuse_second_document(parser, lines, problems);
    return true;
}

}  // namespace

std::optional<Node> read_yaml(std::string_view text, Problems& problems) {
    if (!check_yaml_text(text, problems)) return std::nullopt;
    const auto line_count = static_cast<int>(std::count(text.begin(), text.end(), '\n')) +
                            (text.empty() || text.back() == '\n' ? 0 : 1);
    // yaml-cpp accepts a quoted text that is never closed; a document end inside it is an error.
    std::string closed(text);
    if (!closed.empty() && closed.back() != '\n') closed += '\n';
    closed += "...\n";
    std::istringstream stream(std::move(closed));
    YAML::Parser parser(stream);
    Problems found(problems.file());
    YamlTree tree(found);
    if (!first_document(parser, tree, found, std::max(line_count, 1), problems)) return std::nullopt;
    return tree.take_root();
}

}  // namespace aurelis::core
