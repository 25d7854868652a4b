#include "layer/stored_key.hpp"

#include "base/hash.hpp"
#include "keys/digest.hpp"

#include <algorithm>

namespace aurelis::core {
namespace {

constexpr char kMark = '~';
constexpr size_t kDigestBytes = 16;
constexpr size_t kTailBytes = 1 + 2 * kDigestBytes;

}  // namespace

size_t StoredKey::kept_bytes(StoreHandle& handle, bool bare) noexcept {
    const uint64_t most = handle.limits().said().key_max;
    return most <= kTailBytes || bare || handle.tells_changes() ? SIZE_MAX : most - kTailBytes;
}

void StoredKey::digest(StoreHandle& handle, const KeySpace& keys, bool bare) {
    const std::string_view whole = text_of(*key_);
    const std::string_view category = keys.category_prefix(whole);
    const size_t kept = kept_bytes(handle, bare);
    if (kept == SIZE_MAX || kept < std::max(category.size(), keys.root.size())) return;
    auto made = std::make_unique<Digest>();
    made->name.resize(kept + kTailBytes);
    whole.copy(made->name.data(), kept);
    made->name[kept] = kMark;
    const Sha256 sum = sha256(whole);
    write_hex({sum.data(), kDigestBytes}, made->name.data() + kept + 1);
    made->key = {made->name.data(), made->name.size(), hash_bytes(made->name.data(), made->name.size()),
                 key_->subject};
    digest_ = std::move(made);
}

aurelis_bytes StoredKey::attrs_to_store(aurelis_bytes attrs, std::string& to) const {
    if (digest_ == nullptr) return attrs;
    to.clear();
    append_attr(to, AURELIS_ATTR_KEY, text_of(*key_));
    to += view(attrs);
    return bytes(to);
}

std::string_view StoredKey::whole_key(aurelis_bytes attrs) noexcept {
    aurelis_attr first{};
    return aurelis_attr_next(attrs, &first) != 0 && first.kind == AURELIS_ATTR_KEY ? view(first.value)
                                                                                    : std::string_view{};
}

bool StoredKey::take_whole(const aurelis_key& key, bool by_digest, aurelis_bytes& attrs) noexcept {
    const std::string_view whole = whole_key(attrs);
    if (!by_digest) return whole.empty();
    if (whole != text_of(key)) return false;
    const char* const rest = whole.data() + whole.size();
    attrs = bytes(view(attrs).substr(static_cast<size_t>(rest - static_cast<const char*>(attrs.data))));
    return true;
}

StoredKeys::StoredKeys(StoreHandle& handle, const KeySpace& keys, bool bare, const aurelis_key* batch, size_t n)
    : batch_(batch) {
    each_.reserve(n);
    bool any = false;
    for (size_t i = 0; i < n; ++i) any = each_.emplace_back(handle, keys, bare, batch[i]).is_digest() || any;
    if (!any) return;
    asked_.reserve(n);
    for (const StoredKey& one : each_) asked_.push_back(one.key());
}

bool StoredKey::may_be_digest(StoreHandle& handle, bool bare, std::string_view name) noexcept {
    const size_t kept = kept_bytes(handle, bare);
    if (kept == SIZE_MAX || name.size() != kept + kTailBytes || name[kept] != kMark) return false;
    return std::all_of(name.begin() + static_cast<std::ptrdiff_t>(kept) + 1, name.end(), [](char digit) {
        return (digit >= '0' && digit <= '9') || (digit >= 'a' && digit <= 'f');
    });
}

}  // namespace aurelis::core
