#include "flow/full_key.hpp"

#include "config/suggest.hpp"
#include "config/values.hpp"

#include <vector>

namespace aurelis::core {
namespace {

constexpr size_t kColonsOfKey = 3;  // namespace:version:category:identifier
const std::vector<std::string> kKinds{"category", "pattern", "tag", "event", "key"};

// The text without its variables: the name of one may contain anything.
std::string without_variables(std::string_view text) {
    std::string rest;
    for (size_t at = 0; at < text.size(); ++at) {
        const bool is_variable = text[at] == '{' && !text.substr(at + 1).starts_with('{');
        if (text[at] == '{' && !is_variable) ++at;
        if (is_variable) {
            rest += 'v';
            at = text.find('}', at);
        } else {
            rest += text[at];
        }
    }
    return rest;
}

std::string did_you_mean(const std::string& target) { return "; did you mean '" + printable(target) + "'?"; }

// Of a text that does not begin with the cache's namespace.
std::string mistake_in_foreign(const std::string& text, const std::string& fields, const KeyBuilder& keys) {
    const std::string base = "it begins with no kind, and as a full key it would begin with '" +
                             printable(keys.namespace_prefix()) + "'";
    const size_t colon = text.find(':');
    if (colon == std::string::npos)
        return base + did_you_mean("category:" + text) + " (or pattern:, tag:, event:)";
    const std::string head = text.substr(0, colon), rest = text.substr(colon + 1);
    const std::string near = head.find('{') == std::string::npos ? nearest_name(head, kKinds) : std::string();
    if (near == "key")
        return "a full key is written without '" + printable(head) + ":'" +
               did_you_mean(rest.starts_with(keys.namespace_prefix()) ? rest : keys.own_prefix() + rest);
    if (!near.empty()) return base + did_you_mean(near + ':' + rest);
    size_t colons = 0;
    for (const char c : fields) colons += c == ':' ? 1 : 0;
    if (colons < kColonsOfKey) return base + did_you_mean("pattern:" + text);
    return "a full key of another namespace than this cache's, which begins with '" +
           printable(keys.namespace_prefix()) +
           "', is not its to invalidate; name a key of this cache, or write pattern: in front of a category and an "
           "identifier";
}

}  // namespace

std::string mistake_in_full_key(std::string_view text, const KeyBuilder& keys) {
    const std::string written(text);
    const std::string fields = without_variables(text);
    const std::string& prefix = keys.namespace_prefix();
    if (!text.starts_with(prefix)) return mistake_in_foreign(written, fields, keys);
    if (fields.find_first_of("*?[") != std::string::npos)
        return "a full key has no wildcards" + did_you_mean("pattern:" + written) +
               " (there, a backslash before a character makes it plain)";
    const size_t version_end = fields.find(':', prefix.size());
    if (version_end == std::string::npos)
        return "it has too few fields for a full key, as in '" + printable(keys.own_prefix()) + "user_data:42'" +
               did_you_mean("category:" + written.substr(prefix.size()));
    if (fields.find(':', version_end + 1) == std::string::npos)
        return "it has too few fields for a full key, since no identifier follows the category" +
               did_you_mean("category:" + written.substr(written.find(':', prefix.size()) + 1));
    return {};
}

}  // namespace aurelis::core
