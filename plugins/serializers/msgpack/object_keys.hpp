// ObjectKeys: the keys of the objects that are open, to find out at an object's end whether a key occurs twice. Keys
// are kept as positions in the JSON text: each has one spelling, so equal text is an equal key. Memory is 8 bytes per
// key, and 4 bytes per slot of a table with up to four slots per key; time is linear, since an object whose keys
// collide too often in the table counts as one that repeats a key.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

namespace aurelis::msgpack {

class ObjectKeys {
public:
    size_t size() const noexcept { return keys_.size(); }
    // `key` is in the text that begins at `begin`, followed by its closing quote.
    void add(const char* begin, std::string_view key) {
        keys_.push_back(hash_of(key) << 32 | static_cast<uint32_t>(key.data() - begin));
    }
    // Whether the keys from index `first` on are distinct; removes them. They are in the text that begins at `begin`.
    bool take_distinct(size_t first, const char* begin) {
        const bool distinct = keys_.size() - first < 2 || seem_distinct(first) || are_distinct(first, begin);
        keys_.resize(first);
        return distinct;
    }
    void clear() noexcept { keys_.clear(); }
    // Gives memory back beyond what ordinary values need.
    void trim();

private:
    static constexpr size_t kKeptMax = 8192;

    static uint64_t mixed(uint64_t a, uint64_t b) noexcept;
    static uint64_t hash_of(std::string_view key) noexcept;
    bool seem_distinct(size_t first) const noexcept;
    bool are_distinct(size_t first, const char* begin);

    std::vector<uint64_t> keys_;   // The hash in the upper bits, the position in the lower.
    std::vector<uint32_t> slots_;  // Used by are_distinct(): one more than the index of a key, or 0.
};

inline uint64_t ObjectKeys::mixed(uint64_t a, uint64_t b) noexcept {
    a = (a ^ b) * 0x9e3779b97f4a7c15u;
    return a ^ a >> 32;
}

// 32 bits.
inline uint64_t ObjectKeys::hash_of(std::string_view key) noexcept {
    const char* at = key.data();
    size_t left = key.size();
    uint64_t hash = left, word = 0;
    for (; left > 8; left -= 8, at += 8) {
        std::memcpy(&word, at, 8);
        hash = mixed(hash, word);
    }
    if (left == 8) {
        std::memcpy(&word, at, 8);
    } else if (left >= 4) {
        uint32_t head = 0, tail = 0;
        std::memcpy(&head, at, 4);
        std::memcpy(&tail, at + left - 4, 4);
        word = uint64_t{head} << 32 | tail;
    } else if (left > 0) {
        word = uint64_t{static_cast<uint8_t>(at[0])} << 16 | uint64_t{static_cast<uint8_t>(at[left / 2])} << 8 |
               static_cast<uint8_t>(at[left - 1]);
    } else {
        word = 0;
    }
    return mixed(mixed(hash, word), 0) >> 32;
}

}  // namespace aurelis::msgpack
