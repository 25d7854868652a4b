// StoredKey: the key under which a layer's store holds an entry. That is the entry's own key, unless it is longer than
// the store takes (aurelis_limits::key_max): then it is the beginning of the key, '~' and 128 bits of the key's SHA-256
// in hex, key_max bytes together. The whole key is then the first attribute of the entry (AURELIS_ATTR_KEY), so that
// two keys with the same digest cannot be confused, and keys that are listed can be shown as they are.
//
// Keys are not shortened, and the store's table refuses them, where a digest would mislead: if other programs read the
// layer's bare values; if the store reports changes, since it would report the digest to holders of copies under the
// key; and if the beginning that fits is shorter than what all keys of the category begin with, since entries that are
// removed or hidden by that prefix could not be found.
// Leaves to others: refusing (plugin/limited_table), what else an attribute says (validity/entry.hpp).
// Threads: as the key.
#pragma once

#include "keys/key_space.hpp"
#include "plugin/store_handle.hpp"
#include "validity/entry.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace aurelis::core {

class StoredKey {
public:
    // All arguments are borrowed. bare: the layer's values have no attributes.
    StoredKey(StoreHandle& handle, const KeySpace& keys, bool bare, const aurelis_key& key) : key_(&key) {
        if (key.size > handle.limits().key_max()) [[unlikely]] digest(handle, keys, bare);
    }

    // The key to ask the store for. Lives as long as this object.
    const aurelis_key& key() const noexcept { return digest_ != nullptr ? digest_->key : *key_; }
    bool is_digest() const noexcept { return digest_ != nullptr; }

    // The attributes to store with an entry: the given ones, preceded by the whole key if a digest is used; they are
    // then put into `to`.
    aurelis_bytes attrs_to_store(aurelis_bytes attrs, std::string& to) const;
    // Takes the whole key out of the attributes of an entry that was found under the key, or under its digest. False:
    // the entry was stored for another key.
    static bool take_whole(const aurelis_key& key, bool by_digest, aurelis_bytes& attrs) noexcept;

    // How many bytes of a long key are kept in front of its digest; SIZE_MAX: no key gets one.
    static size_t kept_bytes(StoreHandle& handle, bool bare) noexcept;
    // Whether a store that lists this name may hold a longer key under it.
    static bool may_be_digest(StoreHandle& handle, bool bare, std::string_view name) noexcept;
    // The whole key, from the attributes of the entry; empty: the entry was stored under its own key.
    static std::string_view whole_key(aurelis_bytes attrs) noexcept;

private:
    struct Digest {
        std::string name;
        aurelis_key key{};
    };
    void digest(StoreHandle& handle, const KeySpace& keys, bool bare);

    const aurelis_key* key_;
    std::unique_ptr<Digest> digest_;
};

// The same for a batch.
class StoredKeys {
public:
    StoredKeys(StoreHandle& handle, const KeySpace& keys, bool bare, const aurelis_key* batch, size_t n);

    const aurelis_key* data() const noexcept { return asked_.empty() ? batch_ : asked_.data(); }
    const StoredKey& operator[](size_t item) const noexcept { return each_[item]; }

private:
    const aurelis_key* const batch_;
    std::vector<StoredKey> each_;
    std::vector<aurelis_key> asked_;  // Used only if there is a digest among them.
};

}  // namespace aurelis::core
