// Two checks: a small bitmap, which suffices for nearly all small objects, and a table with the keys themselves.
#include "object_keys.hpp"

#include <array>
#include <bit>

namespace aurelis::msgpack {

namespace {

// Whether two keys, both checked and closed by a quote, are spelt the same.
bool same_key(const char* a, const char* b) noexcept {
    for (; *a == *b; ++a, ++b) {
        if (*a == '"') return true;
        if (*a == '\\' && *++a != *++b) return false;
    }
    return false;
}

}  // namespace

// True: no two hashes agree in their lowest ten bits. False proves nothing.
bool ObjectKeys::seem_distinct(size_t first) const noexcept {
    if (keys_.size() - first > 32) return false;
    std::array<uint64_t, 16> seen{};
    for (size_t i = first; i < keys_.size(); ++i) {
        const auto hash = static_cast<uint32_t>(keys_[i] >> 32);
        uint64_t& word = seen[hash / 64 % seen.size()];
        const uint64_t bit = uint64_t{1} << hash % 64;
        if ((word & bit) != 0) return false;
        word |= bit;
    }
    return true;
}

bool ObjectKeys::are_distinct(size_t first, const char* begin) {
    const size_t count = keys_.size() - first;
    const size_t mask = std::bit_ceil(2 * count) - 1;
    slots_.assign(mask + 1, 0);
    size_t meetings_left = 16 * count;
    for (size_t i = 0; i < count; ++i) {
        const uint64_t key = keys_[first + i];
        size_t slot = (key >> 32) & mask;
        for (; slots_[slot] != 0; slot = (slot + 1) & mask) {
            const uint64_t other = keys_[first + slots_[slot] - 1];
            if (meetings_left-- == 0) return false;
            const bool meets = other >> 32 == key >> 32;
            if (meets && same_key(begin + static_cast<uint32_t>(other), begin + static_cast<uint32_t>(key)))
                return false;
        }
        slots_[slot] = static_cast<uint32_t>(i + 1);
    }
    return true;
}

void ObjectKeys::trim() {
    if (keys_.capacity() > kKeptMax) std::vector<uint64_t>().swap(keys_);
    if (slots_.capacity() > 4 * kKeptMax) std::vector<uint32_t>().swap(slots_);
}

}  // namespace aurelis::msgpack
