// What an entry is about, and which entries an invalidation removes.
#pragma once

#include <aurelis/abi.h>
#include <aurelis/base/bytes.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace aurelis::core {

// Which entries to hide or remove: those created before `stamp`, and those created so late that the clock was wrong.
struct Older {
    int64_t stamp = 0;   // Created before this,
    int64_t beyond = 0;  // or after this; 0: none.
};

inline void append_attr(std::string& packed, uint32_t kind, std::string_view value) {
    const size_t before = packed.size();
    packed.resize(before + aurelis_attr_put(nullptr, 0, kind, bytes(value)));
    aurelis_attr_put(packed.data() + before, packed.size() - before, kind, bytes(value));
}

// The identity that an entry holds; empty: its key is its identity.
inline std::string_view identity_of(aurelis_bytes attrs) noexcept {
    for (aurelis_attr attr{}; aurelis_attr_next(attrs, &attr);)
        if (attr.kind == AURELIS_ATTR_IDENTITY) return view(attr.value);
    return {};
}

// Does this entry belong to the key's identity, or to another one that shares the short key? A key without a subject is
// a full key that the caller gave: it is its own identity.
inline bool is_about(const aurelis_key& key, aurelis_bytes attrs) noexcept {
    if (key.subject == nullptr || (attrs.size == 0 && key.subject->identity.size == 0)) return true;
    return identity_of(attrs) == view(key.subject->identity);
}

// An entry that holds nothing; part by part, since clearing it whole costs a call.
inline void make_empty(aurelis_entry& entry) noexcept {
    entry.value = aurelis_buf{};
    entry.meta = aurelis_meta{};
    entry.attrs = aurelis_bytes{};
    entry.status = AURELIS_OK;
    entry.layer = entry.reserved0 = 0;
    entry.reserved1[0] = entry.reserved1[1] = 0;
}

inline std::string_view text_of(const aurelis_key& key) noexcept {
    return {static_cast<const char*>(key.data), key.size};
}

}  // namespace aurelis::core
