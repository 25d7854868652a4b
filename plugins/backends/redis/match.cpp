// KeyMatch: which conditions Redis can find by, and what is sent to it.
#include "match.hpp"

#include <utility>

namespace aurelis::redis {

Result<KeyMatch> KeyMatch::read(const aurelis_match* match) {
    AURELIS_TRY(read, plugin::Match::read(match));
    if (!read.tag().empty() || read.created_before() != 0)
        return fail(AURELIS_E_UNSUPPORTED,
                    "Redis cannot look for tags or times of creation; they are inside the values");
    return KeyMatch(read);
}

std::string KeyMatch::pattern_for_server() const {
    std::string made;
    for (const char c : match_.literal_prefix()) {
        if (std::string_view("*?[]\\^").find(c) != std::string_view::npos) made += '\\';
        made += c;
    }
    return made + "*";
}

}  // namespace aurelis::redis
