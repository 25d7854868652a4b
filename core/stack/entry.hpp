// What the core knows about an entry's time and name: is it alive, fresh, and really the answer to this key.
#pragma once

#include <aurelis/abi.h>
#include <aurelis/base/bytes.hpp>

#include <atomic>
#include <cstdint>
#include <string_view>

namespace aurelis::core {

// How far in the future an entry's creation may lie before it is taken for the work of a clock that jumped.
inline constexpr int64_t kClockSkewNs = 1'000'000'000;

// Points of the stamp clock that hide what is older. One comparison on a hit.
struct Stamps {
    std::atomic<int64_t> everything{0};
};

enum class Life : uint8_t { Fresh, Stale, Expired, Invalidated };

inline Life judge(const aurelis_meta& meta, int64_t now, const Stamps& stamps) noexcept {
    if (meta.expires_wall != 0 && meta.expires_wall <= now) return Life::Expired;
    if (meta.created_wall > now + kClockSkewNs && meta.created_wall != 0) return Life::Expired;
    if (meta.created_wall < stamps.everything.load(std::memory_order_acquire)) return Life::Invalidated;
    if (meta.stale_wall != 0 && meta.stale_wall <= now) return Life::Stale;
    return Life::Fresh;
}

// The identity that an entry holds; empty: its key is its identity.
inline std::string_view identity_of(aurelis_bytes attrs) noexcept {
    for (aurelis_attr attr{}; aurelis_attr_next(attrs, &attr);)
        if (attr.kind == AURELIS_ATTR_IDENTITY) return view(attr.value);
    return {};
}

// Was this entry stored for what the key stands for, or does another thing share the short key? A key without a
// subject is a full key as somebody saw it: it stands for itself.
inline bool is_about(const aurelis_key& key, aurelis_bytes attrs) noexcept {
    if (key.subject == nullptr || (attrs.size == 0 && key.subject->identity.size == 0)) return true;
    return identity_of(attrs) == view(key.subject->identity);
}

inline std::string_view text_of(const aurelis_key& key) noexcept {
    return {static_cast<const char*>(key.data), key.size};
}

}  // namespace aurelis::core
