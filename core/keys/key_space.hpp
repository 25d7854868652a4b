// KeySpace: how the keys of one cache begin, for those who act on many of them at once.
#pragma once

#include <string>
#include <string_view>

namespace aurelis::core {

struct KeySpace {
    std::string root = "aurelis:";    // The namespace: what a clear reaches.
    std::string own = "aurelis:v1:";  // And the version.

    // Notes of the cache itself: no key of a caller begins so, and no clear and no gap in events reaches them, since
    // they lie outside the namespace.
    std::string notes() const { return '\x01' + own; }
    static bool is_of_the_cache(std::string_view key) noexcept { return key.starts_with('\x01'); }
    // No key of a caller's, wherever it lies.
    bool is_reserved(std::string_view key) const noexcept {
        return is_of_the_cache(key) || (key.starts_with(own) && key.size() > own.size() && key[own.size()] == '\x01');
    }
    // Where the newest stamp lies that hides everything older of the namespace; outside of it, like the notes.
    std::string stamp() const { return '\x01' + root + "stamp"; }
    // How the keys of this key's category begin; empty for a key of another namespace or version, whose neighbours are
    // not ours.
    std::string_view category_prefix(std::string_view key) const noexcept {
        if (!key.starts_with(own)) return {};
        const size_t end = key.find(':', own.size());
        return end == std::string_view::npos ? std::string_view{} : key.substr(0, end + 1);
    }
};

}  // namespace aurelis::core
