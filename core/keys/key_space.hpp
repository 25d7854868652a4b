// KeySpace: the prefixes of the keys of one cache, for code that handles many of them at once.
#pragma once

#include <string>
#include <string_view>

namespace aurelis::core {

struct KeySpace {
    std::string root = "aurelis:";    // The namespace: what a clear reaches.
    std::string own = "aurelis:v1:";  // With the version.

    // The prefix of the cache's own notes: no key of a caller begins with it, and no clear or gap in events reaches
    // them, since they are outside the namespace.
    std::string notes() const { return '\x01' + own; }
    static bool is_of_the_cache(std::string_view key) noexcept { return key.starts_with('\x01'); }
    // Whether the key is one of the cache's own, in or outside the namespace.
    bool is_reserved(std::string_view key) const noexcept {
        return is_of_the_cache(key) || (key.starts_with(own) && key.size() > own.size() && key[own.size()] == '\x01');
    }
    // The key of the newest stamp, which hides everything older in the namespace; outside of it, like the notes.
    std::string stamp() const { return '\x01' + root + "stamp"; }
    // The prefix of the keys of the other stamps, likewise.
    std::string stamps() const { return '\x01' + root + "stamps:"; }
    // The prefix of this key's category; empty for a key of another namespace or version, which is not ours.
    std::string_view category_prefix(std::string_view key) const noexcept {
        if (!key.starts_with(own)) return {};
        const size_t end = key.find(':', own.size());
        return end == std::string_view::npos ? std::string_view{} : key.substr(0, end + 1);
    }
};

}  // namespace aurelis::core
