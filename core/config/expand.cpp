// One scalar at a time, by recursive descent over its text; total text and nesting are bounded.
#include "config/expand.hpp"

#include "config/files.hpp"
#include "config/values.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

namespace aurelis::core {
namespace {

constexpr std::string_view kFilePrefix = "file:";

bool is_name_char(char c, bool first) {
    const bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
    return letter || (!first && c >= '0' && c <= '9');
}

// The expansion of one text. On a mistake `mistake` says why and the rest is not looked at.
class Expansion {
public:
    Expansion(std::string_view text, const Environment& environment, size_t room)
        : rest_(text), environment_(environment), room_(room) {}

    std::string run() { return text_until_brace(0, true); }
    bool failed() const { return !mistake_.empty(); }
    const std::string& mistake() const { return mistake_; }
    bool secret() const { return secret_; }

private:
    // Text with its references expanded, up to the end or, in a default, to the '}' that closes it. For a default that
    // is not used (live false), only its end is looked for.
    std::string text_until_brace(size_t depth, bool live) {
        std::string result;
        while (!rest_.empty() && !failed()) {
            if (depth > 0 && rest_.front() == '}') break;
            if (rest_.substr(0, 3) == "$${") {
                rest_.remove_prefix(3);
                append(result, "${", live);
            } else if (rest_.substr(0, 2) == "${") {
                rest_.remove_prefix(2);
                append(result, reference(depth, live), live);
            } else {
                append(result, rest_.substr(0, 1), live);
                rest_.remove_prefix(1);
            }
        }
        return result;
    }

    // What is between "${" and its "}".
    std::string reference(size_t depth, bool live) {
        if (depth >= kExpandDepthMax) return fail_with("${...} is nested too deeply; simplify it");
        size_t length = 0;
        while (length < rest_.size() && is_name_char(rest_[length], length == 0)) ++length;
        const std::string name(rest_.substr(0, length));
        if (name.empty()) return fail_with("'${' is not followed by a variable's name; for a literal '${' write '$${'");
        rest_.remove_prefix(length);
        std::optional<std::string> value = live ? environment_(name) : std::string();
        secret_ |= live && variable_suggests_secret(name);
        if (rest_.substr(0, 2) == ":-") {
            rest_.remove_prefix(2);
            const bool wanted = live && (!value || value->empty());
            std::string standby = text_until_brace(depth + 1, wanted);
            if (wanted) value = std::move(standby);
        } else if (!rest_.empty() && rest_.front() != '}') {
            return fail_with("'${" + name + "' goes on with '" + printable(rest_.substr(0, 1)) +
                             "'; only ${NAME} and ${NAME:-default} are understood");
        }
        if (failed()) return {};
        if (rest_.empty()) return fail_with("'${" + name + "' is not closed; add '}'");
        rest_.remove_prefix(1);
        if (!value)
            return fail_with("variable " + name + " is not set; set it, or give a default: ${" + name + ":-...}");
        if (valid_utf8_prefix(*value) < value->size())
            return fail_with("the value of variable " + name + " is not UTF-8; correct the variable");
        return std::move(*value);
    }

    void append(std::string& result, std::string_view piece, bool live) {
        if (!live) return;
        if (result.size() + piece.size() > room_) {
            fail_with("the expanded values exceed 8 MiB in all; shorten the variables");
            return;
        }
        result += piece;
    }
    std::string fail_with(std::string why) {
        if (mistake_.empty()) mistake_ = std::move(why);
        return {};
    }

    std::string_view rest_;
    const Environment& environment_;
    size_t room_;
    std::string mistake_;
    bool secret_ = false;
};

void expand_scalar(Node& node, const Environment& environment, size_t& room, Problems& problems) {
    if (node.text.find("${") == std::string::npos) return;
    Expansion expansion(node.text, environment, room);
    std::string text = expansion.run();
    node.secret = node.secret || expansion.secret();
    if (expansion.failed()) {
        problems.add(node.line, expansion.mistake());
        node.damaged = true;
        return;
    }
    room -= std::min(room, text.size());
    node.text = std::move(text);
    node.quoted = false;
}

void expand_below(Node& node, const Environment& environment, size_t& room, Problems& problems) {
    if (node.kind == Node::Kind::Scalar) expand_scalar(node, environment, room, problems);
    for (Node& item : node.items) expand_below(item, environment, room, problems);
    for (auto& [key, member] : node.members) expand_below(member, environment, room, problems);
}

}  // namespace

void expand_variables(Node& root, const Environment& environment, Problems& problems) {
    size_t room = kExpandedTextMax;
    expand_below(root, environment, room, problems);
}

bool variable_suggests_secret(std::string_view name) {
    static constexpr std::array<std::string_view, 6> kParts{"PASSWORD", "PASSWD", "SECRET",
                                                            "TOKEN",    "KEY",    "CREDENTIAL"};
    std::string upper(name);
    for (char& c : upper)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return std::any_of(kParts.begin(), kParts.end(),
                       [&upper](std::string_view part) { return upper.find(part) != std::string::npos; });
}

bool is_secret_file(std::string_view text) { return text.substr(0, kFilePrefix.size()) == kFilePrefix; }

Result<SecretFile> read_secret_file(std::string_view reference, const std::string& folder) {
    namespace fs = std::filesystem;
    AURELIS_TRY(path, absolute_path(reference.substr(kFilePrefix.size()), folder));
    std::error_code failed;
    if (const fs::file_status status = fs::status(path, failed);
        fs::is_regular_file(status) && (status.permissions() & fs::perms::others_write) != fs::perms::none)
        return fail(AURELIS_E_CONFIG, "secret file '" + path + "' can be written by everybody; chmod it to 600");
    mode_t mode = 0;
    AURELIS_TRY(text, read_regular_file(path, kSecretBytesMax, &mode));
    SecretFile result{std::move(text), {}};
    if ((mode & S_IROTH) != 0) result.warning = "secret file '" + path + "' can be read by everybody; chmod it to 600";
    if (result.text.find('\0') != std::string::npos || valid_utf8_prefix(result.text) < result.text.size())
        return fail(AURELIS_E_CONFIG, "secret file '" + path + "' holds something other than text in UTF-8");
    if (!result.text.empty() && result.text.back() == '\n') {
        result.text.pop_back();
        if (!result.text.empty() && result.text.back() == '\r') result.text.pop_back();
    }
    if (result.text.empty())
        return fail(AURELIS_E_CONFIG, "secret file '" + path + "' is empty; write the secret into it");
    return result;
}

}  // namespace aurelis::core
