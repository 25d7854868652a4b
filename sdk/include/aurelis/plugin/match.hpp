// Match: the conditions of an aurelis_match (scan, remove_matching) as C++, and whether an entry meets them. A store
// that cannot find or check some of them refuses with AURELIS_E_UNSUPPORTED; ignoring one would remove more than was
// meant.
#pragma once

#include <aurelis/abi.h>
#include <aurelis/base/bytes.hpp>
#include <aurelis/base/glob.hpp>
#include <aurelis/base/result.hpp>

#include <algorithm>
#include <cstring>
#include <string_view>

namespace aurelis::plugin {

// Borrows what the aurelis_match borrows.
class Match {
public:
    // Whether a match of a later ABI has a condition that this one does not know (E6).
    static bool is_unknown(const aurelis_match& match) noexcept {
        const char* const bytes = reinterpret_cast<const char*>(&match);
        return match.struct_size > sizeof match &&
               std::any_of(bytes + sizeof match, bytes + match.struct_size, [](char byte) { return byte != 0; });
    }
    // NULL: everything. E_UNSUPPORTED if it is_unknown().
    static Result<Match> read(const aurelis_match* match) {
        Match read;
        if (match == nullptr) return read;
        if (is_unknown(*match))
            return fail(AURELIS_E_UNSUPPORTED,
                        "the match has a condition that this plugin does not know; update the plugin");
        std::memcpy(&read.match_, match, std::min<size_t>(match->struct_size, sizeof read.match_));
        return read;
    }

    std::string_view prefix() const noexcept { return view(match_.prefix); }
    std::string_view pattern() const noexcept { return view(match_.pattern); }
    std::string_view tag() const noexcept { return view(match_.tag); }
    int64_t created_before() const noexcept { return match_.created_before; }
    int64_t created_beyond() const noexcept { return match_.created_beyond; }
    uint64_t larger_than() const noexcept { return match_.larger_than; }

    // Whether all conditions can be checked on the key itself.
    bool needs_key_only() const noexcept {
        return match_.tag.size == 0 && match_.created_before == 0 && match_.larger_than == 0;
    }
    bool is_everything() const noexcept {
        return needs_key_only() && match_.prefix.size == 0 && match_.pattern.size == 0;
    }
    // What every matching key is known to begin with: where a search in key order starts.
    std::string_view literal_prefix() const noexcept {
        const std::string_view of_pattern = glob_literal_prefix(pattern());
        return of_pattern.size() > prefix().size() ? of_pattern : prefix();
    }

    bool fits_key(std::string_view key) const noexcept {
        return key.starts_with(prefix()) && (pattern().empty() || glob_fits(pattern(), key));
    }
    bool fits_created(int64_t created_wall) const noexcept {
        return match_.created_before == 0 || created_wall < match_.created_before ||
               (match_.created_beyond != 0 && created_wall > match_.created_beyond);
    }
    bool fits_size(uint64_t value_bytes) const noexcept {
        return match_.larger_than == 0 || value_bytes > match_.larger_than;
    }
    bool fits_tags(aurelis_bytes attrs) const noexcept {
        if (match_.tag.size == 0) return true;
        for (aurelis_attr attr{}; aurelis_attr_next(attrs, &attr) != 0;)
            if (attr.kind == AURELIS_ATTR_TAG && view(attr.value) == tag()) return true;
        return false;
    }

private:
    aurelis_match match_{};
};

}  // namespace aurelis::plugin
